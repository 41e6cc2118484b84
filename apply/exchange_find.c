/*
 * exchange_find: the event that a POST made whose answer was lost.  It carries our
 * key, by which Graph lists it, whatever its id is.
 *
 * Of groups' calendars nobody has said that they can be asked by the key.  Where
 * Graph refuses that, the days of the event are listed, and it is the one that is
 * alike and was made since we sent it.  Two are none: a person has to look.
 */
#include "bounds.h"
#include "box.h"
#include "echo.h"
#include "exchange_parts.h"
#include "instant.h"
#include "outward.h"

/* Pages of a look-up; Graph may give empty ones. */
#define PAGES_MAX 50
/* Graph's clock may be behind ours. */
#define SKEW_US (300 * SECOND_US)

static bool on_list(void *ctx, const struct graph_answer *a);
static bool on_day(void *ctx, const struct graph_answer *a);
static bool on_master(void *ctx, const struct graph_answer *a);

void
exchange_find(struct intent *in, enum purpose purpose)
{
	struct str url = { 0 }, filter = { 0 };

	in->purpose = purpose;
	in->stage = STAGE_ASKED;
	in->pages = 0;
	exchange_url(in, &url);
	str_adds(&filter, "singleValueExtendedProperties/Any(ep: ep/id eq '");
	str_adds(&filter, OUTWARD_KEY);
	str_adds(&filter, "' and ep/value eq '");
	str_add_slice(&filter, in->transaction);
	str_adds(&filter, "')");
	str_adds(&url, "?$filter=");
	http_escape(&url, str_slice(&filter));
	graph_get(in->box->graph, str_slice(&url), on_list, in);
	str_free(&filter);
	str_free(&url);
}

static void
add_time(struct str *url, const char *name, int64_t us)
{
	char text[INSTANT_TEXT_MAX];
	size_t n = instant_print(us, text);

	str_adds(url, name);
	http_escape(url, (struct slice){ text, n });
}

static bool
time_of(const struct json *set, const char *name, int64_t *us)
{
	struct slice text = json_text(set, name);
	int32_t date;

	if (instant_parse(text, us))
		return true;
	if (!date_parse(text, &date))
		return false;
	*us = date * DAY_US;
	return true;
}

/* False: the op says no time. */
static bool
ask_days(struct intent *in)
{
	const struct json *set = json_get(in->doc, "set");
	struct str url = { .max = 4 * URL_MAX_BYTES };
	int64_t start, end;
	bool good = time_of(set, "start", &start) && time_of(set, "end", &end);

	if (good) {
		in->pages = 0;
		in->alike = NO_SLICE;
		in->alikes = 0;
		str_add_slice(&url, graph_mailbox_url(in->box->graph));
		add_time(&url, "/calendarView?startDateTime=", start - DAY_US);
		add_time(&url, "&endDateTime=", end + DAY_US);
		graph_get(in->box->graph, str_slice(&url), on_day, in);
	}
	str_free(&url);
	return good;
}

/* The events of a page, and where the next one is; NULL: it is none. */
static const struct json *
list_of(struct intent *in, const struct graph_answer *a, struct slice *next)
{
	const struct json *page, *list;

	arena_reset(&in->seen);
	page = exchange_parse(&in->seen, a->body);
	list = json_get(page, "value");
	*next = json_text(page, "@odata.nextLink");
	return list != NULL && list->type == JSON_ARRAY ? list : NULL;
}

/* This is it, if it can be read. */
static void
take(struct intent *in, const struct json *item, const struct graph_answer *a)
{
	const struct json *event;
	const char *why;
	bool whole;

	event = exchange_event(in, item, &in->seen, &whole, &why);
	if (event != NULL)
		exchange_found(in, event, NULL, whole, a);
	else
		intent_end(in, DELIVERY_UNKNOWN, a->status, why);
}

static bool
on_list(void *ctx, const struct graph_answer *a)
{
	struct intent *in = ctx;
	const struct json *list;
	struct slice next;

	if (a->verdict != GRAPH_OK) {
		if (a->verdict != GRAPH_REFUSED || !box_is_group(in->box) ||
		    !ask_days(in))
			exchange_no_answer(in, a);
		return true;
	}
	list = list_of(in, a, &next);
	if (list == NULL)
		return false;
	if (list->child != NULL)
		take(in, list->child, a);
	else if (next.len == 0)
		exchange_not_found(in, a);
	else if (++in->pages < PAGES_MAX)
		graph_get(in->box->graph, next, on_list, in);
	else
		intent_end(in, DELIVERY_UNKNOWN, a->status, "limit");
	return true;
}

/* What would be found by the key is the event itself, so of a series the master. */
static struct slice
id_of(const struct json *event)
{
	struct slice master = json_text(json_get(event, "series"), "master");

	return master.len > 0 ? master : json_text(event, "id");
}

/* An event that is alike, and is not older than our request. */
static void
look_at(struct intent *in, const struct json *item)
{
	const struct json *event;
	int64_t created, sent;
	const char *why;
	bool whole;

	event = exchange_event(in, item, &in->seen, &whole, &why);
	if (event == NULL || !echo_is_alike(in->doc, event) ||
	    slice_eq(id_of(event), in->alike) ||
	    (instant_parse(json_text(event, "created"), &created) &&
		instant_parse(in->sent, &sent) && created < sent - SKEW_US))
		return;
	in->alike = intent_keep(in, id_of(event));
	in->alikes++;
}

static void
ask_alike(struct intent *in)
{
	struct str url = { .max = 4 * URL_MAX_BYTES };

	exchange_url(in, &url);
	str_addc(&url, '/');
	http_escape(&url, in->alike);
	graph_get(in->box->graph, str_slice(&url), on_master, in);
	str_free(&url);
}

static bool
on_day(void *ctx, const struct graph_answer *a)
{
	struct intent *in = ctx;
	const struct json *list, *i;
	struct slice next;

	if (a->verdict != GRAPH_OK) {
		exchange_no_answer(in, a);
		return true;
	}
	list = list_of(in, a, &next);
	if (list == NULL)
		return false;
	for (i = list->child; i != NULL; i = i->next)
		look_at(in, i);
	if (next.len > 0 && ++in->pages < PAGES_MAX)
		graph_get(in->box->graph, next, on_day, in);
	else if (next.len > 0)
		intent_end(in, DELIVERY_UNKNOWN, a->status, "limit");
	else if (in->alikes > 1)
		intent_end(in, DELIVERY_UNKNOWN, a->status, "ambiguous");
	else if (in->alikes == 0)
		exchange_not_found(in, a);
	else
		ask_alike(in);
	return true;
}

static bool
on_master(void *ctx, const struct graph_answer *a)
{
	struct intent *in = ctx;
	const struct json *item;

	if (a->verdict != GRAPH_OK) {
		exchange_no_answer(in, a);
		return true;
	}
	arena_reset(&in->seen);
	item = exchange_parse(&in->seen, a->body);
	if (item == NULL)
		return false;
	take(in, item, a);
	return true;
}
