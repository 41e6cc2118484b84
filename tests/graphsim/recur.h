/*
 * recur: the days on which a series takes place, by Graph's six patterns and
 * three ranges.  Only days: the time of day, the zone, exceptions and
 * cancellations are the caller's.
 */
#ifndef GRAPHSIM_RECUR_H
#define GRAPHSIM_RECUR_H

#include <stdbool.h>
#include <stdint.h>

enum recur_pattern {
	RECUR_DAILY,
	RECUR_WEEKLY,
	RECUR_ABSOLUTE_MONTHLY,
	RECUR_RELATIVE_MONTHLY,
	RECUR_ABSOLUTE_YEARLY,
	RECUR_RELATIVE_YEARLY,
};

enum recur_range {
	RECUR_END_DATE,
	RECUR_NO_END,
	RECUR_NUMBERED,
};

enum {
	RECUR_LAST = 4, /* value of index: first..fourth are 0..3 */
};

struct recurrence {
	enum recur_pattern pattern;
	int interval;
	int day_of_month;
	int month;
	int index;
	int first_weekday; /* 0 is Sunday */
	unsigned days;	   /* bit 0 is Sunday */
	enum recur_range range;
	int64_t start_day;
	int64_t end_day;  /* RECUR_END_DATE: inclusive */
	int count;	  /* RECUR_NUMBERED */
	char *zone;	  /* recurrenceTimeZone as given; world string */
	int64_t last_day; /* set by recur_prepare; INT64_MAX if endless */
};

/* Work out last_day.  To be called after any change of the pattern. */
void recur_prepare(struct recurrence *r);

/* The first day of the series at or after from; false if there is none. */
bool recur_next(const struct recurrence *r, int64_t from, int64_t *day);

/* Does the series, by its pattern, take place on that day? */
bool recur_on(const struct recurrence *r, int64_t day);

bool recur_same(const struct recurrence *a, const struct recurrence *b);

#endif
