#include "tz_rule.h"

#include <stdlib.h>

#include "when.h"

static bool
skip_name(const char **s)
{
	const char *start = *s;

	if (**s == '<') {
		while (**s != '\0' && **s != '>')
			(*s)++;
		return *(*s)++ == '>';
	}
	while ((**s >= 'A' && **s <= 'Z') || (**s >= 'a' && **s <= 'z'))
		(*s)++;
	return *s - start >= 3;
}

static int
number(const char **s)
{
	int n = 0;

	while (**s >= '0' && **s <= '9')
		n = n * 10 + *(*s)++ - '0';
	return n;
}

/* [+-]h[:m[:s]] in seconds. */
static int32_t
clock_text(const char **s)
{
	int sign = 1, unit = 3600;
	int32_t sum = 0;

	if (**s == '-' || **s == '+')
		sign = *(*s)++ == '-' ? -1 : 1;
	for (;;) {
		sum += number(s) * unit;
		unit /= 60;
		if (**s != ':' || unit == 0)
			return sign * sum;
		(*s)++;
	}
}

static bool
parse_change(const char **s, struct tz_change *c)
{
	if (*(*s)++ != ',')
		return false;
	c->kind = 'D';
	if (**s == 'M' || **s == 'J')
		c->kind = *(*s)++;
	c->day = number(s);
	if (c->kind == 'M') {
		c->month = c->day;
		if (*(*s)++ != '.')
			return false;
		c->week = number(s);
		if (*(*s)++ != '.')
			return false;
		c->weekday = number(s);
	}
	c->clock = 2 * 3600;
	if (**s == '/') {
		(*s)++;
		c->clock = clock_text(s);
	}
	return true;
}

bool
tz_rule_parse(const char *s, struct tz_rule *r)
{
	*r = (struct tz_rule){ .has_dst = false };
	if (*s == '\n' || *s == '\0')
		return true;
	if (!skip_name(&s))
		return false;
	r->std = -clock_text(&s);
	if (*s == '\n' || *s == '\0')
		return true;
	if (!skip_name(&s))
		return false;
	r->has_dst = true;
	r->dst = *s == ',' ? r->std + 3600 : -clock_text(&s);
	return parse_change(&s, &r->to_dst) && parse_change(&s, &r->to_std);
}

/* The local moment of a change in a year. */
static int64_t
moment(const struct tz_change *c, int year)
{
	int64_t first, day;

	if (c->kind != 'M') {
		day = when_days(year, 1, 1) + c->day;
		if (c->kind == 'J')
			day += when_month_length(year, 2) == 29 && c->day >= 60
				   ? 0
				   : -1;
		return day * WHEN_DAY + c->clock;
	}
	first = when_days(year, c->month, 1);
	day = first + (c->weekday - when_weekday(first) + 7) % 7 +
	      7 * (c->week - 1);
	if (day >= first + when_month_length(year, c->month))
		day -= 7;
	return day * WHEN_DAY + c->clock;
}

int32_t
tz_rule_offset(const struct tz_rule *r, int64_t utc)
{
	struct when_civil c;
	int64_t on, off;
	bool dst;

	if (!r->has_dst)
		return r->std;
	when_civil(utc + r->std, &c);
	on = moment(&r->to_dst, c.year) - r->std;
	off = moment(&r->to_std, c.year) - r->dst;
	dst = on < off ? utc >= on && utc < off : utc >= on || utc < off;
	return dst ? r->dst : r->std;
}
