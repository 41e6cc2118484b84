/*
 * roster_window: the window reaches further back than window.past_in.  A linked
 * event keeps syncing until window.stop, and Graph tells changes only inside
 * the window; nothing that is linked is older than window.past_in was on the
 * day when the user was enabled.
 */
#include "roster_window.h"
#include "instant.h"

#define SLACK_MAX (120 * SECOND_US)
/* With no limit on either key, so far back before the user was enabled. */
static const struct policy_span oldest_link = { 10, UNIT_Y };

static int64_t
min(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t
max(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

bool
writes_to_graph(const struct policy *p)
{
	return policy_is(p, POL_DIRECTION_EVENTS, "both") ||
	       policy_is(p, POL_DIRECTION_EVENTS, "to_graph");
}

/* The start of the oldest event that can have been linked. */
static int64_t
first_linked(const struct policy *p, int64_t since)
{
	int64_t first = policy_back(p, POL_WINDOW_PAST_IN, since, since);

	if (writes_to_graph(p))
		first = min(
		    first, policy_back(p, POL_WINDOW_PAST_OUT, since, since));
	return max(first, policy_span_add(since, oldest_link, -1));
}

static int64_t
midnight(int64_t us)
{
	return (int64_t)date_of(us) * DAY_US;
}

struct window
window_of(const struct policy *p, int64_t now, int64_t since)
{
	int64_t enabled = since == INSTANT_MIN ? now : since;
	int64_t stopped = policy_back(p, POL_WINDOW_STOP, now, since);
	int64_t start = policy_back(p, POL_WINDOW_PAST_IN, now, enabled);
	int64_t end = policy_ahead(p, POL_WINDOW_FUTURE_IN, now);

	start = min(start, max(stopped, first_linked(p, enabled)));
	if (writes_to_graph(p))
		end = max(end, policy_ahead(p, POL_WINDOW_FUTURE_OUT, now));
	start = max(start, INSTANT_MIN + DAY_US);
	end = min(end, INSTANT_MAX - 2 * DAY_US);
	return (struct window){ midnight(start) - DAY_US,
		midnight(end + DAY_US - 1) + DAY_US };
}

bool
is_due(const struct policy *p, enum policy_key every, int64_t now, int64_t last)
{
	const struct policy_item *item = policy_item(p, every, 0);
	int64_t next, slack;

	if (item->kind != ITEM_SPAN)
		return true;
	next = policy_span_add(last, item->span, 1);
	slack = min((next - last) / 4, SLACK_MAX);
	return now < last || now >= next - slack;
}
