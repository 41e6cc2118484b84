/*
 * canon_when: zone, start, end and slot of an item (requirements P-071, P-078).
 *
 * Graph is asked for UTC, but whatever zone it answers in is understood.
 * Fractions of a second are cut off.  An all-day event has dates, which float:
 * a midnight is its date as it stands; any other time (how Exchange shows
 * old items) is the nearest midnight in the event's own zone.
 */
#ifndef CANON_WHEN_H
#define CANON_WHEN_H

#include <stdbool.h>
#include <stdint.h>

#include "canon_fields.h"
#include "tz.h"

/* The event's own zone, for display and patterns. */
struct event_zone {
	const struct tz *tz; /* NULL: it cannot be resolved (U20) */
	struct slice stated; /* what Graph said, if that is so */
};

struct when {
	bool all_day;
	int64_t start, end;	      /* instants; not all_day */
	int32_t start_date, end_date; /* all_day; end exclusive */
};

/*
 * originalStartTimeZone, else the recurrence's zone, else that of start if it
 * is not UTC, else the mailbox's.  An empty name states nothing.  False: a
 * fault.
 */
bool when_read_zone(struct fields *f, struct slice recurrence_zone,
    const struct tz *mailbox_zone, struct event_zone *zone);

/* start, end and isAllDay.  False: a fault, bad_record or bad_time. */
bool when_read(struct fields *f, const struct event_zone *zone, struct when *w);

/*
 * The slot's local date in the series' zone (NULL: in UTC): from
 * originalStart, else, of an exception, from the date inside the id, else
 * from w, the member's own times.
 */
bool when_read_slot(struct fields *f, bool exception,
    const struct tz *series_zone, bool series_all_day, const struct when *w,
    int32_t *date);

/* To another date of a series, by the wall clock of its zone (NULL: UTC). */
void when_move(struct when *w, const struct tz *zone, int32_t date);

/* createdDateTime and the like.  *known is false for none and for Graph's
 * "never", the year 1. */
bool when_read_instant(
    struct fields *f, enum field field, bool *known, int64_t *us);

#endif
