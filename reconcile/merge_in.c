/*
 * merge_in: what of Graph's changes goes into the CRM, and what is said of the
 * rest.
 *
 * "Changed" means another class, not another value: tentative that became
 * free changes nothing in a CRM that knows neither (U3).  "Differs" compares
 * the two sides as they are now: what is equal is never written, whoever
 * changed it (U2, U4).
 *
 * People and rooms are sets and are not part of a conflict (U5).
 */
#include "answer.h"
#include "base.h"
#include "files.h"
#include "merge.h"
#include "out_set.h"
#include "picks.h"
#include "swings.h"
#include "window.h"

static bool
is_body(const struct field *f)
{
	return f->unit == UNIT_BODY;
}

static struct slice
write_set(const struct merge *m, const struct choice *k, const char *kind)
{
	struct str s = { 0 };
	struct jsonw w;
	size_t count = 0;

	jw_start(&w, &s);
	jw_object(&w, NULL);
	for (size_t i = 0; i < FIELD_COUNT; i++) {
		const struct field *f = &fields[i];
		const struct json *now = json_get(m->now, f->name);

		if (!k->write[f->unit] || !merge_compares(m, f) ||
		    !merge_differs(m, f))
			continue;
		if (is_body(f))
			jw_str(&w, "body",
			    body_with_header(m->c,
				body_without_backlink(m->c, json_str(now))));
		else
			jw_raw(&w, f->name, now->raw);
		count++;
	}
	count += picks_set_changed(&w, m->c);
	if (kind != NULL)
		jw_cstr(&w, "kind", kind);
	jw_end(&w);
	return candidate_keep_if(m->c, &s, count > 0 || kind != NULL);
}

/* The fields whose bases have to stay, so that the CRM's change is not
 * forgotten: also what goes out, until it is there. */
static struct slice
write_pending(const struct merge *m, const bool pending[UNIT_COUNT],
    bool people, struct str *names)
{
	struct str s = { 0 };
	struct jsonw w;
	size_t count = 0;

	jw_start(&w, &s);
	jw_array(&w, NULL);
	for (size_t i = 0; i < FIELD_COUNT; i++) {
		const struct field *f = &fields[i];

		if (!pending[f->unit] || !merge_compares(m, f))
			continue;
		jw_cstr(&w, NULL, f->name);
		str_adds(names, count++ > 0 ? ", " : "");
		str_adds(names, f->name);
	}
	if (people) {
		jw_cstr(&w, NULL, "attendees");
		jw_cstr(&w, NULL, "rooms");
		jw_cstr(&w, NULL, "send_invites");
		str_adds(names, count++ > 0 ? ", attendees" : "attendees");
	}
	jw_end(&w);
	return candidate_keep_if(m->c, &s, count > 0);
}

/* past.kind: appointment or activity, if the CRM shows another one. */
static const char *
kind_to_write(const struct candidate *c)
{
	const char *kind = window_kind(c);
	const struct json *crm = json_get(c->crm, "kind");

	return policy_is(c->policy, POL_PAST_KIND, "activity") && crm != NULL &&
		       !json_is(crm, kind)
		   ? kind
		   : NULL;
}

/* What was edited in the CRM and is not exchanged stays there: people who miss it in
 * Outlook find it so told. */
static void
say_kept(const struct merge *m, struct decision *d)
{
	struct str names = { 0 };
	bool body = false;

	for (size_t i = 0; i < FIELD_COUNT; i++) {
		const struct field *f = &fields[i];

		if (merge_compares(m, f) || !merge_crm_moved(m, f) ||
		    !candidate_goes_out(m->c))
			continue;
		body |= is_body(f);
		str_addf(&names, "%s%s", names.len > 0 ? ", " : "", f->name);
	}
	d->evidence = merge_say(m->c, "stays in the CRM", &names);
	if (body)
		d->key = POL_DESCRIPTION_MODE;
	else if (names.len > 0 && !policy_is(m->c->policy, POL_FIELDS, "all"))
		d->key = POL_FIELDS;
	str_free(&names);
}

/* Why nothing happens. */
static void
say_quiet(const struct merge *m, const struct choice *k, struct decision *d)
{
	const struct candidate *c = m->c;

	if (k->refused && !candidate_comes_in(c)) {
		d->reason = R_DIRECTION;
		d->key = POL_DIRECTION_EVENTS;
	} else if (k->refused) {
		d->reason = R_CONFLICT;
		d->key = POL_CONFLICT_EVENTS;
	} else if (d->pending.data == NULL && answer_is_anothers(c)) {
		d->reason = R_CRM_CHANGED;
		d->key = POL_RSVP;
	} else if (d->pending.data == NULL) {
		d->reason = R_UNCHANGED;
		say_kept(m, d);
	} else if (candidate_goes_out(c) && !c->is_organizer) {
		d->reason = R_NOT_ORGANIZER;
	} else {
		d->reason = R_CRM_CHANGED;
		d->key = merge_goes_out(c) ? POL_ATTENDEES_TRIGGER
					   : POL_DIRECTION_EVENTS;
	}
}

/* The CRM was edited, and the edit neither travels nor waits. */
static bool
has_idle_edit(const struct merge *m, const struct choice *k)
{
	for (size_t i = 0; i < UNIT_COUNT; i++)
		if (m->units[i].edited && !k->out[i] && !k->pending[i])
			return true;
	return false;
}

/* Nothing is written into the CRM: is there anything to remember? */
static void
decide_quiet(const struct merge *m, const struct choice *k, struct decision *d)
{
	const struct candidate *c = m->c;
	bool moved = base_has_moved(c) || c->state != LINK_ACTIVE ||
		     has_idle_edit(m, k) || answer_is_idle(c) ||
		     files_wanted(c) || c->turned;

	for (size_t i = 0; i < UNIT_COUNT; i++)
		moved |= m->units[i].unknown;
	d->op = OP_SKIP;
	if (d->out.op == OP_SKIP)
		say_quiet(m, k, d);
	/* A link that comes back to life, or goes on as another event's, does so
	 * whatever else waits. */
	if (c->state == LINK_ACTIVE && !c->turned &&
	    (!moved || d->out.op != OP_SKIP || d->reason != R_UNCHANGED))
		return;
	d->op = OP_BASE;
	d->reason = R_NONE;
	d->key = POL_NONE;
	d->rule = "base";
}

static void
decide_update(
    const struct merge *m, const char *kind, bool lost, struct decision *d)
{
	bool fields_moved = false;

	for (size_t i = 0; i < UNIT_COUNT; i++)
		fields_moved |= m->units[i].graph || m->units[i].unknown;
	d->op = OP_UPDATE;
	d->rule = lost ? "conflict"
		  : kind != NULL && !fields_moved && !d->attendees.data &&
			  !d->rooms.data
		      ? "past"
		      : "update";
	d->key = lost	? POL_CONFLICT_EVENTS
		 : kind ? POL_PAST_KIND
			: POL_DIRECTION_EVENTS;
}

/* The base was lost: what is equal is agreed anew, the rest is for people to
 * look at.  Nothing is written by guesswork. */
static void
decide_without_base(const struct candidate *c, struct decision *d)
{
	struct merge m = { 0 };
	struct choice k = { 0 };
	struct relations people = relations_wanted(c);
	struct str names = { 0 };

	merge_compare(&m, c);
	for (size_t i = 0; i < UNIT_COUNT; i++)
		k.pending[i] = m.units[i].differs;
	write_pending(&m, k.pending, false, &names);
	d->op = names.len > 0 ? OP_SKIP : OP_BASE;
	d->reason = names.len > 0 ? R_CONFLICT : R_NONE;
	d->rule = "no_base";
	d->needs_crm = true;
	d->evidence = merge_say(c, "differing", &names);
	if (d->op == OP_BASE)
		d->base = base_write(c, &people, k.pending);
	str_free(&names);
}

/* What the CRM's side has to wait for or to keep. */
static void
say_pending(const struct merge *m, const struct choice *k, bool people_wait,
    struct decision *d, struct str *names)
{
	bool stays[UNIT_COUNT];
	bool people = people_wait || d->out.attendees.data != NULL ||
		      d->out.op == OP_RESPOND;

	for (size_t i = 0; i < UNIT_COUNT; i++)
		stays[i] = k->pending[i] || k->out[i];
	d->pending = write_pending(m, stays, people, names);
}

void
merge_decide(const struct candidate *c, struct decision *d)
{
	struct merge m = { 0 };
	struct choice k = { 0 };
	struct relations people = relations_wanted(c);
	struct str lost = { 0 }, waiting = { 0 };
	const char *kind = kind_to_write(c);
	struct candidate counted = *c;
	bool stays[UNIT_COUNT], moved[UNIT_COUNT], wait;
	struct slice answer;

	if (c->base == NULL || c->base_crm == NULL) {
		decide_without_base(c, d);
		return;
	}
	merge_compare(&m, c);
	for (size_t i = 0; i < UNIT_COUNT; i++)
		moved[i] = m.units[i].graph;
	counted.swings = swings_after(c, moved);
	m.c = c = &counted;
	merge_choose(&m, &k);
	answer = answer_out(c, &people);
	d->set = write_set(&m, &k, kind);
	if (candidate_comes_in(c)) {
		d->attendees = relations_difference(c, &people);
		d->rooms = rooms_difference(c);
	}
	d->lost = merge_lost(&m, &k, k.write, c->crm, &lost);
	wait = merge_out(&m, &k, d);
	if (answer.len > 0)
		answer_write(c, d, answer);
	say_pending(&m, &k, wait, d, &waiting);
	if (d->set.data == NULL && d->attendees.data == NULL &&
	    d->rooms.data == NULL)
		decide_quiet(&m, &k, d);
	else
		decide_update(&m, kind, lost.len > 0, d);
	if (lost.len > 0 || waiting.len > 0)
		d->evidence = lost.len > 0 ? merge_say(c, "lost", &lost)
					   : merge_say(c, "waiting", &waiting);
	if (d->op == OP_SKIP && d->key == POL_RSVP)
		d->evidence = SLICE("the answer of a user of another mailbox");
	str_free(&lost);
	str_free(&waiting);
	d->needs_crm = true;
	for (size_t i = 0; i < UNIT_COUNT; i++)
		stays[i] = k.pending[i] || k.out[i];
	if (d->op != OP_SKIP)
		d->base = base_write(c, &people, stays);
}
