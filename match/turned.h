/*
 * turned: which event may be what another one has turned into.  A single event
 * that is made a series keeps its Graph id as the master's, and its first date is
 * an event of its own; where the rule is taken off again, the master is a single
 * event, and the dates are gone.  The link then goes where the content went.  So
 * the database is told of a single event the local date of its start, and of a
 * series which of its members is the first.
 */
#ifndef TURNED_H
#define TURNED_H

#include "arena.h"
#include "batch.h"
#include "json.h"
#include "section.h"

/* The open series block. */
struct block {
	struct arena arena;
	bool open;
	const struct json *record;
	struct slice first; /* its first date; NO_SLICE: not known */
};

void block_open(struct block *b, struct slice line);
void block_close(struct block *b);
/* Fill in the item's `first`, and whether that date is cancelled. */
void turned_note(
    struct block *b, struct arena *a, const struct section *s, struct item *i);

#endif
