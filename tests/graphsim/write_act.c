#include "write_act.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "arena.h"
#include "content.h"
#include "files.h"
#include "names.h"
#include "outbox.h"
#include "render_parts.h"
#include "store.h"
#include "text.h"
#include "write.h"

static int64_t
day_of(const struct item *it)
{
	return it->type == ITEM_OCCURRENCE || it->type == ITEM_EXCEPTION
		   ? it->day
		   : WHOLE;
}

/* The item, if the app may write. */
static struct reply *
find(struct scope *s, const char *id, struct item *it)
{
	struct reply *reply = scope_check_write(s);

	return reply != NULL ? reply : scope_find(s, id, it);
}

struct reply *
act_cancel(struct scope *s, const char *id)
{
	static const struct actor api = { .op = "cancel" };
	struct item it;
	struct reply *reply = find(s, id, &it);

	if (reply != NULL)
		return reply;
	if (!it.event->is_organizer)
		return reply_error(400, "ErrorInvalidRequest",
		    "Your request can't be completed. You need to be an "
		    "organizer to cancel a meeting.");
	write_remove(&it, &api);
	return reply_new(202, NULL);
}

static int64_t
slot_time(json_t *slot, const char *name)
{
	json_t *o = json_object_get(slot, name);
	const char *text = json_string_value(json_object_get(o, "dateTime"));
	const char *zone = json_string_value(json_object_get(o, "timeZone"));
	const struct tz *tz = zone == NULL ? NULL : tz_find(zone);
	int64_t t;

	if (text == NULL || tz == NULL || !when_parse(text, &t, NULL))
		return 0;
	return tz_to_utc(tz, t);
}

static json_t *
member(json_t *body, const char *name)
{
	const char *key;
	json_t *v;

	json_object_foreach(
	    body, key, v) if (strcasecmp(key, name) == 0) return v;
	return NULL;
}

/* Proposing needs an answer that is sent, and an organizer who allows it. */
static struct reply *
check_proposal(const struct item *it, json_t *slot, struct answer *a)
{
	if (slot == NULL || json_is_null(slot))
		return NULL;
	if (a->response == RESPONSE_ACCEPTED || !a->send ||
	    !it->c->allow_new_time)
		return reply_error(400, "ErrorInvalidRequest",
		    "A new time cannot be proposed with this response.");
	a->proposed_start = slot_time(slot, "start");
	a->proposed_end = slot_time(slot, "end");
	if (a->proposed_start == 0 || a->proposed_end < a->proposed_start)
		return reply_error(400, "ErrorInvalidRequest",
		    "The proposed time is not valid.");
	return NULL;
}

struct reply *
act_respond(struct scope *s, const char *id, enum response response)
{
	static const char *const ops[] = { "", "", "tentativelyAccept",
		"accept", "decline" };
	struct answer a = { .response = response, .send = true };
	struct actor api = { .op = ops[(int)response] };
	struct item it;
	struct reply *reply = find(s, id, &it);
	json_t *body = NULL, *send;

	if (reply != NULL)
		return reply;
	if (s->r->body_len > 0) {
		body = request_json(s->r, &reply);
		if (body == NULL)
			return reply;
	}
	if (it.event->is_organizer)
		return reply_error(400, "ErrorInvalidRequest",
		    "Your request can't be completed. You can't respond to "
		    "this meeting because you're the meeting organizer.");
	send = member(body, "sendResponse");
	a.send = send == NULL || !json_is_false(send);
	reply = check_proposal(&it, member(body, "proposedNewTime"), &a);
	if (reply != NULL)
		return reply;
	meeting_respond(it.event, day_of(&it), &a, &api);
	return reply_new(202, NULL);
}

static const char *
address_of(json_t *recipient)
{
	return json_string_value(json_object_get(
	    json_object_get(recipient, "emailAddress"), "address"));
}

static void
forward_to(struct event *e, const char *address)
{
	union {
		const char *in;
		char *out;
	} a = { address };
	struct attendee at = {
		.name = a.out, .address = a.out, .responded = WHEN_NEVER
	};

	if (content_attendee(&e->c, address) == NULL)
		content_add_attendee(&e->c, &at);
}

struct reply *
act_forward(struct scope *s, const char *id)
{
	static const struct actor api = { .op = "forward" };
	struct item it;
	struct event *e;
	struct user *u;
	struct reply *reply = find(s, id, &it);
	size_t i;
	json_t *body, *one;

	if (reply != NULL)
		return reply;
	body = request_json(s->r, &reply);
	if (body == NULL)
		return reply;
	e = it.event;
	u = e->is_organizer ? NULL : world_mailbox(e->organizer_address);
	json_array_foreach(member(body, "toRecipients"), i, one)
	{
		const char *address = address_of(one);
		struct event *org =
		    u == NULL ? e : store_copy_of(e->meeting, u);

		if (address == NULL || !text_is_address(address))
			return reply_error(400, "ErrorInvalidRecipients",
			    "At least one recipient is not valid.");
		outbox_add(e, day_of(&it), address, "forward", &api);
		if (org == NULL)
			continue;
		forward_to(org, address);
		store_touch(org, false);
	}
	if (!e->is_organizer)
		outbox_add(
		    e, day_of(&it), e->organizer_address, "notice", &api);
	return reply_new(202, NULL);
}

static struct reply *
post_extension(struct scope *s, struct item *it)
{
	struct reply *reply;
	json_t *body = request_json(s->r, &reply);
	const char *name;
	struct extension *x;
	char *text;

	if (body == NULL)
		return reply;
	name = json_string_value(json_object_get(body, "extensionName"));
	if (name == NULL)
		return reply_error(400, "ErrorInvalidRequest",
		    "The extensionName is missing.");
	text = json_dumps(body, JSON_COMPACT);
	content_set_extension(&it->event->c, name, text);
	free(text);
	x = content_extension(&it->event->c, name);
	return reply_new(201, render_extension(x));
}

/* PATCH of one extension: given members replace, null removes. */
static struct reply *
patch_extension(struct scope *s, struct extension *x)
{
	struct reply *reply;
	json_t *body = request_json(s->r, &reply), *members, *v;
	const char *name;
	char *text;

	if (body == NULL)
		return reply;
	members = json_loads(x->members, 0, NULL);
	json_object_foreach(body, name, v) if (json_is_null(v))
	    json_object_del(members, name);
	else json_object_set(members, name, v);
	text = json_dumps(members, JSON_COMPACT);
	arena_set(&x->members, text);
	free(text);
	json_decref(members);
	return reply_new(200, render_extension(x));
}

/* A touch that delta does not show. */
struct reply *
act_extensions(struct scope *s, const char *id)
{
	bool read = strcmp(s->r->method, "GET") == 0;
	const char *name = request_segment(s->r, s->next + 3);
	struct item it;
	struct extension *x;
	struct reply *reply = read ? scope_find(s, id, &it) : find(s, id, &it);

	if (reply != NULL)
		return reply;
	if (!read)
		store_touch(it.event, true);
	if (strcmp(s->r->method, "POST") == 0)
		return post_extension(s, &it);
	x = content_extension(&it.event->c, name);
	if (x == NULL)
		return reply_error(404, "ErrorItemNotFound",
		    "The specified object was not found in the store.");
	if (read)
		return reply_new(200, render_extension(x));
	if (strcmp(s->r->method, "PATCH") == 0)
		return patch_extension(s, x);
	content_drop_extension(&it.event->c, x->name);
	return reply_new(204, NULL);
}

struct reply *
act_attachments(struct scope *s, const char *id)
{
	static const struct actor api = { .op = "attachment" };
	struct item it;
	struct reply *reply;
	json_t *body;

	if (strcmp(s->r->method, "GET") == 0) {
		const char *file = request_segment(s->r, s->next + 3);

		reply = scope_find(s, id, &it);
		if (reply != NULL)
			return reply;
		return *file != '\0' ? files_one(s, it.event, file)
				     : files_list(s, it.event);
	}
	reply = find(s, id, &it);
	if (reply != NULL)
		return reply;
	body = request_json(s->r, &reply);
	if (body == NULL)
		return reply;
	files_attach(it.event, body);
	store_touch(it.event, false);
	if (mode(MODE_MAIL_ATTACHMENT) == 0)
		meeting_notify(it.event, day_of(&it), &api);
	return reply_new(
	    201, json_pack("{s:s, s:s, s:O?}", "@odata.type",
		     "#microsoft.graph.fileAttachment", "id", "AAMkAttachment",
		     "name", json_object_get(body, "name")));
}

struct reply *
act_reminder(struct scope *s, const char *id)
{
	struct item it;
	struct reply *reply = find(s, id, &it);

	if (reply != NULL)
		return reply;
	if (strstr(s->r->path, "dismiss") != NULL)
		it.event->c.reminder_on = false;
	store_touch(it.event, false);
	return reply_new(202, NULL);
}
