/*
 * merge_out: what of the CRM's changes goes to Graph.  Only the units that go
 * out, of those only what differs; but start, end, flag and zone always
 * together, or Graph could not read them.
 *
 * People are additions and removals (U5).  A change of the CRM's list alone is
 * no reason to write (attendees.trigger) and goes with the next other one; a
 * tick at "send invitations", and a room, are reasons.
 */
#include <string.h>

#include "base.h"
#include "expand.h"
#include "merge.h"
#include "out_base.h"
#include "out_set.h"
#include "outward.h"
#include "swings.h"

static bool
is_written(const struct merge *m, const struct choice *k, const struct field *f)
{
	if (!k->out[f->unit] || !out_set_has(f))
		return false;
	if (f->unit == UNIT_TIME)
		return json_get(m->c->crm, f->name) != NULL &&
		       (field_exchanged(m->c, f) ||
			   json_true(m->c->event, "all_day"));
	return merge_compares(m, f) && merge_own_differs(m, f);
}

static struct slice
write_set(const struct merge *m, const struct choice *k)
{
	struct str s = { 0 };
	struct jsonw w;
	size_t count = 0;

	jw_start(&w, &s);
	jw_object(&w, NULL);
	for (size_t i = 0; i < FIELD_COUNT; i++) {
		if (!is_written(m, k, &fields[i]))
			continue;
		out_set_field(&w, m->c, &fields[i]);
		count++;
	}
	jw_end(&w);
	return candidate_keep_if(m->c, &s, count > 0);
}

static bool
lists(const struct json *array, const char *key, struct slice text)
{
	const struct json *i;

	for (i = array ? array->child : NULL; i != NULL; i = i->next)
		if (slice_eq(key ? json_text(i, key) : json_str(i), text))
			return true;
	return false;
}

void
merge_list_after(struct jsonw *w, const struct candidate *c, const char *name,
    const char *key, struct slice difference)
{
	const struct json *now = json_get(c->crm, name), *i;
	const struct json *d =
	    difference.data
		? json_parse(c->arena, difference, JSON_IS_UTF8, NULL)
		: NULL;

	if (now == NULL)
		return;
	jw_array(w, name);
	for (i = now->child; i != NULL; i = i->next)
		if (!lists(json_get(d, "remove"), NULL, json_text(i, key)))
			jw_raw(w, NULL, i->raw);
	i = json_get(d, "add");
	/* Of what is yet to be made nobody knows the key. */
	for (i = i ? i->child : NULL; i != NULL; i = i->next)
		if (json_text(i, key).len > 0 &&
		    (json_get(i, "id") == NULL || json_text(i, "id").len > 0))
			jw_raw(w, NULL, i->raw);
	jw_end(w);
}

/* The members of base.crm that are settled: what goes out, and the people. */
static struct slice
write_base_crm(
    const struct merge *m, const struct choice *k, const struct decision *d)
{
	const struct candidate *c = m->c;
	const struct json *invites = json_get(c->crm, "send_invites");
	struct str s = { 0 };
	struct jsonw w;

	jw_start(&w, &s);
	jw_object(&w, NULL);
	for (size_t i = 0; i < FIELD_COUNT; i++)
		if (k->out[fields[i].unit] && merge_compares(m, &fields[i]))
			out_base_crm_member(&w, c, fields[i].name);
	merge_list_after(&w, c, "attendees", "address", d->attendees);
	merge_list_after(&w, c, "rooms", "resource", d->rooms);
	if (invites != NULL)
		jw_raw(&w, "send_invites", invites->raw);
	jw_end(&w);
	return candidate_keep(c, &s);
}

/* Only the CRM's list of people has changed. */
static bool
is_list_alone(
    const struct candidate *c, const struct outgoing *o, const struct guests *g)
{
	return o->set.data == NULL && g->people > 0 &&
	       g->people == g->added + g->removed && !g->invites &&
	       !policy_yes(c->policy, POL_ATTENDEES_TRIGGER);
}

static struct slice
write_base_graph(const struct merge *m, const struct choice *k,
    const struct guests *g, struct slice set)
{
	const struct candidate *c = m->c;
	const struct candidate own = expand_own(c);
	struct relations people = relations_wanted(c);
	struct slice base = out_base_graph(&own, set, g, NO_SLICE, k->pending);
	bool stays[UNIT_COUNT];

	if (!is_date_of_expanded(c))
		return base;
	for (size_t i = 0; i < UNIT_COUNT; i++)
		stays[i] = k->pending[i] || k->out[i];
	return expand_base(c, base, base_graph(c, &people, stays));
}

static void
fill(const struct merge *m, const struct choice *k, const struct guests *g,
    struct decision *d)
{
	struct outgoing *o = &d->out;
	struct str lost = { 0 };

	o->op = OP_PATCH;
	o->lost = merge_lost(m, k, k->out, m->c->event, &lost);
	o->rule = lost.len > 0 ? "conflict" : "update";
	o->key = lost.len > 0	 ? POL_CONFLICT_EVENTS
		 : o->set.data	 ? POL_DIRECTION_EVENTS
		 : g->people > 0 ? POL_ATTENDEES_TRIGGER
				 : POL_LOCATIONS_MODE;
	o->evidence = o->leaves.len > 0 && lost.len == 0
			  ? o->leaves
			  : merge_say(m->c, "lost", &lost);
	o->cuts_body = k->out[UNIT_BODY] && base_body_was_cut(m->c);
	for (int i = 0; i < UNIT_COUNT; i++)
		o->swings |= k->out[i] && swings_freeze(m->c, (enum unit)i);
	o->base_graph = write_base_graph(m, k, g, o->set);
	o->base_crm = write_base_crm(m, k, d);
	outward_finish(m->c, o, g);
	str_free(&lost);
}

/* A text of which the CRM holds only the head will be held, and what swings.  What
 * else there is need not wait for it: *rest is that.  What is left, or NO_SLICE. */
static struct slice
goes_without(const struct merge *m, const struct choice *k,
    const struct guests *g, struct choice *rest)
{
	struct slice left = NO_SLICE;
	struct outgoing o = { 0 };

	*rest = *k;
	for (int i = 0; i < UNIT_COUNT; i++) {
		bool cut = i == UNIT_BODY && base_body_was_cut(m->c);

		if (!k->out[i] || (!cut && !swings_freeze(m->c, (enum unit)i)))
			continue;
		rest->out[i] = false;
		rest->pending[i] = true;
		left = cut ? SLICE("the text waits: the CRM has only its head")
			   : SLICE("what swings waits");
	}
	if (left.len == 0)
		return NO_SLICE;
	o.set = write_set(m, rest);
	return o.set.data != NULL || (g->added + g->removed > 0 &&
					 !is_list_alone(m->c, &o, g))
		   ? left
		   : NO_SLICE;
}

bool
merge_out(const struct merge *m, const struct choice *k, struct decision *d)
{
	const struct candidate *c = m->c;
	struct candidate own;
	struct choice rest;
	struct guests g;

	if (!candidate_goes_out(c))
		return false;
	own = expand_own(c);
	g = out_people_changed(&own);
	if (!merge_goes_out(c))
		return g.added + g.removed > 0;
	d->out.leaves = goes_without(m, k, &g, &rest);
	if (d->out.leaves.len > 0)
		k = &rest;
	d->out.set = write_set(m, k);
	if (is_list_alone(c, &d->out, &g))
		return true;
	d->out.attendees = out_people_write(c, &g);
	if (d->out.set.data != NULL || d->out.attendees.data != NULL)
		fill(m, k, &g, d);
	return false;
}
