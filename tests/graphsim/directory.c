#include "directory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "buf.h"
#include "page.h"
#include "prefer.h"

static struct reply *
denied(void)
{
	return reply_error(403, "Authorization_RequestDenied",
	    "Insufficient privileges to complete the operation.");
}

static json_t *
proxies(const struct user *u)
{
	json_t *list = json_array();
	char *text = xasprintf("SMTP:%s", u->mail);

	json_array_append_new(list, json_string(text));
	free(text);
	for (size_t i = 0; i < u->nproxies; i++) {
		text = xasprintf("smtp:%s", u->proxies[i]);
		json_array_append_new(list, json_string(text));
		free(text);
	}
	return list;
}

static json_t *
render(const struct user *u, const struct prefer *p)
{
	json_t *o = json_pack("{s:[], s:s, s:n, s:n, s:s, s:n, s:n, s:n, s:n,"
			      " s:s, s:s, s:o, s:s, s:b}",
	    "businessPhones", "displayName", u->name, "givenName", "jobTitle",
	    "mail", u->mail, "mobilePhone", "officeLocation",
	    "preferredLanguage", "surname", "userPrincipalName", u->upn, "id",
	    u->guid, "proxyAddresses", proxies(u), "userType",
	    u->state == USER_GUEST ? "Guest" : "Member", "accountEnabled", 1);
	const char *name;
	void *next;
	json_t *v;

	/* Without $select the service leaves these out. */
	if (p->select == NULL) {
		json_object_del(o, "proxyAddresses");
		json_object_del(o, "userType");
		json_object_del(o, "accountEnabled");
		return o;
	}
	json_object_foreach_safe(o, next, name, v) if (!prefer_selects(p, name))
	    json_object_del(o, name);
	return o;
}

/* The only filters that a sync needs: one member equal to a text. */
static bool
matches(const struct user *u, const char *filter)
{
	char name[64], value[256];

	if (filter == NULL)
		return true;
	if (sscanf(filter, "%63[A-Za-z] eq '%255[^']'", name, value) != 2)
		return false;
	if (strcasecmp(name, "mail") == 0)
		return strcasecmp(u->mail, value) == 0;
	if (strcasecmp(name, "userPrincipalName") == 0)
		return strcasecmp(u->upn, value) == 0;
	return strcasecmp(name, "displayName") == 0 &&
	       strcasecmp(u->name, value) == 0;
}

struct reply *
directory_users(struct request *r)
{
	struct world *w = sim();
	struct prefer p;
	struct reply *error = prefer_read(r, &p);
	json_t *values = json_array();

	if (!(r->app->permissions & PERMIT_DIRECTORY))
		error = denied();
	if (error != NULL)
		return error;
	for (size_t i = 0; i < w->nusers; i++)
		if (w->users[i]->state != USER_GONE && !w->users[i]->group &&
		    w->users[i]->tenant == r->app->tenant &&
		    matches(w->users[i], request_query(r, "$filter")))
			json_array_append_new(values, render(w->users[i], &p));
	return page_values(r, &p, values, "users");
}

struct reply *
directory_user(struct request *r, struct user *u)
{
	struct prefer p;
	struct reply *error = prefer_read(r, &p);
	json_t *o = json_object(), *body;

	if (!(r->app->permissions & PERMIT_DIRECTORY))
		error = denied();
	if (error != NULL)
		return error;
	json_object_set_new(
	    o, "@odata.context", reply_context(r, "users/$entity"));
	body = render(u, &p);
	json_object_update(o, body);
	json_decref(body);
	return reply_new(200, o);
}

static json_t *
room(const struct user *u)
{
	json_t *o = json_pack("{s:s, s:s, s:s}", "id", u->guid, "emailAddress",
	    u->mail, "displayName", u->name);
	json_t *more =
	    u->room_json == NULL ? NULL : json_loads(u->room_json, 0, NULL);

	json_object_update_missing(o, more);
	json_decref(more);
	return o;
}

struct reply *
directory_places(struct request *r)
{
	struct world *w = sim();
	struct prefer p;
	struct reply *error = prefer_read(r, &p);
	json_t *values = json_array();
	bool rooms = request_is(r, 2, "room");

	if (!(r->app->permissions & PERMIT_PLACES))
		error = denied();
	if (error != NULL)
		return error;
	for (size_t i = 0; rooms && i < w->nusers; i++)
		if (w->users[i]->room && w->users[i]->state != USER_GONE &&
		    w->users[i]->tenant == r->app->tenant)
			json_array_append_new(values, room(w->users[i]));
	return page_values(r, &p, values,
	    rooms ? "places/microsoft.graph.room"
		  : "places/microsoft.graph.roomList");
}

struct reply *
directory_organization(struct request *r)
{
	json_t *domains = json_array();

	for (size_t i = 0; i < r->app->tenant->ndomains; i++)
		json_array_append_new(domains,
		    json_pack("{s:s, s:b}", "name", r->app->tenant->domains[i],
			"isDefault", i == 0));
	return reply_new(
	    200, json_pack("{s:o, s:[{s:s, s:s, s:o}]}", "@odata.context",
		     reply_context(r, "organization"), "value", "id",
		     r->app->tenant->id, "displayName", r->app->tenant->id,
		     "verifiedDomains", domains));
}
