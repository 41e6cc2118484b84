/*
 * outward: the ops on Graph that are not the three-way comparison (that one is
 * merge_out.c).
 */
#include "outward.h"
#include "expand.h"
#include "mail.h"
#include "marks.h"
#include "out_base.h"
#include "out_set.h"
#include "window.h"

static const bool none[UNIT_COUNT];
static const struct guests nobody = { 0 };

static const struct json *
parse(const struct candidate *c, struct slice text)
{
	return text.data ? json_parse(c->arena, text, JSON_IS_UTF8, NULL)
			 : NULL;
}

/* Graph's values of what is written, to tell "not applied" from "rewritten by
 * the server". */
static struct slice
write_was(const struct candidate *c, struct slice set)
{
	const struct json *v = parse(c, set), *i;
	struct str s = { 0 };
	struct jsonw w;

	jw_start(&w, &s);
	jw_object(&w, NULL);
	for (i = c->event->child; i != NULL; i = i->next)
		for (const struct json *n = v ? v->child : NULL; n; n = n->next)
			if (slice_eq(n->key, i->key))
				jw_key_raw(&w, i->key, i->raw);
	jw_end(&w);
	return candidate_keep(c, &s);
}

/* The names of what is written, in the order of the record. */
static struct slice
write_names(const struct candidate *c, const struct outgoing *o)
{
	const struct json *v = parse(c, o->set);
	struct str s = { 0 };
	struct jsonw w;

	jw_start(&w, &s);
	jw_array(&w, NULL);
	for (v = v ? v->child : NULL; v != NULL; v = v->next)
		jw_str(&w, NULL, v->key);
	if (o->attendees.data != NULL)
		jw_cstr(&w, NULL, "attendees");
	if (o->categories.data != NULL)
		jw_cstr(&w, NULL, "categories");
	if (o->response.len > 0)
		jw_cstr(&w, NULL, "response");
	jw_end(&w);
	return candidate_keep(c, &s);
}

/* Over now, or as it will be. */
static bool
is_over(const struct candidate *c)
{
	int64_t end;

	if ((c->event != NULL || c->from_crm) && window_is_over(c, c->end))
		return true;
	return event_instant(c, json_text(c->crm, "end"), &end) &&
	       window_is_over(c, end);
}

static int64_t
start_of(const struct candidate *c)
{
	int64_t start;

	if (c->event != NULL || c->from_crm)
		return c->start;
	return event_instant(c, json_text(c->crm, "start"), &start) ? start : 0;
}

static bool
has_attendees(const struct candidate *c)
{
	const struct json *people = json_get(c->event, "attendees");

	return people != NULL && people->count > 0;
}

/* Of the guests that come onto it, one whom the CRM has no record of: when it is
 * read again, that record is waited for. */
static bool
adds_unknown(const struct guests *g)
{
	for (size_t i = 0; i < g->added; i++)
		if (!g->add[i].is_room && g->add[i].id.len == 0)
			return true;
	return false;
}

void
outward_finish(
    const struct candidate *c, struct outgoing *o, const struct guests *g)
{
	struct candidate own;

	o->start = start_of(c);
	o->is_over = is_over(c);
	o->cuts_people =
	    crm_is_cut(c, "people") &&
	    (o->op == OP_POST || (o->op == OP_PATCH && o->state == NULL));
	o->names = write_names(c, o);
	o->more = adds_unknown(g);
	if (o->op == OP_POST) {
		o->cuts_body = crm_is_cut(c, "body");
		o->mail = mail_of_post(c, g);
		o->is_meeting = g->people > 0 || c->section->group;
		return;
	}
	own = expand_own(c);
	o->is_meeting =
	    c->section->group ||
	    (c->is_organizer && (has_attendees(&own) || g->people > 0));
	if (o->op == OP_REMOVE) {
		o->mail = mail_of_delete(&own);
	} else {
		o->mail = mail_of_patch(&own, o, g);
		if (o->set.data != NULL)
			o->was = write_was(&own, o->set);
	}
}

/* Whose people let it out. */
static enum policy_key
post_key(const struct candidate *c, const struct guests *g)
{
	if (g->people == 0)
		return POL_DIRECTION_EVENTS;
	return start_of(c) < c->run->now ? POL_ATTENDEES_TO_GRAPH_PAST
					 : POL_ATTENDEES_TO_GRAPH;
}

/* Their names are the CRM's own. */
static struct slice
tell_mute(const struct candidate *c, const struct guests *g)
{
	struct str s = { 0 };

	str_addf(
	    &s, "not invited, as they have no address to use: %zu", g->mute);
	return candidate_keep_if(c, &s, g->mute > 0);
}

void
outward_post(const struct candidate *c, struct decision *d, const char *rule)
{
	struct candidate fresh = *c;
	struct outgoing *o = &d->out;
	struct slice marks = marks_new(c);
	struct guests g;

	/* Nothing of what Graph had counts any more. */
	fresh.own = NULL;
	fresh.event = fresh.base = fresh.base_crm = NULL;
	fresh.people = (struct people){ NULL, 0 };
	g = out_people_new(&fresh);
	o->op = OP_POST;
	o->rule = rule;
	o->key = post_key(&fresh, &g);
	o->evidence = tell_mute(c, &g);
	o->set = out_set_new(&fresh);
	o->attendees = out_people_write(&fresh, &g);
	if (o->attendees.data == NULL)
		o->attendees = SLICE("{\"add\":[],\"remove\":[]}");
	o->colors = marks_colors(c, marks, NO_SLICE);
	o->base_graph = out_base_graph(
	    &fresh, o->set, &g, marks.data ? marks : SLICE("[]"), none);
	o->base_crm = out_base_crm(c);
	outward_finish(&fresh, o, &g);
}

void
outward_remove(const struct candidate *c, struct decision *d, const char *rule,
    enum policy_key key)
{
	d->out.op = OP_REMOVE;
	d->out.rule = rule;
	d->out.key = key;
	outward_finish(c, &d->out, &nobody);
}

void
outward_remove_series(const struct candidate *c, struct decision *d)
{
	outward_remove(c, d, "deleted_in_crm", POL_DELETE_TO_GRAPH);
	d->out.mail = mail_of_series(c);
	d->out.series = json_text(json_get(c->event, "series"), "master");
	d->out.evidence = SLICE("all its dates are deleted: the series");
}

bool
outward_uncategorise(const struct candidate *c, struct decision *d)
{
	d->out.categories = marks_off(c);
	if (d->out.categories.data == NULL)
		return false;
	d->out.op = OP_PATCH;
	d->out.rule = "deleted_in_crm";
	d->out.key = POL_DELETE_TO_GRAPH;
	d->out.state = "ended";
	/* The next mark is a new one (U10). */
	d->out.base_graph =
	    out_base_graph(c, NO_SLICE, &nobody, marks_left(c), none);
	d->out.base_crm = SLICE("{}");
	outward_finish(c, &d->out, &nobody);
	return true;
}

void
outward_private(const struct candidate *c, struct decision *d)
{
	d->out.op = OP_PATCH;
	d->out.rule = "turned_private";
	d->out.key = POL_PRIVATE_MODE;
	d->out.state = "ended";
	d->out.set = SLICE("{\"sensitivity\":\"private\"}");
	d->out.categories = marks_off(c);
	outward_finish(c, &d->out, &nobody);
}
