#include "room.h"

#include "content.h"
#include "item.h"
#include "meeting.h"

/* Is something else that the room accepted in the way? */
static bool
is_taken(const struct event *copy)
{
	const struct user *u = copy->user;
	int64_t from = content_start_utc(&copy->c);
	int64_t to = content_end_utc(&copy->c);

	for (size_t i = 0; i < u->nitems; i++) {
		struct event *e = u->items[i];
		struct item_list list = { 0 };
		bool hit;

		if (e == copy || e->deleted || e->c.cancelled ||
		    e->c.response != RESPONSE_ACCEPTED)
			continue;
		item_expand(e, from, to, &list);
		hit = list.n > 0;
		item_list_free(&list);
		if (hit)
			return true;
	}
	return false;
}

static void
answer(struct event *copy)
{
	static const struct actor self = { .person = true, .op = "room" };
	struct answer r = { .send = true };

	r.response = is_taken(copy) ? RESPONSE_DECLINED : RESPONSE_ACCEPTED;
	meeting_respond(copy, WHOLE, &r, &self);
}

void
room_invited(struct event *copy)
{
	if (copy->user->room && copy->user->auto_accept &&
	    mode(MODE_ROOM_DELAY) == 0)
		answer(copy);
}

static void
tick_room(struct user *u)
{
	for (size_t i = 0; i < u->nitems; i++) {
		struct event *e = u->items[i];

		if (!e->deleted && !e->c.cancelled && !e->is_organizer &&
		    e->c.response == RESPONSE_NOT_RESPONDED &&
		    e->changed_at + mode(MODE_ROOM_DELAY) <= world_now())
			answer(e);
	}
}

void
room_tick(void)
{
	struct world *w = sim();

	for (size_t i = 0; i < w->nusers; i++)
		if (w->users[i]->room && w->users[i]->auto_accept)
			tick_room(w->users[i]);
}
