/*
 * rule: read the parts of an RRULE, then see which pattern they make.
 *
 * What the rule leaves out comes from the first occurrence, as RFC 5545 says:
 * FREQ=MONTHLY is the day of the month on which it starts.
 */
#include <string.h>

#include "instant.h"
#include "rule.h"

#define INTERVAL_MAX 9999
#define COUNT_MAX    INT64_C(9999)

static const char *const rule_days[] = { "MO", "TU", "WE", "TH", "FR", "SA",
	"SU" };

enum freq { FREQ_NONE, FREQ_DAILY, FREQ_WEEKLY, FREQ_MONTHLY, FREQ_YEARLY };

/* The parts, as they stand. */
struct parts {
	enum freq freq;
	int64_t interval, count, day, month, position; /* 0: not there */
	unsigned days;
	int ordinal;	  /* of the one day; 0: none */
	size_t day_count; /* in BYDAY */
	bool has_week_start;
	int week_start;
	struct slice until; /* NO_SLICE: none */
	unsigned seen;	    /* a bit for each part, to find doubles */
};

static int
find_day(struct slice text)
{
	int i;

	for (i = 0; i < 7; i++)
		if (slice_is_nocase(text, rule_days[i]))
			return i;
	return -1;
}

static bool
read_freq(struct parts *p, struct slice v)
{
	static const char *const names[] = { "", "DAILY", "WEEKLY", "MONTHLY",
		"YEARLY" };
	int i;

	for (i = FREQ_DAILY; i <= FREQ_YEARLY; i++)
		if (slice_is_nocase(v, names[i]))
			p->freq = (enum freq)i;
	return p->freq != FREQ_NONE;
}

static bool
read_interval(struct parts *p, struct slice v)
{
	return slice_int64(v, 1, INTERVAL_MAX, &p->interval);
}

static bool
read_count(struct parts *p, struct slice v)
{
	return slice_int64(v, 1, COUNT_MAX, &p->count);
}

static bool
read_until(struct parts *p, struct slice v)
{
	p->until = v;
	return v.len > 0;
}

/* "MO", "2TU", "-1FR", "+1WE": the ordinals must all be the same. */
static bool
read_one_day(struct parts *p, struct slice v)
{
	struct slice name = v, number = v;
	int64_t ordinal = 0;
	int day;

	if (v.len < 2)
		return false;
	name.data += v.len - 2;
	name.len = 2;
	number.len -= 2;
	if (number.len > 1 && number.data[0] == '+') {
		number.data++;
		number.len--;
	}
	day = find_day(name);
	if (day == -1 ||
	    (number.len > 0 &&
		(!slice_int64(number, -53, 53, &ordinal) || ordinal == 0)))
		return false;
	if (p->day_count > 0 && (ordinal != 0 || p->ordinal != 0))
		return false; /* two places in a month are two events */
	p->ordinal = (int)ordinal;
	p->days |= 1u << day;
	p->day_count++;
	return true;
}

static bool
read_days(struct parts *p, struct slice v)
{
	while (v.len > 0)
		if (!read_one_day(p, slice_cut(v, ',', &v)))
			return false;
	return p->days != 0;
}

static bool
read_month_day(struct parts *p, struct slice v)
{
	return slice_int64(v, 1, 31, &p->day);
}

static bool
read_month(struct parts *p, struct slice v)
{
	return slice_int64(v, 1, 12, &p->month);
}

static bool
read_position(struct parts *p, struct slice v)
{
	return slice_int64(v, -1, 4, &p->position) && p->position != 0;
}

static bool
read_week_start(struct parts *p, struct slice v)
{
	p->week_start = find_day(v);
	p->has_week_start = true;
	return p->week_start != -1;
}

static const struct {
	const char *name;
	bool (*read)(struct parts *p, struct slice v);
} readers[] = {
	{ "FREQ", read_freq },
	{ "INTERVAL", read_interval },
	{ "COUNT", read_count },
	{ "UNTIL", read_until },
	{ "BYDAY", read_days },
	{ "BYMONTHDAY", read_month_day },
	{ "BYMONTH", read_month },
	{ "BYSETPOS", read_position },
	{ "WKST", read_week_start },
};

static bool
read_part(struct parts *p, struct slice part)
{
	struct slice value, name = slice_cut(part, '=', &value);
	size_t i;

	for (i = 0; i < sizeof readers / sizeof readers[0]; i++) {
		if (!slice_is_nocase(name, readers[i].name))
			continue;
		if ((p->seen & 1u << i) != 0)
			return false;
		p->seen |= 1u << i;
		return readers[i].read(p, value);
	}
	return false; /* BYHOUR, BYWEEKNO, an EXDATE behind a newline ... */
}

static bool
read_parts(struct parts *p, struct slice rrule)
{
	rrule = slice_trim(rrule);
	if (rrule.len > 6 &&
	    slice_is_nocase((struct slice){ rrule.data, 6 }, "RRULE:")) {
		rrule.data += 6;
		rrule.len -= 6;
	}
	while (rrule.len > 0)
		if (!read_part(p, slice_cut(rrule, ';', &rrule)))
			return false;
	return p->freq != FREQ_NONE;
}

static int
start_weekday(const struct rule_start *start)
{
	return (date_weekday(date_of(start->local)) + 6) % 7;
}

/* Days of the week without a place in the month. */
static const char *
weekly(
    const struct parts *p, const struct rule_start *start, struct recurrence *r)
{
	if (p->ordinal != 0 || p->day != 0 || p->month != 0 || p->position != 0)
		return "a weekly rule with more than days of the week";
	r->pattern = WEEKLY;
	r->days = p->days != 0 ? p->days : 1u << start_weekday(start);
	r->week_start = p->has_week_start ? p->week_start : 0;
	return NULL;
}

static const char *
daily(
    const struct parts *p, const struct rule_start *start, struct recurrence *r)
{
	if (p->days != 0 && r->interval == 1)
		return weekly(p, start, r); /* on working days, say */
	if (p->days != 0 || p->day != 0 || p->month != 0 || p->position != 0)
		return "a daily rule with more than an interval";
	r->pattern = DAILY;
	return NULL;
}

/* "2TU", or "MO,TU" with BYSETPOS. */
static const char *
relative(const struct parts *p, struct recurrence *r)
{
	int64_t position = p->position;

	if (p->day != 0)
		return "days of the week and of the month at once";
	if (p->ordinal != 0 && position != 0)
		return "a place twice";
	if (p->ordinal != 0)
		position = p->ordinal;
	if (position == 0 || position < -1 || position > 4)
		return "days of the week without a place that Graph knows";
	r->days = p->days;
	r->position = (int)position;
	return NULL;
}

static const char *
monthly(const struct parts *p, const struct civil *first, struct recurrence *r)
{
	if (p->month != 0)
		return "a monthly rule in one month";
	r->pattern = p->days != 0 ? RELATIVE_MONTHLY : ABSOLUTE_MONTHLY;
	if (p->days != 0)
		return relative(p, r);
	if (p->position != 0)
		return "a place without days";
	r->day = p->day != 0 ? p->day : first->day;
	return NULL;
}

static const char *
yearly(const struct parts *p, const struct civil *first, struct recurrence *r)
{
	struct civil c = { .year = 2000 }; /* a leap year */
	int64_t us;

	r->month = p->month != 0 ? p->month : first->month;
	r->pattern = p->days != 0 ? RELATIVE_YEARLY : ABSOLUTE_YEARLY;
	if (p->month == 0 && (p->days != 0 || p->day != 0))
		return "a yearly rule without its month";
	if (p->days != 0)
		return relative(p, r);
	if (p->position != 0)
		return "a place without days";
	r->day = p->day != 0 ? p->day : first->day;
	c.month = (int)r->month;
	c.day = (int)r->day;
	return civil_to(&c, &us) ? NULL : "a day that the month does not have";
}

static const char *
read_pattern(
    const struct parts *p, const struct rule_start *start, struct recurrence *r)
{
	struct civil first;

	civil_from(start->local, &first);
	r->interval = p->interval != 0 ? p->interval : 1;
	switch (p->freq) {
	case FREQ_DAILY:
		return daily(p, start, r);
	case FREQ_WEEKLY:
		return weekly(p, start, r);
	case FREQ_MONTHLY:
		return monthly(p, &first, r);
	case FREQ_YEARLY:
		return yearly(p, &first, r);
	case FREQ_NONE:
		break;
	}
	return "no FREQ";
}

/* n digits at p. */
static bool
digits(struct slice text, size_t at, size_t n, int *out)
{
	int64_t value;

	if (at + n > text.len || !ascii_is_digit(text.data[at]) ||
	    !slice_int64((struct slice){ text.data + at, n }, 0, 9999, &value))
		return false;
	*out = (int)value;
	return true;
}

/* "20260630", "20260630T215959" or "20260630T215959Z". */
static bool
read_stamp(struct slice text, int64_t *us, bool *timed, bool *utc)
{
	struct civil c = { .hour = 0 };

	*timed = text.len > 8;
	*utc = text.len == 16 && text.data[15] == 'Z';
	if (text.len != 8 && text.len != 15 && !*utc)
		return false;
	if (!digits(text, 0, 4, &c.year) || !digits(text, 4, 2, &c.month) ||
	    !digits(text, 6, 2, &c.day))
		return false;
	if (*timed && (text.data[8] != 'T' || !digits(text, 9, 2, &c.hour) ||
			  !digits(text, 11, 2, &c.minute) ||
			  !digits(text, 13, 2, &c.second)))
		return false;
	return civil_to(&c, us);
}

/* The last date on which the series may begin an occurrence. */
static bool
read_end(struct slice until, const struct rule_start *start, int32_t *date)
{
	int32_t first = date_of(start->local);
	int64_t us, clock = start->local - first * DAY_US;
	bool timed, utc;

	if (!read_stamp(until, &us, &timed, &utc))
		return false;
	if (utc && !start->all_day && start->zone != NULL)
		us = tz_local(start->zone, us);
	*date = date_of(us);
	if (timed && !start->all_day && us - *date * DAY_US < clock)
		(*date)--;
	return *date >= first;
}

const char *
rule_read(
    struct slice rrule, const struct rule_start *start, struct recurrence *r)
{
	struct parts p = { .until = NO_SLICE };
	const char *why;

	*r = (struct recurrence){ .zone = NO_SLICE };
	if (!read_parts(&p, rrule))
		return "a part that Graph has nothing for";
	if (p.count != 0 && p.until.data != NULL)
		return "COUNT and UNTIL at once";
	why = read_pattern(&p, start, r);
	if (why != NULL)
		return why;
	if (p.count != 0) {
		r->range = NUMBERED;
		r->count = p.count;
	} else if (p.until.data != NULL) {
		r->range = END_DATE;
		if (!read_end(p.until, start, &r->end))
			return "an UNTIL that is none, or before the start";
	}
	return NULL;
}

static void
put_date(struct jsonw *w, const char *key, int32_t date)
{
	char text[INSTANT_TEXT_MAX];
	size_t n = date_print(date, text);

	jw_str(w, key, (struct slice){ text, n });
}

static void
put_days(const struct recurrence *r, struct jsonw *w)
{
	static const char *const days[] = { "monday", "tuesday", "wednesday",
		"thursday", "friday", "saturday", "sunday" };
	int i;

	if (r->days == 0)
		return;
	jw_array(w, "daysOfWeek");
	for (i = 0; i < 7; i++)
		if ((r->days & 1u << i) != 0)
			jw_cstr(w, NULL, days[i]);
	jw_end(w);
	if (r->pattern == WEEKLY)
		jw_cstr(w, "firstDayOfWeek", days[r->week_start]);
}

static void
put_pattern(const struct recurrence *r, struct jsonw *w)
{
	static const char *const types[] = { "daily", "weekly",
		"absoluteMonthly", "relativeMonthly", "absoluteYearly",
		"relativeYearly" };
	static const char *const places[] = { "first", "second", "third",
		"fourth" };

	jw_object(w, "pattern");
	jw_cstr(w, "type", types[r->pattern]);
	jw_int(w, "interval", r->interval);
	put_days(r, w);
	if (r->day != 0)
		jw_int(w, "dayOfMonth", r->day);
	if (r->month != 0)
		jw_int(w, "month", r->month);
	if (r->position != 0)
		jw_cstr(w, "index",
		    r->position == -1 ? "last" : places[r->position - 1]);
	jw_end(w);
}

void
rule_write(const struct recurrence *r, const struct rule_start *start,
    struct slice zone, struct jsonw *w)
{
	static const char *const ranges[] = { "noEnd", "endDate", "numbered" };

	jw_object(w, "recurrence");
	put_pattern(r, w);
	jw_object(w, "range");
	jw_cstr(w, "type", ranges[r->range]);
	put_date(w, "startDate", date_of(start->local));
	if (r->range == END_DATE)
		put_date(w, "endDate", r->end);
	else if (r->range == NUMBERED)
		jw_int(w, "numberOfOccurrences", r->count);
	jw_str(w, "recurrenceTimeZone", zone);
	jw_end(w);
	jw_end(w);
}
