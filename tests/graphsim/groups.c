#include "groups.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "arena.h"
#include "content.h"
#include "outbox.h"
#include "page.h"
#include "prefer.h"
#include "store.h"

struct reply *
groups_load(json_t *o)
{
	const char *mail = json_string_value(json_object_get(o, "mail"));
	const char *name = json_string_value(json_object_get(o, "name"));
	struct group *g;
	size_t i;
	json_t *one;

	if (mail == NULL)
		return reply_error(400, "BadWorld", "a group has no mail");
	g = world_push(sim()->groups, sim()->ngroups);
	random_guid(g->guid);
	g->mail = arena_strdup(mail);
	g->name = arena_strdup(name != NULL ? name : mail);
	if (json_string_value(json_object_get(o, "id")) != NULL)
		snprintf(g->guid, sizeof(g->guid), "%s",
		    json_string_value(json_object_get(o, "id")));
	if (json_is_true(json_object_get(o, "calendar"))) {
		g->calendar = store_add_user(NULL, mail, g->name, "UTC");
		g->calendar->group = true;
		g->calendar->tenant = sim()->tenants[0];
		store_add_calendar(g->calendar, "Calendar");
	}
	json_array_foreach(json_object_get(o, "members"), i, one) *
	    world_push(g->members, g->nmembers) =
	    arena_strdup(json_string_value(one));
	json_array_foreach(json_object_get(o, "followers"), i, one) *
	    world_push(g->followers, g->nfollowers) =
	    arena_strdup(json_string_value(one));
	return NULL;
}

const struct group *
groups_find(const char *mail)
{
	struct world *w = sim();

	for (size_t i = 0; i < w->ngroups; i++)
		if (strcasecmp(w->groups[i].mail, mail) == 0)
			return &w->groups[i];
	return NULL;
}

struct walk {
	void (*take)(void *ctx, const char *address, const struct group *g);
	void *ctx;
	const char *met[2000];
	size_t nmet;
};

static void
walk(struct walk *w, const struct group *g)
{
	for (size_t i = 0; i < g->nmembers; i++) {
		const char *address = g->members[i];
		const struct group *nested = groups_find(address);
		bool met = w->nmet == sizeof w->met / sizeof *w->met;

		for (size_t k = 0; k < w->nmet; k++)
			met |= strcasecmp(w->met[k], address) == 0;
		if (met)
			continue;
		w->met[w->nmet++] = address;
		w->take(w->ctx, address, nested);
		if (nested != NULL)
			walk(w, nested);
	}
}

void
groups_each(const struct group *g,
    void (*take)(void *ctx, const char *address, const struct group *nested),
    void *ctx)
{
	struct walk w = { .take = take, .ctx = ctx };

	walk(&w, g);
}

static json_t *
render(const struct group *g)
{
	return json_pack("{s:s, s:s, s:s, s:b, s:b}", "id", g->guid, "mail",
	    g->mail, "displayName", g->name, "mailEnabled", 1,
	    "securityEnabled", 0);
}

/* The one filter that a sync needs; a quotation mark is written twice. */
static bool
matches(const struct group *g, const char *filter)
{
	char value[256], plain[256];
	size_t n = 0;

	if (filter == NULL)
		return true;
	if (sscanf(filter, "mail eq '%255[^\n]", value) != 1)
		return false;
	for (const char *p = value; *p != '\0'; p++) {
		if (*p == '\'' && p[1] != '\'')
			break;
		p += *p == '\'';
		plain[n++] = *p;
	}
	plain[n] = '\0';
	return strcasecmp(g->mail, plain) == 0;
}

struct list {
	json_t *values;
	bool hidden; /* without the right to see who it is */
};

static void
add_member(void *ctx, const char *address, const struct group *nested)
{
	struct list *list = ctx;
	const struct user *u = world_user(address);
	json_t *o = json_pack("{s:s, s:s, s:s}", "@odata.type",
	    nested != NULL ? "#microsoft.graph.group"
	    : u != NULL	   ? "#microsoft.graph.user"
			   : "#microsoft.graph.orgContact",
	    "mail", nested != NULL ? nested->mail : address, "displayName",
	    nested != NULL ? nested->name
	    : u != NULL	   ? u->name
			   : address);

	if (list->hidden && nested == NULL) {
		json_object_set_new(o, "mail", json_null());
		json_object_set_new(o, "displayName", json_null());
	} else if (u != NULL) {
		json_object_set_new(
		    o, "userPrincipalName", json_string(u->upn));
	}
	json_array_append_new(list->values, o);
}

static const struct group *
by_id(const char *id)
{
	struct world *w = sim();

	for (size_t i = 0; i < w->ngroups; i++)
		if (strcasecmp(w->groups[i].guid, id) == 0)
			return &w->groups[i];
	return NULL;
}

static struct reply *
serve_one(struct request *r, const struct prefer *p)
{
	const struct group *g = by_id(request_segment(r, 2));
	struct list list = { NULL, !r->may_names };

	if (g == NULL)
		return reply_error(404, "Request_ResourceNotFound",
		    "Resource '%s' does not exist.", request_segment(r, 2));
	if (r->nsegments == 3)
		return reply_new(200, render(g));
	if (!request_is(r, 3, "transitiveMembers"))
		return reply_error(400, "BadRequest",
		    "Resource not found for the segment '%s'.",
		    request_segment(r, 3));
	list.values = json_array();
	groups_each(g, add_member, &list);
	return page_values(r, p, list.values, "directoryObjects");
}

const struct group *
groups_calendar(const struct request *r)
{
	const struct group *g;

	if (!request_is(r, 1, "groups") || r->nsegments < 4 ||
	    !(request_is(r, 3, "calendar") ||
		request_is(r, 3, "calendarView") || request_is(r, 3, "events")))
		return NULL;
	g = by_id(request_segment(r, 2));
	return g != NULL && g->calendar != NULL ? g : NULL;
}

static bool
is_member(const struct group *g, const struct user *u)
{
	for (size_t i = 0; i < g->nmembers; i++)
		if (world_user(g->members[i]) == u)
			return true;
	return false;
}

struct reply *
groups_refuse(const struct request *r, const struct group *g)
{
	if (r->me == NULL || !r->may_groups || !is_member(g, r->me))
		return reply_error(403, "ErrorAccessDenied",
		    "Access is denied. Check credentials and try again.");
	for (size_t i = 4; i < r->nsegments; i++)
		if (request_is(r, i, "delta"))
			return reply_error(400, "BadRequest",
			    "Resource not found for the segment 'delta'.");
	if (strcmp(r->method, "GET") != 0 && !r->may_write_groups)
		return reply_error(403, "ErrorAccessDenied",
		    "Access is denied. Check credentials and try again.");
	if (mode(MODE_GROUP_LOOKUP) == 1 &&
	    request_query(r, "$filter") != NULL &&
	    strstr(request_query(r, "$filter"), "ExtendedProperties") != NULL)
		return reply_error(400, "ErrorInvalidUrlQueryFilter",
		    "The query filter contains one or more invalid nodes.");
	return NULL;
}

static void
join(struct event *e, char *address, char *name)
{
	const struct attendee a = { .address = address, .name = name };

	if (content_attendee(&e->c, address) == NULL)
		content_add_attendee(&e->c, &a);
}

void
groups_join(const struct request *r, struct event *e, bool is_new)
{
	if (!e->user->group || r->me == NULL ||
	    (!is_new && mode(MODE_GROUP_PATCH) == 0))
		return;
	join(e, e->user->mail, e->user->name);
	join(e, r->me->mail, r->me->name);
}

bool
groups_mail_all(const struct event *e)
{
	return e->user->group && mode(MODE_GROUP_MAILS) == 1;
}

struct letter {
	const struct event *event;
	int64_t day;
	const struct content *content;
	const char *kind;
	const struct actor *actor;
};

static void
mail_one(void *ctx, const char *address, const struct group *nested)
{
	const struct letter *l = ctx;

	if (nested == NULL && content_attendee(l->content, address) == NULL)
		outbox_add(l->event, l->day, address, l->kind, l->actor);
}

void
groups_mail(const struct event *e, int64_t day, const struct content *c,
    const char *kind, const struct actor *a)
{
	const struct group *g = e->user->group && e->is_organizer
				    ? groups_find(e->user->mail)
				    : NULL;
	struct letter l = { e, day, c, kind, a };

	if (g != NULL && groups_mail_all(e))
		groups_each(g, mail_one, &l);
	for (size_t i = 0;
	     g != NULL && !groups_mail_all(e) && i < g->nfollowers; i++)
		mail_one(&l, g->followers[i], NULL);
}

struct reply *
groups_serve(struct request *r)
{
	struct world *w = sim();
	struct prefer p;
	struct reply *error = prefer_read(r, &p);
	json_t *values;

	if (!(r->app->permissions & PERMIT_DIRECTORY))
		error = reply_error(403, "Authorization_RequestDenied",
		    "Insufficient privileges to complete the operation.");
	if (error != NULL)
		return error;
	if (r->nsegments > 2)
		return serve_one(r, &p);
	values = json_array();
	for (size_t i = 0; i < w->ngroups; i++)
		if (matches(&w->groups[i], request_query(r, "$filter")))
			json_array_append_new(values, render(&w->groups[i]));
	return page_values(r, &p, values, "groups");
}
