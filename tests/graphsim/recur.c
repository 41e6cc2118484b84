#include "recur.h"

#include <string.h>

#include "when.h"

/* The n-th day of a month whose weekday is in the set, or the last such. */
static int64_t
relative_day(const struct recurrence *r, int year, int month)
{
	int length = when_month_length(year, month), seen = 0;
	int64_t first = when_days(year, month, 1), found = first;

	for (int d = 0; d < length; d++) {
		if (!(r->days >> when_weekday(first + d) & 1))
			continue;
		found = first + d;
		if (seen++ == r->index)
			break;
	}
	return found;
}

static int64_t
day_in_month(const struct recurrence *r, int year, int month)
{
	int length;

	if (r->pattern == RECUR_RELATIVE_MONTHLY ||
	    r->pattern == RECUR_RELATIVE_YEARLY)
		return relative_day(r, year, month);
	length = when_month_length(year, month);
	return when_days(
	    year, month, r->day_of_month < length ? r->day_of_month : length);
}

static int64_t
next_daily(const struct recurrence *r, int64_t from)
{
	int64_t steps = (from - r->start_day + r->interval - 1) / r->interval;

	return r->start_day + steps * r->interval;
}

static int64_t
next_weekly(const struct recurrence *r, int64_t from)
{
	int lead = (when_weekday(r->start_day) - r->first_weekday + 7) % 7;
	int64_t week0 = r->start_day - lead;
	int64_t week = (from - week0) / 7;

	week = week / r->interval * r->interval;
	for (;; week += r->interval)
		for (int d = 0; d < 7; d++) {
			int64_t day = week0 + week * 7 + d;

			if (day >= from && r->days >> when_weekday(day) & 1)
				return day;
		}
}

/* Months are counted from year 0, so that yearly is monthly times twelve. */
static int64_t
next_monthly(const struct recurrence *r, int64_t from)
{
	bool yearly = r->pattern == RECUR_ABSOLUTE_YEARLY ||
		      r->pattern == RECUR_RELATIVE_YEARLY;
	int64_t step = (int64_t)r->interval * (yearly ? 12 : 1);
	struct when_civil a, b;
	int64_t base, month;

	when_civil_of_day(r->start_day, &a);
	when_civil_of_day(from, &b);
	base = (int64_t)a.year * 12 + (yearly ? r->month : a.month) - 1;
	month = (int64_t)b.year * 12 + b.month - 1;
	month = month <= base ? base : base + (month - base) / step * step;
	for (;; month += step) {
		int64_t day =
		    day_in_month(r, (int)(month / 12), (int)(month % 12) + 1);

		if (day >= from)
			return day;
	}
}

static int64_t
next_raw(const struct recurrence *r, int64_t from)
{
	if (from < r->start_day)
		from = r->start_day;
	switch (r->pattern) {
	case RECUR_DAILY:
		return next_daily(r, from);
	case RECUR_WEEKLY:
		return next_weekly(r, from);
	case RECUR_ABSOLUTE_MONTHLY:
	case RECUR_RELATIVE_MONTHLY:
	case RECUR_ABSOLUTE_YEARLY:
	case RECUR_RELATIVE_YEARLY:
		break;
	}
	return next_monthly(r, from);
}

void
recur_prepare(struct recurrence *r)
{
	int64_t day = r->start_day;

	r->last_day = INT64_MAX;
	if (r->range == RECUR_END_DATE)
		r->last_day = r->end_day;
	if (r->range != RECUR_NUMBERED)
		return;
	for (int i = 0; i < r->count; i++)
		day = next_raw(r, i == 0 ? day : day + 1);
	r->last_day = day;
}

bool
recur_next(const struct recurrence *r, int64_t from, int64_t *day)
{
	if (from > r->last_day)
		return false;
	*day = next_raw(r, from);
	return *day <= r->last_day;
}

bool
recur_on(const struct recurrence *r, int64_t day)
{
	int64_t found;

	return day >= r->start_day && recur_next(r, day, &found) &&
	       found == day;
}

bool
recur_same(const struct recurrence *a, const struct recurrence *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return a->pattern == b->pattern && a->interval == b->interval &&
	       a->day_of_month == b->day_of_month && a->month == b->month &&
	       a->index == b->index && a->first_weekday == b->first_weekday &&
	       a->days == b->days && a->range == b->range &&
	       a->start_day == b->start_day && a->end_day == b->end_day &&
	       a->count == b->count;
}
