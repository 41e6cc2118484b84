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

/* Graph said yes, and something that the op writes is still as it was. */
bool echo_is_unapplied(const struct json *op, const struct json *event);

/*
 * The new Graph base, appended: the op's, with what Graph made of the values
 * that were written.  What else the write has changed on Graph's side (a join
 * link, answers that were reset) stays as it was: it is news for the CRM,
 * and the digest is null so that the next read brings it.
 * before: the canonical event before the write; NULL: not known.
 * whole: the digest can be that of the next read.
 */
void echo_base(const struct json *op, const struct json *event,
    const struct json *before, bool whole, struct str *out);

#endif
