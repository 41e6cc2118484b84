/*
 * tz_rule: the footer of a TZif file (RFC 8536, 3.3): a POSIX TZ string such
 * as "CET-1CEST,M3.5.0,M10.5.0/3", which holds for all times after the last
 * one that the file lists.
 */
#ifndef TZ_RULE_H
#define TZ_RULE_H

#include <stdbool.h>
#include <stdint.h>

#include "str.h"

enum tz_day_kind {
	TZ_JULIAN,  /* Jn: 1..365, 29 February is never counted */
	TZ_ORDINAL, /* n: 0..365 */
	TZ_WEEKDAY  /* Mm.w.d: weekday d of week w (5: the last) of month m */
};

struct tz_change {
	enum tz_day_kind kind;
	int month, week, day;
	int32_t second; /* after midnight, -167 to 167 hours */
};

struct tz_rule {
	int32_t standard, summer; /* seconds east of UTC */
	bool has_summer;
	struct tz_change start, end; /* of summer, in the clock before it */
};

/* False: not such a string. */
bool tz_rule_parse(struct slice text, struct tz_rule *rule);
/* Seconds east of UTC; `second` is one since 1970. */
int32_t tz_rule_offset(const struct tz_rule *rule, int64_t second);

#endif
