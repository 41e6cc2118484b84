/*
 * outward: an op as the body of a Graph request: only the members that the op
 * names, in Graph's own terms.  Nothing is decided here but how to say it.
 */
#ifndef OUTWARD_H
#define OUTWARD_H

#include <stdbool.h>

#include "arena.h"
#include "json.h"
#include "str.h"

/* The property by which a created event is found again (docs/stream.md). */
#define OUTWARD_KEY                                      \
	"String {6d1f4d0b-6a3e-4c0a-9c55-0f6b8d5a2c11} " \
	"Name CalsyncKey"

struct outward {
	const struct json *op;
	const struct json *event; /* as Graph sent it; NULL: it is created */
	const struct json *now;	  /* the same, canonical; NULL likewise */
	struct slice zone;	  /* the mailbox's, for who has none */
	struct slice transaction; /* of a create */
	struct arena *arena;
};

/*
 * Append the body.  NULL, or the code of why it cannot be said: join_block,
 * bad_recurrence, bad_op.  *empty: Graph has it all already.
 */
const char *outward_body(const struct outward *o, struct str *out, bool *empty);

/*
 * Whom Exchange would mail now is not covered by what the op says that it
 * would mail.  (The recipients are those of the event as it is now.)
 */
bool outward_mails_more(const struct outward *o);

/* Of a graph.respond: Graph's action, as the end of a URL. */
const char *outward_answer(const struct json *op);

/* Two zones that are one for Graph. */
bool outward_same_zone(struct slice a, struct slice b);

/* Parts of outward_body. */
bool outward_sets(const struct outward *o, const char *member);
/* The op's value, else the present one; NULL: neither. */
const struct json *outward_value(const struct outward *o, const char *member);
const char *outward_when(const struct outward *o, struct jsonw *w);
/* attendees and categories: the whole list as it will be, if it changes. */
void outward_people(const struct outward *o, struct jsonw *w);
void outward_categories(const struct outward *o, struct jsonw *w);

#endif
