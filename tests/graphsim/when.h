/*
 * when: dates and times as numbers, without the C library's clock or zone.
 *
 * Two kinds of time, both int64_t counts of seconds since 1970-01-01T00:00:
 *   utc     an instant
 *   local   what the clock on a wall shows, in a zone known from elsewhere
 * A day is a count of days since 1970-01-01.
 */
#ifndef GRAPHSIM_WHEN_H
#define GRAPHSIM_WHEN_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"

enum {
	WHEN_DAY = 86400,
	WHEN_TEXT = 40, /* enough for every text made here */
};

/* The instant that Graph writes for "never": 0001-01-01T00:00:00Z. */
#define WHEN_NEVER INT64_C(-62135596800)

struct when_civil {
	int year;
	int month; /* 1..12 */
	int day;   /* 1..31 */
	int hour, minute, second;
};

int64_t when_days(int year, int month, int day);
void when_civil_of_day(int64_t day, struct when_civil *c);
void when_civil(int64_t seconds, struct when_civil *c);
int when_month_length(int year, int month);

/* 0 is Sunday. */
int when_weekday(int64_t day);

/* The day on which a moment lies; right for moments before 1970 too. */
int64_t when_day(int64_t seconds);

/* "2026-11-21"; false if it is not exactly that, or no such date exists. */
bool when_parse_day(const char *s, int64_t *day);

/*
 * "2026-11-21", "2026-11-21T09:00", "...:00", "...:00.1234567", and with
 * offset non-NULL also a trailing Z or +01:00.  *offset is in seconds, and
 * INT32_MIN if the text had none.
 */
bool when_parse(const char *s, int64_t *seconds, int32_t *offset);

/* An instant: the offset inside the text, UTC if there is none. */
bool when_parse_utc(const char *s, int64_t *utc);

/* "2026-11-21", "2026-11-21T09:00:00" and "2026-11-21T09:00:00Z". */
void when_format_day(int64_t day, char out[WHEN_TEXT]);
void when_format(int64_t seconds, char out[WHEN_TEXT]);
void when_format_utc(int64_t utc, char out[WHEN_TEXT]);

/* "Sat, 21 Nov 2026 09:00:00 GMT", as HTTP wants it. */
void when_format_http(int64_t utc, char out[WHEN_TEXT]);

#endif
