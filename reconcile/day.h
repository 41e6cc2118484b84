/*
 * day: limit.per_day, the ops that may be applied in a day, which is a day in
 * UTC.  What was applied before travels in the run record; apply counts again
 * in the transaction that does the op.
 *
 * The ops that count write an event or a place, on either side; links, copies
 * and holds are free.  All copies of a meeting make it once, so their creates
 * count once.  Places count too, and never wait.
 */
#ifndef DAY_H
#define DAY_H

#include "decision.h"

struct day; /* what this run has passed so far */

struct day *day_open(void);
void day_close(struct day *n);

/* Is there a limit at all? */
bool day_is_limited(const struct run *run);
/* Does the limit concern this op? */
bool day_counts(const struct run *run, enum op op);
/* May one more op be applied today?  `key`: ops with the same one are one op;
 * NO_SLICE: it has none. */
bool day_has_room(const struct day *n, const struct run *run, struct slice key);
void day_add(struct day *n, const struct run *run, struct slice key);
/* What was added is not done after all. */
void day_take_back(struct day *n, struct slice key);
/* When the next day begins. */
int64_t day_next(const struct run *run);
/* "limits":{"day":2} for apply's own count, if there is a limit for this op. */
void day_write_limits(struct jsonw *w, const struct run *run, enum op op);
/* The member of "limits" alone. */
void day_write_limit(struct jsonw *w, const struct run *run, enum op op);

#endif
