/*
 * echo: what Graph's answer says about an op: whether it was done, and what
 * both sides agree on from now on.
 */
#ifndef ECHO_H
#define ECHO_H

#include <stdbool.h>

#include "arena.h"
#include "json.h"
#include "str.h"

/* The event (canonical) has everything that the op writes. */
bool echo_holds(const struct json *op, const struct json *event);

/* It is an answer by which the event leaves the calendar. */
bool echo_declines(const struct json *op);

/* It may be what the op made: the same time and name. */
bool echo_is_alike(const struct json *op, const struct json *event);

/* Graph said yes, and something that the op writes is still as it was. */
bool echo_is_unapplied(const struct json *op, const struct json *event);

/*
 * Beside what the op writes nothing has changed.  If something has (a join
 * link, answers that were reset), it is news for the CRM: the base keeps what
 * was agreed before, and the digest is null, so that the next read brings it.
 * before: the canonical event before the write; NULL: not known, the op's own
 * base is taken.
 */
bool echo_is_quiet(
    const struct json *op, const struct json *event, const struct json *before);

/* The event, appended; its digest is null if it is not quiet. */
void echo_event(const struct json *event, bool quiet, struct str *out);

/* The new Graph base, appended: the op's, with what Graph made of the values
 * that were written. */
void echo_base(const struct json *op, const struct json *event, bool quiet,
    struct str *out);

#endif
