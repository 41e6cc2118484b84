#include "render.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "content.h"
#include "ids.h"
#include "names.h"
#include "render_parts.h"
#include "text.h"

char *
render_etag(const struct item *it)
{
	char *key = ids_change_key(it->event->user, it->event->change_key);
	char *etag = xasprintf("W/\"%s\"", key);

	free(key);
	return etag;
}

json_t *
render_time(
    int64_t local, const struct tz *from, bool all_day, const struct prefer *p)
{
	char text[WHEN_TEXT], full[WHEN_TEXT + 8];

	/* All-day dates are floating: midnight wherever one looks. */
	if (!all_day || mode(MODE_ALLDAY_READ) == 1)
		local = tz_to_local(p->tz, tz_to_utc(from, local));
	when_format(local, text);
	snprintf(full, sizeof(full), "%s.0000000", text);
	return json_pack("{s:s, s:s}", "dateTime", full, "timeZone", p->zone);
}

static json_t *
stamp(int64_t ticks)
{
	char text[WHEN_TEXT], full[WHEN_TEXT + 12];

	when_format(ticks / 10000000, text);
	snprintf(full, sizeof(full), "%s.%07dZ", text, (int)(ticks % 10000000));
	return json_string(full);
}

static json_t *
uid_of(const struct item *it)
{
	char uid[113];

	if (it->type != ITEM_OCCURRENCE && it->type != ITEM_EXCEPTION)
		return json_string(it->event->meeting->uid);
	if (mode(MODE_ICAL_OCCURRENCE) == 1)
		return json_string(it->event->meeting->uid);
	ids_uid_of_day(it->event->meeting->uid, it->day, uid);
	return json_string(uid);
}

static json_t *
master_id(const struct item *it, bool immutable)
{
	char *id;
	json_t *json;

	if (it->type != ITEM_OCCURRENCE && it->type != ITEM_EXCEPTION)
		return json_null();
	id = ids_event(it->event, immutable);
	json = json_string(id);
	free(id);
	return json;
}

static json_t *
original_start(const struct item *it)
{
	const struct content *c = &it->event->c;
	char text[WHEN_TEXT];
	int64_t clock = c->start - when_day(c->start) * WHEN_DAY;

	when_format_utc(
	    tz_to_utc(c->start_tz, it->day * WHEN_DAY + clock), text);
	return json_string(text);
}

static json_t *
web_link(const char *id)
{
	char *escaped = text_escape(id);
	char *link = xasprintf("https://outlook.office365.com/owa/"
			       "?itemid=%s&exvsurl=1&path=/calendar/item",
	    escaped);
	json_t *json = json_string(link);

	free(escaped);
	free(link);
	return json;
}

/* Members in groups, in the order in which the service writes them. */
static void
add_head(json_t *o, const struct item *it, const struct prefer *p)
{
	const struct event *e = it->event;
	const struct content *c = it->c;
	char *key = ids_change_key(e->user, e->change_key);

	json_object_set_new(o, "createdDateTime", stamp(e->created));
	json_object_set_new(o, "lastModifiedDateTime", stamp(e->modified));
	json_object_set_new(o, "changeKey", json_string(key));
	json_object_set_new(o, "categories", render_categories(c));
	json_object_set_new(o, "transactionId",
	    e->transaction != NULL ? json_string(e->transaction) : json_null());
	json_object_set_new(
	    o, "originalStartTimeZone", json_string(c->start_zone));
	json_object_set_new(o, "originalEndTimeZone", json_string(c->end_zone));
	json_object_set_new(o, "iCalUId", uid_of(it));
	json_object_set_new(
	    o, "reminderMinutesBeforeStart", json_integer(c->reminder));
	json_object_set_new(o, "isReminderOn", json_boolean(c->reminder_on));
	json_object_set_new(
	    o, "hasAttachments", json_boolean(c->attachments > 0));
	json_object_set_new(o, "subject", json_string(c->subject));
	json_object_set_new(o, "bodyPreview", render_preview(c));
	(void)p;
	free(key);
}

static void
add_flags(json_t *o, const struct item *it, const struct prefer *p)
{
	const struct content *c = it->c;

	render_enum(o, "importance", names_importance, c->importance);
	render_enum(o, "sensitivity", names_sensitivity, c->sensitivity);
	json_object_set_new(o, "isAllDay", json_boolean(c->all_day));
	json_object_set_new(o, "isCancelled", json_boolean(c->cancelled));
	json_object_set_new(o, "isDraft", json_boolean(c->draft));
	json_object_set_new(
	    o, "isOrganizer", json_boolean(it->event->is_organizer));
	json_object_set_new(
	    o, "responseRequested", json_boolean(c->response_requested));
	json_object_set_new(o, "seriesMasterId", master_id(it, p->immutable));
	render_enum(o, "showAs", names_show_as, c->show_as);
	json_object_set_new(o, "type", json_string(names_type[(int)it->type]));
	json_object_set_new(
	    o, "allowNewTimeProposals", json_boolean(c->allow_new_time));
	json_object_set_new(
	    o, "hideAttendees", json_boolean(c->hide_attendees));
}

static void
add_online(json_t *o, const struct content *c)
{
	bool shown = c->join_url != NULL && c->online && !c->join_new;

	json_object_set_new(o, "onlineMeetingUrl", json_null());
	json_object_set_new(o, "isOnlineMeeting", json_boolean(c->online));
	json_object_set_new(o, "onlineMeetingProvider",
	    json_string(names_provider[c->provider]));
	json_object_set_new(o, "onlineMeeting",
	    shown ? json_pack("{s:s}", "joinUrl", c->join_url) : json_null());
}

static void
add_tail(json_t *o, const struct item *it, const struct prefer *p)
{
	const struct event *e = it->event;
	const struct content *c = it->c;

	json_object_set_new(
	    o, "responseStatus", render_response(c->response, c->responded));
	json_object_set_new(o, "body", render_body(e, c, p->text_body));
	json_object_set_new(
	    o, "start", render_time(it->start, c->start_tz, c->all_day, p));
	json_object_set_new(
	    o, "end", render_time(it->end, c->end_tz, c->all_day, p));
	json_object_set_new(o, "location", render_location(c));
	json_object_set_new(o, "locations", render_locations(c));
	json_object_set_new(o, "recurrence",
	    it->type == ITEM_MASTER ? render_recurrence(e->series)
				    : json_null());
	json_object_set_new(o, "attendees", render_attendees(e, c, p));
	json_object_set_new(o, "organizer",
	    json_pack("{s:{s:s, s:s}}", "emailAddress", "name",
		e->organizer_name, "address", e->organizer_address));
	if (it->type == ITEM_OCCURRENCE ||
	    (it->type == ITEM_EXCEPTION && mode(MODE_ORIGINAL_START) == 0))
		json_object_set_new(o, "originalStart", original_start(it));
}

/* Keep what $select names; etag and id always stay. */
static void
apply_select(json_t *o, const struct prefer *p)
{
	const char *name;
	void *next;
	json_t *value;

	if (p->select == NULL)
		return;
	json_object_foreach_safe(o, next, name, value)
	{
		if (name[0] != '@' && strcmp(name, "id") != 0 &&
		    !prefer_selects(p, name))
			json_object_del(o, name);
	}
}

json_t *
render_event(const struct item *it, const struct prefer *p)
{
	json_t *o = json_object();
	char *etag = render_etag(it), *id = ids_item(it, p->immutable);

	json_object_set_new(o, "@odata.etag", json_string(etag));
	json_object_set_new(o, "id", json_string(id));
	add_head(o, it, p);
	add_flags(o, it, p);
	json_object_set_new(o, "webLink", web_link(id));
	add_online(o, it->c);
	add_tail(o, it, p);
	apply_select(o, p);
	render_expansions(o, it, p);
	if (mode(MODE_EXTRA_MEMBERS) == 1)
		render_extra(o);
	free(etag);
	free(id);
	return o;
}

json_t *
render_delta(const struct item *it, const struct prefer *p)
{
	json_t *o, *full;
	char *etag, *id;

	if (it->type != ITEM_OCCURRENCE) {
		full = render_event(it, p);
		o = json_pack("{s:s}", "@odata.type", "#microsoft.graph.event");
		json_object_update(o, full);
		json_decref(full);
		return o;
	}
	etag = render_etag(it);
	id = ids_item(it, p->immutable);
	o = json_pack("{s:s, s:s, s:o, s:s, s:o, s:o, s:s}", "@odata.type",
	    "#microsoft.graph.event", "@odata.etag", etag, "seriesMasterId",
	    master_id(it, p->immutable), "type", "occurrence", "start",
	    render_time(it->start, it->c->start_tz, it->c->all_day, p), "end",
	    render_time(it->end, it->c->end_tz, it->c->all_day, p), "id", id);
	if (mode(MODE_EXTRA_MEMBERS) == 1)
		render_extra(o);
	free(etag);
	free(id);
	return o;
}
