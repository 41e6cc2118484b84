#include "settings.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "arena.h"
#include "ids.h"
#include "names.h"
#include "page.h"
#include "render.h"

static json_t *
working_hours(const struct user *u)
{
	return json_pack("{s:[s,s,s,s,s], s:s, s:s, s:{s:s}}", "daysOfWeek",
	    "monday", "tuesday", "wednesday", "thursday", "friday", "startTime",
	    "08:00:00.0000000", "endTime", "17:00:00.0000000", "timeZone",
	    "name", u->zone);
}

static json_t *
all_settings(const struct scope *s)
{
	return json_pack("{s:o, s:s, s:{s:s, s:s}, s:o, s:s, s:s, s:s, s:s}",
	    "@odata.context",
	    reply_context(s->r, "users('%s')/mailboxSettings", s->user->guid),
	    "timeZone", s->user->zone, "language", "locale", "en-US",
	    "displayName", "English (United States)", "workingHours",
	    working_hours(s->user), "dateFormat", "MM/dd/yyyy", "timeFormat",
	    "hh:mm tt", "delegateMeetingMessageDeliveryOptions",
	    "sendToDelegateOnly", "userPurpose",
	    s->user->room ? "room" : "user");
}

struct reply *
settings_mailbox(struct scope *s)
{
	json_t *all = all_settings(s), *one;
	const char *name = request_segment(s->r, 4);
	struct reply *reply;
	json_t *body;

	if (strcmp(s->r->method, "PATCH") == 0) {
		json_decref(all);
		body = request_json(s->r, &reply);
		if (body == NULL)
			return reply;
		if (json_object_get(body, "timeZone") != NULL)
			arena_set(&s->user->zone,
			    json_string_value(
				json_object_get(body, "timeZone")));
		return reply_new(200, all_settings(s));
	}
	if (*name == '\0')
		return reply_new(200, all);
	one = json_incref(json_object_get(all, name));
	json_decref(all);
	if (one == NULL)
		return reply_error(400, "BadRequest",
		    "Resource not found for the segment '%s'.", name);
	if (json_is_object(one))
		return reply_new(200, one);
	return reply_new(200, json_pack("{s:o}", "value", one));
}

static json_t *
category(const struct category *c)
{
	return json_pack("{s:s, s:s, s:s}", "id", c->id, "displayName", c->name,
	    "color", c->color);
}

static struct reply *
add_category(struct scope *s)
{
	struct reply *reply;
	json_t *body = request_json(s->r, &reply);
	const char *name, *color;
	struct category *c;
	char guid[37];

	if (body == NULL)
		return reply;
	name = json_string_value(json_object_get(body, "displayName"));
	color = json_string_value(json_object_get(body, "color"));
	for (size_t i = 0; name != NULL && i < s->user->ncategories; i++)
		if (strcasecmp(s->user->categories[i].name, name) == 0)
			return reply_error(409, "ErrorCategoryAlreadyExists",
			    "The category already exists.");
	if (name == NULL)
		return reply_error(
		    400, "ErrorInvalidRequest", "The displayName is missing.");
	random_guid(guid);
	c = world_push(s->user->categories, s->user->ncategories);
	c->id = arena_strdup(guid);
	c->name = arena_strdup(name);
	c->color = arena_strdup(color != NULL ? color : "none");
	return reply_new(201, category(c));
}

static struct reply *
list_zones(struct scope *s)
{
	bool iana = strstr(s->r->path, "Iana") != NULL;
	json_t *list = json_array();
	const char *name;

	for (unsigned i = 0; (name = tz_nth(i, iana)) != NULL; i++)
		json_array_append_new(list, json_pack("{s:s, s:s}", "alias",
						name, "displayName", name));
	return reply_new(200, json_pack("{s:o}", "value", list));
}

static struct reply *
one_category(struct scope *s)
{
	const char *id = request_segment(s->r, 5);

	for (size_t i = 0; i < s->user->ncategories; i++) {
		struct category *c = &s->user->categories[i];

		if (strcasecmp(c->id, id) != 0)
			continue;
		if (strcmp(s->r->method, "DELETE") != 0)
			return reply_new(200, category(c));
		*c = s->user->categories[--s->user->ncategories];
		return reply_new(204, NULL);
	}
	return reply_error(404, "ErrorItemNotFound",
	    "The specified object was not found in the store.");
}

struct reply *
settings_outlook(struct scope *s)
{
	struct prefer p;
	struct reply *error = prefer_read(s->r, &p);
	json_t *list;

	if (error != NULL)
		return error;
	if (strncasecmp(request_segment(s->r, 4), "supportedTimeZones", 18) ==
	    0)
		return list_zones(s);
	if (!request_is(s->r, 4, "masterCategories"))
		return reply_error(400, "BadRequest",
		    "Resource not found for the segment '%s'.",
		    request_segment(s->r, 4));
	if (s->r->nsegments > 5)
		return one_category(s);
	if (strcmp(s->r->method, "POST") == 0)
		return add_category(s);
	list = json_array();
	for (size_t i = 0; i < s->user->ncategories; i++)
		json_array_append_new(list, category(&s->user->categories[i]));
	return page_values(s->r, &p, list, "users/outlook/masterCategories");
}

static json_t *
translate(struct scope *s, const char *id, bool to_immutable)
{
	struct item it;
	char *made;
	json_t *o;

	if (id == NULL || !ids_find(s->user, id, &it))
		return NULL;
	made = ids_item(&it, to_immutable);
	o = json_pack("{s:s, s:s}", "sourceId", id, "targetId", made);
	free(made);
	return o;
}

/* The order of the answer is not the order of the question. */
struct reply *
settings_translate(struct scope *s)
{
	struct reply *reply;
	json_t *body = request_json(s->r, &reply), *ids, *list;
	const char *target;

	if (body == NULL)
		return reply;
	ids = json_object_get(body, "inputIds");
	target = json_string_value(json_object_get(body, "targetIdType"));
	if (json_array_size(ids) > 1000 || target == NULL)
		return reply_error(
		    400, "ErrorInvalidRequest", "The request is not valid.");
	list = json_array();
	for (size_t i = json_array_size(ids); i-- > 0;) {
		json_t *o =
		    translate(s, json_string_value(json_array_get(ids, i)),
			strcasecmp(target, "restImmutableEntryId") == 0);

		if (o != NULL)
			json_array_append_new(list, o);
	}
	return reply_new(
	    200, json_pack("{s:o, s:o}", "@odata.context",
		     reply_context(
			 s->r, "Collection(microsoft.graph.convertIdResult)"),
		     "value", list));
}

static json_t *
schedule_items(struct user *u, int64_t from, int64_t to, const struct prefer *p)
{
	struct item_list list = { 0 };
	json_t *items = json_array();

	for (size_t i = 0; i < u->nitems; i++)
		if (item_visible(u->items[i]))
			item_expand(u->items[i], from, to, &list);
	item_list_sort(&list);
	for (size_t i = 0; i < list.n; i++) {
		struct item *it = &list.items[i];

		json_array_append_new(
		    items, json_pack("{s:s, s:o, s:o}", "status",
			       names_show_as[it->c->show_as], "start",
			       render_time(it->start, it->c->start_tz,
				   it->c->all_day, p),
			       "end",
			       render_time(
				   it->end, it->c->end_tz, it->c->all_day, p)));
	}
	item_list_free(&list);
	return items;
}

static bool
read_moment(json_t *body, const char *name, int64_t *utc)
{
	json_t *o = json_object_get(body, name);
	const char *text = json_string_value(json_object_get(o, "dateTime"));
	const char *zone = json_string_value(json_object_get(o, "timeZone"));
	const struct tz *tz = zone == NULL ? NULL : tz_find(zone);

	if (text == NULL || tz == NULL || !when_parse(text, utc, NULL))
		return false;
	*utc = tz_to_utc(tz, *utc);
	return true;
}

struct reply *
settings_schedule(struct scope *s)
{
	struct prefer p;
	struct reply *reply = prefer_read(s->r, &p);
	json_t *body, *list = NULL, *one;
	int64_t from, to;
	size_t i;

	if (reply != NULL)
		return reply;
	body = request_json(s->r, &reply);
	if (body == NULL)
		return reply;
	if (!read_moment(body, "startTime", &from) ||
	    !read_moment(body, "endTime", &to))
		return reply_error(400, "ErrorInvalidRequest",
		    "The time window is not valid.");
	list = json_array();
	json_array_foreach(json_object_get(body, "schedules"), i, one)
	{
		const char *who = json_string_value(one);
		struct user *u = world_mailbox(who);

		json_array_append_new(list,
		    json_pack("{s:s?, s:o}", "scheduleId", who, "scheduleItems",
			u == NULL ? json_array()
				  : schedule_items(u, from, to, &p)));
	}
	return reply_new(200, json_pack("{s:o}", "value", list));
}
