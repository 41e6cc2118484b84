#include "act.h"

#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "content.h"
#include "delta.h"
#include "dump.h"
#include "files.h"
#include "friendly.h"
#include "ids.h"
#include "load.h"
#include "meeting.h"
#include "signin.h"
#include "store.h"
#include "write.h"

/* One action, taken apart. */
struct act {
	json_t *json;
	const char *what;
	struct user *as;     /* NULL: nobody with a mailbox here */
	struct event *event; /* the person's own copy */
	struct item item;    /* the event, or the named occurrence */
	int64_t day;	     /* WHOLE, or its original date */
	struct actor actor;
};

static const char *
text(const struct act *a, const char *name)
{
	return json_string_value(json_object_get(a->json, name));
}

static struct reply *
wrong(const char *message, const char *detail)
{
	return reply_error(400, "BadAct", "%s %s", message,
	    detail == NULL ? "(none)" : detail);
}

static struct reply *
find_event(struct act *a)
{
	const char *key = text(a, "event"), *date = text(a, "occurrence");

	a->event = key == NULL ? NULL : store_by_key(key, a->as);
	if (a->event == NULL)
		return wrong("no such event:", key);
	a->day = WHOLE;
	item_of_event(a->event, &a->item);
	if (date == NULL)
		return NULL;
	if (!when_parse_day(date, &a->day) ||
	    !item_of_day(a->event, a->day, &a->item))
		return wrong("no such occurrence:", date);
	return NULL;
}

/* An organizer outside: the copies follow, though no organizer's is here. */
static void
follow_outside(const struct act *a)
{
	if (!a->event->is_organizer && a->as == NULL)
		meeting_spread(a->event);
}

static struct reply *
do_create(struct act *a)
{
	json_t *event = json_object_get(a->json, "event");
	struct event *e;
	struct reply *error;

	if (!json_is_object(event))
		return wrong("event must be an object", NULL);
	if (json_object_get(event, "organizer") == NULL)
		json_object_set(
		    event, "organizer", json_object_get(a->json, "as"));
	error = load_event(event, &e);
	if (error != NULL)
		return error;
	/* Loading makes the copies; the mails of a person come on top. */
	if (e->is_organizer && !e->c.draft)
		meeting_send(e, &a->actor);
	a->event = e;
	return NULL;
}

static struct reply *
do_update(struct act *a)
{
	json_t *set = json_object_get(a->json, "set"), *body;
	struct reply *error;
	bool dummy;

	body = friendly_body(set, a->item.c->start_zone);
	error = write_apply(&a->item, body, true, &a->actor, &dummy);
	json_decref(body);
	if (error == NULL)
		follow_outside(a);
	return error;
}

static struct reply *
do_delete(struct act *a)
{
	if (!a->event->is_organizer && a->as == NULL)
		meeting_mark_cancelled(a->event, a->day);
	else
		write_remove(&a->item, &a->actor);
	return NULL;
}

static struct reply *
do_respond(struct act *a)
{
	struct answer r = { .send = true };
	const char *start = text(a, "start"), *end = text(a, "end");

	r.response = strcmp(a->what, "accept") == 0    ? RESPONSE_ACCEPTED
		     : strcmp(a->what, "decline") == 0 ? RESPONSE_DECLINED
						       : RESPONSE_TENTATIVE;
	r.send = !json_is_false(json_object_get(a->json, "send"));
	if (start != NULL && !when_parse_utc(start, &r.proposed_start))
		return wrong("start is not a time:", start);
	if (end != NULL && !when_parse_utc(end, &r.proposed_end))
		return wrong("end is not a time:", end);
	if (a->event->is_organizer)
		return wrong("an organizer does not respond:", a->what);
	meeting_respond(a->event, a->day, &r, &a->actor);
	return NULL;
}

/* Somebody without a mailbox here answers: "who" is the address. */
static struct reply *
do_external_response(struct act *a)
{
	const char *who = text(a, "who"), *answer = text(a, "response");
	struct content *c = &a->event->c;
	struct attendee *at;

	if (a->day != WHOLE)
		c = &store_exception(a->event, a->day)->c;
	at = who == NULL ? NULL : content_attendee(c, who);
	if (at == NULL || answer == NULL)
		return wrong("no such attendee:", who);
	at->response = strcmp(answer, "accepted") == 0	 ? RESPONSE_ACCEPTED
		       : strcmp(answer, "declined") == 0 ? RESPONSE_DECLINED
		       : strcmp(answer, "none") == 0	 ? RESPONSE_NONE
							 : RESPONSE_TENTATIVE;
	at->responded = world_now();
	store_touch(a->event, false);
	return NULL;
}

static struct reply *
do_category(struct act *a)
{
	const char *name = text(a, "category");
	json_t *list = json_object_get(a->json, "categories"), *one;
	struct content *c = &a->event->c;
	size_t i;

	if (a->day != WHOLE)
		c = &store_exception(a->event, a->day)->c;
	if (strcmp(a->what, "set-categories") == 0) {
		while (c->ncategories > 0)
			content_drop_category(c, c->categories[0]);
		json_array_foreach(list, i, one)
		    content_add_category(c, json_string_value(one));
	} else if (name == NULL) {
		return wrong("no category", NULL);
	} else if (strcmp(a->what, "add-category") == 0) {
		content_add_category(c, name);
	} else {
		content_drop_category(c, name);
	}
	store_touch(a->event, false);
	return NULL;
}

static struct reply *
do_move(struct act *a)
{
	const char *name = text(a, "calendar");
	struct user *u = a->event->user;
	char *key = a->event->key;

	for (size_t i = 0; name != NULL && i < u->ncalendars; i++)
		if (strcmp(u->calendars[i]->name, name) == 0) {
			a->event = store_move(a->event, u->calendars[i]);
			a->event->key = key;
			return NULL;
		}
	return wrong("no such calendar:", name);
}

static struct reply *
do_send(struct act *a)
{
	a->event->c.draft = false;
	store_touch(a->event, false);
	meeting_send(a->event, &a->actor);
	return NULL;
}

/* Add or remove one attendee, as an update of the list. */
static struct reply *
do_attendee(struct act *a)
{
	const char *who = text(a, "who"), *type = text(a, "type");
	json_t *list = json_array(), *body;
	const struct content *c = a->item.c;
	struct reply *error;
	bool dummy;

	for (size_t i = 0; who != NULL && i < c->nattendees; i++) {
		const char *address = c->attendees[i].address;

		if (strcmp(address, who) != 0)
			json_array_append_new(
			    list, json_pack("{s:{s:s}}", "emailAddress",
				      "address", address));
	}
	if (strcmp(a->what, "add-attendee") == 0)
		json_array_append_new(
		    list, json_pack("{s:{s:s}, s:s}", "emailAddress", "address",
			      who, "type", type != NULL ? type : "required"));
	body = json_pack("{s:o}", "attendees", list);
	error = write_apply(&a->item, body, true, &a->actor, &dummy);
	json_decref(body);
	if (error == NULL)
		follow_outside(a);
	return error;
}

static struct reply *
do_touch(struct act *a)
{
	store_touch(a->event, false);
	return NULL;
}

static struct reply *
do_attach(struct act *a)
{
	json_t *file = json_object_get(a->json, "file");

	if (file != NULL)
		files_attach(a->event, file);
	else
		a->event->c.attachments++;
	store_touch(a->event, false);
	return NULL;
}

/* A file's edit without sending: the copy differs and is a draft again. */
static struct reply *
do_draft(struct act *a)
{
	struct reply *error;

	a->event->c.draft = true;
	error = do_update(a);
	a->event->c.draft = true;
	return error;
}

static struct reply *
do_user(struct act *a)
{
	json_t *set = json_object_get(a->json, "set");
	const char *name = text(a, "as");
	struct user *u = NULL;

	/* A user who is gone is not found by name any more. */
	for (size_t i = 0; name != NULL && i < sim()->nusers; i++)
		if (strcmp(sim()->users[i]->upn, name) == 0)
			u = sim()->users[i];
	if (u == NULL)
		return wrong("no such user:", name);
	load_user_settings(u, set != NULL ? set : a->json);
	a->event = NULL;
	return NULL;
}

static struct reply *
do_add_user(struct act *a)
{
	json_t *user = json_object_get(a->json, "user");
	json_t *room = json_object_get(a->json, "room");

	return load_user(room != NULL ? room : user, room != NULL);
}

static struct reply *
do_add_calendar(struct act *a)
{
	const char *name = text(a, "calendar");

	if (a->as == NULL || name == NULL)
		return wrong("no mailbox or no name for", a->what);
	store_add_calendar(a->as, name);
	return NULL;
}

static struct reply *
do_remove_calendar(struct act *a)
{
	const char *name = text(a, "calendar");

	for (size_t i = 1;
	     a->as != NULL && name != NULL && i < a->as->ncalendars; i++)
		if (!a->as->calendars[i]->deleted &&
		    strcmp(a->as->calendars[i]->name, name) == 0) {
			store_delete_calendar(a->as->calendars[i]);
			return NULL;
		}
	return wrong("no such calendar:", name);
}

static struct reply *
do_reset_sync(struct act *a)
{
	if (a->as == NULL)
		return wrong("no mailbox for", a->what);
	delta_reset(a->as);
	return NULL;
}

static struct reply *
do_revoke(struct act *a)
{
	(void)a;
	for (size_t i = 0; i < sim()->napps; i++)
		sim()->apps[i]->epoch++;
	return NULL;
}

/* In the browser, with the code that the program showed. */
static struct reply *
do_sign_in(struct act *a)
{
	const char *code = text(a, "code"), *as = text(a, "as"), *says;
	struct user *u = as == NULL ? NULL : world_user(as);

	if (u == NULL)
		return wrong("no such user:", as);
	says = signin_person(u, code, strcmp(a->what, "decline-sign-in") == 0);
	return says == NULL ? NULL : wrong(says, as);
}

static struct reply *
do_revoke_sign_ins(struct act *a)
{
	if (a->as == NULL)
		return wrong("no mailbox for", a->what);
	a->as->refresh_epoch++;
	return NULL;
}

/* An administrator of the tenant allows (or not) that people sign in. */
static struct reply *
do_consent(struct act *a)
{
	for (size_t i = 0; i < sim()->napps; i++)
		sim()->apps[i]->no_consent =
		    strcmp(a->what, "withdraw-consent") == 0;
	return NULL;
}

static struct reply *
do_forget_transactions(struct act *a)
{
	if (a->as == NULL)
		return wrong("no mailbox for", a->what);
	a->as->ntransactions = 0;
	return NULL;
}

static const struct {
	const char *name;
	struct reply *(*act)(struct act *a);
	bool on_event;
} acts[] = {
	{ "create", do_create, false },
	{ "update", do_update, true },
	{ "edit-occurrence", do_update, true },
	{ "delete", do_delete, true },
	{ "cancel", do_delete, true },
	{ "delete-occurrence", do_delete, true },
	{ "cancel-occurrence", do_delete, true },
	{ "accept", do_respond, true },
	{ "tentative", do_respond, true },
	{ "decline", do_respond, true },
	{ "external-response", do_external_response, true },
	{ "set-categories", do_category, true },
	{ "add-category", do_category, true },
	{ "remove-category", do_category, true },
	{ "move", do_move, true },
	{ "send", do_send, true },
	{ "edit-draft", do_draft, true },
	{ "add-attendee", do_attendee, true },
	{ "remove-attendee", do_attendee, true },
	{ "touch", do_touch, true },
	{ "attach", do_attach, true },
	{ "set-user", do_user, false },
	{ "add-user", do_add_user, false },
	{ "add-calendar", do_add_calendar, false },
	{ "remove-calendar", do_remove_calendar, false },
	{ "reset-sync", do_reset_sync, false },
	{ "revoke-tokens", do_revoke, false },
	{ "sign-in", do_sign_in, false },
	{ "decline-sign-in", do_sign_in, false },
	{ "revoke-sign-ins", do_revoke_sign_ins, false },
	{ "consent", do_consent, false },
	{ "withdraw-consent", do_consent, false },
	{ "forget-transactions", do_forget_transactions, false },
};

static struct reply *
run(struct act *a)
{
	struct reply *error = NULL;

	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
		if (strcmp(acts[i].name, a->what) != 0)
			continue;
		if (acts[i].on_event)
			error = find_event(a);
		return error != NULL ? error : acts[i].act(a);
	}
	return wrong("nobody can do", a->what);
}

struct reply *
act_serve(json_t *json)
{
	struct act a = { .json = json, .day = WHOLE };
	const char *as = text(&a, "as");
	struct reply *error;

	a.what = text(&a, "do");
	if (a.what == NULL)
		return wrong("do is missing", NULL);
	a.as = world_mailbox(as);
	a.actor.person = true;
	a.actor.op = a.what;
	error = run(&a);
	if (error != NULL)
		return error;
	return reply_new(200, a.event == NULL || a.event->deleted
				  ? json_object()
				  : dump_event(a.event));
}
