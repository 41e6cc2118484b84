/*
 * instant: parsing, printing and civil arithmetic.  Days are counted in
 * years that begin on 1 March, so that the leap day is the last of a year
 * and every month but it has a fixed offset.  The C library's calendar
 * functions are not used: their answers depend on TZ and on libc.
 */
#include "instant.h"

#define DAYS_400Y 146097
/* From 0000-03-01 to 1970-01-01. */
#define DAYS_TO_EPOCH 719468

struct scan {
	const char *at, *end;
};

static int64_t
floor_div(int64_t a, int64_t b)
{
	int64_t q = a / b;

	return a % b < 0 ? q - 1 : q;
}

static bool
is_leap(int64_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int
month_days(int64_t year, int month)
{
	static const char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30,
		31 };

	return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

static int64_t
days_from(int64_t year, int month, int day)
{
	int64_t m = (month + 9) % 12; /* months since March */
	int64_t y = month <= 2 ? year - 1 : year;

	return y * 365 + floor_div(y, 4) - floor_div(y, 100) +
	       floor_div(y, 400) + (m * 153 + 2) / 5 + day - 1 - DAYS_TO_EPOCH;
}

static void
civil_date(int64_t days, struct civil *c)
{
	int64_t n = days + DAYS_TO_EPOCH;
	int64_t cycle = floor_div(n, DAYS_400Y);
	int64_t in_cycle = n - cycle * DAYS_400Y;
	/* The quotients take out the leap days that are in the way. */
	int64_t y = (in_cycle - in_cycle / 1460 + in_cycle / 36524 -
			in_cycle / (DAYS_400Y - 1)) /
		    365;
	int64_t in_year = in_cycle - (y * 365 + y / 4 - y / 100);
	int64_t m = (in_year * 5 + 2) / 153;

	c->day = (int)(in_year - (m * 153 + 2) / 5 + 1);
	c->month = (int)(m < 10 ? m + 3 : m - 9);
	c->year = (int)(y + cycle * 400 + (c->month <= 2 ? 1 : 0));
}

void
civil_from(int64_t us, struct civil *c)
{
	int64_t days = floor_div(us, DAY_US);
	int64_t rest = us - days * DAY_US;

	civil_date(days, c);
	c->micro = (int)(rest % SECOND_US);
	rest /= SECOND_US;
	c->second = (int)(rest % 60);
	c->minute = (int)(rest / 60 % 60);
	c->hour = (int)(rest / 3600);
}

static bool
within(int n, int min, int max)
{
	return n >= min && n <= max;
}

static bool
is_date(const struct civil *c)
{
	return within(c->year, 1, 9999) && within(c->month, 1, 12) &&
	       within(c->day, 1, month_days(c->year, c->month));
}

bool
civil_to(const struct civil *c, int64_t *us)
{
	int64_t seconds;

	if (!is_date(c) || !within(c->hour, 0, 23) ||
	    !within(c->minute, 0, 59) || !within(c->second, 0, 59) ||
	    !within(c->micro, 0, 999999))
		return false;
	seconds = days_from(c->year, c->month, c->day) * 86400;
	seconds +=
	    (int64_t)c->hour * 3600 + (int64_t)c->minute * 60 + c->second;
	*us = seconds * SECOND_US + c->micro;
	return true;
}

int32_t
date_of(int64_t us)
{
	return (int32_t)floor_div(us, DAY_US);
}

int
date_weekday(int32_t days)
{
	/* 1970-01-01 was a Thursday. */
	int64_t n = (int64_t)days + 4;

	return (int)(n - floor_div(n, 7) * 7);
}

int64_t
instant_add_months(int64_t us, int64_t months)
{
	struct civil c;
	int64_t count, year;
	int last;

	/* Far beyond both ends, and far from overflow. */
	if (months > 120000)
		return INSTANT_MAX;
	if (months < -120000)
		return INSTANT_MIN;
	civil_from(us, &c);
	count = (int64_t)c.year * 12 + c.month - 1 + months;
	year = floor_div(count, 12);
	if (year < 1)
		return INSTANT_MIN;
	if (year > 9999)
		return INSTANT_MAX;
	c.year = (int)year;
	c.month = (int)(count - year * 12) + 1;
	last = month_days(year, c.month);
	if (c.day > last)
		c.day = last;
	return civil_to(&c, &us) ? us : INSTANT_MIN;
}

/* Exactly n digits. */
static bool
scan_digits(struct scan *s, int n, int *out)
{
	int value = 0;

	if (s->end - s->at < n)
		return false;
	for (; n > 0; n--, s->at++) {
		if (!ascii_is_digit(*s->at))
			return false;
		value = value * 10 + (*s->at - '0');
	}
	*out = value;
	return true;
}

static bool
scan_char(struct scan *s, char c)
{
	if (s->at == s->end || *s->at != c)
		return false;
	s->at++;
	return true;
}

static bool
scan_date(struct scan *s, struct civil *c)
{
	return scan_digits(s, 4, &c->year) && scan_char(s, '-') &&
	       scan_digits(s, 2, &c->month) && scan_char(s, '-') &&
	       scan_digits(s, 2, &c->day);
}

/* ".0000000": one to nine digits; what is below a microsecond is cut off. */
static bool
scan_fraction(struct scan *s, int *micro)
{
	int scale = 100000, digits = 0;

	*micro = 0;
	if (!scan_char(s, '.'))
		return true;
	for (; s->at < s->end && ascii_is_digit(*s->at); s->at++) {
		*micro += (*s->at - '0') * scale;
		scale /= 10;
		digits++;
	}
	return within(digits, 1, 9);
}

static bool
scan_time(struct scan *s, struct civil *c)
{
	return scan_digits(s, 2, &c->hour) && scan_char(s, ':') &&
	       scan_digits(s, 2, &c->minute) && scan_char(s, ':') &&
	       scan_digits(s, 2, &c->second) && scan_fraction(s, &c->micro);
}

static bool
scan_offset(struct scan *s, int64_t *minutes)
{
	int hour, minute;
	bool west;

	*minutes = 0;
	if (scan_char(s, 'Z'))
		return true;
	west = scan_char(s, '-');
	if (!west && !scan_char(s, '+'))
		return false;
	if (!scan_digits(s, 2, &hour) || !scan_char(s, ':') ||
	    !scan_digits(s, 2, &minute) || hour > 23 || minute > 59)
		return false;
	*minutes = (int64_t)hour * 60 + minute;
	if (west)
		*minutes = -*minutes;
	return true;
}

/* No value is no text: a null pointer may not be stepped over. */
static struct scan
scan_start(struct slice s)
{
	const char *at = s.data != NULL ? s.data : "";

	return (struct scan){ at, at + s.len };
}

static bool
scan_local(struct scan *s, int64_t *us)
{
	struct civil c;

	return scan_date(s, &c) && scan_char(s, 'T') && scan_time(s, &c) &&
	       civil_to(&c, us);
}

bool
instant_parse(struct slice s, int64_t *us)
{
	struct scan scan = scan_start(s);
	int64_t local, minutes;

	if (!scan_local(&scan, &local) || !scan_offset(&scan, &minutes) ||
	    scan.at != scan.end)
		return false;
	local -= minutes * 60 * SECOND_US;
	if (local < INSTANT_MIN || local > INSTANT_MAX)
		return false;
	*us = local;
	return true;
}

bool
local_parse(struct slice s, int64_t *us)
{
	struct scan scan = scan_start(s);
	int64_t local;

	if (!scan_local(&scan, &local) || scan.at != scan.end)
		return false;
	*us = local;
	return true;
}

bool
date_parse(struct slice s, int32_t *days)
{
	struct scan scan = scan_start(s);
	struct civil c;

	if (!scan_date(&scan, &c) || scan.at != scan.end || !is_date(&c))
		return false;
	*days = (int32_t)days_from(c.year, c.month, c.day);
	return true;
}

/* The last `width` digits of n, and what follows. */
static char *
put_number(char *p, int n, int width, char then)
{
	int i;

	for (i = width - 1; i >= 0; i--) {
		p[i] = (char)('0' + n % 10);
		n /= 10;
	}
	p[width] = then;
	return p + width + 1;
}

static char *
put_date(char *p, const struct civil *c, char then)
{
	p = put_number(p, c->year, 4, '-');
	p = put_number(p, c->month, 2, '-');
	return put_number(p, c->day, 2, then);
}

/* The end of the text, where a zone may follow. */
static char *
put_local(char *p, int64_t us)
{
	struct civil c;

	civil_from(us, &c);
	p = put_date(p, &c, 'T');
	p = put_number(p, c.hour, 2, ':');
	p = put_number(p, c.minute, 2, ':');
	p = put_number(p, c.second, 2, '.');
	if (c.micro == 0)
		return p - 1;
	p = put_number(p, c.micro, 6, '\0') - 1;
	while (p[-1] == '0')
		p--;
	return p;
}

/* What is out of range is printed as the nearest end of it. */
static int64_t
clamp(int64_t us)
{
	if (us < INSTANT_MIN)
		return INSTANT_MIN;
	return us > INSTANT_MAX ? INSTANT_MAX : us;
}

size_t
instant_print(int64_t us, char buf[INSTANT_TEXT_MAX])
{
	char *p = put_local(buf, clamp(us));

	*p++ = 'Z';
	*p = '\0';
	return (size_t)(p - buf);
}

size_t
local_print(int64_t us, char buf[INSTANT_TEXT_MAX])
{
	char *p = put_local(buf, clamp(us));

	*p = '\0';
	return (size_t)(p - buf);
}

size_t
date_print(int32_t days, char buf[INSTANT_TEXT_MAX])
{
	struct civil c;

	civil_from(clamp((int64_t)days * DAY_US), &c);
	return (size_t)(put_date(buf, &c, '\0') - buf) - 1;
}
