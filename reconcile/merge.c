/*
 * merge: who has changed what, and who wins.
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
#include "expand.h"
#include "instant.h"
#include "merge.h"
#include "out_set.h"

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
	if (json_is_null(json_get(base, "body_digest")))
		return json_str(value).len == 0;
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
	return out_set_has(f) && base_has(f, m->c->base_crm) &&
	       !equals_base(f, json_get(m->c->crm, f->name), m->c->base_crm);
}

bool
merge_graph_moved(const struct merge *m, const struct field *f)
{
	const struct json *now = json_get(m->now, f->name);

	if (!base_has(f, m->c->base))
		return false;
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

/* The CRM's zone may stay another one than Graph's: it says UTC where nobody
 * has chosen. */
static bool
is_settled_zone(const struct merge *m, const struct field *f)
{
	return strcmp(f->name, "zone") == 0 && base_has(f, m->c->base) &&
	       base_has(f, m->c->base_crm) && !merge_crm_moved(m, f) &&
	       !merge_graph_moved(m, f);
}

bool
merge_differs(const struct merge *m, const struct field *f)
{
	const struct json *crm = json_get(m->c->crm, f->name);
	const struct json *now = json_get(m->now, f->name);

	if (is_body(f))
		return !slice_eq(body_without_header(text_of(crm)),
			   body_without_backlink(m->c, text_of(now))) &&
		       !is_cut(m, f);
	return !field_equal(now, crm) && !is_cut(m, f) &&
	       !is_settled_zone(m, f);
}

bool
merge_own_differs(const struct merge *m, const struct field *f)
{
	struct candidate own;
	struct merge alone;

	if (m->own == NULL)
		return merge_differs(m, f);
	own = expand_own(m->c);
	alone = (struct merge){ .c = &own, .now = m->own };
	alone.was = fields_map(&own, own.base);
	return merge_differs(&alone, f);
}

/*
 * An edit of the CRM that travels.  Becoming public does not where private is
 * sticky (2.8), and of online meetings only the tick does: Graph does not take
 * one back, and its address is Graph's (2.9).
 */
static bool
crm_pushes(const struct merge *m, const struct field *f)
{
	const struct json *crm = json_get(m->c->crm, f->name);

	if (f->unit == UNIT_SENSITIVITY)
		return json_is(crm, "private") ||
		       !policy_yes(m->c->policy, POL_PRIVATE_STICKY);
	if (f->unit == UNIT_ONLINE)
		return json_get(crm, "provider") != NULL &&
		       json_is_null(json_get(m->c->event, "online"));
	return true;
}

static bool
is_empty(const struct json *v)
{
	return json_is_null(v) ||
	       (v->type == JSON_STRING && json_str(v).len == 0);
}

void
merge_compare(struct merge *m, const struct candidate *c)
{
	m->c = c;
	m->now = fields_map(c, c->event);
	m->was = fields_map(c, c->base);
	if (c->own != NULL)
		m->own = fields_map(c, c->own);
	for (size_t i = 0; i < FIELD_COUNT; i++) {
		const struct field *f = &fields[i];
		struct unit_state *u = &m->units[f->unit];

		if (!merge_compares(m, f))
			continue;
		if (merge_differs(m, f)) {
			u->differs = true;
			u->graph_says |= !is_empty(json_get(m->now, f->name));
			u->crm_says |= !is_empty(json_get(c->crm, f->name));
		}
		if (!base_has(f, c->base) || !base_has(f, c->base_crm)) {
			u->unknown = true;
			continue;
		}
		u->graph |= merge_graph_moved(m, f) && !is_cut(m, f);
		if (!merge_crm_moved(m, f))
			continue;
		u->edited = true;
		u->crm |= crm_pushes(m, f);
		u->own |= merge_own_differs(m, f);
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
is_newer_in_graph(const struct candidate *c)
{
	int64_t graph, crm;

	/* Without both stamps nothing is newer. */
	return !instant_parse(json_text(c->event, "modified"), &graph) ||
	       !instant_parse(json_text(c->crm, "modified"), &crm) ||
	       graph >= crm;
}

static bool
graph_is_named(const struct candidate *c)
{
	if (policy_is(c->policy, POL_CONFLICT_EVENTS, "newest"))
		return is_newer_in_graph(c);
	return policy_is(c->policy, POL_CONFLICT_EVENTS, "graph");
}

bool
merge_answer_is_graphs(const struct candidate *c)
{
	return candidate_comes_in(c) && graph_is_named(c);
}

/* Another's meeting is Graph's as soon as Graph changes (U7); where nothing
 * comes in, it is the CRM's. */
static bool
graph_wins(const struct candidate *c)
{
	if (!candidate_comes_in(c))
		return false;
	if (candidate_goes_out(c) && !c->is_organizer)
		return true;
	return graph_is_named(c);
}

bool
merge_goes_out(const struct candidate *c)
{
	return candidate_goes_out(c) && c->is_organizer;
}

/* What stands in conflict: the whole record, or the unit. */
static bool
scope_is_record(const struct candidate *c)
{
	return policy_is(c->policy, POL_CONFLICT_SCOPE, "record") ||
	       (candidate_goes_out(c) && !c->is_organizer);
}

/* The moment at which the CRM reminds. */
static bool
reminds_at(const struct candidate *c, const struct json *crm, int64_t *at)
{
	int64_t minutes;

	if (!event_instant(c, json_text(crm, "start"), at) ||
	    !json_int(json_get(crm, "reminder"), 0, INT32_MAX, &minutes))
		return false;
	*at -= minutes * 60 * SECOND_US;
	return true;
}

/* Only the start was moved: the minutes to it are others, and no person chose
 * them.  (Whole minutes; nothing before the start: 0.) */
static bool
reminder_was_left(const struct candidate *c)
{
	int64_t now, was, start;

	if (!reminds_at(c, c->crm, &now) || !reminds_at(c, c->base_crm, &was) ||
	    !event_instant(c, json_text(c->crm, "start"), &start))
		return false;
	if (now == start && was >= start)
		return true;
	return now - was < 60 * SECOND_US && was - now < 60 * SECOND_US;
}

/* Then the minutes stay, and the CRM's reminder is set anew (mapping 2.6), also
 * where Graph has moved the event too, and wins. */
static void
keep_minutes(const struct merge *m, struct choice *k)
{
	bool moved = k->out[UNIT_TIME] ||
		     (k->write[UNIT_TIME] && m->units[UNIT_TIME].crm);

	if (!moved || m->units[UNIT_REMINDER].graph ||
	    !(k->out[UNIT_REMINDER] || k->write[UNIT_REMINDER]) ||
	    !reminder_was_left(m->c))
		return;
	k->out[UNIT_REMINDER] = k->lost[UNIT_REMINDER] = false;
	k->write[UNIT_REMINDER] = true;
}

/*
 * A unit that policy exchanges only since now: nobody has edited anything.  So
 * it is never a reason to write to Graph, which might mail people, and no value
 * gives way to an empty one.  What then still differs stays so, each side's
 * value being its base, until somebody edits it.
 */
static void
choose_unknown(const struct candidate *c, const struct unit_state *u, bool wins,
    bool *write, bool *lost)
{
	*write =
	    candidate_comes_in(c) && u->graph_says && (wins || !u->crm_says);
	*lost = *write && u->crm_says;
}

/*
 * Does a change of this unit change the meeting?  What people set in their copy for
 * themselves does not: a guest's reminder takes back nothing that was edited in the
 * CRM, and neither does it where this copy has only begun to decide.
 */
static bool
is_of_meeting(const struct candidate *c, size_t unit)
{
	if (unit != UNIT_SHOW_AS && unit != UNIT_REMINDER &&
	    unit != UNIT_SENSITIVITY)
		return true;
	return base_is_of_this_copy(c) &&
	       (c->is_organizer || !candidate_goes_out(c));
}

void
merge_choose(struct merge *m, struct choice *k)
{
	const struct candidate *c = m->c;
	bool record = scope_is_record(c), wins = graph_wins(c);
	bool graph = people_have_changed(c), crm = false, both;

	for (size_t i = 0; i < UNIT_COUNT; i++) {
		graph |= m->units[i].graph && is_of_meeting(c, i);
		crm |= m->units[i].crm && m->units[i].differs;
	}
	for (size_t i = 0; i < UNIT_COUNT; i++) {
		const struct unit_state *u = &m->units[i];

		/* Back to what its master says: no conflict, but the date has
		 * another value in Graph still. */
		k->out[i] = m->own != NULL && !u->differs && u->crm && u->own &&
			    merge_goes_out(c);
		if (!u->differs || !(u->graph || u->crm || u->unknown))
			continue;
		if (u->unknown) {
			choose_unknown(c, u, wins, &k->write[i], &k->lost[i]);
			continue;
		}
		both = record ? graph && crm : u->graph && u->crm;
		k->write[i] = both ? wins : u->graph && candidate_comes_in(c);
		k->out[i] =
		    !k->write[i] && merge_goes_out(c) && (both || u->crm);
		k->lost[i] = (k->write[i] && u->crm) || (k->out[i] && u->graph);
		k->pending[i] = !k->write[i] && !k->out[i];
		k->refused |= k->pending[i] && u->graph;
		/* The date has it in Graph already. */
		if (k->out[i] && m->own != NULL && !u->own)
			k->out[i] = k->lost[i] = false;
	}
	keep_minutes(m, k);
}

struct slice
merge_values(const struct merge *m, const bool told[FIELD_COUNT],
    const struct json *side, struct str *names)
{
	const struct candidate *c = m->c;
	struct str s = { 0 };
	struct jsonw w;

	jw_start(&w, &s);
	jw_object(&w, NULL);
	for (size_t i = 0; i < FIELD_COUNT; i++) {
		const char *name = fields[i].name;
		const struct json *v = json_get(side, name);

		if (!told[i] || v == NULL)
			continue;
		jw_raw(&w, name, v->raw);
		str_adds(names, names->len > 0 ? ", " : "");
		str_adds(names, name);
	}
	jw_end(&w);
	return candidate_keep_if(c, &s,
	    names->len > 0 && !c->private &&
		!json_is(json_get(c->crm, "sensitivity"), "private"));
}

struct slice
merge_lost(const struct merge *m, const struct choice *k,
    const bool written[UNIT_COUNT], const struct json *loser, struct str *names)
{
	bool told[FIELD_COUNT];

	for (size_t i = 0; i < FIELD_COUNT; i++) {
		const struct field *f = &fields[i];

		told[i] = k->lost[f->unit] && written[f->unit] &&
			  out_set_has(f) && merge_compares(m, f) &&
			  merge_differs(m, f);
	}
	return merge_values(m, told, loser, names);
}

struct slice
merge_say(const struct candidate *c, const char *what, const struct str *names)
{
	struct str s = { 0 };

	if (names->len > 0)
		str_addf(&s, "%s: %s", what, names->data);
	return candidate_keep_if(c, &s, s.len > 0);
}
