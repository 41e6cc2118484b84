/*
 * canon_series: the block of one recurring series (docs/stream.md).  Its master
 * comes first and is kept until the block ends; the members take from it what
 * they do not have themselves.  Graph's delta gives of an occurrence little
 * more than its times.
 */
#ifndef CANON_SERIES_H
#define CANON_SERIES_H

#include <stdbool.h>

#include "arena.h"
#include "canon_fields.h"
#include "canon_recur.h"
#include "canon_when.h"
#include "str.h"
#include "tz.h"

struct series {
	struct arena arena; /* until the block ends */
	struct slice id;    /* the master's; NO_SLICE: no block is open */
	bool has_master;
	struct fields master; /* its members; valid with has_master */

	/* Of the master, as far as they could be read. */
	bool all_day;
	bool has_recurrence;
	struct recurrence recurrence;
	struct slice sentence; /* recur_text; NO_SLICE without recurrence */
	const struct tz *zone; /* of its slots; NULL: not known */

	struct str body; /* the text of the master's body, when it was made */
	bool body_made, body_refused;
};

void series_open(struct series *s, struct slice id);
void series_close(struct series *s);
void series_free(struct series *s);

/* The master's record came.  False: its data is no object (which the caller
 * has checked on the same line, so that this is a bug). */
bool series_take_master(
    struct series *s, struct slice line, const struct tz *mailbox_zone);

/* Give a member what it lacks. */
void series_fill(const struct series *s, struct fields *member);

#endif
