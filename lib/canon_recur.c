/*
 * canon_recur: read a pattern and a range, and write them as a rule.
 *
 * Weekdays are kept as a set and written from Monday on, so that their order
 * in the answer is no change.
 */
#include "canon_recur.h"
#include "instant.h"

#define INTERVAL_MAX 9999

/* The weekdays in rules and in Graph, Monday first. */
static const char *const rule_days[] = { "MO", "TU", "WE", "TH", "FR", "SA",
	"SU" };
static const char *const graph_days[] = { "monday", "tuesday", "wednesday",
	"thursday", "friday", "saturday", "sunday" };
#define SUNDAY 6

/* Index of a word in a list, or -1. */
static int
find_word(struct slice word, const char *const *list, int count)
{
	int i;

	for (i = 0; i < count; i++)
		if (slice_is_nocase(word, list[i]))
			return i;
	return -1;
}

static bool
refuse(struct fields *f, const char *detail)
{
	return fields_refuse(f, "bad_recurrence", detail);
}

static bool
read_days(struct fields *f, const struct json *pattern, struct recurrence *r)
{
	const struct json *list = NULL, *v;
	int day;

	if (!member_array(f, pattern, "daysOfWeek", &list))
		return false;
	for (v = list != NULL ? list->child : NULL; v != NULL; v = v->next) {
		day = find_word(json_str(v), graph_days, 7);
		if (day == -1)
			return refuse(f, "a day of the week is not known");
		r->days |= 1u << day;
	}
	if (r->days == 0)
		return refuse(f, "the pattern needs days of the week");
	return true;
}

static bool
read_week_start(
    struct fields *f, const struct json *pattern, struct recurrence *r)
{
	struct slice word = SLICE("sunday");

	if (!member_text(f, pattern, "firstDayOfWeek", &word))
		return false;
	r->week_start = find_word(word, graph_days, 7);
	if (r->week_start == -1)
		return refuse(f, "firstDayOfWeek is not known");
	return true;
}

static bool
read_position(
    struct fields *f, const struct json *pattern, struct recurrence *r)
{
	static const char *const words[] = { "first", "second", "third",
		"fourth", "last" };
	struct slice word = SLICE("first");

	if (!member_text(f, pattern, "index", &word))
		return false;
	r->position = find_word(word, words, 5) + 1;
	if (r->position == 0)
		return refuse(f, "index is not known");
	if (r->position == 5)
		r->position = -1;
	return true;
}

static bool
read_day_of_month(
    struct fields *f, const struct json *pattern, struct recurrence *r)
{
	if (!member_int(f, pattern, "dayOfMonth", &r->day))
		return false;
	if (r->day < 1 || r->day > 31)
		return refuse(f, "dayOfMonth is no day of a month");
	return true;
}

static bool
read_month(struct fields *f, const struct json *pattern, struct recurrence *r)
{
	struct civil c = { .year = 2000 }; /* a leap year */
	int64_t us;

	if (!member_int(f, pattern, "month", &r->month))
		return false;
	if (r->month < 1 || r->month > 12)
		return refuse(f, "month is no month");
	c.month = (int)r->month;
	c.day = (int)r->day;
	if (r->pattern == ABSOLUTE_YEARLY && !civil_to(&c, &us))
		return refuse(f, "dayOfMonth is not in that month");
	return true;
}

static bool
read_details(struct fields *f, const struct json *pattern, struct recurrence *r)
{
	switch (r->pattern) {
	case DAILY:
		return true;
	case WEEKLY:
		return read_days(f, pattern, r) &&
		       read_week_start(f, pattern, r);
	case ABSOLUTE_MONTHLY:
		return read_day_of_month(f, pattern, r);
	case RELATIVE_MONTHLY:
		return read_days(f, pattern, r) && read_position(f, pattern, r);
	case ABSOLUTE_YEARLY:
		return read_day_of_month(f, pattern, r) &&
		       read_month(f, pattern, r);
	case RELATIVE_YEARLY:
		return read_days(f, pattern, r) &&
		       read_position(f, pattern, r) &&
		       read_month(f, pattern, r);
	}
	return false;
}

static bool
read_pattern(struct fields *f, const struct json *v, struct recurrence *r)
{
	static const char *const types[] = { "daily", "weekly",
		"absoluteMonthly", "relativeMonthly", "absoluteYearly",
		"relativeYearly" };
	const struct json *pattern = NULL;
	struct slice type = NO_SLICE;
	int found;

	if (!member_object(f, v, "pattern", &pattern) ||
	    !member_text(f, pattern, "type", &type) ||
	    !member_int(f, pattern, "interval", &r->interval))
		return false;
	found = type.data != NULL ? find_word(type, types, 6) : -1;
	if (found == -1)
		return refuse(f, "the pattern's type is not known");
	if (r->interval < 1 || r->interval > INTERVAL_MAX)
		return refuse(f, "interval is no number from 1 to 9999");
	r->pattern = (enum pattern)found;
	return read_details(f, pattern, r);
}

/* Graph writes "never" as a date in the year 9999. */
static bool
is_far(int32_t date)
{
	struct civil c;

	civil_from(date * DAY_US, &c);
	return c.year == 9999;
}

/* "9999-12-31T23:59:59.9999999" has been seen where a date belongs. */
static struct slice
date_part(struct slice text)
{
	if (text.len > 10 && text.data[10] == 'T')
		text.len = 10;
	return text;
}

static bool
read_end(struct fields *f, const struct json *range, struct recurrence *r)
{
	struct slice start = SLICE(""), end = SLICE("");
	int32_t first;

	if (!member_text(f, range, "startDate", &start) ||
	    !member_text(f, range, "endDate", &end))
		return false;
	if (!date_parse(start, &first))
		return refuse(f, "startDate is no date");
	if (!date_parse(date_part(end), &r->end))
		return refuse(f, "endDate is no date");
	if (r->end < first)
		return refuse(f, "endDate is before startDate");
	if (is_far(r->end))
		r->range = NO_END;
	return true;
}

static bool
read_range(struct fields *f, const struct json *v, struct recurrence *r)
{
	static const char *const types[] = { "noEnd", "endDate", "numbered" };
	const struct json *range = NULL;
	struct slice type = NO_SLICE;
	int found;

	if (!member_object(f, v, "range", &range) ||
	    !member_text(f, range, "type", &type) ||
	    !member_text(f, range, "recurrenceTimeZone", &r->zone))
		return false;
	found = type.data != NULL ? find_word(type, types, 3) : -1;
	if (found == -1)
		return refuse(f, "the range's type is not known");
	r->range = (enum range)found;
	if (r->range == END_DATE)
		return read_end(f, range, r);
	if (r->range == NO_END)
		return true;
	if (!member_int(f, range, "numberOfOccurrences", &r->count))
		return false;
	return r->count >= 1 ||
	       refuse(f, "numberOfOccurrences is not positive");
}

bool
recur_read(struct fields *f, const struct json *v, struct recurrence *r)
{
	bool fresh = f->fault.code == NULL;

	*r = (struct recurrence){ .zone = NO_SLICE };
	if (read_pattern(f, v, r) && read_range(f, v, r))
		return true;
	/* A wrong type inside says bad_record; here all is one. */
	if (fresh)
		f->fault.code = "bad_recurrence";
	return false;
}

static void
add_days(const struct recurrence *r, struct str *out)
{
	const char *separator = ";BYDAY=";
	int i;

	for (i = 0; i < 7; i++) {
		if ((r->days & 1u << i) == 0)
			continue;
		str_adds(out, separator);
		str_adds(out, rule_days[i]);
		separator = ",";
	}
}

static void
add_pattern(const struct recurrence *r, struct str *out)
{
	static const char *const frequencies[] = { "DAILY", "WEEKLY", "MONTHLY",
		"MONTHLY", "YEARLY", "YEARLY" };

	str_addf(out, "FREQ=%s", frequencies[r->pattern]);
	if (r->interval != 1)
		str_addf(out, ";INTERVAL=%lld", (long long)r->interval);
	if (r->month != 0)
		str_addf(out, ";BYMONTH=%lld", (long long)r->month);
	if (r->day != 0)
		str_addf(out, ";BYMONTHDAY=%lld", (long long)r->day);
	if (r->days != 0)
		add_days(r, out);
	if (r->position != 0)
		str_addf(out, ";BYSETPOS=%d", r->position);
	if (r->pattern == WEEKLY)
		str_addf(out, ";WKST=%s", rule_days[r->week_start]);
}

static void
add_until(const struct recurrence *r, const struct tz *zone, bool all_day,
    struct str *out)
{
	int64_t last = (r->end + 1) * DAY_US - SECOND_US;
	struct civil c;

	civil_from(zone != NULL && !all_day ? tz_utc(zone, last) : last, &c);
	str_addf(out, ";UNTIL=%04d%02d%02d", c.year, c.month, c.day);
	if (!all_day)
		str_addf(out, "T%02d%02d%02d%s", c.hour, c.minute, c.second,
		    zone != NULL ? "Z" : "");
}

void
recur_rule(const struct recurrence *r, const struct tz *zone, bool all_day,
    struct str *out)
{
	add_pattern(r, out);
	if (r->range == END_DATE)
		add_until(r, zone, all_day, out);
	else if (r->range == NUMBERED)
		str_addf(out, ";COUNT=%lld", (long long)r->count);
}
