/*
 * linked: rules are asked in order; the first that applies fills in the
 * decision, and the last, the comparison with the bases, always applies.
 *
 * A meeting has copies.  Its end comes from the organizer's copy, or from the
 * deciding one when Graph says that it is cancelled; an attendee's copy that
 * is gone takes nothing with it (design: the people who decline lose theirs).
 *
 * Writes to Graph go through the organizer's copy, but for the end of a copy
 * that is the user's own (U7); they leave at the section's end.
 */
#include "linked.h"
#include <stddef.h>

#include "base.h"
#include "cleanup.h"
#include "create.h"
#include "crm_gone.h"
#include "edits.h"
#include "expand.h"
#include "gates.h"
#include "merge.h"
#include "outward.h"
#include "window.h"

/* What a rule does when it applies: a function, or else a skip with this
 * reason, or else the end of the link under this name. */
struct linked_rule {
	bool (*applies)(const struct candidate *c);
	void (*decide)(const struct candidate *c, struct decision *d);
	enum reason skip;
	const char *end;
	enum policy_key key;
};

static bool
is_gone(const struct candidate *c)
{
	return c->event == NULL;
}

/* A link lives by its copies: a change of the CRM would be written to nobody's
 * event, or make one anew that somebody else organises. */
static bool
is_last_copy(const struct candidate *c)
{
	const struct json *copies = json_get(c->link, "copies"), *i;

	for (i = copies ? copies->child : NULL; i; i = i->next)
		if (json_is(json_get(i, "state"), "present") &&
		    !slice_eq(json_text(i, "id"), c->id))
			return false;
	return true;
}

static void
drop_copy(const struct candidate *c, struct decision *d)
{
	if (!c->is_known_copy) {
		decision_skip(d, R_REMOVED, POL_NONE);
	} else if (c->state != LINK_ENDED && is_last_copy(c)) {
		decision_end_late(d, "copy_gone", POL_NONE);
	} else {
		d->op = OP_DROP;
		d->rule = "copy_gone";
	}
}

/* A write is under way: its outcome comes first, or it could be done twice. */
static bool
is_sent(const struct candidate *c)
{
	return c->in_flight;
}

static void
decide_sent(const struct candidate *c, struct decision *d)
{
	decision_skip(d, R_IN_FLIGHT, POL_NONE);
	d->due = c->run->now;
}

/* Tombstones.  One whose mark was taken off remembers that, so that the next
 * mark is a new one (U10). */
static bool
has_ended(const struct candidate *c)
{
	return c->state == LINK_ENDED;
}

static void
decide_ended(const struct candidate *c, struct decision *d)
{
	static const bool none[UNIT_COUNT];
	struct relations nobody = { NULL, 0 };

	if (is_gone(c)) {
		drop_copy(c, d);
	} else if (c->cancelled) {
		decision_skip(d, R_CANCELLED, POL_NONE);
	} else if (base_was_marked(c) && !c->marked) {
		decision_end(d, "mark_off", POL_NONE);
		d->base = base_write(c, &nobody, none);
	} else if (gates_pass(c, d)) {
		create_again(c, d);
	}
}

/* Inactive since window.stop: nothing more happens to it, unless the event
 * was moved and ends later now. */
static bool
stays_inactive(const struct candidate *c)
{
	return c->state == LINK_INACTIVE &&
	       (is_gone(c) || c->cancelled || window_has_stopped(c));
}

static void
decide_inactive(const struct candidate *c, struct decision *d)
{
	if (is_gone(c))
		drop_copy(c, d);
	else
		decision_skip(d, R_INACTIVE, POL_WINDOW_STOP);
}

/* Removed on a side. */
static bool
is_end_of_meeting(const struct candidate *c)
{
	if (is_gone(c))
		return c->holds_organizer;
	return c->cancelled &&
	       (c->holds_organizer ||
		   (c->deciding && !candidate_has_organizer_copy(c)));
}

/* A single event, or a series that the CRM has with its rule: one of its dates
 * cannot be made by itself. */
static bool
is_whole(const struct candidate *c)
{
	const struct json *kind = json_get(json_get(c->base, "series"), "kind");

	return json_is(kind, "single") ||
	       (json_is(kind, "master") &&
		   json_text(c->crm, "recurrence").len > 0 &&
		   policy_yes(c->policy, POL_RECURRING_TO_GRAPH));
}

/* Only what was the user's own; and what has become private stays where it is. */
static bool
is_made_again(const struct candidate *c)
{
	return policy_is(c->policy, POL_DELETE_TO_CRM, "recreate") &&
	       candidate_goes_out(c) && c->holds_organizer && is_whole(c) &&
	       (!json_is(json_get(c->crm, "sensitivity"), "private") ||
		   !(policy_is(c->policy, POL_PRIVATE_MODE, "skip") ||
		       policy_is(c->policy, POL_PRIVATE_MODE, "manual")));
}

static void
decide_end(const struct candidate *c, struct decision *d)
{
	const char *rule = is_gone(c) ? "deleted" : "cancelled";

	if (candidate_crm_is_gone(c)) {
		decision_end(d, "both_deleted", POL_NONE);
	} else if (!is_own_copy(c) &&
		   (policy_is(c->policy, POL_DELETE_TO_CRM, "delete") ||
		       policy_is(c->policy, POL_DELETE_TO_CRM, "mark"))) {
		d->op = OP_DELETE;
		d->rule = rule;
		d->key = POL_DELETE_TO_CRM;
		d->how = policy_is(c->policy, POL_DELETE_TO_CRM, "mark")
			     ? "mark"
			     : "delete";
		d->needs_crm = true;
	} else if (is_made_again(c)) {
		outward_post(c, d, rule);
		d->out.key = POL_DELETE_TO_CRM;
	} else {
		decision_end(d, rule, POL_DELETE_TO_CRM);
	}
	if (d->out.op == OP_SKIP && !candidate_crm_is_gone(c))
		edits_in_crm(c, d);
}

static bool
is_cancelled_copy(const struct candidate *c)
{
	return c->cancelled;
}

/*
 * The meeting was made through somebody else's copy.  This one joins if it
 * would have got in by itself, by its own user's policy (policy page, section
 * 5): so it does not matter whether match has seen the meeting already (L6).
 */
static bool
passes_own_gates(const struct candidate *c, struct decision *d)
{
	struct candidate own = *c;

	own.policy = &c->section->policy;
	own.link = NULL;
	own.state = LINK_NONE;
	return gates_pass(&own, d);
}

static bool
is_kept_out(const struct candidate *c)
{
	struct decision unused = { .op = OP_SKIP };

	return !c->is_known_copy && !passes_own_gates(c, &unused);
}

static void
decide_kept_out(const struct candidate *c, struct decision *d)
{
	passes_own_gates(c, d);
	d->policy = &c->section->policy;
}

/*
 * Another copy decides.  This one gives only its user's answer, and that only
 * where the organizer's copy, which knows all answers, is not to be had (U6).
 */
static bool
is_other_copy(const struct candidate *c)
{
	return !c->deciding;
}

static const struct json *
own_relation(const struct candidate *c)
{
	const struct json *all = json_get(c->crm, "attendees"), *i;

	for (i = all ? all->child : NULL; i != NULL; i = i->next)
		if (json_is(json_get(i, "person"), "user") &&
		    slice_eq(json_text(i, "id"), c->section->user))
			return i;
	return NULL;
}

static void
decide_other_copy(const struct candidate *c, struct decision *d)
{
	const struct json *own = own_relation(c);
	const char *answer = response_class(candidate_response(c));

	d->op = OP_COPY;
	d->rule = "copy";
	/* The answer of another's calendar is that one's. */
	if (c->section->shared || own == NULL || c->base == NULL ||
	    candidate_has_organizer_copy(c) || candidate_crm_is_gone(c) ||
	    people_are_withheld(c) || !attendees_exchanged(c) ||
	    slice_is(answer_class(json_text(own, "response")), answer))
		return;
	d->op = OP_UPDATE;
	d->rule = "answer";
	d->needs_crm = true;
	d->attendees = relation_answer(c, own, answer);
	d->base = base_keep(c);
}

/* A single event that was made a series: its occurrences come in as events
 * of their own, and nothing stands for the single one any more. */
static bool
became_series(const struct candidate *c)
{
	return c->kind == SERIES_MASTER &&
	       !policy_is(c->policy, POL_RECURRING_MODE, "series") &&
	       json_is(json_get(json_get(c->base, "series"), "kind"), "single");
}

static void
decide_became_series(const struct candidate *c, struct decision *d)
{
	decide_end(c, d);
	if (d->op != OP_SKIP)
		d->rule = "became_series";
}

/* Unmarked.  An event that gets in by rule as well stays (I-066). */
static bool
is_unmarked(const struct candidate *c)
{
	return base_was_marked(c) && !c->marked &&
	       !policy_is(c->policy, POL_UNMARK_TO_CRM, "ignore") &&
	       !gates_pass_unmarked(c);
}

static void
decide_unmarked(const struct candidate *c, struct decision *d)
{
	static const bool none[UNIT_COUNT];
	struct relations nobody = { NULL, 0 };

	if (policy_is(c->policy, POL_UNMARK_TO_CRM, "delete")) {
		d->op = OP_DELETE;
		d->how = "delete";
		d->rule = "unmarked";
		d->key = POL_UNMARK_TO_CRM;
		d->needs_crm = true;
	} else {
		decision_end(d, "unmarked", POL_UNMARK_TO_CRM);
	}
	/* Without the mark: the next one is new. */
	d->base = base_write(c, &nobody, none);
}

/* U21: the CRM's copy becomes private, nothing else is copied. */
static bool
turned_private(const struct candidate *c)
{
	return c->private &&
	       json_is(json_get(c->base, "sensitivity"), "normal") &&
	       gates_refuse_private(c);
}

static void
decide_private(const struct candidate *c, struct decision *d)
{
	decision_end(d, "turned_private", POL_PRIVATE_MODE);
	if (!json_is(json_get(c->crm, "sensitivity"), "private"))
		d->set = SLICE("{\"sensitivity\":\"private\"}");
}

/* The last state that was sent holds until this one is. */
static bool
is_draft(const struct candidate *c)
{
	return c->draft && policy_lists(c->policy, POL_REFUSE, SLICE("draft"));
}

static bool
has_stopped(const struct candidate *c)
{
	return window_has_stopped(c);
}

static void
decide_stopped(const struct candidate *c, struct decision *d)
{
	(void)c;
	decision_end(d, "window_stop", POL_WINDOW_STOP);
	d->state = "inactive";
}

/* A past record that was edited in the CRM leaves the sync. */
static bool
is_unlinked(const struct candidate *c)
{
	struct merge m = { .c = c };
	int64_t end;

	if (c->kind == SERIES_MASTER ||
	    !event_instant(c, json_text(c->crm, "end"), &end) ||
	    end > c->run->now)
		return false;
	for (size_t i = 0; i < FIELD_COUNT; i++)
		if (field_exchanged(c, &fields[i]) &&
		    merge_crm_moved(&m, &fields[i]) &&
		    policy_selects(c->policy, POL_UNLINK_ON_EDIT,
			slice_of(fields[i].name)))
			return true;
	return false;
}

/* expand works from the master only, which is not known here. */
static bool
is_ignored_exception(const struct candidate *c)
{
	return c->kind == SERIES_EXCEPTION && is_date_of_expanded(c) &&
	       c->own == NULL;
}

static bool
always(const struct candidate *c)
{
	(void)c;
	return true;
}

/* The same from the other side: Graph's copy becomes private.  Another's
 * meeting is not ours to change. */
static bool
turned_private_in_crm(const struct candidate *c)
{
	return candidate_goes_out(c) &&
	       json_is(json_get(c->crm, "sensitivity"), "private") &&
	       json_is(json_get(c->base_crm, "sensitivity"), "normal") &&
	       gates_refuse_private(c);
}

static void
decide_private_in_crm(const struct candidate *c, struct decision *d)
{
	if (c->is_organizer && !c->private)
		outward_private(c, d);
	else
		decision_end(d, "turned_private", POL_PRIVATE_MODE);
}

/* Only one way out: what Graph does to a meeting is not followed; what the CRM
 * does goes through a copy that decides and is there. */
static bool
follows_crm_only(const struct candidate *c)
{
	return policy_is(c->policy, POL_DIRECTION_EVENTS, "to_graph") &&
	       (c->state == LINK_ACTIVE || c->state == LINK_DORMANT) &&
	       !(is_end_of_meeting(c) && !is_made_again(c)) && c->deciding;
}

static bool
is_shut(const struct candidate *c)
{
	return !candidate_comes_in(c) && !follows_crm_only(c);
}

/* That this copy is gone was settled before, perhaps by making it again: it is
 * no news. */
static bool
is_old_news(const struct candidate *c)
{
	return is_gone(c) && c->is_noted_gone && c->changes.data == NULL;
}

/* Nothing flows while the user is off, but for a single event that somebody asked
 * for, into the CRM (C-002). */
static bool
is_off(const struct candidate *c)
{
	return c->section->off &&
	       (!c->section->only || candidate_crm_is_gone(c));
}

static const struct linked_rule rules[] = {
	{ .applies = is_sent, .decide = decide_sent },
	{ .applies = is_old_news, .skip = R_REMOVED },
	{ .applies = cleanup_covers, .decide = cleanup_decide },
	{ .applies = is_off, .skip = R_USER_OFF },
	{ .applies = is_shut,
	    .skip = R_DIRECTION,
	    .key = POL_DIRECTION_EVENTS },
	{ .applies = has_ended, .decide = decide_ended },
	{ .applies = stays_inactive, .decide = decide_inactive },
	{ .applies = is_end_of_meeting, .decide = decide_end },
	{ .applies = is_gone, .decide = drop_copy },
	{ .applies = is_cancelled_copy, .skip = R_CANCELLED },
	{ .applies = is_kept_out, .decide = decide_kept_out },
	{ .applies = is_other_copy, .decide = decide_other_copy },
	{ .applies = candidate_crm_is_gone, .decide = crm_gone_decide },
	{ .applies = became_series, .decide = decide_became_series },
	{ .applies = is_unmarked, .decide = decide_unmarked },
	{ .applies = turned_private, .decide = decide_private },
	{ .applies = turned_private_in_crm, .decide = decide_private_in_crm },
	{ .applies = is_draft, .skip = R_DRAFT, .key = POL_REFUSE },
	{ .applies = has_stopped, .decide = decide_stopped },
	{ .applies = is_unlinked,
	    .end = "unlinked",
	    .key = POL_UNLINK_ON_EDIT },
	{ .applies = is_ignored_exception,
	    .skip = R_UNCHANGED,
	    .key = POL_RECURRING_MODE },
	{ .applies = always, .decide = merge_decide },
};

void
linked_decide(const struct candidate *c, struct decision *d)
{
	const struct linked_rule *r = rules;

	while (!r->applies(c))
		r++;
	if (r->decide != NULL)
		r->decide(c, d);
	else if (r->skip != R_NONE)
		decision_skip(d, r->skip, r->key);
	else
		decision_end(d, r->end, r->key);
}
