/*
 * out_base: the event as it will be is printed and parsed again, so that
 * there is one place only which knows what a base holds.
 */
#include <string.h>

#include "digest.h"
#include "out_base.h"

static const char *const replaced[] = { "attendees", "rooms", "categories",
	"digest", NULL };

static const struct json *
parse(const struct candidate *c, struct slice text)
{
	return json_parse(c->arena, text, JSON_IS_UTF8, NULL);
}

static bool
removes(const struct guests *g, struct slice address)
{
	for (size_t i = 0; i < g->removed; i++)
		if (slice_eq(g->remove[i], address))
			return true;
	return false;
}

static void
write_staying(struct jsonw *w, const struct json *list, const struct guests *g)
{
	const struct json *i;

	for (i = list ? list->child : NULL; i != NULL; i = i->next)
		if (!removes(g, json_text(i, "address")))
			jw_raw(w, NULL, i->raw);
}

static void
write_people(struct jsonw *w, const struct candidate *c, const struct guests *g)
{
	jw_array(w, "attendees");
	write_staying(w, json_get(c->event, "attendees"), g);
	for (size_t i = 0; i < g->added; i++) {
		if (g->add[i].is_room)
			continue;
		jw_object(w, NULL);
		jw_str(w, "address", g->add[i].address);
		jw_str(w, "name", g->add[i].name);
		jw_cstr(w, "role", "required");
		jw_cstr(w, "response", "none");
		jw_end(w);
	}
	jw_end(w);
}

/* `rooms` of an event, or those that match found (with the resource). */
static void
write_rooms(struct jsonw *w, const char *key, const struct json *list,
    const struct guests *g, bool with_resource)
{
	jw_array(w, key);
	write_staying(w, list, g);
	for (size_t i = 0; i < g->added; i++) {
		if (!g->add[i].is_room)
			continue;
		jw_object(w, NULL);
		jw_str(w, "name", g->add[i].name);
		jw_str(w, "address", g->add[i].address);
		if (with_resource)
			jw_str(w, "resource", g->add[i].id);
		jw_end(w);
	}
	jw_end(w);
}

static const struct json *
rooms_after(const struct candidate *c, const struct guests *g)
{
	struct str s = { 0 };
	struct jsonw w;

	jw_start(&w, &s);
	jw_object(&w, NULL);
	write_rooms(&w, "rooms", c->rooms, g, true);
	jw_end(&w);
	return json_get(parse(c, candidate_keep(c, &s)), "rooms");
}

/* What a new event has beside what is written. */
static void
write_new(struct jsonw *w, const struct json *set)
{
	bool series = json_get(set, "recurrence") != NULL;

	if (json_get(set, "sensitivity") == NULL)
		jw_cstr(w, "sensitivity", "normal");
	if (!series)
		jw_null(w, "recurrence");
	jw_null(w, "recurrence_text");
	jw_object(w, "series");
	jw_cstr(w, "kind", series ? "master" : "single");
	jw_null(w, "master");
	jw_null(w, "original_date");
	jw_end(w);
}

static bool
is_replaced(struct slice name)
{
	for (size_t n = 0; replaced[n] != NULL; n++)
		if (slice_is(name, replaced[n]))
			return true;
	return false;
}

static bool
has_member(const struct json *object, struct slice name)
{
	const struct json *i;

	for (i = object ? object->child : NULL; i != NULL; i = i->next)
		if (slice_eq(i->key, name))
			return true;
	return false;
}

/* What is written, and what stays of the event. */
static void
write_members(
    struct jsonw *w, const struct candidate *c, const struct json *set)
{
	const struct json *i;

	for (i = set ? set->child : NULL; i != NULL; i = i->next)
		if (!is_replaced(i->key))
			jw_key_raw(w, i->key, i->raw);
	for (i = c->event ? c->event->child : NULL; i != NULL; i = i->next)
		if (!is_replaced(i->key) && !has_member(set, i->key))
			jw_key_raw(w, i->key, i->raw);
	if (c->event == NULL)
		write_new(w, set);
}

static const struct json *
event_after(const struct candidate *c, const struct json *set,
    const struct guests *g, struct slice categories)
{
	const struct json *were = json_get(c->event, "categories");
	struct str s = { 0 };
	struct jsonw w;

	jw_start(&w, &s);
	jw_object(&w, NULL);
	write_members(&w, c, set);
	write_people(&w, c, g);
	write_rooms(&w, "rooms", json_get(c->event, "rooms"), g, false);
	if (categories.data == NULL)
		categories = were ? were->raw : SLICE("[]");
	jw_raw(&w, "categories", categories);
	jw_end(&w);
	return parse(c, candidate_keep(c, &s));
}

/* Without those who are taken off. */
static struct people
people_after(const struct candidate *c, const struct guests *g)
{
	struct people p = {
		arena_array(c->arena, c->people.count + 1, sizeof *p.list), 0
	};

	for (size_t i = 0; i < c->people.count; i++)
		if (!removes(g, c->people.list[i].address))
			p.list[p.count++] = c->people.list[i];
	return p;
}

/* The relations that Graph's people stand for, with those who go out. */
static struct relations
relations_after(const struct candidate *c, const struct guests *g)
{
	struct relations have = relations_wanted(c), all = { NULL, 0 };

	all.list =
	    arena_array(c->arena, have.count + g->added + 1, sizeof *all.list);
	for (size_t i = 0; i < have.count; i++)
		if (!have.list[i].cut)
			all.list[all.count++] = have.list[i];
	for (size_t i = 0; i < g->added; i++)
		if (!g->add[i].is_room)
			all.list[all.count++] =
			    (struct relation){ .person = g->add[i].person,
				    .id = g->add[i].id,
				    .address = g->add[i].address,
				    .role = SLICE("required"),
				    .response = "none" };
	return all;
}

/* Unless they are on it already, or are invited now. */
static struct slice
who_is_added(const struct candidate *c, const struct guests *g)
{
	struct slice writer = c->section->writer;

	for (size_t i = 0; i < g->added; i++)
		if (slice_eq(g->add[i].address, writer))
			return NO_SLICE;
	for (size_t i = 0; i < c->people.count; i++)
		if (slice_eq(c->people.list[i].address, writer))
			return NO_SLICE;
	return writer;
}

struct slice
out_base_graph(const struct candidate *c, struct slice set,
    const struct guests *g, struct slice categories,
    const bool pending[UNIT_COUNT])
{
	const struct json *written = set.data ? parse(c, set) : NULL;
	struct candidate after = *c;
	struct relations people;

	after.people = people_after(c, g);
	people = relations_after(&after, g);
	after.event = event_after(c, written, g, categories);
	after.rooms = rooms_after(c, g);
	after.digest = NO_SLICE;
	after.adds = who_is_added(c, g);
	after.body_is_crms |= json_get(written, "body") != NULL;
	return base_graph(&after, &people, pending);
}

void
out_base_crm_member(
    struct jsonw *w, const struct candidate *c, const char *name)
{
	const struct json *v = json_get(c->crm, name);
	char hex[TEXT_DIGEST_LEN + 1];

	if (v == NULL)
		return;
	if (strcmp(name, "body") != 0) {
		jw_raw(w, name, v->raw);
	} else if (v->type == JSON_STRING) {
		text_digest(json_str(v), hex);
		jw_cstr(w, "body_digest", hex);
	} else {
		jw_null(w, "body_digest");
	}
}

struct slice
out_base_crm(const struct candidate *c)
{
	/* Not part of a base (docs/stream.md, section 6). */
	static const char *const without[] = { "crm_id", "owner", "created",
		"modified", "deleted", "origin", "sync_status", "body", "url",
		"cut", NULL };
	struct str s = { 0 };
	struct jsonw w;

	jw_extend_without(&w, &s, c->crm, without);
	out_base_crm_member(&w, c, "body");
	jw_end(&w);
	return candidate_keep(c, &s);
}
