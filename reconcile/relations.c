/*
 * relations: additions and removals against the base (U5), never a list that
 * replaces another.
 *
 * base.graph keeps, beside Graph's attendees, which relations were made of
 * them.  So a relation that a CRM user added or took away by hand stays as
 * they left it, and somebody who was unknown and is known now is an addition
 * although Graph has not changed.
 */
#include <stdlib.h>
#include <string.h>

#include "picks.h"
#include "relations.h"

const char *
response_class(struct slice response)
{
	if (slice_is(response, "organizer") ||
	    slice_is(response, "tentativelyAccepted") ||
	    slice_is(response, "accepted"))
		return "accepted";
	return slice_is(response, "declined") ? "declined" : "none";
}

struct slice
answer_class(struct slice answer)
{
	return slice_is(answer, "tentative") ? SLICE("accepted") : answer;
}

static bool
is_synced(const struct person *p)
{
	return p->is_self || json_true(p->user, "synced");
}

/* The organizer is ours, in the sense of owner.from (mapping 3.3). */
static bool
organizer_is_ours(const struct candidate *c)
{
	const struct person *o = people_organizer(&c->people);

	if (o == NULL || o->is_self || c->is_organizer)
		return true;
	if (o->user == NULL)
		return false;
	return policy_is(c->policy, POL_OWNER_FROM, "user") || is_synced(o);
}

/* Once made, a meeting keeps its owner, whoever starts to sync later. */
struct slice
owner_user(const struct candidate *c)
{
	const struct person *o = people_organizer(&c->people);
	struct slice linked = json_text(c->link, "owner");

	if (linked.len > 0 && c->state != LINK_ENDED)
		return linked;
	if (o == NULL || o->user == NULL || !organizer_is_ours(c) ||
	    policy_is(c->policy, POL_EVENT_COPIES, "each"))
		return c->section->user;
	return json_text(o->user, "user");
}

struct slice
owner_slot(const struct candidate *c)
{
	const struct person *o = people_organizer(&c->people);
	bool foreign = o != NULL && o->user == NULL && !o->is_self;
	struct str s = { 0 };

	if (!policy_is(c->policy, POL_EVENT_COPIES, "each") &&
	    !(foreign && policy_is(c->policy, POL_EVENT_COPIES, "foreign")))
		return SLICE("");
	str_addf(&s, "%lld", (long long)c->section->account);
	return candidate_keep(c, &s);
}

/*
 * Users go before contacts: somebody who is both is a user.  Where only
 * contacts are wanted, a user who is also a contact counts as one - but not
 * in a foreign meeting, whose record shows the external people.
 */
static const struct json *
record_wanted(
    const struct candidate *c, const struct person *p, struct slice who)
{
	bool all = slice_is(who, "all");
	bool foreign = !organizer_is_ours(c);

	if (slice_is(who, "none"))
		return NULL;
	if (slice_is(who, "synced"))
		return is_synced(p) ? p->user : NULL;
	if ((all || slice_is(who, "users")) && p->user != NULL)
		return p->user;
	if (slice_is(who, "users"))
		return NULL;
	if (foreign && p->user != NULL)
		return NULL;
	return p->contact;
}

static bool
is_excluded(const struct candidate *c, const struct json *record)
{
	struct slice type = json_text(record, "type");

	return json_get(record, "person") != NULL && type.len > 0 &&
	       policy_lists(c->policy, POL_ATTENDEES_EXCLUDE_TYPES, type);
}

static struct relation *
find_relation(const struct relations *all, const struct json *record)
{
	for (size_t i = 0; i < all->count; i++)
		if (is_person(record, all->list[i].person, all->list[i].id,
			all->list[i].address))
			return &all->list[i];
	return NULL;
}

static bool
has_relation(const struct relations *all, const struct relation *r)
{
	for (size_t i = 0; i < all->count; i++)
		if (slice_eq(all->list[i].person, r->person) &&
		    slice_eq(all->list[i].id, r->id))
			return true;
	return false;
}

static void
add_relation(
    struct relations *all, const struct person *p, const struct json *record)
{
	struct relation r = { 0 };

	r.person = json_text(record, "person");
	r.id = json_text(record, "id");
	if (r.person.len == 0) {
		r.person = SLICE("user");
		r.id = json_text(record, "user");
	}
	if (has_relation(all, &r))
		return;
	r.address = p->address;
	r.name = p->name.len > 0 ? p->name : json_text(record, "name");
	r.role = p->role;
	r.response = response_class(p->response);
	all->list[all->count++] = r;
}

bool
relation_is_made(const struct relation *r)
{
	return r->person.data != NULL && r->id.data == NULL;
}

/* Of a record that is yet to be made only the address is known. */
static void
add_made(
    const struct candidate *c, struct relations *all, const struct person *p)
{
	struct relation *r;

	for (size_t i = 0; i < all->count; i++)
		if (relation_is_made(&all->list[i]) &&
		    slice_eq(all->list[i].address, p->address))
			return;
	r = &all->list[all->count++];
	*r = (struct relation){ .person = slice_of(people_make(c)),
		.address = p->address,
		.name = p->name,
		.role = p->role,
		.response = response_class(p->response) };
}

static bool
wants_contacts(struct slice who)
{
	return slice_is(who, "all") || slice_is(who, "contacts");
}

static int
cmp_nocase(struct slice a, struct slice b)
{
	for (size_t i = 0; i < a.len && i < b.len; i++) {
		unsigned char x = (unsigned char)ascii_lower(a.data[i]);
		unsigned char y = (unsigned char)ascii_lower(b.data[i]);

		if (x != y)
			return x < y ? -1 : 1;
	}
	return a.len < b.len ? -1 : a.len > b.len;
}

/* By display name, case-folded, then address; no name: address. */
static int
by_name(const void *left, const void *right)
{
	const struct relation *a = left, *b = right;
	struct slice x = a->name.len > 0 ? a->name : a->address;
	struct slice y = b->name.len > 0 ? b->name : b->address;
	int order = cmp_nocase(x, y);

	return order != 0 ? order : slice_cmp(a->address, b->address);
}

struct relations
relations_wanted(const struct candidate *c)
{
	struct relations all = { NULL, 0 };
	struct slice who = policy_value_text(
	    c->policy, organizer_is_ours(c) ? POL_ATTENDEES_TO_CRM
					    : POL_ATTENDEES_TO_CRM_FOREIGN);
	struct slice owner = owner_user(c);
	int64_t max = policy_number(c->policy, POL_ATTENDEES_MAX);

	if (c->people.count + picks_count(c) == 0 || people_are_withheld(c) ||
	    !attendees_exchanged(c))
		return all;
	all.list = arena_array(
	    c->arena, c->people.count + picks_count(c), sizeof *all.list);
	for (size_t i = 0; i < c->people.count; i++) {
		const struct person *p = &c->people.list[i];
		const struct json *record = record_wanted(c, p, who);

		if (p->is_added)
			continue;
		if (p->is_organizer &&
		    slice_eq(json_text(p->user, "user"), owner))
			continue;
		/* Those who were picked come in place of who is on it. */
		if (picks_people(c) && record != p->user)
			continue;
		if (record != NULL && !is_excluded(c, record))
			add_relation(&all, p, record);
		else if (wants_contacts(who) && people_is_made(c, p))
			add_made(c, &all, p);
	}
	picks_add(c, &all);
	if (all.count > 1)
		qsort(all.list, all.count, sizeof *all.list, by_name);
	for (size_t i = 0; i < all.count; i++)
		all.list[i].cut = (int64_t)i >= max;
	return all;
}

/* The relation in an array of records. */
static const struct json *
find_record(const struct json *array, struct slice person, struct slice id,
    struct slice address)
{
	const struct json *i;

	for (i = array ? array->child : NULL; i != NULL; i = i->next)
		if (is_person(i, person, id, address))
			return i;
	return NULL;
}

static const struct json *
find_same(const struct json *array, const struct json *record)
{
	return find_record(array, json_text(record, "person"),
	    json_text(record, "id"), json_text(record, "address"));
}

/* Is this record still on the event, wanted or not?  Nobody is said to have
 * left while there is a list that may have them. */
static bool
is_on_event(const struct candidate *c, const struct json *r)
{
	struct slice person = json_text(r, "person"), id = json_text(r, "id");

	if (picks_people(c) && !slice_is(person, "user"))
		return false;
	if (people_are_uncertain(&c->people))
		return true;
	for (size_t i = 0; i < c->people.count; i++) {
		const struct person *p = &c->people.list[i];

		if (id.len == 0
			? address_eq(p->address, json_text(r, "address"))
		    : slice_is(person, "user")
			? slice_eq(json_text(p->user, "user"), id)
			: slice_eq(json_text(p->contact, "id"), id))
			return true;
	}
	return false;
}

static void
write_relation(struct jsonw *w, const struct relation *r, struct slice address)
{
	jw_object(w, NULL);
	jw_str(w, "address", address);
	jw_str(w, "name", r->name);
	jw_str(w, "role", r->role);
	jw_cstr(w, "response", r->response);
	jw_str(w, "person", r->person);
	jw_str(w, "id", r->id);
	jw_end(w);
}

struct difference {
	const struct candidate *c;
	const struct relations *wanted;
	const struct json *base; /* relations at the last agreement */
	const struct json *crm;	 /* relations that the CRM has now */
	size_t count;
};

static void
write_added(struct difference *d, struct jsonw *w)
{
	const struct json *bare;

	for (size_t i = 0; i < d->wanted->count; i++) {
		const struct relation *r = &d->wanted->list[i];

		if (r->cut ||
		    find_record(d->base, r->person, r->id, NO_SLICE) != NULL ||
		    find_record(d->crm, r->person, r->id, NO_SLICE) != NULL)
			continue;
		/* Without a record until now: the same line of the CRM's. */
		bare = find_record(d->crm, NO_SLICE, NO_SLICE, r->address);
		write_relation(w, r,
		    bare != NULL ? json_text(bare, "address") : r->address);
		d->count++;
	}
}

/* A narrower policy takes nobody away; leaving the event does, and so does
 * somebody who comes before them when attendees.max binds. */
static void
write_removed(struct difference *d, struct jsonw *w)
{
	const struct json *i, *there;

	for (i = d->base ? d->base->child : NULL; i != NULL; i = i->next) {
		const struct relation *r = find_relation(d->wanted, i);

		if (r != NULL ? !r->cut : is_on_event(d->c, i))
			continue;
		there = find_same(d->crm, i);
		if (there == NULL)
			continue;
		jw_str(w, NULL, json_text(there, "address"));
		d->count++;
	}
}

static bool
has_moved(const struct json *base, const struct json *crm, const char *name,
    struct slice now)
{
	return !slice_eq(json_text(base, name), now) &&
	       !slice_eq(json_text(crm, name), now);
}

/* A CRM may know more shades than its people have to agree on. */
static bool
answer_has_moved(
    const struct json *base, const struct json *crm, const char *now)
{
	return !json_is(json_get(base, "response"), now) &&
	       !slice_is(answer_class(json_text(crm, "response")), now);
}

/* The CRM's own word stays, where it is of the class that is wanted. */
static void
write_moved(struct jsonw *w, const struct relation *r, const struct json *crm)
{
	struct relation one = *r;

	if (json_is(json_get(crm, "response"), "tentative") &&
	    slice_is(answer_class(SLICE("tentative")), r->response))
		one.response = "tentative";
	write_relation(w, &one, json_text(crm, "address"));
}

static void
write_changed(struct difference *d, struct jsonw *w)
{
	for (size_t i = 0; i < d->wanted->count; i++) {
		const struct relation *r = &d->wanted->list[i];
		const struct json *base =
		    find_record(d->base, r->person, r->id, NO_SLICE);
		const struct json *crm =
		    find_record(d->crm, r->person, r->id, NO_SLICE);

		if (r->cut || crm == NULL)
			continue;
		if (!answer_has_moved(base, crm, r->response) &&
		    !has_moved(base, crm, "role", r->role))
			continue;
		write_moved(w, r, crm);
		d->count++;
	}
}

struct slice
relations_difference(const struct candidate *c, const struct relations *wanted)
{
	struct difference d = { c, wanted, json_get(c->base, "relations"),
		json_get(c->crm, "attendees"), 0 };
	struct str s = { 0 };
	struct jsonw w;

	if (people_are_withheld(c) || !attendees_exchanged(c))
		return NO_SLICE;
	jw_start(&w, &s);
	jw_object(&w, NULL);
	jw_array(&w, "add");
	write_added(&d, &w);
	jw_end(&w);
	jw_array(&w, "remove");
	write_removed(&d, &w);
	jw_end(&w);
	jw_array(&w, "change");
	write_changed(&d, &w);
	jw_end(&w);
	jw_end(&w);
	return candidate_keep_if(c, &s, d.count > 0);
}

/* Somebody who is yet to be made is put into the base by apply. */
void
relations_write_base(
    struct jsonw *w, const struct candidate *c, const struct relations *r)
{
	const struct json *was = json_get(c->base, "relations"), *i;

	if (people_are_withheld(c) || !attendees_exchanged(c)) {
		if (was != NULL)
			jw_raw(w, "relations", was->raw);
		return;
	}
	jw_array(w, "relations");
	for (size_t n = 0; n < r->count; n++) {
		if (r->list[n].cut || relation_is_made(&r->list[n]))
			continue;
		jw_object(w, NULL);
		jw_str(w, "person", r->list[n].person);
		jw_str(w, "id", r->list[n].id);
		if (r->list[n].id.len == 0)
			jw_str(w, "address", r->list[n].address);
		jw_str(w, "role", r->list[n].role);
		jw_cstr(w, "response", r->list[n].response);
		jw_end(w);
	}
	for (i = was ? was->child : NULL; i != NULL; i = i->next)
		if (find_relation(r, i) == NULL && is_on_event(c, i))
			jw_raw(w, NULL, i->raw);
	jw_end(w);
}

struct slice
relation_answer(
    const struct candidate *c, const struct json *relation, const char *answer)
{
	static const char *const drop[] = { "response", NULL };
	struct str s = { 0 }, one = { 0 };
	struct jsonw w;

	jw_extend_without(&w, &one, relation, drop);
	jw_cstr(&w, "response", answer);
	jw_end(&w);
	jw_start(&w, &s);
	jw_object(&w, NULL);
	jw_array(&w, "add");
	jw_end(&w);
	jw_array(&w, "remove");
	jw_end(&w);
	jw_array(&w, "change");
	jw_raw(&w, NULL, str_slice(&one));
	jw_end(&w);
	jw_end(&w);
	str_free(&one);
	return candidate_keep(c, &s);
}
