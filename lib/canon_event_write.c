/*
 * canon_event_write: the record, member by member, in the order of docs/stream.md.
 *
 * The digest is taken over bytes just written, from `uid` to `cancelled`: the
 * order of the members is such that what does not belong to the content stands
 * outside of these.  So does `marker`, which only reads by id bring: with it an
 * event would be another one each time that it comes in a round.
 */
#include "bounds.h"
#include "canon_event.h"
#include "instant.h"

static void
put_date(struct jsonw *w, const char *key, int32_t date)
{
	char text[INSTANT_TEXT_MAX];
	size_t n = date_print(date, text);

	jw_str(w, key, (struct slice){ text, n });
}

static void
put_instant(struct jsonw *w, const char *key, bool known, int64_t us)
{
	char text[INSTANT_TEXT_MAX];
	size_t n;

	if (!known) {
		jw_null(w, key);
		return;
	}
	n = instant_print(us, text);
	jw_str(w, key, (struct slice){ text, n });
}

static void
put_etag(const struct event *e, struct jsonw *w)
{
	struct str text = { .max = LINE_MAX_BYTES };

	if (e->etag.data != NULL || e->change_key.len == 0) {
		jw_str(w, "etag", e->etag);
		return;
	}
	/* Graph's etag is its change key in this dress. */
	str_adds(&text, "W/\"");
	str_add_slice(&text, e->change_key);
	str_addc(&text, '"');
	jw_str(w, "etag", str_slice(&text));
	str_free(&text);
}

static void
put_times(const struct event *e, struct jsonw *w)
{
	if (e->when.all_day) {
		put_date(w, "start", e->when.start_date);
		put_date(w, "end", e->when.end_date);
	} else {
		put_instant(w, "start", true, e->when.start);
		put_instant(w, "end", true, e->when.end);
	}
	jw_cstr(w, "zone", e->zone.tz != NULL ? tz_name(e->zone.tz) : NULL);
	if (e->zone.tz == NULL)
		jw_str(w, "zone_name", e->zone.stated);
	jw_bool(w, "all_day", e->when.all_day);
}

static void
put_reminder(const struct event *e, struct jsonw *w)
{
	if (e->has_reminder)
		jw_int(w, "reminder", e->reminder);
	else
		jw_null(w, "reminder");
}

static void
put_rooms(const struct event *e, struct jsonw *w)
{
	people_write_rooms(&e->people, w);
}

static void
put_attendees(const struct event *e, struct jsonw *w)
{
	people_write_attendees(&e->people, w);
}

static void
put_marks(const struct event *e, struct jsonw *w)
{
	jw_str(w, "location", e->location);
	put_rooms(e, w);
	jw_cstr(w, "show_as", e->show_as);
	jw_cstr(w, "sensitivity", e->sensitivity);
	put_reminder(e, w);
	people_write_organizer(&e->people, w);
	jw_bool(w, "is_organizer", e->is_organizer);
	jw_cstr(w, "response", e->response);
	put_attendees(e, w);
}

static void
put_online(const struct event *e, struct jsonw *w)
{
	if (!e->online) {
		jw_null(w, "online");
		return;
	}
	jw_object(w, "online");
	jw_cstr(w, "provider", e->provider);
	jw_str(w, "url", e->url);
	jw_end(w);
}

static void
put_texts(const struct event *e, struct jsonw *w)
{
	jw_str(w, "subject", e->subject);
	jw_str(w, "location", e->location);
	jw_cstr(w, "show_as", e->show_as);
	jw_cstr(w, "sensitivity", e->sensitivity);
	jw_str(w, "recurrence_text", e->sentence);
}

/* What these members are with the master, if that is another thing. */
static void
put_if_other(const struct event *e,
    void (*put)(const struct event *e, struct jsonw *w), struct jsonw *w)
{
	struct str own = { 0 }, planned = { 0 };
	struct jsonw x;

	jw_start(&x, &own);
	jw_object(&x, NULL);
	put(e, &x);
	jw_start(&x, &planned);
	jw_object(&x, NULL);
	put(e->planned, &x);
	if (!slice_eq(str_slice(&own), str_slice(&planned)))
		put(e->planned, w);
	str_free(&own);
	str_free(&planned);
}

/* A body may be as long as the line: it is not written to be compared. */
static void
put_planned(const struct event *e, struct jsonw *w)
{
	jw_object(w, "planned");
	put_texts(e->planned, w);
	if (!slice_eq(e->body, e->planned->body))
		jw_str(w, "body", e->planned->body);
	put_if_other(e, put_times, w);
	put_if_other(e, put_rooms, w);
	put_if_other(e, put_reminder, w);
	put_if_other(e, put_attendees, w);
	put_if_other(e, put_online, w);
	jw_end(w);
}

static void
put_series(const struct event *e, struct jsonw *w)
{
	static const char *const kinds[] = { "single", "master", "occurrence",
		"exception" };

	jw_str(w, "recurrence", e->rule);
	jw_str(w, "recurrence_text", e->sentence);
	jw_object(w, "series");
	jw_cstr(w, "kind", kinds[e->kind]);
	jw_str(w, "master", e->master);
	if (e->master.data != NULL)
		put_date(w, "original_date", e->slot);
	else
		jw_null(w, "original_date");
	if (e->planned != NULL)
		put_planned(e, w);
	jw_end(w);
}

static void
put_categories(const struct event *e, struct jsonw *w)
{
	const struct json *v = e->categories;

	jw_array(w, "categories");
	for (v = v != NULL ? v->child : NULL; v != NULL; v = v->next)
		jw_str(w, NULL, v->text);
	jw_end(w);
}

void
event_write(const struct event *e, struct jsonw *w)
{
	char digest[TEXT_DIGEST_LEN + 1];
	size_t content, content_end;

	jw_object(w, "event");
	jw_str(w, "id", e->id);
	put_etag(e, w);
	content = w->out->len;
	jw_str(w, "uid", e->uid);
	jw_str(w, "subject", e->subject);
	jw_str(w, "body", e->body);
	put_times(e, w);
	put_marks(e, w);
	put_online(e, w);
	put_series(e, w);
	put_categories(e, w);
	jw_bool(w, "attachments", e->attachments);
	jw_bool(w, "draft", e->draft);
	jw_bool(w, "cancelled", e->cancelled);
	content_end = w->out->len;
	put_instant(w, "created", e->has_created, e->created);
	put_instant(w, "modified", e->has_modified, e->modified);
	jw_str(w, "marker", e->marker);
	if (e->transaction.data != NULL)
		jw_str(w, "transaction", e->transaction);
	/* Stored digests were made when no event had a marker. */
	text_digest_joined(
	    (struct slice){ w->out->data + content, content_end - content },
	    SLICE(",\"marker\":null"), digest);
	jw_cstr(w, "digest", digest);
	jw_end(w);
}
