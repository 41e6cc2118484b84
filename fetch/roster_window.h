/*
 * roster_window: what policy wants to be read of a mailbox, and when.
 */
#ifndef ROSTER_WINDOW_H
#define ROSTER_WINDOW_H

#include "policy.h"

struct window {
	int64_t start, end; /* instants, each at midnight UTC */
};

/*
 * The part of a calendar that must be read at `now` by a user enabled at
 * `since` (INSTANT_MIN: not known): what may come in, and what was linked and
 * still syncs; a whole day wider on both sides.
 */
struct window window_of(const struct policy *p, int64_t now, int64_t since);

/* The direction of events is one of those that write to Graph. */
bool writes_to_graph(const struct policy *p);

/*
 * Whether a mailbox that was last read at `last` has its turn: the key's time
 * (run.in; run.out) is over, less a slack of a quarter of it, two minutes at
 * most, since cron is never exact and a turn missed by a second would double
 * the interval.  A reading in the future means that the clock was wrong: due.
 * run.out = change is always due.
 */
bool is_due(
    const struct policy *p, enum policy_key every, int64_t now, int64_t last);

#endif
