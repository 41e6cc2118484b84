#include "when.h"

#include <stdio.h>
#include <string.h>

/* Days from the civil calendar, by eras of 400 years that start in March. */
int64_t
when_days(int year, int month, int day)
{
	int64_t y = month <= 2 ? (int64_t)year - 1 : year;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t of_era = y - era * 400;
	int64_t of_year =
	    (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 +
	       of_year - 719468;
}

void
when_civil_of_day(int64_t day, struct when_civil *c)
{
	int64_t z = day + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;

	c->day = (int)(doy - (153 * mp + 2) / 5 + 1);
	c->month = (int)(mp < 10 ? mp + 3 : mp - 9);
	c->year = (int)(yoe + era * 400 + (c->month <= 2));
	c->hour = c->minute = c->second = 0;
}

int64_t
when_day(int64_t seconds)
{
	return (seconds >= 0 ? seconds : seconds - WHEN_DAY + 1) / WHEN_DAY;
}

void
when_civil(int64_t seconds, struct when_civil *c)
{
	int64_t day = when_day(seconds);
	int rest = (int)(seconds - day * WHEN_DAY);

	when_civil_of_day(day, c);
	c->hour = rest / 3600;
	c->minute = rest / 60 % 60;
	c->second = rest % 60;
}

int
when_month_length(int year, int month)
{
	static const int length[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31,
		30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month == 2 && leap ? 29 : length[month - 1];
}

int
when_weekday(int64_t day)
{
	int64_t w = (day + 4) % 7;

	return (int)(w < 0 ? w + 7 : w);
}

/* Exactly n digits; false otherwise. */
static bool
digits(const char **s, int n, int *value)
{
	*value = 0;
	for (int i = 0; i < n; i++, (*s)++) {
		if (**s < '0' || **s > '9')
			return false;
		*value = *value * 10 + (**s - '0');
	}
	return true;
}

static bool
parse_date(const char **s, int64_t *day)
{
	int y, m, d;

	if (!digits(s, 4, &y) || *(*s)++ != '-' || !digits(s, 2, &m) ||
	    *(*s)++ != '-' || !digits(s, 2, &d))
		return false;
	if (m < 1 || m > 12 || d < 1 || y < 1 || d > when_month_length(y, m))
		return false;
	*day = when_days(y, m, d);
	return true;
}

bool
when_parse_day(const char *s, int64_t *day)
{
	return parse_date(&s, day) && *s == '\0';
}

static bool
parse_clock(const char **s, int *seconds)
{
	int h, m, sec = 0;

	if (!digits(s, 2, &h) || *(*s)++ != ':' || !digits(s, 2, &m))
		return false;
	if (**s == ':') {
		(*s)++;
		if (!digits(s, 2, &sec))
			return false;
	}
	if (**s == '.')
		for ((*s)++; **s >= '0' && **s <= '9'; (*s)++)
			;
	*seconds = h * 3600 + m * 60 + sec;
	return h < 24 && m < 60 && sec < 60;
}

static bool
parse_offset(const char **s, int32_t *offset)
{
	int h, m, sign = **s == '-' ? -1 : 1;

	*offset = INT32_MIN;
	if (**s == '\0')
		return true;
	if (**s == 'Z' || **s == 'z') {
		(*s)++;
		*offset = 0;
		return true;
	}
	/* A plus that nobody escaped arrives as a space. */
	if (**s != '+' && **s != '-' && **s != ' ')
		return false;
	(*s)++;
	if (!digits(s, 2, &h) || *(*s)++ != ':' || !digits(s, 2, &m))
		return false;
	*offset = sign * (h * 3600 + m * 60);
	return true;
}

bool
when_parse(const char *s, int64_t *seconds, int32_t *offset)
{
	int64_t day;
	int clock = 0;
	int32_t dummy;

	if (!parse_date(&s, &day))
		return false;
	if (*s == 'T' || *s == 't') {
		s++;
		if (!parse_clock(&s, &clock))
			return false;
		if (!parse_offset(&s, offset != NULL ? offset : &dummy))
			return false;
	} else if (offset != NULL) {
		*offset = INT32_MIN;
	}
	*seconds = day * WHEN_DAY + clock;
	return *s == '\0';
}

bool
when_parse_utc(const char *s, int64_t *utc)
{
	int32_t offset;

	if (!when_parse(s, utc, &offset))
		return false;
	if (offset != INT32_MIN)
		*utc -= offset;
	return true;
}

void
when_format_day(int64_t day, char out[WHEN_TEXT])
{
	struct when_civil c;

	when_civil_of_day(day, &c);
	snprintf(out, WHEN_TEXT, "%04d-%02d-%02d", c.year, c.month, c.day);
}

void
when_format(int64_t seconds, char out[WHEN_TEXT])
{
	struct when_civil c;

	when_civil(seconds, &c);
	snprintf(out, WHEN_TEXT, "%04d-%02d-%02dT%02d:%02d:%02d", c.year,
	    c.month, c.day, c.hour, c.minute, c.second);
}

void
when_format_utc(int64_t utc, char out[WHEN_TEXT])
{
	when_format(utc, out);
	strcat(out, "Z");
}

void
when_format_http(int64_t utc, char out[WHEN_TEXT])
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct when_civil c;

	when_civil(utc, &c);
	snprintf(out, WHEN_TEXT, "%.3s, %02d %.3s %04d %02d:%02d:%02d GMT",
	    days + 3 * when_weekday(when_day(utc)), c.day,
	    months + 3 * (c.month - 1), c.year, c.hour, c.minute, c.second);
}
