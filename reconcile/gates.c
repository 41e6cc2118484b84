/*
 * gates: one small function per reason code, in the order of the policy page,
 * section 5.  A function says whether its gate stops the event.  The table at
 * the end puts them in order and says which policy line decides, which of
 * them a mark goes over, and what would make the answer another one.
 *
 * Step 1 (the user) is mostly roster's; what has no gate here is for another stage.
 */
#include <string.h>

#include "base.h"
#include "blocked.h"
#include "gates.h"
#include "gates_tell.h"
#include "relations.h"
#include "required.h"
#include "window.h"

/* What may change the answer, beside a change of the event itself. */
enum wait {
	WAIT_NONE,
	WAIT_TIME,     /* the start comes nearer */
	WAIT_PEOPLE,   /* an unknown address becomes known */
	WAIT_ACCOUNT,  /* the organizer starts to sync */
	WAIT_MIRRORED, /* the other one ends */
};

struct gate {
	int step;
	enum reason reason;
	bool (*stops)(const struct candidate *c);
	enum policy_key key;
	bool by_rule; /* step 12: a mark goes over it */
	enum wait wait;
	void (*evidence)(const struct candidate *c, struct str *s);
};

/* The mark lets this event in by itself (step 12). */
static bool
is_chosen_by_hand(const struct candidate *c)
{
	return c->mark_counts && !policy_is(c->policy, POL_SELECT_MODE, "auto");
}

static bool
is_recurring(const struct candidate *c)
{
	return c->kind != SERIES_SINGLE;
}

/* 1: of who does not sync nothing is made, whatever is asked for by name; the
 * other reasons of this step are roster's. */
static bool
stops_user_off(const struct candidate *c)
{
	return c->section->off;
}

/* 2 */
static bool
stops_direction(const struct candidate *c)
{
	return !policy_is(c->policy, POL_DIRECTION_EVENTS, "to_crm") &&
	       !policy_is(c->policy, POL_DIRECTION_EVENTS, "both");
}

/* 3: only people bring a tombstone back: by a mark that is set anew (U10), or by
 * a series that has the occurrence again. */
static bool
stops_ended(const struct candidate *c)
{
	return c->state == LINK_ENDED && !candidate_came_back(c) &&
	       !(c->marked && c->mark_counts && base_was_unmarked(c));
}

/* 4, silent */
static bool
stops_removed(const struct candidate *c)
{
	return c->event == NULL;
}

static bool
stops_cancelled(const struct candidate *c)
{
	return c->cancelled;
}

/* A series comes in either as its master or as its occurrences; one that is
 * linked stays what it is, whatever policy says since. */
static bool
stops_series_master(const struct candidate *c)
{
	if (slice_is(c->series_as, "master"))
		return c->kind == SERIES_OCCURRENCE ||
		       (c->kind == SERIES_EXCEPTION &&
			   policy_is(c->policy, POL_RECURRING_MODE, "expand"));
	if (c->series_as.len > 0)
		return c->kind == SERIES_MASTER;
	if (policy_is(c->policy, POL_RECURRING_MODE, "series"))
		return c->kind == SERIES_OCCURRENCE;
	return c->kind == SERIES_MASTER &&
	       !policy_is(c->policy, POL_RECURRING_MODE, "skip");
}

/* 5 */
static bool
stops_draft(const struct candidate *c)
{
	return c->draft && policy_lists(c->policy, POL_REFUSE, SLICE("draft"));
}

/* 6: never a guess at UTC (U20) */
static bool
stops_timezone(const struct candidate *c)
{
	return json_is_null(json_get(c->event, "zone"));
}

/* 7: a series is judged by its occurrences, not by its master's start. */
static bool
stops_window_past(const struct candidate *c)
{
	return c->kind != SERIES_MASTER && window_is_past(c);
}

static bool
stops_window_future(const struct candidate *c)
{
	return c->kind != SERIES_MASTER && window_is_future(c);
}

/* 8 */
static bool
stops_backfill(const struct candidate *c)
{
	const char *stamp = policy_is(c->policy, POL_BACKFILL_IN, "created")
				? "created"
				: "modified";
	int64_t us;

	if (policy_is(c->policy, POL_BACKFILL_IN, "all") ||
	    !c->section->has_since)
		return false;
	return event_instant(c, json_text(c->event, stamp), &us) &&
	       us < c->section->since;
}

/* 9 */
static bool
stops_private(const struct candidate *c)
{
	return c->private &&
	       (policy_is(c->policy, POL_PRIVATE_MODE, "skip") ||
		   (policy_is(c->policy, POL_PRIVATE_MODE, "manual") &&
		       !c->mark_counts));
}

static bool
stops_private_contact(const struct candidate *c)
{
	if (!policy_lists(c->policy, POL_REFUSE, SLICE("private_contact")))
		return false;
	for (size_t i = 0; i < c->people.count; i++)
		if (json_true(c->people.list[i].contact, "private"))
			return true;
	return false;
}

/* 10 */
static bool
stops_recurring(const struct candidate *c)
{
	return is_recurring(c) &&
	       policy_is(c->policy, POL_RECURRING_MODE, "skip");
}

static bool
stops_recurring_allday(const struct candidate *c)
{
	return is_recurring(c) && c->all_day &&
	       policy_lists(c->policy, POL_REFUSE, SLICE("recurring_allday"));
}

static bool
stops_too_long(const struct candidate *c)
{
	return window_is_too_long(c);
}

/* 11 */
static bool
stops_organizer_external(const struct candidate *c)
{
	const struct person *o = people_organizer(&c->people);

	return o != NULL && !o->is_self &&
	       policy_is(c->policy, POL_ORGANIZER_MODE, "firm") &&
	       !domain_is_firm(c, o->address);
}

/* Once the meeting is there, nobody has to wait for its organizer. */
static bool
stops_waiting_organizer(const struct candidate *c)
{
	const struct person *o = people_organizer(&c->people);

	return o != NULL && !o->is_self && o->user != NULL && c->meeting == 0 &&
	       policy_is(c->policy, POL_ORGANIZER_MODE, "wait");
}

/* 13: not reached by what was chosen by hand */
static bool
stops_not_organizer(const struct candidate *c)
{
	return policy_is(c->policy, POL_SELECT_MODE, "manual") && c->marked;
}

static bool
stops_not_marked(const struct candidate *c)
{
	return policy_is(c->policy, POL_SELECT_MODE, "manual");
}

/* 14 */
static bool
stops_kind_off(const struct candidate *c)
{
	bool meeting = people_has_others(&c->people);

	return !policy_lists(c->policy, POL_SELECT_AUTO,
	    meeting ? SLICE("meeting") : SLICE("appointment"));
}

static bool
stops_not_accepted(const struct candidate *c)
{
	return policy_is(c->policy, POL_SELECT_RESPONSE, "accepted") &&
	       people_has_others(&c->people) &&
	       strcmp(response_class(candidate_response(c)), "accepted") != 0;
}

/* 15 */
static bool
stops_blocked(const struct candidate *c)
{
	return event_is_blocked(c);
}

/* 16 */
static bool
stops_internal(const struct candidate *c)
{
	if (policy_is(c->policy, POL_INTERNAL_MODE, "sync") ||
	    !people_are_internal(c))
		return false;
	return policy_is(c->policy, POL_INTERNAL_MODE, "skip") ||
	       !c->mark_counts;
}

/* All matched contacts count, own personnel too. */
static bool
stops_type_not_selected(const struct candidate *c)
{
	bool any = false;

	for (size_t i = 0; i < c->people.count; i++) {
		const struct person *p = &c->people.list[i];

		if (p->contact == NULL || p->is_self)
			continue;
		any = true;
		if (policy_selects(c->policy, POL_SELECT_TYPES,
			json_text(p->contact, "type")))
			return false;
	}
	return any;
}

/* 17: internal events that were let in need no contact. */
static bool
stops_unmatched(const struct candidate *c)
{
	if (policy_is(c->policy, POL_UNMATCHED_MODE, "sync") ||
	    people_matched(&c->people) != NULL)
		return false;
	/* A record that was picked counts where nobody else is on it. */
	if (c->picks != NULL && !people_has_others(&c->people))
		return false;
	if (people_are_internal(c) &&
	    !policy_is(c->policy, POL_INTERNAL_MODE, "skip"))
		return false;
	return policy_is(c->policy, POL_UNMATCHED_MODE, "skip") ||
	       !c->mark_counts;
}

/* 18 */
static bool
stops_missing_fields(const struct candidate *c)
{
	return required_is_missing(c, NULL);
}

/* 19: found out at the end of a page (mirrors.h) */
static bool
stops_suspected_mirror(const struct candidate *c)
{
	return c->mirror.len > 0;
}

static const struct gate gates[] = {
	/* clang-format off */
	{  1, R_USER_OFF, stops_user_off, POL_NONE, false, WAIT_NONE, NULL },
	{  2, R_DIRECTION, stops_direction, POL_DIRECTION_EVENTS, false, WAIT_NONE, NULL },
	{  3, R_ENDED, stops_ended, POL_NONE, false, WAIT_NONE, tell_ended },
	{  4, R_REMOVED, stops_removed, POL_NONE, false, WAIT_NONE, NULL },
	{  4, R_CANCELLED, stops_cancelled, POL_NONE, false, WAIT_NONE, NULL },
	{  4, R_SERIES_MASTER, stops_series_master, POL_RECURRING_MODE, false, WAIT_NONE, NULL },
	{  5, R_DRAFT, stops_draft, POL_REFUSE, false, WAIT_NONE, NULL },
	{  6, R_TIMEZONE, stops_timezone, POL_NONE, false, WAIT_NONE, NULL },
	{  7, R_WINDOW_PAST, stops_window_past, POL_WINDOW_PAST_IN, false, WAIT_NONE, tell_start },
	{  7, R_WINDOW_FUTURE, stops_window_future, POL_WINDOW_FUTURE_IN, false, WAIT_TIME, tell_start },
	{  8, R_BACKFILL, stops_backfill, POL_BACKFILL_IN, false, WAIT_NONE, tell_stamps },
	{  9, R_PRIVATE, stops_private, POL_PRIVATE_MODE, false, WAIT_NONE, NULL },
	{  9, R_PRIVATE_CONTACT, stops_private_contact, POL_REFUSE, false, WAIT_NONE, NULL },
	{ 10, R_RECURRING, stops_recurring, POL_RECURRING_MODE, false, WAIT_NONE, NULL },
	{ 10, R_RECURRING_ALLDAY, stops_recurring_allday, POL_REFUSE, false, WAIT_NONE, NULL },
	{ 10, R_TOO_LONG, stops_too_long, POL_REFUSE, false, WAIT_NONE, tell_start },
	{ 11, R_ORGANIZER_EXTERNAL, stops_organizer_external, POL_ORGANIZER_MODE, false, WAIT_NONE, tell_organizer },
	{ 11, R_WAITING_ORGANIZER, stops_waiting_organizer, POL_ORGANIZER_MODE, false, WAIT_ACCOUNT, tell_organizer },
	{ 13, R_NOT_ORGANIZER, stops_not_organizer, POL_SELECT_MANUAL_BY, true, WAIT_NONE, NULL },
	{ 13, R_NOT_MARKED, stops_not_marked, POL_SELECT_MODE, true, WAIT_NONE, NULL },
	{ 14, R_KIND_OFF, stops_kind_off, POL_SELECT_AUTO, true, WAIT_NONE, NULL },
	{ 14, R_NOT_ACCEPTED, stops_not_accepted, POL_SELECT_RESPONSE, true, WAIT_NONE, tell_response },
	{ 15, R_BLOCKED, stops_blocked, POL_SELECT_BLOCK, true, WAIT_NONE, NULL },
	{ 16, R_INTERNAL, stops_internal, POL_INTERNAL_MODE, true, WAIT_NONE, tell_people },
	{ 16, R_TYPE_NOT_SELECTED, stops_type_not_selected, POL_SELECT_TYPES, true, WAIT_PEOPLE, tell_people },
	{ 17, R_UNMATCHED, stops_unmatched, POL_UNMATCHED_MODE, false, WAIT_PEOPLE, tell_unknown },
	{ 18, R_MISSING_FIELDS, stops_missing_fields, POL_FIELDS_REQUIRED, false, WAIT_NONE, tell_missing },
	{ 19, R_SUSPECTED_MIRROR, stops_suspected_mirror, POL_NONE, false, WAIT_MIRRORED, tell_mirrored },
	/* clang-format on */
};

#define GATE_COUNT (sizeof gates / sizeof *gates)

static struct slice
write_one(const struct candidate *c, struct slice text)
{
	struct str s = { 0 };
	struct jsonw w;

	jw_start(&w, &s);
	jw_array(&w, NULL);
	jw_str(&w, NULL, text);
	jw_end(&w);
	return candidate_keep(c, &s);
}

static void
stop_at(const struct gate *g, const struct candidate *c, struct decision *d)
{
	struct str s = { 0 };
	const struct person *o = people_organizer(&c->people);
	size_t count;

	d->op = OP_SKIP;
	d->reason = g->reason;
	d->key = g->key;
	if (g->evidence != NULL)
		g->evidence(c, &s);
	if (s.len > 0)
		d->evidence = candidate_keep(c, &s);
	if (g->wait == WAIT_TIME)
		d->due = window_enters(c);
	if (g->wait == WAIT_PEOPLE)
		d->waits = people_unknown(c, false, &count);
	if (g->wait == WAIT_MIRRORED)
		d->waits = write_one(c, c->mirror);
	if (g->wait == WAIT_ACCOUNT && !json_int(json_get(o->user, "account"),
					   1, INT64_MAX, &d->waits_account))
		d->waits_account = 0;
}

bool
gates_pass(const struct candidate *c, struct decision *d)
{
	for (size_t i = 0; i < GATE_COUNT; i++) {
		if (gates[i].by_rule && is_chosen_by_hand(c))
			continue;
		if (gates[i].stops(c)) {
			stop_at(&gates[i], c, d);
			return false;
		}
	}
	return true;
}

bool
gates_pass_unmarked(const struct candidate *c)
{
	if (c->picks != NULL && is_chosen_by_hand(c))
		return true;
	for (size_t i = 0; i < GATE_COUNT; i++)
		if ((gates[i].step >= 13 || gates[i].reason == R_PRIVATE) &&
		    gates[i].stops(c))
			return false;
	return true;
}

bool
gates_refuse_private(const struct candidate *c)
{
	bool is_ours =
	    c->picks == NULL &&
	    policy_lists(c->policy, POL_CATEGORY_WRITE, SLICE("mark")) &&
	    gates_pass_unmarked(c);

	return policy_is(c->policy, POL_PRIVATE_MODE, "skip") ||
	       (policy_is(c->policy, POL_PRIVATE_MODE, "manual") &&
		   (!c->mark_counts || is_ours));
}
