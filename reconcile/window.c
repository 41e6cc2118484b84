/*
 * window: bounds and due times.
 *
 * A calendar step cannot always be undone: 28 February is one month before
 * 28, 29, 30 and 31 March.  Where the question is "when will the bound have
 * passed this instant", the answer is looked for from the step back onward,
 * midnight by midnight.
 */
#include "window.h"
#include "instant.h"
#include "policy.h"

/* The first moment that is no longer on a bound. */
#define BOUND_PASSED SECOND_US

static int64_t
since(const struct candidate *c)
{
	return c->section->has_since ? c->section->since : INSTANT_MIN;
}

static bool
kinds_differ(const struct candidate *c)
{
	return policy_is(c->policy, POL_PAST_KIND, "activity");
}

bool
window_is_past(const struct candidate *c)
{
	int64_t at = kinds_differ(c) ? c->end : c->start;

	return at < policy_back(
			c->policy, POL_WINDOW_PAST_IN, c->run->now, since(c));
}

bool
window_out_is_past(const struct candidate *c)
{
	return c->start < policy_back(c->policy, POL_WINDOW_PAST_OUT,
			      c->run->now, since(c));
}

bool
window_is_over(const struct candidate *c, int64_t end)
{
	return c->kind != SERIES_MASTER && end < c->run->now;
}

static bool
is_ahead(const struct candidate *c, enum policy_key key, int64_t now)
{
	return c->start > policy_ahead(c->policy, key, now);
}

bool
window_is_future(const struct candidate *c)
{
	return is_ahead(c, POL_WINDOW_FUTURE_IN, c->run->now);
}

bool
window_out_is_future(const struct candidate *c)
{
	return is_ahead(c, POL_WINDOW_FUTURE_OUT, c->run->now);
}

static int64_t
next_midnight(int64_t at)
{
	return ((int64_t)date_of(at) + 1) * DAY_US;
}

static int64_t
enters(const struct candidate *c, enum policy_key key)
{
	const struct policy_item *i = policy_item(c->policy, key, 0);
	int64_t at;

	if (i == NULL || i->kind != ITEM_SPAN)
		return 0;
	at = policy_span_add(c->start, i->span, -1);
	while (is_ahead(c, key, at))
		at = next_midnight(at);
	return at;
}

int64_t
window_enters(const struct candidate *c)
{
	return enters(c, POL_WINDOW_FUTURE_IN);
}

int64_t
window_out_enters(const struct candidate *c)
{
	return enters(c, POL_WINDOW_FUTURE_OUT);
}

bool
window_is_too_long(const struct candidate *c)
{
	const struct policy_item *i =
	    policy_item_of(c->policy, POL_REFUSE, ITEM_SPAN);
	const struct json *content = c->event != NULL ? c->event : c->crm;
	int64_t start = c->start, end = c->end;
	int32_t first, last;

	if (i == NULL)
		return false;
	/* A day of 23 or 25 hours is one day (mapping page, 2.3). */
	if (c->all_day && date_parse(json_text(content, "start"), &first) &&
	    date_parse(json_text(content, "end"), &last)) {
		start = (int64_t)first * DAY_US;
		end = (int64_t)last * DAY_US;
	}
	return end > policy_span_add(start, i->span, 1);
}

static bool
has_stopped_at(const struct candidate *c, int64_t now)
{
	return c->end <
	       policy_back(c->policy, POL_WINDOW_STOP, now, INSTANT_MIN);
}

bool
window_has_stopped(const struct candidate *c)
{
	return c->kind != SERIES_MASTER && has_stopped_at(c, c->run->now);
}

const char *
window_kind(const struct candidate *c)
{
	return kinds_differ(c) && c->kind != SERIES_MASTER &&
		       c->end <= c->run->now
		   ? "activity"
		   : "appointment";
}

static int64_t
stops_at(const struct candidate *c)
{
	const struct policy_item *i =
	    policy_item_of(c->policy, POL_WINDOW_STOP, ITEM_SPAN);
	int64_t at;

	if (i == NULL)
		return 0;
	at = policy_span_add(c->end, i->span, 1) + BOUND_PASSED;
	while (at < INSTANT_MAX && !has_stopped_at(c, at))
		at = next_midnight(at);
	return at;
}

int64_t
window_next(const struct candidate *c)
{
	if (c->kind == SERIES_MASTER)
		return 0;
	if (kinds_differ(c) && c->end > c->run->now)
		return c->end;
	return stops_at(c);
}
