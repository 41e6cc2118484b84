/*
 * out_people: a person of the CRM is known by `person` and `id`; on Graph's
 * list they are found by any of their addresses, which match has looked up
 * (`who`).  Whom the CRM has no record of is known by the address alone.  Who
 * is not found there is not removed: a clerk who deletes a contact does not
 * mean to call a meeting off.
 */
#include <string.h>

#include "fields.h"
#include "out_people.h"

static bool
same_person(const struct json *a, const struct json *b)
{
	return is_person(a, json_text(b, "person"), json_text(b, "id"),
	    json_text(b, "address"));
}

static const struct json *
find_person(const struct json *array, const struct json *p)
{
	const struct json *i;

	for (i = array ? array->child : NULL; i != NULL; i = i->next)
		if (same_person(i, p))
			return i;
	return NULL;
}

static bool
is_user(const struct json *p)
{
	return json_is(json_get(p, "person"), "user");
}

static struct slice
lower_case(const struct candidate *c, struct slice text)
{
	char *copy = arena_alloc(c->arena, text.len + 1);

	for (size_t i = 0; i < text.len; i++)
		copy[i] = ascii_lower(text.data[i]);
	return (struct slice){ copy, text.len };
}

/* The one that match found for them. */
static struct slice
found_address(const struct candidate *c, const struct json *p)
{
	return json_text(find_person(c->relations, p), "address");
}

/* The owner organises, and so does the user whose mailbox it is made in; also
 * where the CRM's list has nothing but their address. */
static bool
is_owner(const struct candidate *c, const struct json *p)
{
	const struct person *organizer = people_organizer(&c->people);
	struct slice id = json_text(p, "id"), address = found_address(c, p);
	struct slice owner = json_text(c->crm, "owner");
	const struct json *i = c->relations ? c->relations->child : NULL;

	if (is_user(p) &&
	    (slice_eq(id, owner) || slice_eq(id, c->section->user)))
		return true;
	for (; i != NULL; i = i->next)
		if (is_user(i) && slice_eq(json_text(i, "id"), owner) &&
		    address_eq(json_text(i, "address"), address))
			return true;
	return address_eq(address, c->section->mailbox) ||
	       (organizer != NULL && address_eq(address, organizer->address));
}

/* What people typed where an address belongs may be a name, or several. */
static bool
can_be_mailed(struct slice address)
{
	size_t at = 0, count = 0;

	for (size_t i = 0; i < address.len; i++) {
		unsigned char ch = (unsigned char)address.data[i];

		if (ch <= ' ' || ch == 0x7f || strchr("()<>[],;:\\\"", ch))
			return false;
		if (ch == '@') {
			at = i;
			count++;
		}
	}
	return count == 1 && at > 0 && at + 1 < address.len;
}

/* The address that goes out.  A user's counts only if it is the firm's (O-059:
 * it may be a private one). */
static struct slice
address_of(const struct candidate *c, const struct json *p)
{
	struct slice address = lower_case(c, found_address(c, p));

	if (is_user(p) && c->run->domains != NULL &&
	    c->run->domains->count > 0 && !domain_is_firm(c, address))
		return NO_SLICE;
	return can_be_mailed(address) ? address : NO_SLICE;
}

bool
out_people_have_private(const struct candidate *c)
{
	const struct json *all = json_get(c->crm, "attendees"), *i;

	for (i = all ? all->child : NULL; i != NULL; i = i->next)
		if (json_true(find_person(c->relations, i), "private"))
			return true;
	return false;
}

bool
out_people_are_internal(const struct candidate *c)
{
	bool by_domain = policy_is(c->policy, POL_INTERNAL_BY, "domains");
	const struct json *all = json_get(c->crm, "attendees"), *i;
	bool others = false;

	for (i = all ? all->child : NULL; i != NULL; i = i->next) {
		const struct json *known = find_person(c->relations, i);

		if (is_owner(c, i))
			continue;
		if (by_domain ? !domain_is_firm(c, json_text(known, "address"))
			      : !is_user(i))
			return false;
		others = true;
	}
	return others;
}

/* attendees.to_graph, or _past if it has begun; "none" where people are not
 * exchanged, or where the meeting is another's (copies without attendees). */
static struct slice
who_goes_out(const struct candidate *c)
{
	int64_t start;
	/* A series is past with its last date. */
	bool past = event_instant(c,
			c->series_gone ? json_text(c->series_gone, "last")
				       : json_text(c->crm, "start"),
			&start) &&
		    start < c->run->now;
	const struct json *invites = json_get(c->crm, "send_invites");

	if (!attendees_exchanged(c) || people_are_withheld(c) ||
	    (json_is(json_get(c->crm, "sensitivity"), "private") &&
		policy_is(c->policy, POL_PRIVATE_MODE, "no_attendees")) ||
	    (invites != NULL && invites->type == JSON_FALSE) ||
	    (c->from_crm && c->owner_account != c->section->account))
		return SLICE("none");
	return policy_value_text(c->policy,
	    past ? POL_ATTENDEES_TO_GRAPH_PAST : POL_ATTENDEES_TO_GRAPH);
}

static bool
may_go_out(const struct candidate *c, const struct json *p, struct slice policy)
{
	if (slice_is(policy, "none") || is_owner(c, p))
		return false;
	return slice_is(policy, "all") || is_user(p);
}

/* Is this address one of the person's, by what match knows? */
static bool
is_address_of(
    const struct candidate *c, struct slice address, const struct json *p)
{
	const struct json *i;

	if (json_text(p, "id").len == 0)
		return address_eq(json_text(p, "address"), address);
	for (i = c->known ? c->known->child : NULL; i != NULL; i = i->next) {
		if (!slice_eq(json_text(i, "address"), address))
			continue;
		if (is_user(p)
			? slice_eq(json_text(i, "user"), json_text(p, "id"))
			: same_person(i, p))
			return true;
	}
	return false;
}

static bool
is_on_event(const struct candidate *c, const struct json *p)
{
	struct slice address = address_of(c, p);

	for (size_t i = 0; i < c->people.count; i++) {
		struct slice there = c->people.list[i].address;

		if (there.len > 0 &&
		    (slice_eq(there, address) || is_address_of(c, there, p)))
			return true;
	}
	return false;
}

static void
add_person(struct guests *g, const struct candidate *c, const struct json *p)
{
	const struct json *known = find_person(c->relations, p);
	struct guest *new = &g->add[g->added];
	struct slice name = json_text(known, "name");

	*new = (struct guest){ .person = json_text(p, "person"),
		.id = json_text(p, "id"),
		.address = address_of(c, p),
		.name = name.len > 0 ? name : json_text(p, "name") };
	if (new->address.len == 0) {
		g->mute++;
		return;
	}
	for (size_t i = 0; i < g->added; i++)
		if (slice_eq(g->add[i].address, new->address))
			return;
	g->added++;
	g->people++;
}

static void
add_room(struct guests *g, const struct json *room)
{
	struct slice address = json_text(room, "address");

	if (address.len == 0)
		return;
	g->add[g->added++] = (struct guest){ .id = json_text(room, "resource"),
		.address = address,
		.name = json_text(room, "name"),
		.is_room = true };
}

static const struct json *
find_room(const struct json *rooms, const char *key, struct slice value)
{
	const struct json *i;

	for (i = rooms ? rooms->child : NULL; i != NULL; i = i->next)
		if (value.len > 0 && slice_eq(json_text(i, key), value))
			return i;
	return NULL;
}

static void
make_room(struct guests *g, const struct candidate *c)
{
	const struct json *people = json_get(c->crm, "attendees");
	const struct json *rooms = json_get(c->crm, "rooms");
	const struct json *were = json_get(c->base_crm, "rooms");
	size_t most = (people ? people->count : 0) + (rooms ? rooms->count : 0);
	size_t gone = c->people.count + (were ? were->count : 0);

	g->add = arena_array(c->arena, most + 1, sizeof *g->add);
	g->remove = arena_array(c->arena, gone + 1, sizeof *g->remove);
	g->removes_room = arena_array(c->arena, gone + 1, sizeof(bool));
}

struct guests
out_people_new(const struct candidate *c)
{
	const struct json *people = json_get(c->crm, "attendees"), *i;
	const struct json *rooms = json_get(c->crm, "rooms");
	struct slice policy = who_goes_out(c);
	struct guests g = { 0 };

	make_room(&g, c);
	for (i = people ? people->child : NULL; i != NULL; i = i->next)
		if (may_go_out(c, i, policy))
			add_person(&g, c, i);
	if (!rooms_exchanged(c))
		return g;
	for (i = rooms ? rooms->child : NULL; i != NULL; i = i->next)
		add_room(&g, i);
	return g;
}

/* Does this address stand for one of these people of the CRM? */
static bool
is_address_of_any(
    const struct candidate *c, struct slice address, const struct json *people)
{
	const struct json *i;

	for (i = people ? people->child : NULL; i != NULL; i = i->next)
		if (is_address_of(c, address, i))
			return true;
	return false;
}

/* Graph had them when the sides last agreed. */
static bool
was_exported(const struct candidate *c, const struct json *p)
{
	const struct json *relations = json_get(c->base, "relations");

	return find_person(relations, p) != NULL;
}

/* People who were never exported are in the CRM's base, and so no additions;
 * somebody whom Outlook has just taken off is none either. */
static void
find_added(struct guests *g, const struct candidate *c, struct slice policy)
{
	const struct json *now = json_get(c->crm, "attendees"), *i;
	const struct json *was = json_get(c->base_crm, "attendees");

	for (i = now ? now->child : NULL; i != NULL; i = i->next) {
		if (!may_go_out(c, i, policy) || is_on_event(c, i) ||
		    was_exported(c, i))
			continue;
		if (g->invites || (was != NULL && find_person(was, i) == NULL))
			add_person(g, c, i);
	}
}

/* But what belongs to somebody who stays: two may have the same, and who had no
 * record may have got one. */
static void
remove_all_addresses(
    struct guests *g, const struct candidate *c, const struct json *p)
{
	const struct json *now = json_get(c->crm, "attendees");

	for (size_t i = 0; i < c->people.count; i++) {
		const struct person *there = &c->people.list[i];

		if (there->is_organizer || there->is_self || there->is_member ||
		    !is_address_of(c, there->address, p) ||
		    is_address_of_any(c, there->address, now))
			continue;
		g->remove[g->removed++] = there->address;
		g->people++;
	}
}

static void
find_removed(struct guests *g, const struct candidate *c, struct slice policy)
{
	const struct json *now = json_get(c->crm, "attendees"), *i;
	const struct json *was = json_get(c->base_crm, "attendees");

	if (now == NULL)
		return;
	for (i = was ? was->child : NULL; i != NULL; i = i->next)
		if (may_go_out(c, i, policy) && was_exported(c, i) &&
		    find_person(now, i) == NULL)
			remove_all_addresses(g, c, i);
}

static void
find_rooms(struct guests *g, const struct candidate *c)
{
	const struct json *now = json_get(c->crm, "rooms"), *i;
	const struct json *was = json_get(c->base_crm, "rooms");
	const struct json *graph = json_get(c->event, "rooms");

	if (!rooms_exchanged(c) || now == NULL || was == NULL)
		return;
	for (i = now->child; i != NULL; i = i->next)
		if (!find_room(was, "resource", json_text(i, "resource")) &&
		    !find_room(graph, "address", json_text(i, "address")))
			add_room(g, i);
	for (i = was->child; i != NULL; i = i->next) {
		struct slice address = json_text(i, "address");

		if (find_room(now, "resource", json_text(i, "resource")) ||
		    !find_room(graph, "address", address))
			continue;
		g->removes_room[g->removed] = true;
		g->remove[g->removed++] = address;
	}
}

struct guests
out_people_changed(const struct candidate *c)
{
	const struct json *was = json_get(c->base_crm, "send_invites");
	struct slice policy = who_goes_out(c);
	struct guests g = { 0 };

	make_room(&g, c);
	g.invites = was != NULL && was->type == JSON_FALSE &&
		    json_true(c->crm, "send_invites");
	find_added(&g, c, policy);
	g.invites = g.invites && g.added > 0;
	find_removed(&g, c, policy);
	find_rooms(&g, c);
	return g;
}

struct slice
out_people_write(const struct candidate *c, const struct guests *g)
{
	struct str s = { 0 };
	struct jsonw w;

	jw_start(&w, &s);
	jw_object(&w, NULL);
	jw_array(&w, "add");
	for (size_t i = 0; i < g->added; i++) {
		jw_object(&w, NULL);
		jw_str(&w, "address", g->add[i].address);
		jw_str(&w, "name", g->add[i].name);
		jw_cstr(
		    &w, "role", g->add[i].is_room ? "resource" : "required");
		jw_end(&w);
	}
	jw_end(&w);
	jw_array(&w, "remove");
	for (size_t i = 0; i < g->removed; i++)
		jw_str(&w, NULL, g->remove[i]);
	jw_end(&w);
	jw_end(&w);
	return candidate_keep_if(c, &s, g->added + g->removed > 0);
}
