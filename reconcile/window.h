/*
 * window: the bounds of time (policy keys window.*, past.kind, refuse
 * longer:) and the moments at which time alone changes an answer (U12).
 * Bounds are inclusive (U19).  Durations in months and years are calendar
 * steps.
 */
#ifndef WINDOW_H
#define WINDOW_H

#include "candidate.h"

bool window_is_past(const struct candidate *c);
bool window_is_future(const struct candidate *c);
/* When an event that is too far ahead comes into the window. */
int64_t window_enters(const struct candidate *c);
/* The same for what the CRM made: window.past_out, window.future_out. */
bool window_out_is_past(const struct candidate *c);
bool window_out_is_future(const struct candidate *c);
int64_t window_out_enters(const struct candidate *c);
/* Is it over at this time?  A series never is. */
bool window_is_over(const struct candidate *c, int64_t end);
/* Longer than `refuse = longer:DURATION` allows? */
bool window_is_too_long(const struct candidate *c);
/* Has the link passed window.stop?  Never for a series. */
bool window_has_stopped(const struct candidate *c);
/* "appointment" or, by past.kind, "activity". */
const char *window_kind(const struct candidate *c);
/* When time alone will change a linked event next; 0: never. */
int64_t window_next(const struct candidate *c);

#endif
