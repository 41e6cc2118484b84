#include "events.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "filter.h"
#include "ids.h"
#include "page.h"
#include "prefer.h"
#include "render.h"

/* All but calendarView's own order is by number. */
static struct reply *
finish(struct scope *s, struct item_list *list, const char *what)
{
	const char *filter = request_query(s->r, "$filter");
	const char *order = request_query(s->r, "$orderby");
	struct prefer p;
	struct reply *error = prefer_read(s->r, &p);
	char context[160];

	if (error == NULL && filter != NULL)
		error = filter_items(filter, list);
	if (error == NULL && request_query(s->r, "$search") != NULL)
		error = reply_error(400, "ErrorInvalidUrlQuery",
		    "The $search query option is not supported.");
	if (error != NULL) {
		item_list_free(list);
		return error;
	}
	if (order != NULL && strncasecmp(order, "start/dateTime", 14) == 0)
		item_list_sort(list);
	if (order != NULL && strstr(order, " desc") != NULL)
		for (size_t i = 0; i < list->n / 2; i++) {
			struct item t = list->items[i];

			list->items[i] = list->items[list->n - 1 - i];
			list->items[list->n - 1 - i] = t;
		}
	snprintf(
	    context, sizeof(context), "users('%s')/%s", s->user->guid, what);
	return page_reply(s->r, &p, list, context);
}

static void
add_with_exceptions(struct event *e, struct item_list *list)
{
	struct item it;

	item_of_event(e, &it);
	item_list_add(list, &it);
	if (e->series == NULL || mode(MODE_EVENTS_EXCEPTIONS) == 0)
		return;
	for (size_t i = 0; i < e->nexceptions; i++)
		if (item_of_day(e, e->exceptions[i].day, &it))
			item_list_add(list, &it);
}

struct reply *
events_list(struct scope *s)
{
	struct calendar *cal = scope_calendar(s);
	struct item_list list = { 0 };

	for (size_t i = 0; i < s->user->nitems; i++) {
		struct event *e = s->user->items[i];

		if (e->calendar == cal && item_visible(e))
			add_with_exceptions(e, &list);
	}
	return finish(s, &list, "events");
}

struct reply *
events_view(struct scope *s)
{
	struct calendar *cal = scope_calendar(s);
	struct item_list list = { 0 };
	int64_t from, to;
	struct reply *error = scope_window(s->r, &from, &to);

	if (error != NULL)
		return error;
	for (size_t i = 0; i < s->user->nitems; i++) {
		struct event *e = s->user->items[i];

		if (e->calendar == cal && item_visible(e))
			item_expand(e, from, to, &list);
	}
	item_list_sort(&list);
	return finish(s, &list, "calendarView");
}

struct reply *
events_answer(const struct scope *s, const struct item *it, int status)
{
	struct prefer p;
	struct reply *reply = prefer_read(s->r, &p);
	json_t *o;

	if (reply != NULL)
		return reply;
	if (p.minimal && status == 200 && strcmp(s->r->method, "GET") != 0)
		return reply_new(204, NULL);
	o = json_object();
	json_object_set_new(o, "@odata.context",
	    reply_context(s->r, "users('%s')/events/$entity", s->user->guid));
	json_t *event = render_event(it, &p);
	json_object_update(o, event);
	json_decref(event);
	reply = reply_new(status, o);
	prefer_confirm(&p, reply);
	return reply;
}

struct reply *
events_get(struct scope *s, const char *id)
{
	struct item it;
	struct reply *reply = scope_find(s, id, &it);

	if (reply != NULL)
		return reply;
	reply = events_answer(s, &it, 200);
	/* What Teams adds is there from the second look on. */
	it.event->c.join_new = false;
	return reply;
}

struct reply *
events_instances(struct scope *s, const char *id)
{
	struct item_list list = { 0 };
	struct item it;
	int64_t from, to;
	struct reply *error = scope_find(s, id, &it);

	if (error == NULL)
		error = scope_window(s->r, &from, &to);
	if (error != NULL)
		return error;
	if (it.type != ITEM_MASTER)
		return reply_error(400, "ErrorInvalidRequest",
		    "The event is not a recurring master.");
	item_expand(it.event, from, to, &list);
	return finish(s, &list, "instances");
}
