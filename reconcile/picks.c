/*
 * picks: only a CRM that says so holds them (`primary` and `related`); what its
 * people make of them later is theirs, until other ones are picked.
 */
#include "picks.h"
#include "relations.h"

static const struct json *
people(const struct candidate *c)
{
	const struct json *list = json_get(c->picks, "people");

	return list != NULL && list->type == JSON_ARRAY ? list->child : NULL;
}

bool
picks_people(const struct candidate *c)
{
	return people(c) != NULL;
}

size_t
picks_count(const struct candidate *c)
{
	return picks_people(c) ? json_get(c->picks, "people")->count : 0;
}

/* As they stand on the event, if they do. */
static const struct person *
on_event(const struct candidate *c, const struct json *picked)
{
	for (size_t i = 0; i < c->people.count; i++) {
		const struct json *contact = c->people.list[i].contact;

		if (contact != NULL &&
		    slice_eq(
			json_text(contact, "id"), json_text(picked, "id")) &&
		    slice_eq(json_text(contact, "person"),
			json_text(picked, "person")))
			return &c->people.list[i];
	}
	return NULL;
}

void
picks_add(const struct candidate *c, struct relations *all)
{
	const struct json *i;

	for (i = people(c); i != NULL; i = i->next) {
		const struct person *p = on_event(c, i);

		all->list[all->count++] =
		    (struct relation){ .person = json_text(i, "person"),
			    .id = json_text(i, "id"),
			    .address = p ? p->address : json_text(i, "address"),
			    .name = p && p->name.len > 0 ? p->name
							 : json_text(i, "name"),
			    .role = p ? p->role : SLICE("required"),
			    .response = response_class(
				p ? p->response : SLICE("none")) };
	}
}

static bool
holds(const struct candidate *c, const char *name)
{
	const struct json *i = c->run->holds;

	for (i = i != NULL ? i->child : NULL; i != NULL; i = i->next)
		if (json_is(i, name))
			return true;
	return false;
}

static bool
write_who(struct jsonw *w, struct slice person, struct slice id)
{
	jw_object(w, "primary");
	jw_str(w, "person", person);
	jw_str(w, "id", id);
	jw_end(w);
	return true;
}

/* The one that was picked for it, else the first, else who matched. */
static bool
write_primary(struct jsonw *w, const struct candidate *c)
{
	const struct json *v = json_get(c->picks, "primary");
	const struct person *p = people_matched(&c->people);

	if (!holds(c, "primary"))
		return false;
	if (json_is_null(v))
		v = people(c);
	if (v != NULL)
		return write_who(w, json_text(v, "person"), json_text(v, "id"));
	if (p == NULL || people_are_withheld(c))
		return false;
	return write_who(
	    w, json_text(p->contact, "person"), json_text(p->contact, "id"));
}

static bool
write_related(struct jsonw *w, const struct candidate *c)
{
	const struct json *v = json_get(c->picks, "related");

	if (json_is_null(v) || !holds(c, "related"))
		return false;
	jw_raw(w, "related", v->raw);
	return true;
}

size_t
picks_set_new(struct jsonw *w, const struct candidate *c)
{
	size_t n = write_primary(w, c);

	return n + write_related(w, c);
}

static bool
is_new(const struct candidate *c, const char *name)
{
	return !field_equal(json_get(c->picks, name),
	    json_get(json_get(c->base, "picked"), name));
}

size_t
picks_set_changed(struct jsonw *w, const struct candidate *c)
{
	size_t n = 0;

	if (c->picks == NULL)
		return 0;
	if (is_new(c, "primary") &&
	    !json_is_null(json_get(c->picks, "primary")))
		n += write_primary(w, c);
	if (is_new(c, "related"))
		n += write_related(w, c);
	return n;
}

void
picks_write_base(struct jsonw *w, const struct candidate *c)
{
	const struct json *primary = json_get(c->picks, "primary");
	const struct json *related = json_get(c->picks, "related");

	if (json_is_null(primary) && json_is_null(related))
		return;
	jw_object(w, "picked");
	jw_raw(w, "primary", primary ? primary->raw : NO_SLICE);
	jw_raw(w, "related", related ? related->raw : NO_SLICE);
	jw_end(w);
}
