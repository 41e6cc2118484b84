#include "meeting.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "arena.h"
#include "buf.h"
#include "content.h"
#include "groups.h"
#include "outbox.h"
#include "room.h"
#include "store.h"

static bool
is_organizer(const struct event *e, const char *address)
{
	return strcasecmp(e->organizer_address, address) == 0;
}

/* The subject of a cancelled copy says so. */
static void
mark_cancelled(struct content *c)
{
	char *subject;

	if (c->cancelled)
		return;
	subject = xasprintf("%s%s", mode_text(MODE_CANCEL_PREFIX), c->subject);
	arena_set(&c->subject, subject);
	free(subject);
	c->cancelled = true;
	c->show_as = 1;
}

static void
cancel_instance(struct event *copy, int64_t day)
{
	struct item it;

	if (copy->series == NULL || !item_of_day(copy, day, &it))
		return;
	mark_cancelled(&store_exception(copy, day)->c);
}

static void
copy_properties(struct content *c, const struct content *from)
{
	if (mode(MODE_EXTPROP_COPIED) == 0)
		return;
	for (size_t i = 0; i < from->nproperties; i++)
		content_set_property(
		    c, from->properties[i].id, from->properties[i].value);
}

/* Make an attendee's copy say what the organizer's says. */
static void
carry_over(struct event *copy, const struct event *from)
{
	content_share(&copy->c, &from->c);
	copy_properties(&copy->c, &from->c);
	if (from->series == NULL) {
		if (copy->series != NULL)
			store_set_series(copy, NULL);
	} else if (!recur_same(copy->series, from->series)) {
		store_set_series(copy, content_copy_series(from->series));
		store_drop_exceptions(copy);
	}
	for (size_t i = 0; i < from->nexceptions; i++) {
		const struct exception *x = &from->exceptions[i];
		struct item it;

		if (item_of_day(copy, x->day, &it))
			content_share(&store_exception(copy, x->day)->c, &x->c);
	}
	for (size_t i = 0; i < from->ngone; i++)
		cancel_instance(copy, from->gone[i]);
}

static struct event *
add_copy(struct event *e, struct user *u)
{
	struct event *copy = store_add_event(world_default_calendar(u));

	copy->is_organizer = false;
	arena_set(&copy->organizer_name, e->organizer_name);
	arena_set(&copy->organizer_address, e->organizer_address);
	store_join_meeting(copy, e->meeting);
	/* The person's own members: tentative until there is an answer. */
	copy->c.response = RESPONSE_NOT_RESPONDED;
	copy->c.show_as = e->c.show_as == 1 ? 1 : 2;
	carry_over(copy, e);
	room_invited(copy);
	return copy;
}

/* Every internal attendee has an up-to-date copy. */
static void
update_copies(struct event *e, bool reset)
{
	for (size_t i = 0; i < e->c.nattendees; i++) {
		struct user *u = world_mailbox(e->c.attendees[i].address);
		struct event *copy;

		if (u == NULL || u == e->user)
			continue;
		copy = store_copy_of(e->meeting, u);
		if (copy == NULL) {
			add_copy(e, u);
			continue;
		}
		carry_over(copy, e);
		if (reset)
			copy->c.response = RESPONSE_NOT_RESPONDED;
		store_touch(copy, false);
		if (reset)
			room_invited(copy);
	}
}

static void
cancel_copy_of(struct event *e, const char *address, int64_t day)
{
	struct user *u = world_mailbox(address);
	struct event *copy = u == NULL ? NULL : store_copy_of(e->meeting, u);

	if (copy == NULL || copy == e)
		return;
	if (day == WHOLE) {
		mark_cancelled(&copy->c);
		for (size_t i = 0; i < copy->nexceptions; i++)
			mark_cancelled(&copy->exceptions[i].c);
	} else {
		cancel_instance(copy, day);
	}
	store_touch(copy, false);
}

static void
mail_all(struct event *e, int64_t day, const struct content *c,
    const char *kind, const struct actor *a)
{
	for (size_t i = 0; i < c->nattendees; i++)
		if (!is_organizer(e, c->attendees[i].address))
			outbox_add(e, day, c->attendees[i].address, kind, a);
}

void
meeting_send(struct event *e, const struct actor *a)
{
	if (e->c.draft)
		return;
	update_copies(e, false);
	mail_all(e, WHOLE, &e->c, "invitation", a);
	groups_mail(e, WHOLE, &e->c, "invitation", a);
}

void
meeting_spread(struct event *e)
{
	if (!e->c.draft)
		update_copies(e, false);
}

void
meeting_mark_cancelled(struct event *e, int64_t day)
{
	struct meeting *m = e->meeting;

	for (size_t i = 0; i < m->ncopies; i++) {
		if (day == WHOLE)
			mark_cancelled(&m->copies[i]->c);
		else
			cancel_instance(m->copies[i], day);
		store_touch(m->copies[i], false);
	}
}

static bool
removed_from_list(const struct content *old, const struct content *now)
{
	for (size_t i = 0; i < old->nattendees; i++)
		if (old->attendees[i].of_list &&
		    content_attendee(now, old->attendees[i].address) == NULL)
			return true;
	return false;
}

/* Added people are invited, removed ones told so. */
static void
mail_changed(struct event *e, const struct update *u, const struct actor *a)
{
	struct exception *x = item_exception(e, u->day);
	const struct content *c = u->day == WHOLE || x == NULL ? &e->c : &x->c;

	for (size_t i = 0; i < c->nattendees; i++)
		if (content_attendee(u->old, c->attendees[i].address) == NULL)
			outbox_add(e, u->day, c->attendees[i].address,
			    "invitation", a);
	for (size_t i = 0; i < u->old->nattendees; i++)
		if (content_attendee(c, u->old->attendees[i].address) == NULL)
			outbox_add(e, u->day, u->old->attendees[i].address,
			    "cancellation", a);
}

static void
mail_staying(struct event *e, const struct update *u, size_t times,
    const struct actor *a)
{
	struct exception *x = item_exception(e, u->day);
	const struct content *c = u->day == WHOLE || x == NULL ? &e->c : &x->c;

	for (size_t i = 0; i < c->nattendees; i++) {
		const char *address = c->attendees[i].address;

		if (content_attendee(u->old, address) == NULL ||
		    is_organizer(e, address))
			continue;
		for (size_t n = 0; n < times; n++)
			outbox_add(e, u->day, address, "update", a);
	}
}

/* The counting table: who gets mail about a PATCH. */
static void
mail_update(struct event *e, const struct update *u, const struct actor *a)
{
	unsigned shared = u->sent & ~(unsigned)FIELD_PRIVATE;
	size_t times = 1 + (u->day == WHOLE ? u->exceptions : 0);

	if (shared == 0) {
		if ((mode(MODE_MAIL_PRIVATE) == 1 || groups_mail_all(e)) &&
		    u->sent != 0) {
			mail_staying(e, u, 1, a);
			groups_mail(e, u->day, &e->c, "update", a);
		}
		return;
	}
	if (u->changed == 0 && mode(MODE_MAIL_NOOP) == 1)
		return;
	mail_changed(e, u, a);
	for (size_t n = 0; n < times; n++)
		groups_mail(e, u->day, &e->c, "update", a);
	if (shared != FIELD_ATTENDEES || mode(MODE_MAIL_ATTENDEES) == 1 ||
	    removed_from_list(u->old, &e->c))
		mail_staying(e, u, times, a);
}

static void
reset_answers(struct event *e)
{
	for (size_t i = 0; i < e->c.nattendees; i++) {
		e->c.attendees[i].response = RESPONSE_NONE;
		e->c.attendees[i].responded = WHEN_NEVER;
	}
}

static void
cancel_removed(struct event *e, const struct update *u)
{
	struct exception *x = item_exception(e, u->day);
	const struct content *c = u->day == WHOLE || x == NULL ? &e->c : &x->c;

	for (size_t i = 0; i < u->old->nattendees; i++) {
		const char *address = u->old->attendees[i].address;

		if (content_attendee(c, address) == NULL)
			cancel_copy_of(e, address, u->day);
	}
}

void
meeting_update(struct event *e, const struct update *u, const struct actor *a)
{
	bool moved = (u->changed & FIELD_TIME) != 0;
	bool reset = moved && mode(MODE_RESPONSES_RESET) == 1;

	if (!e->is_organizer || e->c.draft)
		return;
	if ((u->sent & ~(unsigned)FIELD_PRIVATE) != 0) {
		if (reset)
			reset_answers(e);
		cancel_removed(e, u);
		update_copies(e, reset);
	}
	mail_update(e, u, a);
}

void
meeting_cancel(struct event *e, int64_t day, const struct actor *a)
{
	struct exception *x = day == WHOLE ? NULL : item_exception(e, day);
	const struct content *c = x == NULL ? &e->c : &x->c;
	bool silent = day != WHOLE && mode(MODE_DELTA_OCCURRENCE_DELETED) == 2;

	if (!e->c.draft) {
		mail_all(e, day, c, "cancellation", a);
		groups_mail(e, day, c, "cancellation", a);
		for (size_t i = 0; i < c->nattendees; i++)
			cancel_copy_of(e, c->attendees[i].address, day);
	}
	if (day == WHOLE) {
		store_delete(e);
		return;
	}
	store_drop_day(e, day);
	store_touch(e, silent);
}

/* The organizer's copy notes an answer. */
static void
track(struct event *copy, int64_t day, const struct answer *r)
{
	struct user *u = world_mailbox(copy->organizer_address);
	struct event *e = u == NULL ? NULL : store_copy_of(copy->meeting, u);
	struct content *c;
	struct attendee *at;
	struct item it;

	if (e == NULL || e == copy)
		return;
	c = &e->c;
	if (day != WHOLE && item_of_day(e, day, &it))
		c = &store_exception(e, day)->c;
	at = content_attendee(c, copy->user->mail);
	for (size_t i = 0; at == NULL && i < copy->user->nproxies; i++)
		at = content_attendee(c, copy->user->proxies[i]);
	if (at == NULL)
		return;
	at->response = r->response;
	at->responded = world_now();
	at->proposed_start = r->proposed_start;
	at->proposed_end = r->proposed_end;
	store_touch(e, false);
}

void
meeting_respond(struct event *copy, int64_t day, const struct answer *r,
    const struct actor *a)
{
	struct content *c = &copy->c;

	if (day != WHOLE)
		c = &store_exception(copy, day)->c;
	c->response = r->response;
	c->responded = world_now();
	if (r->response == RESPONSE_ACCEPTED && c->show_as == 2)
		c->show_as = 3;
	if (r->send) {
		track(copy, day, r);
		outbox_add(copy, day, copy->organizer_address, "response", a);
	}
	if (r->response != RESPONSE_DECLINED) {
		store_touch(copy, false);
	} else if (day == WHOLE) {
		store_delete(copy);
	} else {
		store_drop_day(copy, day);
		store_touch(copy, false);
	}
}

void
meeting_discard(struct event *copy, int64_t day, const struct actor *a)
{
	bool silent = day != WHOLE && mode(MODE_DELTA_OCCURRENCE_DELETED) == 2;

	if (mode(MODE_MAIL_ATTENDEE_DELETE) == 1 && !copy->c.cancelled)
		outbox_add(copy, day, copy->organizer_address, "response", a);
	if (day == WHOLE) {
		store_delete(copy);
		return;
	}
	store_drop_day(copy, day);
	store_touch(copy, silent);
}

void
meeting_notify(struct event *e, int64_t day, const struct actor *a)
{
	if (e->is_organizer && !e->c.draft)
		mail_all(e, day, &e->c, "update", a);
}
