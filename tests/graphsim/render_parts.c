#include "render_parts.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "content.h"
#include "ids.h"
#include "names.h"
#include "render.h"
#include "text.h"

void
render_enum(json_t *o, const char *name, const char *const *names, int value)
{
	char text[32];

	snprintf(text, sizeof(text), "%s", names[value]);
	if (mode(MODE_ENUM_CASE) == 1)
		text[0] = (char)toupper((unsigned char)text[0]);
	json_object_set_new(o, name, json_string(text));
}

json_t *
render_categories(const struct content *c)
{
	json_t *list = json_array();

	for (size_t i = 0; i < c->ncategories; i++)
		json_array_append_new(list, json_string(c->categories[i]));
	return list;
}

json_t *
render_preview(const struct content *c)
{
	char *text = html_to_text(c->body);
	json_t *json;

	text_truncate(text, 255);
	json = json_string(text);
	free(text);
	return json;
}

json_t *
render_response(enum response r, int64_t at)
{
	char text[WHEN_TEXT];

	when_format_utc(at, text);
	return json_pack(
	    "{s:s, s:s}", "response", names_response[(int)r], "time", text);
}

static json_t *
raw(const char *text)
{
	json_t *json = text == NULL ? NULL : json_loads(text, 0, NULL);

	return json == NULL ? json_object() : json;
}

static void
set_string(json_t *o, const char *name, const char *value)
{
	if (value != NULL)
		json_object_set_new(o, name, json_string(value));
}

json_t *
render_location(const struct content *c)
{
	struct buf names = { 0 };
	json_t *o = json_object();

	buf_puts(&names, "");
	for (size_t i = 0; i < c->nplaces; i++) {
		buf_puts(&names, i > 0 ? "; " : "");
		buf_puts(&names, c->places[i].name);
	}
	json_object_set_new(o, "displayName", json_string(names.data));
	json_object_set_new(o, "locationType",
	    json_string(names_place[c->nplaces > 0 ? c->places[0].type : 0]));
	if (c->nplaces > 0) {
		set_string(o, "uniqueId", names.data);
		set_string(o, "locationUri", c->places[0].uri);
		set_string(o, "locationEmailAddress", c->places[0].email);
	}
	json_object_set_new(o, "uniqueIdType",
	    json_string(
		names_unique[c->nplaces > 0 ? c->places[0].unique_type : 0]));
	json_object_set_new(
	    o, "address", raw(c->nplaces > 0 ? c->places[0].address : NULL));
	json_object_set_new(o, "coordinates",
	    raw(c->nplaces > 0 ? c->places[0].coordinates : NULL));
	buf_free(&names);
	return o;
}

json_t *
render_locations(const struct content *c)
{
	json_t *list = json_array();

	for (size_t i = 0; i < c->nplaces; i++) {
		const struct place *p = &c->places[i];
		json_t *o = json_object();

		set_string(o, "displayName", p->name);
		set_string(o, "locationUri", p->uri);
		set_string(o, "locationType", names_place[p->type]);
		set_string(o, "uniqueId", p->unique);
		set_string(o, "uniqueIdType", names_unique[p->unique_type]);
		set_string(o, "locationEmailAddress", p->email);
		json_object_set_new(o, "address", raw(p->address));
		json_object_set_new(o, "coordinates", raw(p->coordinates));
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *
attendee(
    const struct event *e, const struct attendee *a, const struct prefer *p)
{
	/* Only the organizer's copy knows what the others answered. */
	enum response r = e->is_organizer ? a->response : RESPONSE_NONE;
	json_t *o = json_object();

	render_enum(o, "type", names_attendee, (int)a->type);
	json_object_set_new(o, "status",
	    render_response(r, r == RESPONSE_NONE ? WHEN_NEVER : a->responded));
	json_object_set_new(o, "emailAddress",
	    json_pack("{s:s, s:s}", "name", a->name, "address", a->address));
	if (a->proposed_start != 0 && e->is_organizer)
		json_object_set_new(o, "proposedNewTime",
		    json_pack("{s:o, s:o}", "start",
			render_time(a->proposed_start, tz_utc(), false, p),
			"end",
			render_time(a->proposed_end, tz_utc(), false, p)));
	return o;
}

json_t *
render_attendees(
    const struct event *e, const struct content *c, const struct prefer *p)
{
	json_t *list = json_array();

	for (size_t i = 0; i < c->nattendees; i++)
		if (!c->hide_attendees || e->is_organizer ||
		    world_user(c->attendees[i].address) == e->user)
			json_array_append_new(
			    list, attendee(e, &c->attendees[i], p));
	return list;
}

json_t *
render_recurrence(const struct recurrence *r)
{
	char start[WHEN_TEXT], end[WHEN_TEXT] = "0001-01-01";
	json_t *days = json_array();

	when_format_day(r->start_day, start);
	if (r->range == RECUR_END_DATE)
		when_format_day(r->end_day, end);
	for (int i = 0; i < 7; i++)
		if (r->days >> i & 1)
			json_array_append_new(
			    days, json_string(names_weekday[i]));
	return json_pack("{s:{s:s, s:i, s:i, s:i, s:o, s:s, s:s},"
			 " s:{s:s, s:s, s:s, s:s, s:i}}",
	    "pattern", "type", names_pattern[(int)r->pattern], "interval",
	    r->interval, "month", r->month, "dayOfMonth", r->day_of_month,
	    "daysOfWeek", days, "firstDayOfWeek",
	    names_weekday[r->first_weekday], "index", names_index[r->index],
	    "range", "type", names_range[(int)r->range], "startDate", start,
	    "endDate", end, "recurrenceTimeZone",
	    r->zone != NULL ? r->zone : "", "numberOfOccurrences",
	    r->range == RECUR_NUMBERED ? r->count : 0);
}

/* The join block that Teams keeps in the body. */
static void
add_block(struct buf *b, const struct content *c)
{
	if (!c->online || c->join_url == NULL)
		return;
	buf_printf(b,
	    "<div class=\"me-email-text\">\r\n"
	    "<div>______________________________________________________"
	    "__________________________</div>\r\n"
	    "<div><span>Microsoft Teams</span> "
	    "<a id=\"meet_invite_block.action.help\" "
	    "href=\"https://aka.ms/JoinTeamsMeeting\">Need help?</a></div>"
	    "\r\n<div><a id=\"meet_invite_block.action.join_link\" "
	    "href=\"%s\">Join the meeting now</a></div>\r\n</div>",
	    c->join_url);
}

json_t *
render_body(const struct event *e, const struct content *c, bool text)
{
	static const char crlf_head[] =
	    "<html>\r\n<head>\r\n<meta http-equiv=\"Content-Type\" "
	    "content=\"text/html; charset=utf-8\">\r\n</head>\r\n<body>\r\n";
	int64_t wrapper = mode(MODE_BODY_WRAPPER);
	struct buf b = { 0 };
	char *plain;
	json_t *json;

	buf_puts(&b, "");
	if (wrapper == 0)
		wrapper = 1 + (int64_t)(e->num % 2);
	if (*c->body != '\0' || (c->online && c->join_url != NULL)) {
		buf_puts(
		    &b, wrapper == 1 ? "<html><head></head><body>" : crlf_head);
		buf_puts(&b, c->body);
		add_block(&b, c);
		buf_puts(&b, wrapper == 1 ? "</body></html>"
					  : "\r\n</body>\r\n</html>\r\n");
	}
	if (text) {
		plain = html_to_text(b.data);
		json = json_pack(
		    "{s:s, s:s}", "contentType", "text", "content", plain);
		free(plain);
	} else {
		json = json_pack(
		    "{s:s, s:s}", "contentType", "html", "content", b.data);
	}
	buf_free(&b);
	return json;
}

json_t *
render_extension(const struct extension *e)
{
	json_t *o = json_pack("{s:s, s:s+, s:s}", "@odata.type",
	    "#microsoft.graph.openTypeExtension", "id",
	    "microsoft.graph.openTypeExtension.", e->name, "extensionName",
	    e->name);
	json_t *members = json_loads(e->members, 0, NULL);

	json_object_update_missing(o, members);
	json_decref(members);
	return o;
}

static void
expand_properties(json_t *o, const struct content *c, const char *expand)
{
	json_t *list = json_array();

	/* Only those that the filter names are returned. */
	for (size_t i = 0; i < c->nproperties; i++)
		if (strstr(expand, c->properties[i].id) != NULL)
			json_array_append_new(list,
			    json_pack("{s:s, s:s}", "id", c->properties[i].id,
				"value", c->properties[i].value));
	if (json_array_size(list) > 0)
		json_object_set(o, "singleValueExtendedProperties", list);
	json_decref(list);
}

static void
expand_extensions(json_t *o, const struct content *c, const char *expand)
{
	json_t *list = json_array();
	bool all = strstr(expand, "xtensions(") == NULL;

	for (size_t i = 0; i < c->nextensions; i++)
		if (all || strstr(expand, c->extensions[i].name) != NULL)
			json_array_append_new(
			    list, render_extension(&c->extensions[i]));
	json_object_set_new(o, "extensions", list);
}

static void
add_cancelled(json_t *o, const struct item *it, const struct prefer *p)
{
	json_t *list = json_array();
	char *id = ids_event(it->event, p->immutable);

	for (size_t i = 0; i < it->event->ngone; i++) {
		char day[WHEN_TEXT], *oid;

		when_format_day(it->event->gone[i], day);
		oid = xasprintf("OID.%s.%s", id, day);
		json_array_append_new(list, json_string(oid));
		free(oid);
	}
	free(id);
	json_object_set_new(o, "cancelledOccurrences", list);
}

static void
add_exceptions(json_t *o, const struct item *it, const struct prefer *p)
{
	struct prefer inner = *p;
	json_t *list = json_array();

	inner.expand = NULL;
	for (size_t i = 0; i < it->event->nexceptions; i++) {
		struct item x;

		if (item_of_day(it->event, it->event->exceptions[i].day, &x))
			json_array_append_new(list, render_event(&x, &inner));
	}
	json_object_set_new(o, "exceptionOccurrences", list);
}

void
render_expansions(json_t *o, const struct item *it, const struct prefer *p)
{
	if (it->type == ITEM_MASTER && p->select != NULL &&
	    prefer_selects(p, "cancelledOccurrences"))
		add_cancelled(o, it, p);
	if (p->expand == NULL)
		return;
	if (it->type == ITEM_MASTER &&
	    prefer_has(p->expand, "exceptionOccurrences"))
		add_exceptions(o, it, p);
	if (prefer_has(p->expand, "singleValueExtendedProperties"))
		expand_properties(o, it->c, p->expand);
	if (prefer_has(p->expand, "extensions"))
		expand_extensions(o, it->c, p->expand);
}

void
render_extra(json_t *o)
{
	json_object_set_new(o, "zzFutureMember",
	    json_pack("{s:[i,b,n], s:s}", "values", 1, 1, "kind",
		"notYetDocumented"));
	json_object_set_new(o, "isFutureFlag", json_true());
	json_object_set_new(o, "calendar@odata.associationLink",
	    json_string("users/calendar/$ref"));
}
