#include "friendly.h"

#include <string.h>

#include "when.h"

static json_t *
moment(json_t *v, const char *zone)
{
	if (!json_is_string(v))
		return json_incref(v);
	return json_pack("{s:O, s:s}", "dateTime", v, "timeZone", zone);
}

static json_t *
body(json_t *v)
{
	const char *text = json_string_value(v);

	if (text == NULL)
		return json_incref(v);
	return json_pack("{s:s, s:s}", "contentType",
	    text[0] == '<' ? "html" : "text", "content", text);
}

static json_t *
place(json_t *v)
{
	if (!json_is_string(v))
		return json_incref(v);
	return json_pack("{s:O}", "displayName", v);
}

static json_t *
attendee(json_t *v)
{
	json_t *address = json_object_get(v, "address"), *o;

	if (json_is_string(v))
		return json_pack("{s:{s:O}}", "emailAddress", "address", v);
	if (address == NULL)
		return json_incref(v);
	o = json_pack("{s:{s:O}}", "emailAddress", "address", address);
	if (json_object_get(v, "name") != NULL)
		json_object_set(json_object_get(o, "emailAddress"), "name",
		    json_object_get(v, "name"));
	if (json_object_get(v, "type") != NULL)
		json_object_set(o, "type", json_object_get(v, "type"));
	return o;
}

static json_t *
attendees(json_t *v)
{
	json_t *list = json_array(), *one;
	size_t i;

	json_array_foreach(v, i, one)
	    json_array_append_new(list, attendee(one));
	return list;
}

static json_t *
properties(json_t *v)
{
	json_t *list = json_array(), *value;
	const char *id;

	json_object_foreach(v, id, value) json_array_append_new(
	    list, json_pack("{s:s, s:O}", "id", id, "value", value));
	return list;
}

/* startDate and zone of a recurrence may be left out. */
static json_t *
recurrence(json_t *v, json_t *start, const char *zone)
{
	json_t *copy = json_deep_copy(v);
	json_t *range = json_object_get(copy, "range");
	const char *text = json_string_value(start);
	char day[11] = "";

	if (text == NULL)
		text = json_string_value(json_object_get(start, "dateTime"));
	if (range == NULL || text == NULL)
		return copy;
	strncpy(day, text, 10);
	if (json_object_get(range, "startDate") == NULL)
		json_object_set_new(range, "startDate", json_string(day));
	if (json_object_get(range, "recurrenceTimeZone") == NULL)
		json_object_set_new(
		    range, "recurrenceTimeZone", json_string(zone));
	if (json_object_get(json_object_get(copy, "pattern"), "interval") ==
	    NULL)
		json_object_set_new(json_object_get(copy, "pattern"),
		    "interval", json_integer(1));
	return copy;
}

/* An all-day event may be given by dates, and without an end. */
static void
add_default_end(json_t *o, const char *zone)
{
	json_t *start = json_object_get(o, "start");
	const char *text =
	    json_string_value(json_object_get(start, "dateTime"));
	bool all_day = json_is_true(json_object_get(o, "isAllDay"));
	char end[WHEN_TEXT];
	int64_t t;

	if (json_object_get(o, "end") != NULL || text == NULL ||
	    !when_parse(text, &t, NULL))
		return;
	when_format(t + (all_day ? WHEN_DAY : 3600), end);
	json_object_set_new(o, "end",
	    json_pack("{s:s, s:s}", "dateTime", end, "timeZone", zone));
}

static void
convert(json_t *o, const char *name, json_t *v, json_t *event, const char *zone)
{
	if (strcmp(name, "start") == 0 || strcmp(name, "end") == 0)
		json_object_set_new(o, name, moment(v, zone));
	else if (strcmp(name, "body") == 0)
		json_object_set_new(o, name, body(v));
	else if (strcmp(name, "location") == 0)
		json_object_set_new(o, name, place(v));
	else if (strcmp(name, "attendees") == 0)
		json_object_set_new(o, name, attendees(v));
	else if (strcmp(name, "allDay") == 0)
		json_object_set(o, "isAllDay", v);
	else if (strcmp(name, "online") == 0)
		json_object_set(o, "isOnlineMeeting", v);
	else if (strcmp(name, "properties") == 0)
		json_object_set_new(
		    o, "singleValueExtendedProperties", properties(v));
	else if (strcmp(name, "recurrence") == 0)
		json_object_set_new(o, name,
		    recurrence(v, json_object_get(event, "start"), zone));
	else
		json_object_set(o, name, v);
}

json_t *
friendly_body(json_t *event, const char *default_zone)
{
	const char *zone = json_string_value(json_object_get(event, "zone"));
	json_t *o = json_object(), *v, *reminder;
	const char *name;

	if (zone == NULL)
		zone = default_zone;
	json_object_foreach(event, name, v) convert(o, name, v, event, zone);
	reminder = json_object_get(o, "reminder");
	if (reminder != NULL) {
		json_object_set_new(
		    o, "isReminderOn", json_boolean(json_is_integer(reminder)));
		if (json_is_integer(reminder))
			json_object_set(
			    o, "reminderMinutesBeforeStart", reminder);
	}
	add_default_end(o, zone);
	return o;
}
