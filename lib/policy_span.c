/*
 * policy_span: durations.  Months and years are calendar steps (31 August less
 * six months is the last of February), so a duration has no length of its own:
 * it gets one only from the instant that it starts from.
 */
#include "instant.h"
#include "policy_form.h"

#define YEARS_MAX INT64_C(100)

static const struct {
	const char *name;
	int64_t seconds; /* at least; 0: a calendar step */
	int64_t months;	 /* of a calendar step */
	int64_t days[2]; /* at least and at most, of a calendar step */
	int64_t max;	 /* that is, about YEARS_MAX */
} units[] = {
	[UNIT_MIN] = { "min", 60, 0, { 0, 0 }, 52560000 },
	[UNIT_H] = { "h", 3600, 0, { 0, 0 }, 876000 },
	[UNIT_D] = { "d", 86400, 0, { 0, 0 }, 36500 },
	[UNIT_W] = { "w", 604800, 0, { 0, 0 }, 5200 },
	[UNIT_MO] = { "mo", 0, 1, { 28, 31 }, 12 * YEARS_MAX },
	[UNIT_Y] = { "y", 0, 12, { 365, 366 }, YEARS_MAX },
};

#define UNITS (sizeof units / sizeof units[0])

const char *
policy_unit_name(enum policy_unit unit)
{
	return units[unit].name;
}

bool
policy_span_parse(struct slice text, struct policy_span *span)
{
	size_t digits = 0;
	struct slice unit;

	while (digits < text.len && ascii_is_digit(text.data[digits]))
		digits++;
	unit = (struct slice){ text.data + digits, text.len - digits };
	for (size_t u = 0; u < UNITS; u++) {
		if (!slice_is(unit, units[u].name))
			continue;
		span->unit = (enum policy_unit)u;
		return slice_int64((struct slice){ text.data, digits }, 0,
		    units[u].max, &span->count);
	}
	return false;
}

/* Seconds that a span lasts at least (bound 0) or at most (1). */
static int64_t
span_seconds(struct policy_span s, int bound)
{
	int64_t one = units[s.unit].seconds;

	if (one == 0)
		one = units[s.unit].days[bound] * 86400;
	return s.count * one;
}

bool
policy_span_within(
    struct policy_span span, struct policy_span least, struct policy_span most)
{
	bool above = span_seconds(span, 0) >= span_seconds(least, 1) ||
		     (span.unit == least.unit && span.count >= least.count);
	bool below = span_seconds(span, 1) <= span_seconds(most, 0) ||
		     (span.unit == most.unit && span.count <= most.count);

	return above && below;
}

static int64_t
clamp(int64_t at)
{
	if (at < INSTANT_MIN)
		return INSTANT_MIN;
	return at > INSTANT_MAX ? INSTANT_MAX : at;
}

int64_t
policy_span_add(int64_t at, struct policy_span span, int sign)
{
	if (units[span.unit].seconds == 0)
		return instant_add_months(
		    clamp(at), sign * span.count * units[span.unit].months);
	/* A hundred years in microseconds are far from overflow. */
	return clamp(clamp(at) +
		     sign * span.count * units[span.unit].seconds * SECOND_US);
}

static int64_t
item_back(const struct policy_item *i, int64_t now, int64_t since)
{
	if (i->kind == ITEM_DATE)
		return i->number * DAY_US;
	if (i->kind == ITEM_ENABLED)
		return policy_span_add(
		    since == INSTANT_MIN ? now : since, i->span, -1);
	return i->kind == ITEM_SPAN ? policy_span_add(now, i->span, -1)
				    : INSTANT_MIN;
}

int64_t
policy_back(
    const struct policy *p, enum policy_key key, int64_t now, int64_t since)
{
	return item_back(policy_item(p, key, 0), now, since);
}

int64_t
policy_ahead(const struct policy *p, enum policy_key key, int64_t now)
{
	const struct policy_item *i = policy_item(p, key, 0);

	return i->kind == ITEM_SPAN ? policy_span_add(now, i->span, 1)
				    : INSTANT_MAX;
}
