/*
 * delta_round: the list of what one round of delta delivers.
 */
#ifndef GRAPHSIM_DELTA_ROUND_H
#define GRAPHSIM_DELTA_ROUND_H

#include "item.h"

enum entry_kind {
	ENTRY_EVENT,	/* single or master */
	ENTRY_INSTANCE, /* occurrence or exception */
	ENTRY_REMOVED,	/* event as a whole */
	ENTRY_REMOVED_INSTANCE,
};

struct entry {
	struct event *event;
	int64_t day;
	uint64_t order; /* for shuffling */
	enum entry_kind kind;
};

struct round {
	struct entry *entries;
	size_t n;
	size_t users; /* tokens that refer to it */
	int64_t from, to;
	uint64_t base; /* changes up to here were known before */
	uint64_t top;  /* changes up to here are in it */
};

/* base 0: a first round, everything in the window. */
struct round *round_new(
    struct calendar *cal, int64_t from, int64_t to, uint64_t base);
void round_release(struct round *r);

#endif
