/*
 * outward: member by member, in the order of the fields in docs/stream.md.
 */
#include <string.h>

#include "body.h"
#include "bounds.h"
#include "outward.h"

bool
outward_sets(const struct outward *o, const char *member)
{
	return json_get(json_get(o->op, "set"), member) != NULL;
}

const struct json *
outward_value(const struct outward *o, const char *member)
{
	const struct json *v = json_get(json_get(o->op, "set"), member);

	return v != NULL ? v : json_get(o->now, member);
}

const char *
outward_answer(const struct json *op)
{
	const struct json *answer = json_get(op, "response");

	return json_is(answer, "accepted")   ? "/accept"
	       : json_is(answer, "declined") ? "/decline"
					     : "/tentativelyAccept";
}

/* A text that goes out as it is. */
static void
put_text(
    const struct outward *o, const char *from, const char *to, struct jsonw *w)
{
	const struct json *v = json_get(json_get(o->op, "set"), from);

	if (v != NULL)
		jw_str(w, to, json_is_null(v) ? SLICE("") : json_str(v));
}

#define BETWEEN "; " /* names of Graph's locations, in the text of them all */

/* The next name of a text of places. */
static struct slice
next_place(struct slice *rest)
{
	struct slice name = *rest;

	for (size_t i = 0; i + sizeof BETWEEN - 1 <= rest->len; i++) {
		if (memcmp(rest->data + i, BETWEEN, sizeof BETWEEN - 1) != 0)
			continue;
		name.len = i;
		rest->data += i + sizeof BETWEEN - 1;
		rest->len -= i + sizeof BETWEEN - 1;
		return name;
	}
	*rest = NO_SLICE;
	return name;
}

static const struct json *
find_place(const struct outward *o, struct slice name)
{
	const struct json *all = json_get(o->event, "locations"), *v;

	for (v = all != NULL ? all->child : NULL; v != NULL; v = v->next)
		if (name.len > 0 && slice_eq(json_text(v, "displayName"), name))
			return v;
	return NULL;
}

static bool
keeps_places(const struct outward *o, struct slice text)
{
	while (text.len > 0)
		if (find_place(o, next_place(&text)) != NULL)
			return true;
	return false;
}

/* As it is, without what is Exchange's own. */
static void
put_place(const struct json *place, struct slice name, struct jsonw *w)
{
	const struct json *v;

	jw_object(w, NULL);
	if (place == NULL)
		jw_str(w, "displayName", name);
	for (v = place != NULL ? place->child : NULL; v != NULL; v = v->next)
		if (!slice_is(v->key, "uniqueId") &&
		    !slice_is(v->key, "uniqueIdType"))
			jw_key_raw(w, v->key, v->raw);
	jw_end(w);
}

/* Graph's text of the place are the names of all its locations, and a single
 * place written takes the place of them all.  So where a name stays, the list
 * is written, in which it keeps its address and coordinates (F169). */
static void
put_location(const struct outward *o, struct jsonw *w)
{
	struct slice place = json_text(json_get(o->op, "set"), "location");
	struct slice name;

	if (!outward_sets(o, "location") ||
	    (o->event == NULL && place.len == 0))
		return;
	if (keeps_places(o, place)) {
		jw_array(w, "locations");
		while (place.len > 0) {
			name = next_place(&place);
			put_place(find_place(o, name), name, w);
		}
		jw_end(w);
		return;
	}
	jw_object(w, "location");
	jw_str(w, "displayName", place.data != NULL ? place : SLICE(""));
	jw_end(w);
}

static void
put_reminder(const struct outward *o, struct jsonw *w)
{
	const struct json *v = json_get(json_get(o->op, "set"), "reminder");

	if (v == NULL)
		return;
	jw_bool(w, "isReminderOn", v->type == JSON_NUMBER);
	if (v->type == JSON_NUMBER)
		jw_raw(w, "reminderMinutesBeforeStart", v->raw);
}

/* It can be ticked, but Graph does not take it back. */
static void
put_online(const struct outward *o, struct jsonw *w)
{
	const struct json *v = json_get(json_get(o->op, "set"), "online");
	struct slice provider = json_text(v, "provider");

	if (json_is_null(v))
		return;
	jw_bool(w, "isOnlineMeeting", true);
	if (provider.len > 0 && !slice_is(provider, "unknown"))
		jw_str(w, "onlineMeetingProvider", provider);
}

static const char *
put_body(const struct outward *o, struct jsonw *w)
{
	const struct json *v = json_get(json_get(o->op, "set"), "body");
	bool online = !json_is_null(json_get(o->now, "online")), good = true;
	struct str html = { .max = 16 * LINE_MAX_BYTES };
	struct slice text = json_str(v);

	if (v == NULL || (o->event == NULL && text.len == 0))
		return NULL;
	str_add(&html, "", 0);
	if (text.data == NULL)
		text = SLICE("");
	if (online)
		good = body_write_with_block(text,
		    json_text(json_get(o->event, "body"), "content"), &html);
	else
		body_write(text, &html);
	if (good) {
		jw_object(w, "body");
		jw_cstr(w, "contentType", "html");
		jw_str(w, "content", str_slice(&html));
		jw_end(w);
	}
	str_free(&html);
	return good ? NULL : "join_block";
}

/* Under the name that SalesExec's own clients read it by; we read any. */
static void
put_marker(const struct json *marker, struct jsonw *w)
{
	if (json_is_null(marker))
		return;
	jw_array(w, "extensions");
	jw_object(w, NULL);
	jw_cstr(w, "@odata.type", "microsoft.graph.openTypeExtension");
	jw_str(w, "extensionName", json_text(marker, "extension"));
	jw_str(w, "AppointmentGuid", json_text(marker, "guid"));
	jw_end(w);
	jw_end(w);
}

static void
put_key(const struct outward *o, struct jsonw *w)
{
	if (o->event != NULL)
		return;
	jw_str(w, "transactionId", o->transaction);
	jw_array(w, "singleValueExtendedProperties");
	jw_object(w, NULL);
	jw_cstr(w, "id", OUTWARD_KEY);
	jw_str(w, "value", o->transaction);
	jw_end(w);
	jw_end(w);
	put_marker(json_get(o->op, "marker"), w);
}

const char *
outward_body(const struct outward *o, struct str *out, bool *empty)
{
	size_t begin = out->len;
	const char *why;
	struct jsonw w;

	jw_start(&w, out);
	jw_object(&w, NULL);
	put_text(o, "subject", "subject", &w);
	why = put_body(o, &w);
	if (why == NULL)
		why = outward_when(o, &w);
	if (why != NULL)
		return why;
	put_location(o, &w);
	put_text(o, "show_as", "showAs", &w);
	put_text(o, "sensitivity", "sensitivity", &w);
	put_reminder(o, &w);
	outward_people(o, &w);
	put_online(o, &w);
	outward_categories(o, &w);
	put_key(o, &w);
	jw_end(&w);
	*empty = out->len - begin <= 2;
	return NULL;
}
