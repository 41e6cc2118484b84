/*
 * canon_recur: Graph's recurrence (six patterns, three ranges) as an RFC 5545 RRULE
 * and as a sentence for people.
 *
 * Graph fills what a pattern does not use (month 0, endDate 0001-01-01,
 * numberOfOccurrences 0): only what the type needs is looked at.  The rule is
 * a view: on day 31 Graph takes the last day of a short month, where RRULE
 * leaves the month out.
 */
#ifndef CANON_RECUR_H
#define CANON_RECUR_H

#include <stdbool.h>
#include <stdint.h>

#include "canon_fields.h"
#include "str.h"
#include "tz.h"

/* docs/stream.md and requirement P-088: the column that takes the sentence. */
#define RECUR_TEXT_MAX 255

enum pattern {
	DAILY,
	WEEKLY,
	ABSOLUTE_MONTHLY,
	RELATIVE_MONTHLY,
	ABSOLUTE_YEARLY,
	RELATIVE_YEARLY
};

enum range { NO_END, END_DATE, NUMBERED };

struct recurrence {
	enum pattern pattern;
	int64_t interval;
	int64_t day, month; /* 1.. */
	unsigned days;	    /* a bit for each weekday, 1 << 0 = Monday */
	int position;	    /* 1..4, -1 = last */
	int week_start;	    /* 0 = Monday */
	enum range range;
	int32_t end;	   /* END_DATE: the last date, as in instant.h */
	int64_t count;	   /* NUMBERED */
	struct slice zone; /* as Graph names it; NO_SLICE: the event's */
};

/* False: fault bad_recurrence in f.  v is an object. */
bool recur_read(struct fields *f, const struct json *v, struct recurrence *r);

/*
 * "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;WKST=SU;UNTIL=20260630T215959Z".
 * UNTIL is the end of the last date in `zone`, in UTC; with zone NULL it is
 * left without a zone; of an all-day series it is the date.
 */
void recur_rule(const struct recurrence *r, const struct tz *zone, bool all_day,
    struct str *out);

/* "Every 2 weeks on Mon, Wed until 2026-06-30": at most RECUR_TEXT_MAX
 * characters, in English whatever the mailbox's language. */
void recur_text(const struct recurrence *r, struct str *out);

#endif
