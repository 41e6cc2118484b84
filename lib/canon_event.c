/*
 * canon_event: read an item, group by group.  Each group has one function; the
 * order of the groups is that of the record.
 */
#include "canon_event.h"
#include "bounds.h"
#include "canon_html.h"
#include "canon_words.h"

/* Graph's prefix for the name in an open extension's id. */
#define EXTENSION_ID "Microsoft.OutlookServices.OpenTypeExtension."

enum kind
event_kind(const struct fields *f)
{
	static const char *const types[] = { "singleInstance", "seriesMaster",
		"occurrence", "exception" };
	struct slice type = json_str(f->at[F_TYPE]);
	int i;

	for (i = KIND_SINGLE; i <= KIND_EXCEPTION; i++)
		if (type.data != NULL && slice_is_nocase(type, types[i]))
			return (enum kind)i;
	if (!json_is_null(f->at[F_MASTER_ID]))
		return KIND_OCCURRENCE;
	return json_is_null(f->at[F_RECURRENCE]) ? KIND_SINGLE : KIND_MASTER;
}

static bool
read_identity(struct fields *f, struct event *e)
{
	if (!fields_text(f, F_ID, &e->id) || !fields_text(f, F_UID, &e->uid) ||
	    !fields_text(f, F_ETAG, &e->etag) ||
	    !fields_text(f, F_CHANGE_KEY, &e->change_key))
		return false;
	if (e->id.len == 0)
		return fields_refuse(f, "bad_record", "id is missing");
	if (e->uid.len == 0)
		e->uid = NO_SLICE;
	return true;
}

/* Append the text of a body to out. */
static bool
make_body(struct fields *f, struct text *t, struct str *out)
{
	const struct json *body = NULL;
	struct slice content = SLICE(""), type = NO_SLICE;
	bool readable = true;

	if (!fields_object(f, F_BODY, &body) ||
	    !member_text(f, body, "content", &content) ||
	    !member_text(f, body, "contentType", &type))
		return false;
	text_start(t);
	if (type.data != NULL && slice_is_nocase(type, "text"))
		text_add_kept(t, content);
	else
		readable = html_read(content, t);
	if (!readable)
		return fields_refuse(
		    f, "too_big", "the body's HTML is too complex");
	text_finish(t, out);
	return true;
}

/* All occurrences share the master's body: it is read once. */
static bool
read_series_body(struct fields *f, struct context *c, struct series *s)
{
	if (!s->body_made) {
		str_reset(&s->body);
		s->body.max = 2 * LINE_MAX_BYTES;
		s->body_refused = !make_body(f, &c->text, &s->body);
		s->body_made = true;
	}
	if (s->body_refused)
		return fields_refuse(f, "too_big",
		    "the body of the series' master cannot be read");
	return true;
}

static bool
read_content(struct fields *f, struct context *c, struct series *s,
    struct str *body_space, struct event *e)
{
	e->subject = SLICE("");
	if (!fields_text(f, F_SUBJECT, &e->subject))
		return false;
	if (s != NULL && f->at[F_BODY] == s->master.at[F_BODY]) {
		if (!read_series_body(f, c, s))
			return false;
		e->body = str_slice(&s->body);
		return true;
	}
	str_reset(body_space);
	body_space->max = 2 * LINE_MAX_BYTES;
	if (!make_body(f, &c->text, body_space))
		return false;
	e->body = str_slice(body_space);
	return true;
}

static bool
read_word(struct fields *f, enum field field, enum words list, const char **out)
{
	struct slice value = NO_SLICE;

	if (!fields_text(f, field, &value))
		return false;
	*out = words_find(list, value);
	return true;
}

static bool
read_reminder(struct fields *f, struct event *e)
{
	bool on = true;

	e->reminder = -1;
	if (!fields_bool(f, F_REMINDER_ON, &on) ||
	    !fields_int(f, F_REMINDER, &e->reminder))
		return false;
	/* Graph keeps the minutes of a reminder that is off. */
	e->has_reminder = on && !json_is_null(f->at[F_REMINDER]);
	if (e->reminder < 0)
		e->reminder = 0;
	return true;
}

static bool
read_marks(struct fields *f, struct event *e)
{
	const struct json *location = NULL, *status = NULL;
	struct slice response = NO_SLICE;

	e->location = SLICE("");
	if (!fields_object(f, F_LOCATION, &location) ||
	    !member_text(f, location, "displayName", &e->location) ||
	    !read_word(f, F_SHOW_AS, WORDS_SHOW_AS, &e->show_as) ||
	    !read_word(f, F_SENSITIVITY, WORDS_SENSITIVITY, &e->sensitivity) ||
	    !fields_bool(f, F_IS_ORGANIZER, &e->is_organizer) ||
	    !fields_object(f, F_RESPONSE, &status) ||
	    !member_text(f, status, "response", &response) ||
	    !fields_bool(f, F_HAS_ATTACHMENTS, &e->attachments) ||
	    !fields_bool(f, F_DRAFT, &e->draft) ||
	    !fields_bool(f, F_CANCELLED, &e->cancelled))
		return false;
	e->response = words_find(WORDS_RESPONSE, response);
	return read_reminder(f, e);
}

static bool
read_online(struct fields *f, struct event *e)
{
	const struct json *meeting = NULL;
	struct slice join = NO_SLICE;

	if (!fields_object(f, F_ONLINE_MEETING, &meeting) ||
	    !member_text(f, meeting, "joinUrl", &join) ||
	    !fields_text(f, F_ONLINE_URL, &e->url) ||
	    !read_word(f, F_ONLINE_PROVIDER, WORDS_PROVIDER, &e->provider))
		return false;
	if (join.len > 0)
		e->url = join;
	if (e->url.len == 0)
		e->url = NO_SLICE;
	/* A link says it too, where the flag itself is not given. */
	e->online = e->url.data != NULL;
	return fields_bool(f, F_IS_ONLINE, &e->online);
}

static bool
read_categories(struct fields *f, struct event *e)
{
	const struct json *v;

	if (!fields_array(f, F_CATEGORIES, &e->categories))
		return false;
	for (v = e->categories ? e->categories->child : NULL; v; v = v->next)
		if (v->type != JSON_STRING)
			return fields_refuse(
			    f, "bad_record", "a category is no text");
	return true;
}

static bool
is_marker(const struct json *extension, struct slice name)
{
	struct slice id = json_text(extension, "id");

	if (slice_eq(json_text(extension, "extensionName"), name))
		return true;
	return slice_starts(id, EXTENSION_ID) &&
	       slice_eq((struct slice){ id.data + sizeof EXTENSION_ID - 1,
			    id.len - (sizeof EXTENSION_ID - 1) },
		   name);
}

/* The first text in our extension that is none of Graph's own members. */
static struct slice
marker_in(const struct json *extension)
{
	const struct json *m;

	for (m = extension->child; m != NULL; m = m->next)
		if (m->type == JSON_STRING && !slice_starts(m->key, "@") &&
		    !slice_is(m->key, "id") &&
		    !slice_is(m->key, "extensionName"))
			return m->text;
	return NO_SLICE;
}

static bool
read_marker(struct fields *f, struct slice name, struct event *e)
{
	const struct json *list = NULL, *v;

	if (!fields_array(f, F_EXTENSIONS, &list))
		return false;
	if (list == NULL || name.data == NULL)
		return true;
	for (v = list->child; v != NULL; v = v->next)
		if (is_marker(v, name))
			e->marker = marker_in(v);
	return true;
}

/* The rule of a master, the sentence of all in a series. */
static bool
read_rule(struct fields *f, struct event *e)
{
	const struct json *v = NULL;
	struct recurrence r;
	struct str text = { .max = 1024 };
	const struct tz *zone = e->zone.tz;

	if (!fields_object(f, F_RECURRENCE, &v))
		return false;
	if (v == NULL)
		return fields_refuse(f, "bad_recurrence",
		    "the master of a series has no recurrence");
	if (!recur_read(f, v, &r))
		return false;
	if (r.zone.len > 0)
		zone = tz_find(r.zone);
	recur_rule(&r, zone, e->when.all_day, &text);
	e->rule.data = arena_copy(f->arena, text.data, text.len);
	e->rule.len = text.len;
	str_reset(&text);
	recur_text(&r, &text);
	e->sentence.data = arena_copy(f->arena, text.data, text.len);
	e->sentence.len = text.len;
	str_free(&text);
	return true;
}

/* The date of an exception as it would be without its changes: the master's
 * content in the slot.  A master that cannot be read says nothing of it. */
static const struct event *
read_planned(
    struct fields *f, struct context *c, struct series *s, int32_t slot)
{
	struct fields master = s->master;
	struct event *e = arena_alloc(f->arena, sizeof *e);
	struct str unused = { 0 }; /* the body is the series' */
	bool known;

	master.arena = f->arena;
	known = event_read(&master, c, s, &unused, e);
	str_free(&unused);
	if (!known)
		return NULL;
	when_move(&e->when, s->zone, slot);
	e->sentence = s->sentence;
	return e;
}

static bool
read_membership(
    struct fields *f, struct context *c, struct series *s, struct event *e)
{
	struct str text = { .max = RECUR_TEXT_MAX + 16 };

	e->master = s->id;
	e->sentence = s->sentence;
	if (e->kind == KIND_EXCEPTION && e->sentence.data != NULL) {
		str_add_slice(&text, e->sentence);
		str_adds(&text, " (changed)");
		e->sentence.data = arena_copy(f->arena, text.data, text.len);
		e->sentence.len = text.len;
		str_free(&text);
	}
	if (!when_read_slot(f, e->kind == KIND_EXCEPTION, s->zone, s->all_day,
		&e->when, &e->slot))
		return false;
	if (e->kind == KIND_EXCEPTION && s->has_master)
		e->planned = read_planned(f, c, s, e->slot);
	return true;
}

static bool
read_series(
    struct fields *f, struct context *c, struct series *s, struct event *e)
{
	if (e->kind == KIND_MASTER)
		return read_rule(f, e);
	if (e->kind == KIND_SINGLE)
		return true;
	return read_membership(f, c, s, e);
}

/* The zone that a recurrence names, if any: the item's own or the series'. */
static struct slice
recurrence_zone(const struct fields *f, const struct series *s)
{
	const struct json *v = f->at[F_RECURRENCE];

	if (!json_is_null(v))
		return json_text(json_get(v, "range"), "recurrenceTimeZone");
	return s != NULL && s->has_recurrence ? s->recurrence.zone : NO_SLICE;
}

/* What ours look like: 36 of hex digits and hyphens. */
static bool
is_our_kind(struct slice id)
{
	size_t i;

	if (id.len != 36)
		return false;
	for (i = 0; i < id.len; i++)
		if (!ascii_is_digit(id.data[i]) && id.data[i] != '-' &&
		    (id.data[i] < 'a' || id.data[i] > 'f'))
			return false;
	return true;
}

/* A member of a series is not known by it; others' are of no use. */
static void
read_transaction(const struct fields *f, struct event *e)
{
	struct slice id = json_str(f->at[F_TRANSACTION]);

	if ((e->kind == KIND_SINGLE || e->kind == KIND_MASTER) &&
	    is_our_kind(id))
		e->transaction = id;
}

bool
event_read(struct fields *f, struct context *c, struct series *s,
    struct str *body_space, struct event *e)
{
	*e = (struct event){ .kind = event_kind(f) };
	read_transaction(f, e);
	return read_identity(f, e) &&
	       when_read_zone(
		   f, recurrence_zone(f, s), c->mailbox_zone, &e->zone) &&
	       when_read(f, &e->zone, &e->when) &&
	       read_content(f, c, s, body_space, e) && read_marks(f, e) &&
	       people_read(f, &e->people) && read_online(f, e) &&
	       read_series(f, c, s, e) && read_categories(f, e) &&
	       when_read_instant(f, F_CREATED, &e->has_created, &e->created) &&
	       when_read_instant(
		   f, F_MODIFIED, &e->has_modified, &e->modified) &&
	       read_marker(f, c->marker, e);
}
