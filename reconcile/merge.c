/*
 * merge: what of Graph's change goes into the CRM.
 *
 * "Changed" means another class, not another value: tentative that became
 * free changes nothing in a CRM that knows neither (U3).  "Differs" compares
 * the two sides as they are now: what is equal is never written, whoever
 * changed it (U2, U4).
 *
 * People and rooms are sets and are not part of a conflict (U5).
 */
#include <string.h>

#include "base.h"
#include "digest.h"
#include "instant.h"
#include "merge.h"
#include "window.h"

struct choice {
	bool write[UNIT_COUNT];
	bool pending[UNIT_COUNT]; /* the CRM's change waits for its way out */
	bool lost[UNIT_COUNT];	  /* the CRM's change is overwritten */
	bool refused;		  /* Graph's change is not taken */
};

static bool
is_body(const struct field *f)
{
	return f->unit == UNIT_BODY;
}

/* A body is known to a base by its digest only. */
static bool
equals_base(
    const struct field *f, const struct json *value, const struct json *base)
{
	char hex[TEXT_DIGEST_LEN + 1];

	if (!is_body(f))
		return field_equal(value, json_get(base, f->name));
	text_digest(json_str(value), hex);
	return json_is(json_get(base, "body_digest"), hex);
}

static bool
base_has(const struct field *f, const struct json *base)
{
	return json_get(base, is_body(f) ? "body_digest" : f->name) != NULL;
}

bool
merge_compares(const struct merge *m, const struct field *f)
{
	if (!field_exchanged(m->c, f) || json_get(m->now, f->name) == NULL ||
	    json_get(m->c->crm, f->name) == NULL)
		return false;
	return !is_body(f) ||
	       policy_is(m->c->policy, POL_DESCRIPTION_MODE, "always");
}

bool
merge_crm_moved(const struct merge *m, const struct field *f)
{
	return base_has(f, m->c->base_crm) &&
	       !equals_base(f, json_get(m->c->crm, f->name), m->c->base_crm);
}

static bool
graph_moved(const struct merge *m, const struct field *f)
{
	const struct json *now = json_get(m->now, f->name);

	if (is_body(f))
		return !equals_base(
		    f, json_get(m->c->event, "body"), m->c->base);
	if (field_equal(now, json_get(m->was, f->name)))
		return false;
	/* Sticky: becoming public does not travel (mapping 2.8). */
	return f->unit != UNIT_SENSITIVITY || json_is(now, "private") ||
	       !policy_yes(m->c->policy, POL_PRIVATE_STICKY);
}

static struct slice
text_of(const struct json *v)
{
	struct slice text = json_str(v);

	return text.data != NULL ? text : SLICE("");
}

/*
 * The CRM keeps only the head of a long text.  As long as nobody edits it
 * there and the head stays the same, the two sides agree.
 */
static bool
is_cut(const struct merge *m, const struct field *f)
{
	struct slice crm = json_text(m->c->crm, f->name);
	struct slice now = json_text(m->now, f->name);
	struct slice was = json_text(m->was, f->name);

	if (merge_crm_moved(m, f))
		return false;
	if (is_body(f))
		return text_is_cut(body_without_header(crm), now);
	if (f->unit != UNIT_SUBJECT && f->unit != UNIT_LOCATION)
		return false;
	return text_is_head(crm, was) && text_is_head(crm, now);
}

static bool
sides_differ(const struct merge *m, const struct field *f)
{
	const struct json *crm = json_get(m->c->crm, f->name);
	const struct json *now = json_get(m->now, f->name);

	if (is_body(f))
		return !slice_eq(
			   body_without_header(text_of(crm)), text_of(now)) &&
		       !is_cut(m, f);
	return !field_equal(now, crm) && !is_cut(m, f);
}

void
merge_compare(struct merge *m, const struct candidate *c)
{
	m->c = c;
	m->now = fields_map(c, c->event);
	m->was = fields_map(c, c->base);
	for (size_t i = 0; i < FIELD_COUNT; i++) {
		const struct field *f = &fields[i];
		struct unit_state *u = &m->units[f->unit];

		if (!merge_compares(m, f))
			continue;
		u->differs |= sides_differ(m, f);
		if (!base_has(f, c->base) || !base_has(f, c->base_crm)) {
			u->unknown = true;
			continue;
		}
		u->graph |= graph_moved(m, f) && !is_cut(m, f);
		u->crm |= merge_crm_moved(m, f);
	}
}

/* Did Graph's list of people change?  Answers are no edit of the meeting. */
static bool
people_have_changed(const struct candidate *c)
{
	const struct json *was = json_get(c->base, "attendees"), *i, *j;
	const struct json *now = json_get(c->event, "attendees");

	if (was == NULL || now == NULL || people_are_withheld(c))
		return false;
	if (was->count != now->count)
		return true;
	for (i = now->child; i != NULL; i = i->next) {
		for (j = was->child; j != NULL; j = j->next)
			if (field_equal(
				json_get(i, "address"), json_get(j, "address")))
				break;
		if (j == NULL)
			return true;
	}
	return false;
}

static bool
graph_wins(const struct candidate *c)
{
	int64_t graph, crm;

	if (!policy_is(c->policy, POL_CONFLICT_EVENTS, "newest"))
		return policy_is(c->policy, POL_CONFLICT_EVENTS, "graph");
	/* Without both stamps nothing is newer. */
	return !instant_parse(json_text(c->event, "modified"), &graph) ||
	       !instant_parse(json_text(c->crm, "modified"), &crm) ||
	       graph >= crm;
}

static void
choose(const struct merge *m, struct choice *k)
{
	const struct candidate *c = m->c;
	bool record = policy_is(c->policy, POL_CONFLICT_SCOPE, "record");
	bool graph = people_have_changed(c), crm = false, both;

	for (size_t i = 0; i < UNIT_COUNT; i++) {
		graph |= m->units[i].graph;
		crm |= m->units[i].crm && m->units[i].differs;
	}
	for (size_t i = 0; i < UNIT_COUNT; i++) {
		const struct unit_state *u = &m->units[i];

		if (!u->differs || !(u->graph || u->crm || u->unknown))
			continue;
		both =
		    u->unknown || (record ? graph && crm : u->graph && u->crm);
		k->write[i] = both ? graph_wins(c) : u->graph;
		k->lost[i] = k->write[i] && (u->crm || u->unknown);
		k->pending[i] = !k->write[i];
		k->refused |= !k->write[i] && (u->graph || u->unknown);
	}
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
		    !sides_differ(m, f))
			continue;
		if (is_body(f))
			jw_str(
			    &w, "body", body_with_header(m->c, json_str(now)));
		else
			jw_raw(&w, f->name, now->raw);
		count++;
	}
	if (kind != NULL)
		jw_cstr(&w, "kind", kind);
	jw_end(&w);
	return candidate_keep_if(m->c, &s, count > 0 || kind != NULL);
}

/* The CRM's values that are overwritten, for the admin's log: of private
 * events only the names (L8). */
static struct slice
write_lost(const struct merge *m, const struct choice *k, struct str *names)
{
	struct str s = { 0 };
	struct jsonw w;
	size_t count = 0;

	jw_start(&w, &s);
	jw_object(&w, NULL);
	for (size_t i = 0; i < FIELD_COUNT; i++) {
		const struct field *f = &fields[i];

		if (!k->lost[f->unit] || !merge_compares(m, f) ||
		    !sides_differ(m, f))
			continue;
		jw_raw(&w, f->name, json_get(m->c->crm, f->name)->raw);
		str_adds(names, count++ > 0 ? ", " : "");
		str_adds(names, f->name);
	}
	jw_end(&w);
	return candidate_keep_if(m->c, &s,
	    count > 0 && !m->c->private &&
		!json_is(json_get(m->c->crm, "sensitivity"), "private"));
}

/* The fields whose bases have to stay, so that the CRM's change is not
 * forgotten. */
static struct slice
write_pending(const struct merge *m, const struct choice *k, struct str *names)
{
	struct str s = { 0 };
	struct jsonw w;
	size_t count = 0;

	jw_start(&w, &s);
	jw_array(&w, NULL);
	for (size_t i = 0; i < FIELD_COUNT; i++) {
		const struct field *f = &fields[i];

		if (!k->pending[f->unit] || !merge_compares(m, f))
			continue;
		jw_cstr(&w, NULL, f->name);
		str_adds(names, count++ > 0 ? ", " : "");
		str_adds(names, f->name);
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

static struct slice
say(const struct candidate *c, const char *what, struct str *names)
{
	struct str s = { 0 };

	if (names->len > 0)
		str_addf(&s, "%s: %s", what, names->data);
	str_free(names);
	return candidate_keep_if(c, &s, s.len > 0);
}

/* Nothing is written into the CRM: is there anything to remember? */
static void
decide_quiet(const struct merge *m, const struct choice *k, struct decision *d)
{
	const struct candidate *c = m->c;
	bool moved = base_has_moved(c) || c->state != LINK_ACTIVE;

	for (size_t i = 0; i < UNIT_COUNT; i++)
		moved |= m->units[i].unknown;
	d->op = OP_SKIP;
	if (k->refused) {
		d->reason = R_CONFLICT;
		d->key = POL_CONFLICT_EVENTS;
	} else if (d->pending.data != NULL) {
		d->reason = R_CRM_CHANGED;
		d->key = POL_DIRECTION_EVENTS;
	} else {
		d->reason = R_UNCHANGED;
	}
	/* A link that comes back to life does so whatever else waits. */
	if (!moved || (d->reason != R_UNCHANGED && c->state == LINK_ACTIVE))
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
	write_pending(&m, &k, &names);
	d->op = names.len > 0 ? OP_SKIP : OP_BASE;
	d->reason = names.len > 0 ? R_CONFLICT : R_NONE;
	d->rule = "no_base";
	d->needs_crm = true;
	d->evidence = say(c, "differing", &names);
	if (d->op == OP_BASE)
		d->base = base_write(c, &people, k.pending);
}

void
merge_decide(const struct candidate *c, struct decision *d)
{
	struct merge m = { 0 };
	struct choice k = { 0 };
	struct relations people = relations_wanted(c);
	struct str lost = { 0 }, waiting = { 0 };
	const char *kind = kind_to_write(c);

	if (c->base == NULL || c->base_crm == NULL) {
		decide_without_base(c, d);
		return;
	}
	merge_compare(&m, c);
	choose(&m, &k);
	d->set = write_set(&m, &k, kind);
	d->attendees = relations_difference(c, &people);
	d->rooms = rooms_difference(c);
	d->lost = write_lost(&m, &k, &lost);
	d->pending = write_pending(&m, &k, &waiting);
	if (d->set.data == NULL && d->attendees.data == NULL &&
	    d->rooms.data == NULL)
		decide_quiet(&m, &k, d);
	else
		decide_update(&m, kind, lost.len > 0, d);
	d->evidence =
	    lost.len > 0 ? say(c, "lost", &lost) : say(c, "waiting", &waiting);
	str_free(&waiting);
	d->needs_crm = true;
	if (d->op != OP_SKIP)
		d->base = base_write(c, &people, k.pending);
}
