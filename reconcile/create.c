/*
 * create: everything that is exchanged is set once; from here on only what
 * differs is.  Whether the meeting exists already (another copy of it came
 * first, perhaps in this very run) is not known here: apply finds the key
 * taken and makes the copy join.
 */
#include <string.h>

#include "base.h"
#include "create.h"
#include "picks.h"
#include "relations.h"
#include "window.h"

static bool
is_set(const struct candidate *c, const struct field *f, const struct json *v)
{
	if (v == NULL || !field_exchanged(c, f))
		return false;
	if (f->unit != UNIT_BODY)
		return true;
	/* What was written there since is why the CRM's event comes back. */
	if (c->restores)
		return policy_is(c->policy, POL_DESCRIPTION_MODE, "always");
	return !policy_is(c->policy, POL_DESCRIPTION_MODE, "never");
}

static struct slice
write_set(const struct candidate *c)
{
	const struct json *now = fields_map(c, c->event);
	struct str s = { 0 };
	struct jsonw w;

	jw_start(&w, &s);
	jw_object(&w, NULL);
	for (size_t i = 0; i < FIELD_COUNT; i++) {
		const struct field *f = &fields[i];
		const struct json *v = json_get(now, f->name);

		if (!is_set(c, f, v))
			continue;
		if (f->unit == UNIT_BODY)
			jw_str(&w, f->name, body_with_header(c, json_str(v)));
		else
			jw_raw(&w, f->name, v->raw);
	}
	picks_set_new(&w, c);
	jw_str(&w, "event_type", policy_text(c->policy, POL_EVENT_TYPE));
	jw_cstr(&w, "kind", window_kind(c));
	jw_end(&w);
	return candidate_keep(c, &s);
}

/* Who let it in; the addresses of a private event are content. */
static struct slice
tell_match(const struct candidate *c)
{
	const struct person *p = people_matched(&c->people);
	struct str s = { 0 };

	if (c->picks != NULL)
		str_adds(&s, "picked");
	else if (c->mark_counts)
		str_adds(&s, "marked");
	else if (p != NULL && c->private)
		str_adds(&s, "matched a contact");
	else if (p != NULL) {
		str_adds(&s, "matched ");
		str_add_slice(&s, p->address);
	} else if (people_are_internal(c))
		str_adds(&s, "internal");
	else
		str_adds(&s, "nobody matched");
	return candidate_keep(c, &s);
}

static enum policy_key
deciding_key(const struct candidate *c)
{
	if (c->picks != NULL)
		return POL_SELECT_MODE;
	if (c->mark_counts)
		return POL_CATEGORY_MARK;
	if (people_matched(&c->people) == NULL && people_are_internal(c))
		return POL_INTERNAL_MODE;
	return POL_UNMATCHED_MODE;
}

void
create_decide(const struct candidate *c, struct decision *d)
{
	static const bool none[UNIT_COUNT];
	struct relations people = relations_wanted(c);

	d->op = OP_CREATE;
	d->rule = "create";
	d->key = deciding_key(c);
	d->evidence = tell_match(c);
	d->set = write_set(c);
	d->attendees = relations_difference(c, &people);
	if (d->attendees.data == NULL)
		d->attendees =
		    SLICE("{\"add\":[],\"remove\":[],\"change\":[]}");
	d->rooms = rooms_difference(c);
	if (d->rooms.data == NULL)
		d->rooms = SLICE("{\"add\":[],\"remove\":[]}");
	d->base = base_write(c, &people, none);
}

void
create_again(const struct candidate *c, struct decision *d)
{
	struct candidate fresh = *c;

	fresh.restores = candidate_came_back(c) && c->crm != NULL;
	fresh.base = fresh.base_crm = fresh.crm = NULL;
	create_decide(&fresh, d);
	d->rule = candidate_came_back(c) ? "came_back" : "marked_anew";
	d->revives = true;
	d->restores = fresh.restores ? c->crm_id : NO_SLICE;
}
