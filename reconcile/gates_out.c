/*
 * gates_out: one small function per reason code, in the order of the policy
 * page.  The CRM event is all there is: no mark, no answer, no organizer but
 * its owner.
 *
 * An event of an import is refused by its own origin or by that of its last
 * change, so that editing a loaded row on screen does not send it out.
 */
#include "gates_out.h"
#include "out_people.h"
#include "tz.h"
#include "window.h"

struct gate {
	enum reason reason;
	bool (*stops)(const struct candidate *c);
	enum policy_key key;
	int64_t (*due)(const struct candidate *c); /* when time lets it in */
	bool is_final; /* nothing but another change will alter it */
	void (*evidence)(const struct candidate *c, struct str *s);
};

struct slice
zone_outward(const struct candidate *c)
{
	struct slice zone = json_text(c->crm, "zone");

	return zone.len > 0 && !slice_is(zone, "UTC") ? zone : c->section->zone;
}

static bool
stops_direction(const struct candidate *c)
{
	return !candidate_goes_out(c);
}

static bool
stops_removed(const struct candidate *c)
{
	return candidate_crm_is_gone(c);
}

static bool
stops_cancelled(const struct candidate *c)
{
	return c->cancelled;
}

static bool
stops_imported(const struct candidate *c)
{
	return policy_lists(c->policy, POL_REFUSE, SLICE("imported")) &&
	       (slice_is(c->origin, "import") ||
		   json_is(json_get(c->crm, "origin"), "import"));
}

static bool
stops_backfill(const struct candidate *c)
{
	const char *stamp = policy_is(c->policy, POL_BACKFILL_OUT, "created")
				? "created"
				: "modified";
	int64_t us;

	if (policy_is(c->policy, POL_BACKFILL_OUT, "all") ||
	    !c->section->has_since)
		return false;
	return event_instant(c, json_text(c->crm, stamp), &us) &&
	       us < c->section->since;
}

/* `manual` passes only with a mark, and the CRM has none. */
static bool
stops_private(const struct candidate *c)
{
	return c->private &&
	       (policy_is(c->policy, POL_PRIVATE_MODE, "skip") ||
		   policy_is(c->policy, POL_PRIVATE_MODE, "manual"));
}

static bool
stops_private_contact(const struct candidate *c)
{
	return policy_lists(c->policy, POL_REFUSE, SLICE("private_contact")) &&
	       out_people_have_private(c);
}

static bool
stops_internal(const struct candidate *c)
{
	return !policy_is(c->policy, POL_INTERNAL_MODE, "sync") &&
	       out_people_are_internal(c);
}

/* One date of a series cannot be made by itself. */
static bool
stops_recurring_out(const struct candidate *c)
{
	if (c->kind == SERIES_MASTER)
		return !policy_yes(c->policy, POL_RECURRING_TO_GRAPH);
	return c->kind != SERIES_SINGLE;
}

static bool
stops_recurring_allday(const struct candidate *c)
{
	return c->kind != SERIES_SINGLE && c->all_day &&
	       policy_lists(c->policy, POL_REFUSE, SLICE("recurring_allday"));
}

static bool
stops_too_long(const struct candidate *c)
{
	return window_is_too_long(c);
}

/* With `copies` each syncing user on it has a section of their own for it. */
static bool
stops_owner_off(const struct candidate *c)
{
	if (c->section->account == 0)
		return true;
	return c->owner_account != c->section->account &&
	       policy_is(c->policy, POL_OWNER_UNSYNCED_OUT, "skip");
}

/* What Graph would refuse. */
static bool
stops_missing_fields(const struct candidate *c)
{
	return c->end < c->start;
}

static bool
stops_timezone(const struct candidate *c)
{
	return tz_find(zone_outward(c)) == NULL;
}

static void
tell_start(const struct candidate *c, struct str *s)
{
	str_addf(s, "%.*s to %.*s", SLICE_ARG(json_text(c->crm, "start")),
	    SLICE_ARG(json_text(c->crm, "end")));
}

static void
tell_stamps(const struct candidate *c, struct str *s)
{
	str_addf(s, "created %.*s, modified %.*s",
	    SLICE_ARG(json_text(c->crm, "created")),
	    SLICE_ARG(json_text(c->crm, "modified")));
}

static void
tell_owner(const struct candidate *c, struct str *s)
{
	str_addf(s, "owner %.*s does not sync",
	    SLICE_ARG(json_text(c->crm, "owner")));
}

static void
tell_end(const struct candidate *c, struct str *s)
{
	(void)c;
	str_adds(s, "missing: end");
}

static const struct gate gates[] = {
	/* clang-format off */
	{ R_REMOVED, stops_removed, POL_NONE, NULL, true, NULL },
	{ R_DIRECTION, stops_direction, POL_DIRECTION_EVENTS, NULL, false, NULL },
	{ R_CANCELLED, stops_cancelled, POL_NONE, NULL, false, NULL },
	{ R_IMPORTED, stops_imported, POL_REFUSE, NULL, false, NULL },
	{ R_WINDOW_PAST, window_out_is_past, POL_WINDOW_PAST_OUT, NULL, false, tell_start },
	{ R_WINDOW_FUTURE, window_out_is_future, POL_WINDOW_FUTURE_OUT, window_out_enters, false, tell_start },
	{ R_BACKFILL, stops_backfill, POL_BACKFILL_OUT, NULL, false, tell_stamps },
	{ R_PRIVATE, stops_private, POL_PRIVATE_MODE, NULL, false, NULL },
	{ R_PRIVATE_CONTACT, stops_private_contact, POL_REFUSE, NULL, false, NULL },
	{ R_INTERNAL, stops_internal, POL_INTERNAL_MODE, NULL, false, NULL },
	{ R_RECURRING_OUT, stops_recurring_out, POL_RECURRING_TO_GRAPH, NULL, false, NULL },
	{ R_RECURRING_ALLDAY, stops_recurring_allday, POL_REFUSE, NULL, false, NULL },
	{ R_TOO_LONG, stops_too_long, POL_REFUSE, NULL, false, tell_start },
	{ R_OWNER_OFF, stops_owner_off, POL_OWNER_UNSYNCED_OUT, NULL, false, tell_owner },
	{ R_TIMEZONE, stops_timezone, POL_NONE, NULL, false, NULL },
	{ R_MISSING_FIELDS, stops_missing_fields, POL_NONE, NULL, false, tell_end },
	/* clang-format on */
};

#define GATE_COUNT (sizeof gates / sizeof *gates)

bool
gates_out_pass(const struct candidate *c, struct decision *d)
{
	struct str s = { 0 };
	size_t i = 0;

	while (i < GATE_COUNT && !gates[i].stops(c))
		i++;
	if (i == GATE_COUNT)
		return true;
	d->op = OP_SKIP;
	d->reason = gates[i].reason;
	d->key = gates[i].key;
	d->is_final = gates[i].is_final;
	if (gates[i].evidence != NULL)
		gates[i].evidence(c, &s);
	d->evidence = candidate_keep_if(c, &s, s.len > 0);
	if (gates[i].due != NULL)
		d->due = gates[i].due(c);
	return false;
}
