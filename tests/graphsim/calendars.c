#include "calendars.h"

#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "ids.h"
#include "page.h"
#include "store.h"

static json_t *
render(const struct calendar *c)
{
	char *id = ids_calendar(c),
	     *key = ids_change_key(c->user, c->change_key);
	const char *name =
	    c->owner_name != NULL ? c->owner_name : c->user->name;
	const char *mail =
	    c->owner_address != NULL ? c->owner_address : c->user->mail;
	json_t *o = json_pack(
	    "{s:s, s:s, s:s, s:s, s:b, s:s, s:b, s:b, s:b, s:b, s:[s], s:s,"
	    " s:b, s:{s:s, s:s}}",
	    "id", id, "name", c->name, "color", "auto", "hexColor", "",
	    "isDefaultCalendar", c->is_default, "changeKey", key, "canShare",
	    c->owner_address == NULL, "canViewPrivateItems",
	    c->owner_address == NULL, "canEdit", c->can_edit, "isRemovable",
	    !c->is_default, "allowedOnlineMeetingProviders", "teamsForBusiness",
	    "defaultOnlineMeetingProvider", "teamsForBusiness",
	    "isTallyingResponses", 1, "owner", "name", name, "address", mail);

	free(id);
	free(key);
	return o;
}

static struct reply *
one(const struct scope *s, const struct calendar *c, int status)
{
	json_t *o = json_object(), *body = render(c);

	json_object_set_new(o, "@odata.context",
	    reply_context(
		s->r, "users('%s')/calendars/$entity", s->user->guid));
	json_object_update(o, body);
	json_decref(body);
	return reply_new(status, o);
}

static struct reply *
list(struct scope *s)
{
	struct prefer p;
	struct reply *error = prefer_read(s->r, &p);
	json_t *values = json_array();

	if (error != NULL)
		return error;
	for (size_t i = 0; i < s->user->ncalendars; i++)
		if (!s->user->calendars[i]->deleted)
			json_array_append_new(
			    values, render(s->user->calendars[i]));
	return page_values(s->r, &p, values, "users/calendars");
}

struct reply *
calendars_collection(struct scope *s)
{
	struct reply *error;
	json_t *body;
	const char *name;

	if (strcmp(s->r->method, "GET") == 0)
		return list(s);
	error = scope_check_write(s);
	if (error != NULL)
		return error;
	body = request_json(s->r, &error);
	if (body == NULL)
		return error;
	name = json_string_value(json_object_get(body, "name"));
	if (name == NULL)
		return reply_error(
		    400, "ErrorInvalidRequest", "The name is missing.");
	return one(s, store_add_calendar(s->user, name), 201);
}

static struct reply *
rename_calendar(struct scope *s)
{
	struct reply *error;
	json_t *body = request_json(s->r, &error);
	const char *name;

	if (body == NULL)
		return error;
	name = json_string_value(json_object_get(body, "name"));
	if (name != NULL)
		arena_set(&s->calendar->name, name);
	s->calendar->change_key = ++s->user->change_key;
	return one(s, s->calendar, 200);
}

static struct reply *
delete_calendar(struct scope *s)
{
	if (s->calendar->is_default)
		return reply_error(400, "ErrorInvalidRequest",
		    "The default calendar cannot be deleted.");
	store_delete_calendar(s->calendar);
	return reply_new(204, NULL);
}

struct reply *
calendars_one(struct scope *s)
{
	struct reply *error;

	if (strcmp(s->r->method, "GET") == 0)
		return one(s, s->calendar, 200);
	error = scope_check_write(s);
	if (error != NULL)
		return error;
	if (strcmp(s->r->method, "PATCH") == 0)
		return rename_calendar(s);
	if (strcmp(s->r->method, "DELETE") == 0)
		return delete_calendar(s);
	return reply_error(
	    405, "ErrorInvalidRequest", "The OData request is not supported.");
}
