/*
 * owner: the same few owners come again and again, so what was made for one is
 * kept for the run: a run is decided by the settings that it first saw.
 */
#include <stdlib.h>

#include "instant.h"
#include "log.h"
#include "owner.h"
#include "policy_layers.h"
#include "xalloc.h"

struct known {
	int64_t account;
	struct slice policy; /* an object */
};

struct owner {
	struct arena arena; /* for the run */
	struct policy org;
	bool has_org;
	struct known *known;
	size_t count, room;
};

struct owner *
owner_open(void)
{
	return xcalloc(1, sizeof(struct owner));
}

void
owner_close(struct owner *o)
{
	arena_free(&o->arena);
	free(o->known);
	free(o);
}

/* The policy in the stream was printed by the same parser. */
static const struct policy *
org_policy(struct owner *o, const struct section *s)
{
	struct str why = { 0 };

	if (o->has_org)
		return &o->org;
	policy_init(&o->org);
	if (!policy_read(&o->org, &o->arena, s->run_policy, &why))
		die(EXIT_DATA, NULL, "the run's policy: %s", why.data);
	str_free(&why);
	o->has_org = true;
	return &o->org;
}

static int64_t
instant_of(const struct json *v)
{
	int64_t us;

	return instant_parse(json_str(v), &us) ? us : INSTANT_MIN;
}

/* The owner's rows, narrowed to what users may change, against the org's. */
static struct slice
make(struct owner *o, const struct section *s, const struct json *owner)
{
	struct policy user;
	const struct policy *org = org_policy(o, s);
	struct policy_user facts = {
		.now = instant_of(s->now),
		.since = instant_of(json_get(owner, "since")),
	};
	struct str text = { 0 };
	struct slice kept;
	struct jsonw w;

	policy_apply_rows(
	    &user, org, &o->arena, json_get(owner, "settings"), &facts);
	if (json_true(owner, "public"))
		policy_take_public(&user, &o->arena);
	jw_start(&w, &text);
	jw_object(&w, NULL);
	policy_write(&w, &user, org);
	jw_end(&w);
	kept = (struct slice){ arena_copy(&o->arena, text.data, text.len),
		text.len };
	str_free(&text);
	return kept;
}

static struct slice
find(struct owner *o, const struct section *s, const struct json *owner,
    int64_t account)
{
	for (size_t i = 0; i < o->count; i++)
		if (o->known[i].account == account)
			return o->known[i].policy;
	if (o->count == o->room) {
		o->room = o->room > 0 ? o->room * 2 : 16;
		o->known = xreallocarray(o->known, o->room, sizeof(*o->known));
	}
	o->known[o->count] = (struct known){ account, make(o, s, owner) };
	return o->known[o->count++].policy;
}

/* A copy of the user's own, of an event whose owner does not sync
 * (owner.unsynced_out = copies): theirs is the calendar, and the policy. */
static bool
is_own_copy(const struct section *s, const struct item *i)
{
	const struct json *link = json_get(i->context, "link");

	if (json_is_null(link))
		return i->kind == ITEM_CRM && s->account != 0 &&
		       json_is_null(json_get(i->context, "owner_account"));
	return json_text(link, "slot").len > 0 &&
	       json_is(json_get(link, "born"), "crm");
}

/* The linked meeting's owner, else the CRM event's.  One without account is a
 * CRM user who does not sync: no rows, so the org's policy holds. */
struct slice
owner_policy(struct owner *o, const struct section *s, const struct item *i)
{
	const struct json *owner = json_get(i->context, "owner");
	const struct json *from = json_get(i->context, "link");
	int64_t account;

	if (json_is_null(from) && i->kind == ITEM_CRM)
		from = json_get(i->context, "crm");
	if (json_is_null(json_get(from, "owner")) || is_own_copy(s, i))
		return NO_SLICE;
	if (!json_int(json_get(owner, "account"), 1, INT64_MAX, &account))
		account = 0;
	if (account == s->account && account != 0)
		return NO_SLICE;
	return find(o, s, owner, account);
}
