/*
 * people: everybody on an event, and what the gates ask about them.
 *
 * The user of the section is found by address or, when they organise under
 * an alias, by being the organizer.  They are on the event even where Graph
 * does not list them, but they are never "others".
 */
#include "people.h"
#include "candidate.h"
#include "digest.h"
#include "picks.h"

struct slice
address_domain(struct slice address)
{
	for (size_t i = address.len; i > 0; i--)
		if (address.data[i - 1] == '@')
			return (
			    struct slice){ address.data + i, address.len - i };
	return NO_SLICE;
}

bool
domain_is_firm(const struct candidate *c, struct slice address)
{
	const struct json *domains = c->run->domains, *i;
	struct slice domain = address_domain(address);

	for (i = domains ? domains->child : NULL; i; i = i->next)
		if (domain.len > 0 && slice_eq(json_str(i), domain))
			return true;
	return false;
}

bool
address_eq(struct slice a, struct slice b)
{
	return a.len > 0 && slice_eq_nocase(a, b);
}

bool
is_person(const struct json *entry, struct slice person, struct slice id,
    struct slice address)
{
	struct slice known = json_text(entry, "id");

	if (id.len == 0 && known.len == 0)
		return address_eq(json_text(entry, "address"), address);
	return slice_eq(json_text(entry, "person"), person) &&
	       slice_eq(known, id);
}

/* Does policy take the address for them?  It names the CRM's fields. */
static bool
is_found_by(
    const struct candidate *c, const struct json *entry, enum policy_key fields)
{
	const struct json *field = json_get(entry, "field");

	return policy_lists(c->policy, fields,
	    json_is_null(field) ? SLICE("email") : json_str(field));
}

/* Whom match knows, with the addresses that each of the people is looked for
 * among. */
struct known {
	struct slice *address;
	const struct json *who;
};

static struct known
read_known(struct arena *a, const struct json *who)
{
	struct known k = { NULL, who };
	const struct json *i = who ? who->child : NULL;
	size_t n = 0;

	if (i != NULL)
		k.address = arena_array(a, who->count, sizeof *k.address);
	for (; i != NULL; i = i->next)
		k.address[n++] = json_text(i, "address");
	return k;
}

/* An address may stand twice in `who`: as a user and as a contact. */
static void
find_records(const struct candidate *c, struct person *p, const struct known *k)
{
	const struct json *i = k->who ? k->who->child : NULL;

	for (size_t n = 0; i != NULL; i = i->next, n++) {
		if (p->address.len == 0 || !slice_eq(k->address[n], p->address))
			continue;
		if (json_get(i, "user") != NULL && p->user == NULL &&
		    is_found_by(c, i, POL_MATCH_USER_BY))
			p->user = i;
		else if (json_get(i, "person") != NULL && p->contact == NULL &&
			 is_found_by(c, i, POL_MATCH_CONTACT_BY))
			p->contact = i;
	}
}

static void
add_person(
    struct candidate *c, const struct json *source, const struct known *k)
{
	struct person *p = &c->people.list[c->people.count++];
	struct slice user;

	p->address = json_text(source, "address");
	p->name = json_text(source, "name");
	p->role = json_text(source, "role");
	p->response = json_text(source, "response");
	find_records(c, p, k);
	user = json_text(p->user, "user");
	p->is_self =
	    (p->address.len > 0 && slice_eq(p->address, c->section->mailbox)) ||
	    (user.data != NULL && slice_eq(user, c->section->user));
}

static const struct json *
find_group(const struct candidate *c, struct slice address)
{
	for (const struct group *g = c->section->groups; g; g = g->next)
		if (slice_eq(json_text(g->record, "address"), address))
			return g->record;
	return NULL;
}

static size_t
count_members(const struct candidate *c, const struct json *attendees)
{
	const struct json *i, *members;
	size_t count = 0;

	if (c->section->groups == NULL)
		return 0;
	for (i = attendees ? attendees->child : NULL; i; i = i->next) {
		members =
		    json_get(find_group(c, json_text(i, "address")), "members");
		count += members ? members->count : 0;
	}
	return count;
}

static bool
is_on_list(const struct people *p, struct slice address)
{
	for (size_t i = 0; i < p->count; i++)
		if (slice_eq(p->list[i].address, address))
			return true;
	return false;
}

static void
add_members(struct candidate *c, const struct json *members,
    const struct known *k, struct slice role)
{
	const struct json *i;

	for (i = members->child; i; i = i->next) {
		struct person *p;

		if (is_on_list(&c->people, json_text(i, "address")))
			continue;
		add_person(c, i, k);
		p = &c->people.list[c->people.count - 1];
		p->role = role;
		p->response = SLICE("none");
		p->is_member = true;
	}
}

/* Everybody who is on the event by themselves stands there already.  Somebody
 * whom the CRM knows as a user is no list, whatever Graph could not tell. */
static void
expand_groups(struct candidate *c, const struct known *k)
{
	size_t count = c->people.count;

	if (c->section->groups == NULL)
		return;
	for (size_t i = 0; i < count; i++) {
		struct person *p = &c->people.list[i];
		const struct json *group = find_group(c, p->address);
		const struct json *members = json_get(group, "members");

		if (members == NULL || p->user != NULL || p->is_self)
			continue;
		p->is_group = members->type == JSON_ARRAY;
		p->is_uncertain = !p->is_group;
		if (!p->is_group)
			continue;
		p->contact = NULL;
		add_members(c, members, k, p->role);
	}
}

/* A group's calendar: the group stands on its events beside organizing them. */
static bool
is_the_group(const struct candidate *c, const struct json *attendee)
{
	const struct person *organizer = people_organizer(&c->people);
	struct slice group = c->section->mailbox;

	return c->section->group && organizer != NULL &&
	       slice_eq(organizer->address, group) &&
	       slice_eq(json_text(attendee, "address"), group);
}

/* Graph put the one who wrote on it (base.h). */
static bool
was_added(const struct candidate *c, struct slice address)
{
	const struct json *added = json_get(c->base, "added"), *i;

	for (i = added ? added->child : NULL; i != NULL; i = i->next)
		if (slice_eq(json_str(i), address))
			return true;
	return false;
}

void
people_of_event(struct candidate *c, const struct json *who)
{
	const struct json *attendees = json_get(c->event, "attendees");
	const struct json *organizer = json_get(c->event, "organizer");
	size_t max = 1 + (attendees ? attendees->count : 0) +
		     count_members(c, attendees);
	const struct known k = read_known(c->arena, who);
	const struct json *i;

	c->people.list = arena_array(c->arena, max, sizeof *c->people.list);
	if (!json_is_null(organizer)) {
		add_person(c, organizer, &k);
		c->people.list[0].is_organizer = true;
		c->people.list[0].is_self |= c->is_organizer;
		c->people.list[0].role = SLICE("required");
		c->people.list[0].response = SLICE("organizer");
	}
	for (i = attendees ? attendees->child : NULL; i; i = i->next) {
		if (is_the_group(c, i))
			continue;
		add_person(c, i, &k);
		/* Only their own copy knows what they answered. */
		if (c->people.list[c->people.count - 1].is_self &&
		    !c->section->shared)
			c->people.list[c->people.count - 1].response =
			    candidate_response(c);
		if (was_added(c, json_text(i, "address")))
			c->people.list[c->people.count - 1].is_self =
			    c->people.list[c->people.count - 1].is_added = true;
	}
	expand_groups(c, &k);
}

bool
people_are_uncertain(const struct people *p)
{
	for (size_t i = 0; i < p->count; i++)
		if (p->list[i].is_uncertain)
			return true;
	return false;
}

const struct person *
people_organizer(const struct people *p)
{
	return p->count > 0 && p->list[0].is_organizer ? &p->list[0] : NULL;
}

bool
people_has_others(const struct people *p)
{
	for (size_t i = 0; i < p->count; i++)
		if (!p->list[i].is_self && !p->list[i].is_group)
			return true;
	return false;
}

/* Somebody alone is not internal: the unmatched gate is for them (P-023). */
bool
people_are_internal(const struct candidate *c)
{
	const struct people *p = &c->people;
	bool by_domain = policy_is(c->policy, POL_INTERNAL_BY, "domains");

	if (by_domain && !domain_is_firm(c, c->section->mailbox))
		return false;
	for (size_t i = 0; i < p->count; i++) {
		if (p->list[i].is_group)
			continue;
		if (by_domain ? !domain_is_firm(c, p->list[i].address)
			      : p->list[i].user == NULL && !p->list[i].is_self)
			return false;
	}
	return people_has_others(p);
}

bool
people_are_withheld(const struct candidate *c)
{
	return c->private &&
	       policy_is(c->policy, POL_PRIVATE_MODE, "no_attendees");
}

const struct person *
people_matched(const struct people *p)
{
	for (size_t i = 0; i < p->count; i++)
		if (p->list[i].contact != NULL && p->list[i].user == NULL &&
		    !p->list[i].is_self)
			return &p->list[i];
	return NULL;
}

const char *
people_make(const struct candidate *c)
{
	static const char *const kinds[] = { "contact", "lead", "account",
		"opportunity" };

	for (size_t i = 0; i < 4 && !c->private; i++)
		if (policy_is(c->policy, POL_UNMATCHED_CREATE, kinds[i]))
			return kinds[i];
	return NULL;
}

static bool
lists_address(const struct json *list, struct slice address)
{
	const struct json *i;

	for (i = list ? list->child : NULL; i; i = i->next)
		if (slice_eq(json_text(i, "address"), address))
			return true;
	return false;
}

bool
people_is_made(const struct candidate *c, const struct person *p)
{
	return people_make(c) != NULL && !picks_people(c) && p->user == NULL &&
	       p->contact == NULL && !p->is_self && !p->is_group &&
	       !p->is_uncertain && p->address.len > 0 &&
	       !domain_is_firm(c, p->address) &&
	       !lists_address(c->known, p->address) &&
	       !lists_address(json_get(c->event, "rooms"), p->address);
}

struct slice
people_unknown(const struct candidate *c, bool is_written, size_t *count)
{
	struct str s = { 0 };
	struct jsonw w;

	*count = 0;
	jw_start(&w, &s);
	jw_array(&w, NULL);
	for (size_t i = 0; i < c->people.count; i++) {
		const struct person *p = &c->people.list[i];
		char hex[TEXT_DIGEST_LEN + 1];

		if (p->user || p->contact || p->is_self || p->is_group ||
		    !p->address.len)
			continue;
		if (is_written && people_is_made(c, p))
			continue;
		text_digest(p->address, hex);
		jw_cstr(&w, NULL, hex);
		++*count;
	}
	jw_end(&w);
	return candidate_keep(c, &s);
}
