/*
 * candidate: from a record to what the rules ask about.  A member that is
 * missing or of the wrong type makes the record a problem here, so that no
 * rule has to wonder; what the rules do not need is not looked at.
 */
#include <string.h>

#include "candidate.h"
#include "expand.h"
#include "instant.h"
#include "tz.h"

#define EXCEPTIONS_MAX 10000

static const char *const kind_names[] = {
	[SERIES_SINGLE] = "single",
	[SERIES_MASTER] = "master",
	[SERIES_OCCURRENCE] = "occurrence",
	[SERIES_EXCEPTION] = "exception",
};

static const char *const state_names[] = {
	[LINK_NONE] = "",
	[LINK_ACTIVE] = "active",
	[LINK_INACTIVE] = "inactive",
	[LINK_DORMANT] = "dormant",
	[LINK_ENDED] = "ended",
};

struct slice
candidate_keep(const struct candidate *c, struct str *s)
{
	struct slice kept = { arena_copy(c->arena, s->data, s->len), s->len };

	str_free(s);
	return kept;
}

struct slice
candidate_keep_if(const struct candidate *c, struct str *s, bool wanted)
{
	if (wanted)
		return candidate_keep(c, s);
	str_free(s);
	return NO_SLICE;
}

static bool
find_name(
    const char *const *names, size_t count, struct slice text, unsigned *found)
{
	for (unsigned i = 0; i < count; i++) {
		if (slice_is(text, names[i])) {
			*found = i;
			return true;
		}
	}
	return false;
}

bool
event_instant(const struct candidate *c, struct slice text, int64_t *us)
{
	const struct tz *z;
	int32_t days;

	if (instant_parse(text, us))
		return true;
	if (!date_parse(text, &days))
		return false;
	*us = (int64_t)days * DAY_US;
	z = tz_find(c->section->zone);
	if (z != NULL)
		*us = tz_utc(z, *us);
	return true;
}

const struct json *
candidate_content(const struct candidate *c)
{
	return c->event != NULL ? c->event : c->crm;
}

static const char *
read_times(struct candidate *c)
{
	const struct json *e = candidate_content(c);

	if (!event_instant(c, json_text(e, "start"), &c->start))
		return "start";
	if (!event_instant(c, json_text(e, "end"), &c->end))
		return "end";
	return NULL;
}

static const char *
read_series(struct candidate *c)
{
	const struct json *series = json_get(c->event, "series");
	unsigned kind;

	if (!find_name(kind_names, sizeof kind_names / sizeof *kind_names,
		json_text(series, "kind"), &kind))
		return "series.kind";
	c->kind = (enum series_kind)kind;
	c->original_date = SLICE("");
	if (c->kind != SERIES_OCCURRENCE && c->kind != SERIES_EXCEPTION)
		return NULL;
	c->original_date = json_text(series, "original_date");
	return c->original_date.len == 0 ? "series.original_date" : NULL;
}

/* An event without a uid is known by its Graph id, in this mailbox only. */
static struct slice
read_uid(struct candidate *c)
{
	struct slice uid = json_text(c->event, "uid");
	struct str s = { 0 };

	if (uid.len > 0)
		return uid;
	str_adds(&s, "graph:");
	str_add_slice(&s, c->id);
	return candidate_keep(c, &s);
}

bool
candidate_has_mark(const struct candidate *c, const struct json *categories)
{
	struct slice mark = policy_text(c->policy, POL_CATEGORY_MARK);
	const struct json *i;

	if (mark.len == 0)
		return false;
	for (i = categories ? categories->child : NULL; i; i = i->next)
		if (slice_eq(json_str(i), mark))
			return true;
	return false;
}

static void
read_mark(struct candidate *c)
{
	c->marked = candidate_has_mark(c, json_get(c->event, "categories"));
	c->mark_counts = c->marked && (c->is_organizer ||
					  policy_is(c->policy,
					      POL_SELECT_MANUAL_BY, "anyone"));
	/* To save it by hand is as good as a mark. */
	c->mark_counts |= c->picks != NULL;
}

static const char *
read_event(struct candidate *c)
{
	const struct json *e = c->event;
	const char *bad;

	if (e->type != JSON_OBJECT)
		return "event";
	c->uid = read_uid(c);
	c->digest = json_text(e, "digest");
	c->all_day = json_true(e, "all_day");
	c->draft = json_true(e, "draft");
	c->cancelled = json_true(e, "cancelled");
	/* In another's calendar that is the other one. */
	c->is_organizer = json_true(e, "is_organizer") && !c->section->shared;
	c->private = !json_is(json_get(e, "sensitivity"), "normal");
	if (c->digest.len == 0)
		return "digest";
	if ((bad = read_series(c)) != NULL)
		return bad;
	if (c->own != NULL)
		c->kind = SERIES_EXCEPTION;
	if ((bad = read_times(c)) != NULL)
		return bad;
	return NULL;
}

static void
read_copies(struct candidate *c)
{
	const struct json *copies = json_get(c->link, "copies"), *i;

	for (i = copies ? copies->child : NULL; i; i = i->next) {
		if (!slice_eq(json_text(i, "id"), c->id))
			continue;
		c->is_known_copy = true;
		c->is_noted_gone = json_is(json_get(i, "state"), "gone");
		c->holds_organizer = json_is(json_get(i, "role"), "organizer");
	}
	if (c->event != NULL)
		c->holds_organizer = c->is_organizer;
}

/* A copy that match does not know yet: will it be the one that decides?  The
 * organizer's, else that of the lowest account. */
static bool
decides_from_now(const struct candidate *c)
{
	const struct json *copies = json_get(c->link, "copies"), *i;
	int64_t account;

	if (candidate_has_organizer_copy(c))
		return false;
	for (i = copies ? copies->child : NULL; i && !c->is_organizer;
	     i = i->next)
		if (json_is(json_get(i, "state"), "present") &&
		    json_int(json_get(i, "account"), 0, INT64_MAX, &account) &&
		    account <= c->section->account)
			return false;
	return true;
}

static const char *
read_link(struct candidate *c, const struct json *record)
{
	unsigned state;

	c->link = json_get(record, "link");
	/* While its POST is under way there is no link yet: see in_flight. */
	if (json_is_null(c->link) ||
	    json_is(json_get(c->link, "state"), "pending")) {
		c->link = NULL;
		return NULL;
	}
	if (!find_name(state_names, sizeof state_names / sizeof *state_names,
		json_text(c->link, "state"), &state))
		return "link.state";
	c->state = (enum link_state)state;
	c->deciding = json_true(c->link, "deciding");
	if (!json_int(json_get(c->link, "meeting"), 0, INT64_MAX, &c->meeting))
		return "link.meeting";
	if (!json_int(json_get(c->link, "version"), 0, INT64_MAX, &c->version))
		return "link.version";
	read_copies(c);
	if (c->event != NULL && !c->is_known_copy)
		c->deciding = decides_from_now(c);
	return NULL;
}

/* The owner's policy, when the section's user is another one (U16). */
static bool
read_policy(struct candidate *c, struct policy *own, const struct json *rows)
{
	struct str why = { 0 };
	bool understood;

	*own = c->run->policy;
	understood = policy_read(own, c->arena, rows, &why);
	str_free(&why);
	c->policy = own;
	return understood;
}

static const struct json *
object_or_null(const struct json *v)
{
	return v != NULL && v->type == JSON_OBJECT ? v : NULL;
}

/* Which event it is about, and in whose terms. */
static const char *
read_side(struct candidate *c, const struct json *record)
{
	const struct json *removed = json_get(record, "removed");

	c->from_crm = json_is(json_get(record, "side"), "crm");
	c->id = json_text(record, "id");
	c->crm_id = json_text(
	    c->from_crm ? record : json_get(record, "link"), "crm_id");
	if (c->from_crm)
		return c->crm_id.len == 0 ? "crm_id" : NULL;
	if (c->id.len == 0)
		return "id";
	c->event = json_get(record, "event");
	return (c->event == NULL) == (removed == NULL) ? "event" : NULL;
}

/* What the way out asks for, beside the event. */
static void
read_outward(struct candidate *c, const struct json *record)
{
	const struct json *changes = json_get(record, "changes");

	if (changes != NULL && changes->type == JSON_ARRAY)
		c->changes = changes->raw;
	c->origin = json_text(record, "origin");
	c->in_flight = json_true(json_get(record, "in_flight"), "open");
	c->own_post = json_true(record, "own_post");
	c->twins = json_get(record, "twins");
	c->alike = json_get(record, "alike");
	c->wrote = json_get(record, "wrote");
	c->guid = json_text(record, "guid");
	c->series_gone = object_or_null(json_get(record, "series_gone"));
	/* It has no link; one of its dates stands for it. */
	if (c->series_gone != NULL)
		c->crm_id = json_text(c->series_gone, "crm_id");
	c->series_as = json_text(record, "series_as");
	c->relations = json_get(record, "relations");
	c->known = json_get(record, "who");
	c->open_holds = json_get(record, "holds");
	c->spent = json_get(record, "spent");
	if (!json_int(
		json_get(record, "series_left"), 0, INT64_MAX, &c->series_left))
		c->series_left = -1;
	c->picks = object_or_null(json_get(record, "picks"));
	if (!json_int(json_get(c->from_crm	? record
			       : c->series_gone ? c->series_gone
						: json_get(record, "link"),
			  "owner_account"),
		0, INT64_MAX, &c->owner_account))
		c->owner_account = 0;
}

/* Each names the event that keeps this one out. */
static bool
is_alike_read(const struct candidate *c)
{
	const struct json *i = c->alike != NULL ? c->alike->child : NULL;

	while (i != NULL && json_text(i, "id").len > 0 &&
	       json_text(i, "uid").len > 0)
		i = i->next;
	return i == NULL;
}

/* The CRM's event, as far as the gates ask about it. */
static const char *
read_crm_event(struct candidate *c)
{
	const struct json *series = json_get(c->crm, "series");
	unsigned kind;

	c->original_date = SLICE("");
	if (c->crm == NULL)
		return NULL;
	c->all_day = json_true(c->crm, "all_day");
	c->cancelled = json_true(c->crm, "cancelled");
	c->private = json_is(json_get(c->crm, "sensitivity"), "private");
	if (find_name(kind_names, sizeof kind_names / sizeof *kind_names,
		json_text(series, "kind"), &kind))
		c->kind = (enum series_kind)kind;
	else if (json_text(c->crm, "recurrence").len > 0)
		c->kind = SERIES_MASTER;
	return read_times(c);
}

/* A row that somebody mistyped, such as a year of five digits, goes nowhere. */
static const char *
check_crm_times(const struct candidate *c)
{
	const char *const names[] = { "start", "end" };
	int64_t us;

	for (size_t i = 0; i < 2; i++) {
		const struct json *v = json_get(c->crm, names[i]);

		if (v != NULL && !event_instant(c, json_str(v), &us))
			return names[i];
	}
	return NULL;
}

const char *
candidate_read(
    struct candidate *c, const struct json *record, struct policy *own_policy)
{
	const struct json *owner_policy;
	const char *bad;

	if ((bad = read_side(c, record)) != NULL)
		return bad;
	c->again = json_text(record, "again");
	c->by_id = json_true(record, "by_id");
	c->mark = json_text(record, "raw");
	if (!json_int(json_get(record, "exceptions"), 0, EXCEPTIONS_MAX,
		&c->exceptions))
		c->exceptions = 0;
	read_outward(c, record);
	if (!is_alike_read(c))
		return "alike";
	c->base = object_or_null(json_get(json_get(record, "base"), "graph"));
	c->base_crm = object_or_null(json_get(json_get(record, "base"), "crm"));
	c->crm = object_or_null(json_get(record, "crm"));
	c->crm_digest = json_text(record, "crm_digest");
	c->rooms = json_get(record, "rooms");
	c->seen = json_text(json_get(record, "seen"), "reason");
	owner_policy = object_or_null(json_get(record, "owner_policy"));
	if (owner_policy != NULL) {
		if (!read_policy(c, own_policy, owner_policy))
			return "owner_policy";
	}
	if (c->event != NULL &&
	    ((bad = expand_read(c)) != NULL || (bad = read_event(c)) != NULL))
		return bad;
	if (c->from_crm && (bad = read_crm_event(c)) != NULL)
		return bad;
	if ((bad = check_crm_times(c)) != NULL)
		return bad;
	if ((bad = read_link(c, record)) != NULL || c->event == NULL)
		return bad;
	people_of_event(c, c->known);
	if (c->own != NULL) {
		struct candidate own = expand_own(c);

		people_of_event(&own, c->known);
		c->own_people = own.people;
	}
	read_mark(c);
	return NULL;
}

bool
candidate_has_organizer_copy(const struct candidate *c)
{
	const struct json *copies = json_get(c->link, "copies"), *i;

	for (i = copies ? copies->child : NULL; i; i = i->next)
		if (json_is(json_get(i, "role"), "organizer") &&
		    json_is(json_get(i, "state"), "present") &&
		    !slice_eq(json_text(i, "id"), c->id))
			return true;
	return false;
}

bool
candidate_comes_in(const struct candidate *c)
{
	return policy_is(c->policy, POL_DIRECTION_EVENTS, "to_crm") ||
	       policy_is(c->policy, POL_DIRECTION_EVENTS, "both");
}

bool
candidate_goes_out(const struct candidate *c)
{
	return !c->section->off &&
	       (policy_is(c->policy, POL_DIRECTION_EVENTS, "to_graph") ||
		   policy_is(c->policy, POL_DIRECTION_EVENTS, "both"));
}

bool
candidate_came_back(const struct candidate *c)
{
	const struct json *ended = json_get(c->link, "ended");

	return c->state == LINK_ENDED && c->event != NULL && !c->cancelled &&
	       (c->kind == SERIES_OCCURRENCE || c->kind == SERIES_EXCEPTION) &&
	       (json_is(ended, "deleted") || json_is(ended, "cancelled")) &&
	       candidate_crm_is_gone(c);
}

bool
candidate_crm_is_gone(const struct candidate *c)
{
	return c->crm == NULL || json_true(c->crm, "deleted");
}

struct slice
candidate_response(const struct candidate *c)
{
	return c->is_organizer ? SLICE("organizer")
			       : json_text(c->event, "response");
}
