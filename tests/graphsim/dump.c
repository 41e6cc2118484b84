#include "dump.h"

#include <stdlib.h>
#include <string.h>

#include "ids.h"
#include "item.h"
#include "names.h"
#include "render.h"
#include "render_parts.h"
#include "text.h"

static void
set_time(json_t *o, const char *name, int64_t local, bool all_day)
{
	char text[WHEN_TEXT];

	if (all_day)
		when_format_day(when_day(local), text);
	else
		when_format(local, text);
	json_object_set_new(o, name, json_string(text));
}

static json_t *
attendees(const struct event *e, const struct content *c)
{
	json_t *list = json_array();

	for (size_t i = 0; i < c->nattendees; i++) {
		const struct attendee *a = &c->attendees[i];

		json_array_append_new(
		    list, json_pack("{s:s, s:s, s:s, s:s}", "address",
			      a->address, "name", a->name, "type",
			      names_attendee[(int)a->type], "response",
			      names_response[e->is_organizer ? (int)a->response
							     : 0]));
	}
	return list;
}

static void
add_content(json_t *o, const struct event *e, const struct content *c)
{
	char *text = html_to_text(c->body);
	json_t *place = render_location(c);

	json_object_set_new(o, "subject", json_string(c->subject));
	set_time(o, "start", c->start, c->all_day);
	set_time(o, "end", c->end, c->all_day);
	json_object_set_new(o, "zone", json_string(c->start_zone));
	json_object_set_new(o, "allDay", json_boolean(c->all_day));
	json_object_set_new(o, "body", json_string(text));
	json_object_set(o, "location", json_object_get(place, "displayName"));
	json_object_set_new(
	    o, "showAs", json_string(names_show_as[c->show_as]));
	json_object_set_new(
	    o, "sensitivity", json_string(names_sensitivity[c->sensitivity]));
	json_object_set_new(
	    o, "importance", json_string(names_importance[c->importance]));
	json_object_set_new(o, "categories", render_categories(c));
	json_object_set_new(o, "reminder",
	    c->reminder_on ? json_integer(c->reminder) : json_null());
	json_object_set_new(o, "attendees", attendees(e, c));
	json_object_set_new(
	    o, "response", json_string(names_response[(int)c->response]));
	json_object_set_new(o, "cancelled", json_boolean(c->cancelled));
	json_object_set_new(o, "draft", json_boolean(c->draft));
	json_object_set_new(o, "online", json_boolean(c->online));
	json_decref(place);
	free(text);
}

static json_t *
properties(const struct content *c)
{
	json_t *o = json_object();

	for (size_t i = 0; i < c->nproperties; i++)
		json_object_set_new(o, c->properties[i].id,
		    json_string(c->properties[i].value));
	return o;
}

static void
add_series(json_t *o, const struct event *e)
{
	json_t *gone = json_array(), *exceptions = json_array();
	char day[WHEN_TEXT];

	for (size_t i = 0; i < e->ngone; i++) {
		when_format_day(e->gone[i], day);
		json_array_append_new(gone, json_string(day));
	}
	for (size_t i = 0; i < e->nexceptions; i++) {
		json_t *x = json_object();

		when_format_day(e->exceptions[i].day, day);
		json_object_set_new(x, "originalDate", json_string(day));
		add_content(x, e, &e->exceptions[i].c);
		json_array_append_new(exceptions, x);
	}
	json_object_set_new(o, "recurrence", render_recurrence(e->series));
	json_object_set_new(o, "gone", gone);
	json_object_set_new(o, "exceptions", exceptions);
}

json_t *
dump_event(struct event *e)
{
	char *id = ids_event(e, false), *immutable = ids_event(e, true);
	json_t *o = json_object();

	if (e->key != NULL)
		json_object_set_new(o, "key", json_string(e->key));
	json_object_set_new(o, "organizer", json_string(e->organizer_address));
	json_object_set_new(o, "isOrganizer", json_boolean(e->is_organizer));
	json_object_set_new(o, "calendar", json_string(e->calendar->name));
	add_content(o, e, &e->c);
	if (e->series != NULL)
		add_series(o, e);
	if (e->c.nproperties > 0)
		json_object_set_new(o, "properties", properties(&e->c));
	if (e->transaction != NULL)
		json_object_set_new(
		    o, "transactionId", json_string(e->transaction));
	json_object_set_new(o, "iCalUId", json_string(e->meeting->uid));
	json_object_set_new(o, "id", json_string(id));
	json_object_set_new(o, "immutableId", json_string(immutable));
	json_object_set_new(o, "changes", json_integer(e->change_key));
	free(id);
	free(immutable);
	return o;
}

static int
by_start(const void *pa, const void *pb)
{
	const struct event *const *a = pa, *const *b = pb;
	int64_t x = tz_to_utc((*a)->c.start_tz, (*a)->c.start);
	int64_t y = tz_to_utc((*b)->c.start_tz, (*b)->c.start);
	int order = strcmp((*a)->c.subject, (*b)->c.subject);

	if (x != y)
		return x < y ? -1 : 1;
	if (order != 0)
		return order;
	return (*a)->num < (*b)->num ? -1 : 1;
}

/* ?brief=1 leaves out what differs between runs and copies. */
static void
make_brief(json_t *o)
{
	static const char *const drop[] = { "id", "immutableId", "iCalUId",
		"changes", "transactionId" };

	for (size_t i = 0; i < sizeof(drop) / sizeof(drop[0]); i++)
		json_object_del(o, drop[i]);
}

/* {"Salesforce": "preset7"} */
static json_t *
master_categories(const struct user *u)
{
	json_t *o = json_object();

	for (size_t i = 0; i < u->ncategories; i++)
		json_object_set_new(o, u->categories[i].name,
		    json_string(u->categories[i].color));
	return o;
}

json_t *
dump_mailbox(struct user *u, const struct request *r)
{
	struct event **list = NULL;
	size_t n = 0;
	json_t *out = json_array();

	list = calloc(u->nitems + 1, sizeof(*list));
	for (size_t i = 0; list != NULL && i < u->nitems; i++)
		if (!u->items[i]->deleted)
			list[n++] = u->items[i];
	if (n > 1)
		qsort(list, n, sizeof(*list), by_start);
	for (size_t i = 0; i < n; i++) {
		json_t *o = dump_event(list[i]);

		if (request_query(r, "brief") != NULL)
			make_brief(o);
		json_array_append_new(out, o);
	}
	free(list);
	return json_pack("{s:s, s:I, s:o, s:o}", "mailbox", u->upn, "count",
	    (json_int_t)n, "categories", master_categories(u), "value", out);
}

static json_t *
dump_user(const struct user *u)
{
	static const char *const states[] = { "normal", "none", "moving",
		"gone", "guest" };
	json_t *calendars = json_array();

	for (size_t i = 0; i < u->ncalendars; i++)
		if (!u->calendars[i]->deleted)
			json_array_append_new(
			    calendars, json_pack("{s:s, s:b}", "name",
					   u->calendars[i]->name, "canEdit",
					   u->calendars[i]->can_edit));
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:b, s:o}", "id", u->guid,
	    "upn", u->upn, "name", u->name, "zone", u->zone, "state",
	    states[(int)u->state], "denied", u->denied, "calendars", calendars);
}

static json_t *
dump_tenants(void)
{
	struct world *w = sim();
	json_t *list = json_array();

	for (size_t i = 0; i < w->ntenants; i++) {
		struct tenant *t = w->tenants[i];
		json_t *domains = json_array(), *apps = json_array();

		for (size_t d = 0; d < t->ndomains; d++)
			json_array_append_new(
			    domains, json_string(t->domains[d]));
		for (size_t a = 0; a < w->napps; a++)
			if (w->apps[a]->tenant == t)
				json_array_append_new(
				    apps, json_pack("{s:s, s:s?}", "client_id",
					      w->apps[a]->client_id, "secret",
					      w->apps[a]->secret));
		json_array_append_new(
		    list, json_pack("{s:s, s:o, s:o}", "id", t->id, "domains",
			      domains, "apps", apps));
	}
	return list;
}

/* Each meeting once: the organizer's copy, or the first one. */
static bool
is_first_copy(const struct event *e)
{
	for (size_t i = 0; i < e->meeting->ncopies; i++)
		if (e->meeting->copies[i]->is_organizer)
			return e->is_organizer;
	return e->meeting->copies[0] == e;
}

static json_t *
dump_meeting(struct event *e)
{
	json_t *o = dump_event(e);

	if (e->series != NULL) {
		json_object_set(o, "cancelled", json_object_get(o, "gone"));
		json_object_del(o, "gone");
	} else {
		json_object_del(o, "cancelled");
	}
	return o;
}

json_t *
dump_world(void)
{
	struct world *w = sim();
	json_t *users = json_array(), *rooms = json_array();
	json_t *events = json_array();
	char now[WHEN_TEXT];

	when_format_utc(world_now(), now);
	for (size_t i = 0; i < w->nusers; i++) {
		struct user *u = w->users[i];

		json_array_append_new(u->room ? rooms : users, dump_user(u));
		for (size_t k = 0; k < u->nitems; k++)
			if (!u->items[k]->deleted && is_first_copy(u->items[k]))
				json_array_append_new(
				    events, dump_meeting(u->items[k]));
	}
	return json_pack("{s:s, s:I, s:o, s:o, s:o, s:o}", "now", now, "seed",
	    (json_int_t)w->seed, "tenants", dump_tenants(), "users", users,
	    "rooms", rooms, "events", events);
}
