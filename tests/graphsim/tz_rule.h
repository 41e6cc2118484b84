/*
 * tz_rule: the footer of a zone file, a POSIX TZ text such as
 * "CET-1CEST,M3.5.0,M10.5.0/3", which rules after the last listed change.
 */
#ifndef GRAPHSIM_TZ_RULE_H
#define GRAPHSIM_TZ_RULE_H

#include <stdbool.h>
#include <stdint.h>

/* When a change happens in each year. */
struct tz_change {
	char kind; /* 'M' month.week.weekday, 'J' day without Feb 29, 'D' day */
	int month, week, weekday, day;
	int32_t clock; /* seconds after local midnight, may be negative */
};

struct tz_rule {
	bool has_dst;
	int32_t std; /* seconds to add to UTC */
	int32_t dst;
	struct tz_change to_dst, to_std;
};

/* Parse up to the newline; an empty text is UTC. */
bool tz_rule_parse(const char *s, struct tz_rule *r);

int32_t tz_rule_offset(const struct tz_rule *r, int64_t utc);

#endif
