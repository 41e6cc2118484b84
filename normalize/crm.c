/*
 * crm: see the header.  One table says which member has which form; what
 * belongs together is checked behind it.
 */
#include "crm.h"

#include <stdio.h>

#include "instant.h"

enum form {
	TEXT,	  /* also null */
	ID,	  /* text that is not empty */
	NAME,	  /* the same, may be null */
	YES_NO,	  /* true or false */
	MINUTES,  /* a whole number of minutes, or null */
	TIME,	  /* an instant, or null */
	OBJECT,	  /* also null */
	LIST,	  /* of texts */
	SHOW_AS,  /* one of the words */
	SENSITIVE /* likewise */
};

static const struct {
	const char *name;
	enum form form;
	bool needed;
} members[] = {
	{ "crm_id", ID, true },
	{ "owner", NAME, true },
	{ "start", ID, true },
	{ "end", ID, true },
	{ "all_day", YES_NO, true },
	{ "deleted", YES_NO, true },
	{ "uid", TEXT, false },
	{ "subject", TEXT, false },
	{ "body", TEXT, false },
	{ "zone", TEXT, false },
	{ "location", TEXT, false },
	{ "show_as", SHOW_AS, false },
	{ "sensitivity", SENSITIVE, false },
	{ "reminder", MINUTES, false },
	{ "online", OBJECT, false },
	{ "recurrence", TEXT, false },
	{ "recurrence_text", TEXT, false },
	{ "series", OBJECT, false },
	{ "event_type", TEXT, false },
	{ "kind", TEXT, false },
	{ "sync_status", TEXT, false },
	{ "send_invites", YES_NO, false },
	{ "origin", TEXT, false },
	{ "cancelled", YES_NO, false },
	{ "categories", LIST, false },
	{ "created", TIME, false },
	{ "modified", TIME, false },
};

static bool
is_list_of_text(const struct json *v)
{
	const struct json *e;

	if (v->type != JSON_ARRAY)
		return false;
	for (e = v->child; e != NULL; e = e->next)
		if (e->type != JSON_STRING)
			return false;
	return true;
}

static bool
has_form(const struct json *v, enum form form)
{
	bool is_null = v->type == JSON_NULL, is_text = v->type == JSON_STRING;
	int64_t n;

	switch (form) {
	case TEXT:
		return is_null || is_text;
	case ID:
		return is_text && v->text.len > 0;
	case NAME:
		return is_null || (is_text && v->text.len > 0);
	case YES_NO:
		return v->type == JSON_TRUE || v->type == JSON_FALSE;
	case MINUTES:
		return is_null || json_int(v, 0, INT32_MAX, &n);
	case TIME:
		return is_null || instant_parse(json_str(v), &n);
	case OBJECT:
		return is_null || v->type == JSON_OBJECT;
	case LIST:
		return is_list_of_text(v);
	case SHOW_AS:
		return json_is(v, "busy") || json_is(v, "oof") ||
		       json_is(v, "free");
	case SENSITIVE:
		return json_is(v, "normal") || json_is(v, "private");
	}
	return false;
}

/* Dates if all_day, instants otherwise; the end not before the start. */
static bool
times_fit(const struct json *row)
{
	struct slice start = json_text(row, "start");
	struct slice end = json_text(row, "end");
	int64_t from, to;
	int32_t first, last;

	if (json_true(row, "all_day"))
		return date_parse(start, &first) && date_parse(end, &last) &&
		       first <= last;
	return instant_parse(start, &from) && instant_parse(end, &to) &&
	       from <= to;
}

/* People and rooms are lists of objects; a name or address may be missing. */
static bool
are_objects(const struct json *list)
{
	const struct json *v;

	if (list == NULL)
		return true;
	if (list->type != JSON_ARRAY)
		return false;
	for (v = list->child; v != NULL; v = v->next)
		if (v->type != JSON_OBJECT ||
		    (!json_is_null(json_get(v, "address")) &&
			json_text(v, "address").data == NULL))
			return false;
	return true;
}

static const char *
about(const char *name)
{
	static char text[80];

	snprintf(text, sizeof text, "%s is missing or of the wrong type", name);
	return text;
}

const char *
crm_fault(const struct json *row)
{
	const struct json *v;

	if (row == NULL || row->type != JSON_OBJECT)
		return "data is no object";
	for (size_t n = 0; n < sizeof members / sizeof members[0]; n++) {
		v = json_get(row, members[n].name);
		if (v == NULL ? members[n].needed
			      : !has_form(v, members[n].form))
			return about(members[n].name);
	}
	if (!times_fit(row))
		return "start and end are no times, or in the wrong order";
	if (!are_objects(json_get(row, "attendees")) ||
	    !are_objects(json_get(row, "rooms")))
		return "people or rooms are no lists of objects";
	return NULL;
}
