/*
 * instant: points in time and civil dates without time_t, TZ or locale.  An
 * instant is int64 microseconds since 1970-01-01T00:00:00Z, proleptic
 * Gregorian, no leap seconds.  A date is the number of days since 1970-01-01.
 * A local time ("wall clock") is an instant's arithmetic without a zone.
 */
#ifndef INSTANT_H
#define INSTANT_H

#include <stdbool.h>
#include <stdint.h>

#include "str.h"

#define SECOND_US	 INT64_C(1000000)
#define DAY_US		 (INT64_C(86400) * SECOND_US)
#define INSTANT_TEXT_MAX 40

/* Year 1 to 9999: what Graph and PostgreSQL share. */
#define INSTANT_MIN INT64_C(-62135596800000000)
#define INSTANT_MAX INT64_C(253402300799999999)

struct civil {
	int year, month, day; /* 1..9999, 1..12, 1..31 */
	int hour, minute, second, micro;
};

/* RFC 3339 with offset or Z: "2026-11-21T09:00:00Z". */
bool instant_parse(struct slice s, int64_t *us);
/* Graph's naive "2026-11-21T09:00:00.0000000" (0..9 digits), as if UTC. */
bool local_parse(struct slice s, int64_t *us);
/* "2026-11-21" */
bool date_parse(struct slice s, int32_t *days);
/* RFC 3339 in UTC; fraction only when it is not zero.  Returns the length. */
size_t instant_print(int64_t us, char buf[INSTANT_TEXT_MAX]);
/* "2026-11-21T09:00:00" without zone: what Graph is sent. */
size_t local_print(int64_t us, char buf[INSTANT_TEXT_MAX]);
size_t date_print(int32_t days, char buf[INSTANT_TEXT_MAX]);

void civil_from(int64_t us, struct civil *c);
bool civil_to(const struct civil *c, int64_t *us); /* false: no such date */
int32_t date_of(int64_t us);			   /* floor division */
int date_weekday(int32_t days);			   /* 0 = Sunday */
/* Calendar step: 31 Aug + 6 months = 28 or 29 Feb. */
int64_t instant_add_months(int64_t us, int64_t months);

#endif
