/*
 * rule: an RFC 5545 RRULE as Graph's recurrence, the way back of
 * lib/canon_recur.
 *
 * Graph has six patterns and three ranges.  A rule that says more than these
 * can is refused, never rounded: a series that takes place on other days than
 * the CRM says is worse than none.
 */
#ifndef RULE_H
#define RULE_H

#include <stdbool.h>
#include <stdint.h>

#include "canon_recur.h"
#include "json.h"
#include "tz.h"

/* The first occurrence: its wall clock in the series' zone. */
struct rule_start {
	int64_t local;	       /* as in instant.h; a midnight if all_day */
	const struct tz *zone; /* NULL: UTC */
	bool all_day;
};

/* NULL, or what cannot be expressed, for people. */
const char *rule_read(
    struct slice rrule, const struct rule_start *start, struct recurrence *r);

/* The member "recurrence"; zone: the name in which start is written. */
void rule_write(const struct recurrence *r, const struct rule_start *start,
    struct slice zone, struct jsonw *w);

#endif
