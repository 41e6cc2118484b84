#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "content.h"
#include "friendly.h"
#include "load.h"
#include "meeting.h"
#include "names.h"
#include "store.h"
#include "write.h"

static const struct actor nobody = { .person = true, .op = "world" };

static const char *
text(json_t *o, const char *name)
{
	return json_string_value(json_object_get(o, name));
}

/* The mailbox in which the first copy is made. */
static struct user *
home_of(json_t *event, const char **organizer)
{
	json_t *who = json_object_get(event, "organizer"), *one;
	struct user *u;
	size_t i;

	*organizer =
	    json_is_object(who) ? text(who, "address") : json_string_value(who);
	u = world_mailbox(*organizer);
	if (u != NULL || *organizer == NULL)
		return u;
	json_array_foreach(json_object_get(event, "attendees"), i, one)
	{
		const char *address = json_is_string(one)
					  ? json_string_value(one)
					  : text(one, "address");

		u = world_mailbox(address);
		if (u != NULL)
			return u;
	}
	return NULL;
}

static struct calendar *
calendar_of(struct user *u, json_t *event)
{
	const char *name = text(event, "calendar");

	for (size_t i = 0; name != NULL && i < u->ncalendars; i++)
		if (strcmp(u->calendars[i]->name, name) == 0 ||
		    (u->calendars[i]->key != NULL &&
			strcmp(u->calendars[i]->key, name) == 0))
			return u->calendars[i];
	return world_default_calendar(u);
}

static void
set_external(struct event *e, const char *organizer, json_t *event)
{
	const char *name = text(json_object_get(event, "organizer"), "name");

	e->is_organizer = false;
	e->c.response = RESPONSE_NOT_RESPONDED;
	arena_set(&e->organizer_address, organizer);
	arena_set(&e->organizer_name, name != NULL ? name : organizer);
}

static struct reply *
load_days(struct event *e, json_t *event)
{
	size_t i;
	json_t *one;
	int64_t day;

	json_array_foreach(json_object_get(event, "cancelled"), i, one)
	{
		const char *date = json_string_value(one);

		if (date == NULL || !when_parse_day(date, &day) ||
		    e->series == NULL)
			return reply_error(400, "BadWorld",
			    "a cancelled date of %s is wrong", e->c.subject);
		store_drop_day(e, day);
	}
	return NULL;
}

static struct reply *
load_exceptions(struct event *e, json_t *event)
{
	size_t i;
	json_t *one;
	int64_t day;

	json_array_foreach(json_object_get(event, "exceptions"), i, one)
	{
		const char *date = text(one, "originalDate");
		struct reply *error;
		struct item it;
		bool dummy;
		json_t *body;

		if (date == NULL || !when_parse_day(date, &day) ||
		    !item_of_day(e, day, &it))
			return reply_error(400, "BadWorld",
			    "originalDate of an exception of %s is wrong",
			    e->c.subject);
		body = friendly_body(one, e->c.start_zone);
		error = write_apply(&it, body, true, &nobody, &dummy);
		json_decref(body);
		if (error != NULL)
			return error;
	}
	return NULL;
}

static enum response
response_of(json_t *attendee)
{
	const char *name = text(attendee, "response");
	int n = names_find(names_response, name);

	if (n >= 0)
		return (enum response)n;
	return name != NULL && strcmp(name, "tentative") == 0
		   ? RESPONSE_TENTATIVE
		   : RESPONSE_NONE;
}

/* What the attendees answered, in their copies and at the organizer's. */
static void
load_responses(struct event *e, json_t *event)
{
	size_t i;
	json_t *one;

	json_array_foreach(json_object_get(event, "attendees"), i, one)
	{
		const char *address = text(one, "address");
		struct user *u = world_mailbox(address);
		struct event *copy =
		    u == NULL ? NULL : store_copy_of(e->meeting, u);
		struct answer a = { .response = response_of(one),
			.send = true };
		struct attendee *at;

		if (address == NULL || a.response == RESPONSE_NONE)
			continue;
		at = content_attendee(&e->c, address);
		at->response = a.response;
		at->responded = world_now();
		if (copy != NULL && !copy->is_organizer &&
		    copy->c.response != a.response)
			meeting_respond(copy, WHOLE, &a, &nobody);
	}
}

/* "copies": {"bob@firm.test": {"categories": [...], ...}} */
static struct reply *
load_copies(struct event *e, json_t *event)
{
	const char *address;
	json_t *set;

	json_object_foreach(json_object_get(event, "copies"), address, set)
	{
		struct user *u = world_mailbox(address);
		struct event *copy =
		    u == NULL ? NULL : store_copy_of(e->meeting, u);
		struct item it;
		struct reply *error;
		json_t *body;
		bool dummy;

		if (copy == NULL)
			return reply_error(400, "BadWorld",
			    "%s has no copy of %s", address, e->c.subject);
		item_of_event(copy, &it);
		body = friendly_body(set, e->c.start_zone);
		error = write_apply(&it, body, true, &nobody, &dummy);
		json_decref(body);
		if (error != NULL)
			return error;
	}
	return NULL;
}

static void
load_lists(struct event *e, json_t *event)
{
	size_t i;
	json_t *one;

	json_array_foreach(json_object_get(event, "attendees"), i, one)
	{
		struct attendee *a = content_attendee(
		    &e->c, json_is_string(one) ? json_string_value(one)
			   : text(one, "address") != NULL ? text(one, "address")
							  : "");

		if (a != NULL && json_is_true(json_object_get(one, "ofList")))
			a->of_list = true;
	}
}

static void
load_times(struct event *e, json_t *event)
{
	const char *created = text(event, "created");
	const char *modified = text(event, "modified");
	int64_t t;

	if (created != NULL && when_parse_utc(created, &t))
		e->created = e->modified = t * 10000000;
	if (modified != NULL && when_parse_utc(modified, &t))
		e->modified = t * 10000000;
}

struct reply *
load_event(json_t *event, struct event **made)
{
	const char *organizer;
	struct user *u = home_of(event, &organizer);
	struct reply *error;
	json_t *body;
	bool dummy;
	struct event *e;

	if (u == NULL)
		return reply_error(400, "BadWorld",
		    "the event %s has no mailbox to be in",
		    text(event, "subject") != NULL ? text(event, "subject")
						   : "");
	body = friendly_body(event, u->zone);
	error = write_create(calendar_of(u, event), body, true, made, &dummy);
	json_decref(body);
	if (error != NULL)
		return error;
	e = *made;
	arena_set(&e->key, text(event, "key"));
	load_lists(e, event);
	if (world_mailbox(organizer) == NULL)
		set_external(e, organizer, event);
	e->c.draft = json_is_true(json_object_get(event, "draft"));
	error = load_days(e, event);
	if (error == NULL)
		error = load_exceptions(e, event);
	if (error != NULL)
		return error;
	meeting_spread(e);
	load_responses(e, event);
	load_times(e, event);
	return load_copies(e, event);
}
