/*
 * tz_rule: parse and apply a POSIX TZ string.  The year whose changes count
 * is that of the standard wall clock.  A zone whose summer runs over New Year
 * (start after end) needs no other code: the test is turned round.
 */
#include "tz_rule.h"
#include "instant.h"

#define HOURS_MAX 167 /* RFC 8536, 3.3.1: beyond POSIX's 24 */

struct scan {
	const char *at, *end;
};

static bool
scan_char(struct scan *s, char c)
{
	if (s->at == s->end || *s->at != c)
		return false;
	s->at++;
	return true;
}

static bool
scan_number(struct scan *s, int max, int *n)
{
	const char *from = s->at;

	*n = 0;
	while (s->at < s->end && ascii_is_digit(*s->at) && *n <= max)
		*n = *n * 10 + (*s->at++ - '0');
	return s->at > from && *n <= max;
}

static bool
is_letter(char c)
{
	c = ascii_lower(c);
	return c >= 'a' && c <= 'z';
}

/* "CET" or "<+0330>"; what it says is not needed. */
static bool
scan_name(struct scan *s)
{
	const char *from = s->at;

	if (scan_char(s, '<')) {
		while (s->at < s->end && *s->at != '>')
			s->at++;
		return scan_char(s, '>');
	}
	while (s->at < s->end && is_letter(*s->at))
		s->at++;
	return s->at - from >= 3;
}

/* [+-]h[h[h]][:mm[:ss]] */
static bool
scan_time(struct scan *s, int32_t *seconds)
{
	int hours, minutes = 0, rest = 0;
	bool negative = scan_char(s, '-');

	if (!negative)
		scan_char(s, '+');
	if (!scan_number(s, HOURS_MAX, &hours))
		return false;
	if (scan_char(s, ':') && !scan_number(s, 59, &minutes))
		return false;
	if (scan_char(s, ':') && !scan_number(s, 59, &rest))
		return false;
	*seconds = hours * 3600 + minutes * 60 + rest;
	if (negative)
		*seconds = -*seconds;
	return true;
}

static bool
scan_weekday(struct scan *s, struct tz_change *c)
{
	c->kind = TZ_WEEKDAY;
	return scan_number(s, 12, &c->month) && c->month >= 1 &&
	       scan_char(s, '.') && scan_number(s, 5, &c->week) &&
	       c->week >= 1 && scan_char(s, '.') && scan_number(s, 6, &c->day);
}

static bool
scan_day(struct scan *s, struct tz_change *c)
{
	if (scan_char(s, 'M'))
		return scan_weekday(s, c);
	if (scan_char(s, 'J')) {
		c->kind = TZ_JULIAN;
		return scan_number(s, 365, &c->day) && c->day >= 1;
	}
	c->kind = TZ_ORDINAL;
	return scan_number(s, 365, &c->day);
}

static bool
scan_change(struct scan *s, struct tz_change *c)
{
	*c = (struct tz_change){ .second = 2 * 3600 };
	if (!scan_char(s, ',') || !scan_day(s, c))
		return false;
	return !scan_char(s, '/') || scan_time(s, &c->second);
}

bool
tz_rule_parse(struct slice text, struct tz_rule *rule)
{
	struct scan s;

	*rule = (struct tz_rule){ .has_summer = false };
	if (text.len == 0)
		return false;
	s = (struct scan){ text.data, text.data + text.len };
	if (!scan_name(&s) || !scan_time(&s, &rule->standard))
		return false;
	/* POSIX counts west of Greenwich. */
	rule->standard = -rule->standard;
	if (s.at == s.end)
		return true;
	rule->has_summer = true;
	rule->summer = rule->standard + 3600;
	if (!scan_name(&s))
		return false;
	if (s.at < s.end && *s.at != ',') {
		if (!scan_time(&s, &rule->summer))
			return false;
		rule->summer = -rule->summer;
	}
	return scan_change(&s, &rule->start) && scan_change(&s, &rule->end) &&
	       s.at == s.end;
}

/* Days since 1970 of a date that exists. */
static int64_t
day_of(int year, int month, int day)
{
	struct civil c = { .year = year, .month = month, .day = day };
	int64_t us = 0;

	civil_to(&c, &us);
	return date_of(us);
}

static int64_t
weekday_in(const struct tz_change *c, int year)
{
	int64_t first = day_of(year, c->month, 1);
	int64_t next = c->month == 12 ? day_of(year, 12, 31) + 1
				      : day_of(year, c->month + 1, 1);
	int64_t day = first + (c->day - date_weekday((int32_t)first) + 7) % 7;

	day += (int64_t)(c->week - 1) * 7;
	return day < next ? day : day - 7;
}

/* The wall clock of a change, in seconds since 1970. */
static int64_t
change_in(const struct tz_change *c, int year)
{
	int64_t day;

	if (c->kind == TZ_WEEKDAY)
		day = weekday_in(c, year);
	else if (c->kind == TZ_ORDINAL)
		day = day_of(year, 1, 1) + c->day;
	else if (c->day <= 59)
		day = day_of(year, 1, 1) + c->day - 1;
	else
		day = day_of(year, 3, 1) + c->day - 60;
	return day * 86400 + c->second;
}

int32_t
tz_rule_offset(const struct tz_rule *rule, int64_t second)
{
	struct civil c;
	int64_t start, end;
	bool summer;

	if (!rule->has_summer)
		return rule->standard;
	civil_from((second + rule->standard) * SECOND_US, &c);
	if (c.year < 1 || c.year > 9999)
		return rule->standard;
	start = change_in(&rule->start, c.year) - rule->standard;
	end = change_in(&rule->end, c.year) - rule->summer;
	if (start < end)
		summer = second >= start && second < end;
	else
		summer = second >= start || second < end;
	return summer ? rule->summer : rule->standard;
}
