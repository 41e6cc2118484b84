#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "arena.h"
#include "buf.h"
#include "content.h"
#include "fields.h"
#include "names.h"
#include "text.h"

static void
zone_error(struct fields *f, const char *zone)
{
	if (f->error == NULL)
		f->error = reply_error(400, "TimeZoneNotSupportedException",
		    "A valid TimeZone value must be specified. The following "
		    "TimeZone value is not supported: '%s'.",
		    zone);
}

void
fields_time(struct fields *f, const char *name, json_t *v)
{
	const char *text = json_string_value(json_object_get(v, "dateTime"));
	const char *zone = json_string_value(json_object_get(v, "timeZone"));
	const struct tz *tz = zone == NULL ? NULL : tz_find(zone);
	int32_t offset;
	int64_t t;

	if (text == NULL || !when_parse(text, &t, &offset)) {
		fields_fail(f, 400, "RequestBodyRead",
		    "Cannot convert the literal given for dateTime to the "
		    "expected type.");
		return;
	}
	if (tz == NULL) {
		zone_error(f, zone == NULL ? "" : zone);
		return;
	}
	if (offset != INT32_MIN)
		t = tz_to_local(tz, t - offset);
	if (strcasecmp(name, "start") == 0) {
		f->c->start = t;
		f->c->start_tz = tz;
		f->c->start_zone = world_intern(zone);
	} else {
		f->c->end = t;
		f->c->end_tz = tz;
		f->c->end_zone = world_intern(zone);
	}
}

static int
number(json_t *o, const char *name)
{
	return (int)json_integer_value(json_object_get(o, name));
}

static const char *
string(json_t *o, const char *name)
{
	return json_string_value(json_object_get(o, name));
}

static void
bad_series(struct fields *f, const char *message)
{
	fields_fail(f, 400, "ErrorPropertyValidationFailure", message);
}

static void
read_pattern(struct fields *f, json_t *p, struct recurrence *r)
{
	int type = names_find(names_pattern, string(p, "type"));
	int index = names_find(names_index, string(p, "index"));
	int first = names_find(names_weekday, string(p, "firstDayOfWeek"));
	size_t i;
	json_t *day;

	if (!json_is_integer(json_object_get(p, "interval")))
		fields_fail(f, 500, "ErrorInternalServerError",
		    "An internal server error occurred. The operation "
		    "failed.");
	if (type < 0)
		bad_series(f, "The recurrence pattern type is not supported.");
	r->pattern = (enum recur_pattern)(type < 0 ? 0 : type);
	r->interval = number(p, "interval");
	r->day_of_month = number(p, "dayOfMonth");
	r->month = number(p, "month");
	r->index = index < 0 ? 0 : index;
	r->first_weekday = first < 0 ? 0 : first;
	json_array_foreach(json_object_get(p, "daysOfWeek"), i, day)
	{
		int n = names_find(names_weekday, json_string_value(day));

		if (n < 0)
			bad_series(f, "A day of the week is not valid.");
		else
			r->days |= 1u << n;
	}
}

/* Each pattern needs its own members. */
static void
check_pattern(struct fields *f, const struct recurrence *r)
{
	bool days = r->pattern == RECUR_WEEKLY ||
		    r->pattern == RECUR_RELATIVE_MONTHLY ||
		    r->pattern == RECUR_RELATIVE_YEARLY;
	bool date = r->pattern == RECUR_ABSOLUTE_MONTHLY ||
		    r->pattern == RECUR_ABSOLUTE_YEARLY;
	bool month = r->pattern == RECUR_ABSOLUTE_YEARLY ||
		     r->pattern == RECUR_RELATIVE_YEARLY;

	if (f->error != NULL)
		return;
	if (r->interval < 1 || r->interval > 999)
		bad_series(f, "The recurrence interval is not valid.");
	if (days && r->days == 0)
		bad_series(f, "The recurrence pattern needs daysOfWeek.");
	if (date && (r->day_of_month < 1 || r->day_of_month > 31))
		bad_series(f, "The recurrence pattern needs dayOfMonth.");
	if (month && (r->month < 1 || r->month > 12))
		bad_series(f, "The recurrence pattern needs month.");
}

static void
read_range(struct fields *f, json_t *g, struct recurrence *r)
{
	int type = names_find(names_range, string(g, "type"));
	const char *start = string(g, "startDate"), *end = string(g, "endDate");
	const char *zone = string(g, "recurrenceTimeZone");

	if (type < 0)
		bad_series(f, "The recurrence range type is not supported.");
	r->range = (enum recur_range)(type < 0 ? 0 : type);
	if (start == NULL || !when_parse_day(start, &r->start_day))
		bad_series(f, "The recurrence range needs startDate.");
	if (r->range == RECUR_END_DATE &&
	    (end == NULL || !when_parse_day(end, &r->end_day) ||
		r->end_day < r->start_day))
		bad_series(f, "The recurrence range needs an endDate that is "
			      "not before startDate.");
	r->count = number(g, "numberOfOccurrences");
	if (r->range == RECUR_NUMBERED && (r->count < 1 || r->count > 999))
		bad_series(f, "The recurrence range needs a positive "
			      "numberOfOccurrences.");
	if (zone != NULL && *zone != '\0' && tz_find(zone) == NULL)
		zone_error(f, zone);
	if (zone != NULL && *zone != '\0')
		r->zone = arena_strdup(zone);
}

struct recurrence *
fields_series(struct fields *f, json_t *v)
{
	struct recurrence *r = arena_alloc(sizeof(*r));

	read_pattern(f, json_object_get(v, "pattern"), r);
	check_pattern(f, r);
	read_range(f, json_object_get(v, "range"), r);
	if (f->error != NULL) {
		content_free_series(r);
		return NULL;
	}
	recur_prepare(r);
	return r;
}

/* The part of an HTML text between <body> and </body>. */
static char *
inner_html(const char *html)
{
	const char *start = strstr(html, "<body"), *end;

	if (start == NULL)
		return xstrdup(html);
	start = strchr(start, '>');
	if (start == NULL)
		return xstrdup(html);
	start++;
	end = strstr(start, "</body>");
	if (end == NULL)
		end = start + strlen(start);
	while (start < end && strchr("\r\n", *start) != NULL)
		start++;
	while (end > start && strchr("\r\n", end[-1]) != NULL)
		end--;
	return xasprintf("%.*s", (int)(end - start), start);
}

/* A join block that came back stays; one that is missing ends the meeting. */
static void
keep_block(struct fields *f, char *html)
{
	char *block;

	if (!f->c->online || f->c->join_url == NULL)
		return;
	if (strstr(html, f->c->join_url) == NULL) {
		arena_set(&f->c->join_url, NULL);
		f->c->online = false;
		return;
	}
	block = strstr(html, "<div class=\"me-email-text\">");
	if (block == NULL)
		block = strstr(html, "________________________");
	if (block != NULL)
		*block = '\0';
}

void
fields_body(struct fields *f, json_t *v)
{
	const char *type = string(v, "contentType");
	const char *content = string(v, "content");
	char *html;

	f->text_body = type != NULL && strcasecmp(type, "text") == 0;
	if (content == NULL)
		content = "";
	html = f->text_body ? text_to_html(content) : inner_html(content);
	keep_block(f, html);
	arena_set(&f->c->body, html);
	free(html);
}

void
fields_online(struct fields *f, bool on)
{
	char guid[37], *url;

	/* Once it is an online meeting, it stays one. */
	if (!on || f->c->online)
		return;
	random_guid(guid);
	url = xasprintf("https://teams.microsoft.com/l/meetup-join/"
			"19%%3ameeting_%s%%40thread.v2/0",
	    guid);
	arena_set(&f->c->join_url, url);
	free(url);
	f->c->online = true;
	f->c->join_new = mode(MODE_TEAMS_JOIN) == 1;
	f->c->provider = 3;
}

static void
check_all_day(struct fields *f)
{
	const struct content *c = f->c;

	if (c->start % WHEN_DAY != 0 || c->end % WHEN_DAY != 0 ||
	    c->start_tz != c->end_tz)
		fields_fail(f, 400, "ErrorPropertyValidationFailure",
		    "The Event.Start property for an all-day event needs to "
		    "be set to midnight.");
	else if (c->end - c->start < WHEN_DAY)
		fields_fail(f, 400, "ErrorPropertyValidationFailure",
		    "The duration of an event marked as All day must be at "
		    "least 24 hours.");
}

bool
fields_check(struct fields *f, const struct recurrence *series)
{
	const struct content *c = f->c;

	if (f->lenient)
		return f->error == NULL;
	if (content_end_utc(c) < content_start_utc(c))
		fields_fail(f, 400, "ErrorPropertyValidationFailure",
		    "At least one property failed validation. Start time "
		    "must be before end time.");
	if (c->all_day)
		check_all_day(f);
	if (series != NULL && series->start_day != when_day(c->start))
		bad_series(f, "Recurrence range's startDate must be the date "
			      "of the event's start.");
	return f->error == NULL;
}

static bool
same_text(const char *a, const char *b)
{
	return strcmp(a == NULL ? "" : a, b == NULL ? "" : b) == 0;
}

static bool
same_places(const struct content *a, const struct content *b)
{
	if (a->nplaces != b->nplaces)
		return false;
	for (size_t i = 0; i < a->nplaces; i++)
		if (!same_text(a->places[i].name, b->places[i].name) ||
		    !same_text(a->places[i].address, b->places[i].address))
			return false;
	return true;
}

static bool
same_categories(const struct content *a, const struct content *b)
{
	if (a->ncategories != b->ncategories)
		return false;
	for (size_t i = 0; i < a->ncategories; i++)
		if (!content_has_category(b, a->categories[i]))
			return false;
	return true;
}

unsigned
fields_changed(const struct content *a, const struct content *b, unsigned sent)
{
	unsigned same = 0;

	if (same_text(a->subject, b->subject))
		same |= FIELD_SUBJECT;
	if (same_text(a->body, b->body))
		same |= FIELD_BODY;
	if (a->importance == b->importance)
		same |= FIELD_IMPORTANCE;
	if (a->sensitivity == b->sensitivity)
		same |= FIELD_SENSITIVITY;
	if (a->start == b->start && a->start_tz == b->start_tz)
		same |= FIELD_START;
	if (a->end == b->end && a->end_tz == b->end_tz)
		same |= FIELD_END;
	if (same_places(a, b))
		same |= FIELD_LOCATION;
	if (content_same_attendees(a, b))
		same |= FIELD_ATTENDEES;
	if (a->all_day == b->all_day)
		same |= FIELD_ALL_DAY;
	if (a->online == b->online && a->provider == b->provider)
		same |= FIELD_ONLINE;
	if (a->show_as == b->show_as)
		same |= FIELD_SHOW_AS;
	if (a->reminder == b->reminder && a->reminder_on == b->reminder_on)
		same |= FIELD_REMINDER;
	if (same_categories(a, b))
		same |= FIELD_CATEGORIES;
	return sent & ~same;
}
