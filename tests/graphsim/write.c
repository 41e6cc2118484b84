#include "write.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "arena.h"
#include "buf.h"
#include "content.h"
#include "events.h"
#include "fields.h"
#include "groups.h"
#include "render.h"
#include "store.h"
#include "transaction.h"

static const struct actor api_post = { .op = "POST" };
static const struct actor api_patch = { .op = "PATCH" };
static const struct actor api_delete = { .op = "DELETE" };
static const struct actor api_purge = { .op = "permanentDelete" };

static bool
strip_weak(const char *etag, char *out, size_t size)
{
	if (strncmp(etag, "W/", 2) == 0)
		etag += 2;
	if (*etag == '"')
		etag++;
	if (strlen(etag) >= size)
		return false;
	strcpy(out, etag);
	out[strcspn(out, "\"")] = '\0';
	return true;
}

struct reply *
write_check_match(const struct request *r, const struct item *it)
{
	const char *want = request_get_header(r, "if-match");
	char a[200], b[200], *have;
	bool same;

	if (want == NULL || strcmp(want, "*") == 0 || mode(MODE_IFMATCH) == 2)
		return NULL;
	have = render_etag(it);
	same = strip_weak(want, a, sizeof(a)) &&
	       strip_weak(have, b, sizeof(b)) && strcmp(a, b) == 0;
	free(have);
	if (same)
		return NULL;
	return reply_error(mode(MODE_IFMATCH) == 1 ? 409 : 412,
	    "ErrorIrresolvableConflict",
	    "The send or update operation could not be performed because the "
	    "change key passed in the request does not match the current "
	    "change key for the item.");
}

struct reply *
write_create(struct calendar *cal, json_t *body, bool lenient,
    struct event **made, bool *text_body)
{
	struct content c;
	struct fields f = { .c = &c, .creating = true, .lenient = lenient };
	struct event *e;

	content_init(&c);
	fields_read(&f, body);
	if (f.error == NULL &&
	    (!(f.sent & FIELD_START) || !(f.sent & FIELD_END)))
		fields_fail(&f, 400, "ErrorInvalidRequest",
		    "The start and end properties are required.");
	if (!fields_check(&f, f.series)) {
		content_free(&c);
		return f.error;
	}
	e = store_add_event(cal);
	c.response = RESPONSE_ORGANIZER;
	content_free(&e->c);
	e->c = c;
	if (f.series != NULL && f.series->zone == NULL)
		f.series->zone = arena_strdup(c.start_zone);
	e->series = f.series;
	arena_set(&e->transaction, f.transaction);
	store_add_meeting(e);
	*text_body = f.text_body;
	*made = e;
	return NULL;
}

/* The POST answer may echo a text body as it was sent. */
static void
echo_text(struct reply *reply, json_t *body, bool text_body)
{
	if (text_body && mode(MODE_BODY_ECHO) == 0 &&
	    json_object_get(reply->json, "body") != NULL)
		json_object_set(
		    reply->json, "body", json_object_get(body, "body"));
}

static struct reply *
answer(struct scope *s, struct event *e, int status, bool text_body)
{
	struct item it;
	struct reply *reply;
	char *where;

	item_of_event(e, &it);
	reply = events_answer(s, &it, status);
	if (status == 201 && reply->status == 201) {
		where = xasprintf("%s/v1.0/users('%s')/events('%s')",
		    s->r->root, s->user->guid,
		    json_string_value(json_object_get(reply->json, "id")));
		reply_header(reply, "Location", where);
		free(where);
	}
	echo_text(reply, s->r->json, text_body);
	return reply;
}

struct reply *
write_post(struct scope *s)
{
	struct calendar *cal = scope_calendar(s);
	struct reply *error = scope_check_write(s);
	struct event *e = NULL;
	bool text_body = false;
	json_t *body;

	if (error != NULL)
		return error;
	body = request_json(s->r, &error);
	if (body == NULL)
		return error;
	if (!cal->can_edit)
		return reply_error(403, "ErrorAccessDenied",
		    "Access is denied. Check credentials and try again.");
	error = transaction_check(s->user, s->r, &e);
	if (error != NULL)
		return error;
	if (e != NULL)
		return answer(s, e, 201, false);
	error = write_create(cal, body, false, &e, &text_body);
	if (error != NULL)
		return error;
	e->visible_at = world_now() + mode(MODE_CREATE_VISIBLE);
	if (mode(MODE_CREATE_VISIBLE) == 0)
		e->visible_at = 0;
	transaction_note(s->user, s->r, e);
	groups_join(s->r, e, true);
	meeting_send(e, &api_post);
	return answer(s, e, 201, text_body);
}

/* The day on which a slot really takes place. */
static int64_t
actual_day(const struct event *e, int64_t slot)
{
	const struct exception *x = item_exception(e, slot);

	return x == NULL ? slot : when_day(x->c.start);
}

/* An exception may not reach the days of its neighbours. */
static bool
crosses(const struct event *e, int64_t day, const struct content *c)
{
	const struct recurrence *r = e->series;
	int64_t last = when_day(c->end > c->start ? c->end - 1 : c->end);
	int64_t d = day;

	while (recur_next(r, d + 1, &d) && item_is_gone(e, d))
		;
	if (d > day && last >= actual_day(e, d))
		return true;
	for (d = day - 1; d >= r->start_day; d--)
		if (recur_on(r, d) && !item_is_gone(e, d))
			return when_day(c->start) <= actual_day(e, d);
	return false;
}

static struct reply *
apply_instance(struct item *it, struct fields *f, const struct actor *a)
{
	struct event *e = it->event;
	struct content old;
	struct update u = { .day = it->day, .sent = f->sent };
	struct exception *x;

	if (!f->lenient && crosses(e, it->day, f->c)) {
		content_free(f->c);
		return reply_error(400, "ErrorOccurrenceCrossingBoundary",
		    "Modified occurrence is crossing or overlapping adjacent "
		    "occurrence.");
	}
	content_copy(&old, it->c);
	old.start = it->start;
	old.end = it->end;
	u.changed = fields_changed(&old, f->c, f->sent);
	x = store_exception(e, it->day);
	content_free(&x->c);
	x->c = *f->c;
	u.old = &old;
	store_touch(e, false);
	meeting_update(e, &u, a);
	content_free(&old);
	item_of_day(e, it->day, it);
	return NULL;
}

/* A master keeps its zone, unless the whole pattern is sent with the new. */
static struct reply *
check_master(const struct event *e, const struct fields *f)
{
	if (e->series == NULL || f->lenient || !(f->sent & FIELD_START) ||
	    (f->sent & FIELD_RECURRENCE) || f->c->start_tz == e->c.start_tz)
		return NULL;
	return reply_error(400, "ErrorPropertyValidationFailure",
	    "At least one property failed validation. The time zone of a "
	    "series cannot change without its recurrence.");
}

static void
follow_start(struct event *e, const struct fields *f)
{
	if (e->series == NULL || !(f->sent & FIELD_START) ||
	    (f->sent & FIELD_RECURRENCE))
		return;
	e->series->start_day = when_day(e->c.start);
	recur_prepare(e->series);
}

/* Without their own time, exceptions follow what the master says now. */
static void
settle_exceptions(struct event *e, const struct fields *f, unsigned changed)
{
	if (e->series == NULL)
		return;
	if ((changed & FIELD_TIME) && mode(MODE_MASTER_PATCH) == 0)
		store_drop_exceptions(e);
	for (size_t i = 0; i < e->nexceptions; i++) {
		struct content *c = &e->exceptions[i].c;

		if (f->sent & FIELD_SUBJECT)
			arena_set(&c->subject, e->c.subject);
		if (f->sent & FIELD_BODY)
			arena_set(&c->body, e->c.body);
	}
}

static void
apply_whole(struct item *it, struct fields *f, const struct actor *a)
{
	struct event *e = it->event;
	struct content old = e->c;
	struct update u = { .day = WHOLE,
		.sent = f->sent,
		.old = &old,
		.exceptions = e->nexceptions };

	u.changed = fields_changed(&old, f->c, f->sent);
	if ((f->sent & FIELD_RECURRENCE) && recur_same(e->series, f->series))
		u.changed &= ~(unsigned)FIELD_RECURRENCE;
	e->c = *f->c;
	if (u.changed & FIELD_RECURRENCE) {
		store_set_series(e, f->series);
		e->ngone = 0;
	}
	if (e->series != NULL && e->series->zone == NULL)
		e->series->zone = arena_strdup(e->c.start_zone);
	follow_start(e, f);
	settle_exceptions(e, f, u.changed);
	store_touch(e, false);
	meeting_update(e, &u, a);
	content_free(&old);
	item_of_event(e, it);
}

static struct reply *
check_attendee(const struct item *it, const struct fields *f)
{
	if (it->event->is_organizer || f->lenient ||
	    mode(MODE_ATTENDEE_PATCH) == 0 ||
	    (f->sent & ~(unsigned)FIELD_PRIVATE) == 0)
		return NULL;
	return reply_error(mode(MODE_ATTENDEE_PATCH) == 1 ? 400 : 403,
	    mode(MODE_ATTENDEE_PATCH) == 1 ? "ErrorInvalidRequest"
					   : "ErrorAccessDenied",
	    "Only the organizer can change this property of a meeting.");
}

struct reply *
write_apply(struct item *it, json_t *body, bool lenient, const struct actor *a,
    bool *text_body)
{
	struct content c;
	struct fields f = { .c = &c, .lenient = lenient };
	bool instance =
	    it->type == ITEM_OCCURRENCE || it->type == ITEM_EXCEPTION;
	struct recurrence *series;

	content_copy(&c, it->c);
	if (instance) {
		c.start = it->start;
		c.end = it->end;
	}
	fields_read(&f, body);
	series = f.sent & FIELD_RECURRENCE ? f.series : NULL;
	fields_check(&f, instance ? NULL : series);
	if (f.error == NULL)
		f.error = check_attendee(it, &f);
	if (f.error == NULL && !instance)
		f.error = check_master(it->event, &f);
	*text_body = f.text_body;
	if (f.error != NULL) {
		content_free(&c);
		return f.error;
	}
	if (instance)
		return apply_instance(it, &f, a);
	apply_whole(it, &f, a);
	return NULL;
}

struct reply *
write_patch(struct scope *s, const char *id)
{
	struct item it;
	struct reply *reply = scope_check_write(s);
	bool text_body = false;
	json_t *body;

	if (reply == NULL)
		reply = scope_find(s, id, &it);
	if (reply == NULL)
		reply = write_check_match(s->r, &it);
	if (reply != NULL)
		return reply;
	body = request_json(s->r, &reply);
	if (body == NULL)
		return reply;
	if (!it.event->calendar->can_edit)
		return reply_error(403, "ErrorAccessDenied",
		    "Access is denied. Check credentials and try again.");
	reply = write_apply(&it, body, false, &api_patch, &text_body);
	if (reply != NULL)
		return reply;
	groups_join(s->r, it.event, false);
	reply = events_answer(s, &it, 200);
	echo_text(reply, body, text_body);
	return reply;
}

void
write_remove(struct item *it, const struct actor *a)
{
	bool instance =
	    it->type == ITEM_OCCURRENCE || it->type == ITEM_EXCEPTION;
	int64_t day = instance ? it->day : WHOLE;

	if (it->event->is_organizer)
		meeting_cancel(it->event, day, a);
	else
		meeting_discard(it->event, day, a);
}

/* Some see 403 where others see 404. */
static struct reply *
gone_already(struct reply *reply)
{
	if (reply->status != 404 || mode(MODE_DELETE_TWICE) == 0)
		return reply;
	reply_free(reply);
	return reply_error(403, "ErrorAccessDenied",
	    "Access is denied. The event is already cancelled.");
}

struct reply *
write_delete(struct scope *s, const char *id, bool permanent)
{
	static const struct actor quiet = { .op = "permanentDelete",
		.person = true };
	bool silent = permanent && mode(MODE_MAIL_PERMANENT_DELETE) == 1;
	struct item it;
	struct reply *reply = scope_check_write(s);

	if (reply != NULL)
		return reply;
	reply = scope_find(s, id, &it);
	if (reply != NULL)
		return gone_already(reply);
	reply = write_check_match(s->r, &it);
	if (reply != NULL)
		return reply;
	write_remove(&it, silent      ? &quiet
			  : permanent ? &api_purge
				      : &api_delete);
	return reply_new(204, NULL);
}
