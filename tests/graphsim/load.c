#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "arena.h"
#include "generate.h"
#include "groups.h"
#include "names.h"
#include "store.h"

static const char *
text(json_t *o, const char *name, const char *otherwise)
{
	const char *s = json_string_value(json_object_get(o, name));

	return s == NULL ? otherwise : s;
}

static unsigned
permissions(json_t *list)
{
	static const struct {
		const char *name;
		unsigned bits;
	} known[] = {
		{ "Calendars.Read", PERMIT_READ },
		{ "Calendars.ReadWrite", PERMIT_READ | PERMIT_WRITE },
		{ "User.Read.All", PERMIT_DIRECTORY },
		{ "Place.Read.All", PERMIT_PLACES },
		{ "MailboxSettings.Read", PERMIT_SETTINGS },
	};
	unsigned bits = 0;
	size_t i;
	json_t *one;

	if (list == NULL)
		return PERMIT_ALL;
	json_array_foreach(list, i,
	    one) for (size_t k = 0; k < sizeof(known) / sizeof(known[0]);
		      k++) if (json_is_string(one) &&
			       strcasecmp(json_string_value(one),
				   known[k].name) == 0) bits |= known[k].bits;
	return bits;
}

static void
load_app(struct tenant *t, json_t *o)
{
	struct app *a = arena_alloc(sizeof(*a));

	a->client_id = arena_strdup(text(o, "client_id", "calsync"));
	a->secret = arena_strdup(text(o, "secret", NULL));
	a->certificate = arena_strdup(text(o, "certificate", NULL));
	a->permissions = permissions(json_object_get(o, "permissions"));
	a->tenant = t;
	a->no_consent = json_is_false(json_object_get(o, "consent"));
	*world_push(sim()->apps, sim()->napps) = a;
}

static void
load_tenant(json_t *o)
{
	struct tenant *t = arena_alloc(sizeof(*t));
	size_t i;
	json_t *one;

	t->id = arena_strdup(text(o, "id", "tenant"));
	json_array_foreach(json_object_get(o, "domains"), i, one) *
	    world_push(t->domains, t->ndomains) =
	    arena_strdup(json_string_value(one));
	*world_push(sim()->tenants, sim()->ntenants) = t;
	json_array_foreach(json_object_get(o, "apps"), i, one) load_app(t, one);
}

static struct tenant *
tenant_of(const char *upn)
{
	const char *at = strchr(upn, '@');
	struct tenant *t = at == NULL ? NULL : world_tenant(at + 1);

	return t != NULL || sim()->ntenants == 0 ? t : sim()->tenants[0];
}

static void
load_calendar(struct user *u, json_t *o, size_t n)
{
	const char *name = json_is_string(o) ? json_string_value(o)
					     : text(o, "name", "Calendar");
	struct calendar *c =
	    n == 0 ? u->calendars[0] : store_add_calendar(u, name);

	arena_set(&c->name, name);
	if (json_is_string(o))
		return;
	c->key = arena_strdup(text(o, "key", NULL));
	c->can_edit = !json_is_false(json_object_get(o, "canEdit"));
	c->shares = arena_strdup(text(o, "shares", NULL));
	c->owner_address = arena_strdup(text(o, "owner", c->shares));
	if (c->owner_address != NULL)
		c->owner_name =
		    arena_strdup(text(o, "ownerName", c->owner_address));
}

void
load_user_settings(struct user *u, json_t *o)
{
	static const char *const states[] = { "normal", "none", "moving",
		"gone", "guest", NULL };
	int state = names_find(states, text(o, "state", NULL));
	json_t *denied = json_object_get(o, "denied");

	if (state >= 0)
		u->state = (enum user_state)state;
	if (u->state == USER_MOVING)
		u->moving_until =
		    world_now() +
		    json_integer_value(json_object_get(o, "seconds"));
	if (denied != NULL)
		u->denied = json_is_true(denied);
	if (json_object_get(o, "personal") != NULL)
		u->personal = json_is_true(json_object_get(o, "personal"));
	if (json_object_get(o, "mustInteract") != NULL)
		u->must_interact =
		    json_is_true(json_object_get(o, "mustInteract"));
	if (json_object_get(o, "autoAccept") != NULL)
		u->auto_accept = json_is_true(json_object_get(o, "autoAccept"));
	if (text(o, "zone", NULL) != NULL)
		arena_set(&u->zone, text(o, "zone", NULL));
	if (text(o, "name", NULL) != NULL)
		arena_set(&u->name, text(o, "name", NULL));
	if (text(o, "mail", NULL) != NULL)
		arena_set(&u->mail, text(o, "mail", NULL));
}

static void
load_room(struct user *u, json_t *o)
{
	json_t *more = json_deep_copy(o);
	char *dump;

	u->room = true;
	u->auto_accept = !json_is_false(json_object_get(o, "autoAccept"));
	json_object_del(more, "upn");
	json_object_del(more, "autoAccept");
	dump = json_dumps(more, JSON_COMPACT);
	u->room_json = arena_strdup(dump);
	free(dump);
	json_decref(more);
}

struct reply *
load_user(json_t *o, bool room)
{
	const char *upn =
	    text(o, "upn", text(o, "address", text(o, "emailAddress", NULL)));
	struct user *u;
	size_t i;
	json_t *one;

	if (upn == NULL)
		return reply_error(400, "BadWorld", "a user has no upn");
	if (world_user(upn) != NULL)
		return reply_error(400, "BadWorld", "user %s comes twice", upn);
	u = store_add_user(text(o, "id", NULL), upn,
	    text(o, "name", text(o, "displayName", upn)),
	    text(o, "zone", "UTC"));
	u->tenant = tenant_of(upn);
	store_add_calendar(u, "Calendar");
	json_array_foreach(json_object_get(o, "calendars"), i, one)
	    load_calendar(u, one, i);
	json_array_foreach(json_object_get(o, "proxies"), i, one) *
	    world_push(u->proxies, u->nproxies) =
	    arena_strdup(json_string_value(one));
	json_array_foreach(json_object_get(o, "categories"), i, one)
	{
		struct category *c = world_push(u->categories, u->ncategories);
		char guid[37];

		random_guid(guid);
		c->id = arena_strdup(guid);
		c->name = arena_strdup(json_string_value(one));
		c->color = arena_strdup("preset0");
	}
	load_user_settings(u, o);
	if (room)
		load_room(u, o);
	return NULL;
}

static struct reply *
load_list(json_t *list, bool rooms)
{
	size_t i;
	json_t *one;

	json_array_foreach(list, i, one)
	{
		struct reply *error = load_user(one, rooms);

		if (error != NULL)
			return error;
	}
	return NULL;
}

static struct reply *
load_modes(json_t *world)
{
	const char *preset = text(world, "preset", NULL), *name;
	json_t *v;

	if (preset != NULL && !mode_preset(preset))
		return reply_error(400, "BadWorld", "no preset %s", preset);
	json_object_foreach(json_object_get(world, "modes"), name, v)
	{
		char number[32];
		const char *value = json_string_value(v);

		snprintf(number, sizeof(number), "%lld",
		    (long long)json_integer_value(v));
		if (!mode_set(name, value != NULL ? value : number))
			return reply_error(400, "BadWorld", "no mode %s=%s",
			    name, value != NULL ? value : number);
	}
	return NULL;
}

static struct reply *
load_now(json_t *world)
{
	const char *now = text(world, "now", NULL);
	int64_t t;

	if (now == NULL)
		return NULL;
	if (!when_parse_utc(now, &t))
		return reply_error(
		    400, "BadWorld", "now is not a time: %s", now);
	world_set_now(t);
	return NULL;
}

struct reply *
load_world(json_t *world)
{
	struct reply *error = load_now(world);
	size_t i;
	json_t *one;

	if (error == NULL)
		error = load_modes(world);
	json_array_foreach(json_object_get(world, "tenants"), i, one)
	    load_tenant(one);
	if (error == NULL)
		error = load_list(json_object_get(world, "users"), false);
	if (error == NULL)
		error = load_list(json_object_get(world, "rooms"), true);
	json_array_foreach(json_object_get(world, "groups"), i, one)
	{
		if (error == NULL)
			error = groups_load(one);
	}
	if (error == NULL && json_object_get(world, "generate") != NULL)
		generate_world(json_object_get(world, "generate"));
	json_array_foreach(json_object_get(world, "events"), i, one)
	{
		struct event *e;

		if (error == NULL)
			error = load_event(one, &e);
	}
	return error;
}
