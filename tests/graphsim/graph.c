#include "graph.h"

#include <string.h>
#include <strings.h>

#include "batch.h"
#include "calendars.h"
#include "delta.h"
#include "directory.h"
#include "events.h"
#include "groups.h"
#include "ids.h"
#include "settings.h"
#include "write.h"
#include "write_act.h"

struct reply *
graph_unknown(const struct request *r, size_t segment)
{
	return reply_error(400, "BadRequest",
	    "Resource not found for the segment '%s'.",
	    request_segment(r, segment));
}

static bool
method(const struct scope *s, const char *name)
{
	return strcmp(s->r->method, name) == 0;
}

static struct reply *
not_allowed(void)
{
	return reply_error(
	    405, "ErrorInvalidRequest", "The OData request is not supported.");
}

/* .../events/{id}/action */
static struct reply *
event_action(struct scope *s, const char *id)
{
	size_t i = s->next + 2;

	if (request_is(s->r, i, "instances"))
		return method(s, "GET") ? events_instances(s, id)
					: not_allowed();
	if (request_is(s->r, i, "extensions"))
		return act_extensions(s, id);
	if (request_is(s->r, i, "attachments"))
		return act_attachments(s, id);
	if (!method(s, "POST"))
		return not_allowed();
	if (request_is(s->r, i, "cancel"))
		return act_cancel(s, id);
	if (request_is(s->r, i, "accept"))
		return act_respond(s, id, RESPONSE_ACCEPTED);
	if (request_is(s->r, i, "tentativelyAccept"))
		return act_respond(s, id, RESPONSE_TENTATIVE);
	if (request_is(s->r, i, "decline"))
		return act_respond(s, id, RESPONSE_DECLINED);
	if (request_is(s->r, i, "forward"))
		return act_forward(s, id);
	if (request_is(s->r, i, "permanentDelete"))
		return write_delete(s, id, true);
	if (request_is(s->r, i, "snoozeReminder") ||
	    request_is(s->r, i, "dismissReminder"))
		return act_reminder(s, id);
	return graph_unknown(s->r, i);
}

static struct reply *
one_event(struct scope *s)
{
	const char *id = request_segment(s->r, s->next + 1);

	if (s->r->nsegments > s->next + 2)
		return event_action(s, id);
	if (method(s, "GET"))
		return events_get(s, id);
	if (method(s, "PATCH"))
		return write_patch(s, id);
	if (method(s, "DELETE"))
		return write_delete(s, id, false);
	return not_allowed();
}

static struct reply *
calendar_part(struct scope *s)
{
	bool alone = s->r->nsegments == s->next + 1;

	if (request_is(s->r, s->next, "events")) {
		if (!alone)
			return one_event(s);
		if (method(s, "GET"))
			return events_list(s);
		return method(s, "POST") ? write_post(s) : not_allowed();
	}
	if (request_is(s->r, s->next, "calendarView")) {
		if (request_is(s->r, s->next + 1, "delta"))
			return method(s, "GET") ? delta_reply(s)
						: not_allowed();
		if (!alone)
			return one_event(s);
		return method(s, "GET") ? events_view(s) : not_allowed();
	}
	if (request_is(s->r, s->next, "getSchedule"))
		return settings_schedule(s);
	return graph_unknown(s->r, s->next);
}

/* What somebody shares is in their own mailbox. */
static struct reply *
shared_calendar(struct scope *s)
{
	const struct calendar *c = s->calendar;

	if (!c->can_edit && !method(s, "GET"))
		return reply_error(403, "ErrorAccessDenied",
		    "Access is denied. Check credentials and try again.");
	s->user = world_user(c->shares);
	if (s->user == NULL || s->user->state != USER_NORMAL)
		return reply_error(404, "ErrorItemNotFound",
		    "The specified object was not found in the store.");
	s->calendar = world_default_calendar(s->user);
	return calendar_part(s);
}

static struct reply *
calendars(struct scope *s)
{
	if (s->r->nsegments == 4)
		return calendars_collection(s);
	s->calendar = ids_find_calendar(s->user, request_segment(s->r, 4));
	if (s->calendar == NULL)
		return reply_error(404, "ErrorItemNotFound",
		    "The specified object was not found in the store.");
	s->next = 5;
	if (s->r->nsegments == 5)
		return calendars_one(s);
	return s->calendar->shares != NULL ? shared_calendar(s)
					   : calendar_part(s);
}

static struct reply *
mailbox(struct scope *s)
{
	if (request_is(s->r, 3, "calendars"))
		return calendars(s);
	if (request_is(s->r, 3, "calendar")) {
		s->calendar = world_default_calendar(s->user);
		s->next = 4;
		if (s->r->nsegments == 4)
			return calendars_one(s);
		return calendar_part(s);
	}
	if (request_is(s->r, 3, "mailboxSettings"))
		return settings_mailbox(s);
	if (request_is(s->r, 3, "outlook"))
		return settings_outlook(s);
	if (request_is(s->r, 3, "translateExchangeIds"))
		return settings_translate(s);
	s->next = 3;
	return calendar_part(s);
}

struct user *
graph_mailbox(const struct request *r)
{
	const struct group *g = groups_calendar(r);

	if (g != NULL)
		return g->calendar;
	if (!request_is(r, 1, "users") || r->nsegments < 4)
		return NULL;
	return world_user(request_segment(r, 2));
}

/* The states of a mailbox in which nothing is served. */
static struct reply *
check_mailbox(const struct request *r, struct user *u)
{
	if (u->state == USER_MOVING && world_now() >= u->moving_until) {
		u->state = USER_NORMAL;
		delta_reset(u);
	}
	if (u->state == USER_MOVING)
		return reply_error(503, "ErrorMailboxMoveInProgress",
		    "Mailbox move in progress. Try again later.");
	if (u->state == USER_NO_MAILBOX || u->state == USER_GUEST)
		return reply_error(404, "MailboxNotEnabledForRESTAPI",
		    "REST API is not yet supported for this mailbox.");
	if (u->denied)
		return reply_error(
		    403, "ErrorAccessDenied", "Access to OData is disabled.");
	if (!(r->app->permissions & (PERMIT_READ | PERMIT_WRITE)))
		return reply_error(403, "ErrorAccessDenied",
		    "Access is denied. Check credentials and try again.");
	return NULL;
}

static struct reply *
unknown_user(const struct request *r)
{
	const char *code = mode_text(MODE_USER_UNKNOWN);

	if (mode(MODE_USER_UNKNOWN) == 1)
		return reply_error(404, code,
		    "Resource '%s' does not exist or one of its queried "
		    "reference-property objects are not present.",
		    request_segment(r, 2));
	return reply_error(404, code, "Resource could not be discovered.");
}

static struct reply *
users(struct request *r)
{
	struct scope s = { .r = r };
	struct reply *error;

	if (r->nsegments == 2)
		return directory_users(r);
	s.user = world_user(request_segment(r, 2));
	if (s.user == NULL || s.user->group || s.user->tenant != r->app->tenant)
		return unknown_user(r);
	if (r->me != NULL && s.user != r->me)
		return reply_error(403, "ErrorAccessDenied",
		    "Access is denied. Check credentials and try again.");
	if (r->nsegments == 3)
		return directory_user(r, s.user);
	if (!r->may_calendars)
		return reply_error(403, "ErrorAccessDenied",
		    "Access is denied. Check credentials and try again.");
	error = check_mailbox(r, s.user);
	return error != NULL ? error : mailbox(&s);
}

static struct reply *
group_calendar(struct request *r, const struct group *g)
{
	struct scope s = { .r = r, .user = g->calendar };
	struct reply *error = groups_refuse(r, g);

	return error != NULL ? error : mailbox(&s);
}

struct reply *
graph_serve(struct request *r)
{
	if (request_is(r, 1, "users"))
		return users(r);
	if (request_is(r, 1, "$batch"))
		return batch_serve(r);
	if (groups_calendar(r) != NULL)
		return group_calendar(r, groups_calendar(r));
	if (request_is(r, 1, "groups"))
		return groups_serve(r);
	if (request_is(r, 1, "places"))
		return directory_places(r);
	if (request_is(r, 1, "organization"))
		return directory_organization(r);
	if (request_is(r, 1, "me"))
		return reply_error(400, "BadRequest",
		    "/me request is only valid with delegated authentication "
		    "flow.");
	return graph_unknown(r, 1);
}
