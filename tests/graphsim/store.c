#include "store.h"

#include <stdio.h>
#include <string.h>

#include "arena.h"
#include "content.h"
#include "ids.h"

struct user *
store_add_user(
    const char *guid, const char *upn, const char *name, const char *zone)
{
	struct world *w = sim();
	struct user *u = arena_alloc(sizeof(*u));
	uint64_t a = random_next(), b = random_next();
	char made[37];

	random_guid(made);
	snprintf(u->guid, sizeof(u->guid), "%s", guid != NULL ? guid : made);
	memcpy(u->store, &a, sizeof(a));
	memcpy(u->store + sizeof(a), &b, sizeof(b));
	u->upn = arena_strdup(upn);
	u->mail = arena_strdup(upn);
	u->name = arena_strdup(name);
	u->zone = arena_strdup(zone);
	u->change_key = 0x1000 + (uint32_t)random_below(0x1000);
	*world_push(w->users, w->nusers) = u;
	return u;
}

struct calendar *
store_add_calendar(struct user *u, const char *name)
{
	struct calendar *c = arena_alloc(sizeof(*c));

	c->user = u;
	c->name = arena_strdup(name);
	c->num = u->ncalendars;
	c->is_default = u->ncalendars == 0;
	c->can_edit = true;
	c->change_key = ++u->change_key;
	*world_push(u->calendars, u->ncalendars) = c;
	return c;
}

/* Times in 100 ns; the fraction only has to look like one. */
static int64_t
ticks_now(void)
{
	return world_now() * 10000000 + (int64_t)random_below(10000000);
}

struct event *
store_add_event(struct calendar *cal)
{
	struct user *u = cal->user;
	struct event *e = arena_alloc(sizeof(*e));

	e->user = u;
	e->calendar = cal;
	e->num = e->imm = u->nitems;
	*world_push(u->items, u->nitems) = e;
	content_init(&e->c);
	e->created = ticks_now();
	e->organizer_name = arena_strdup(u->name);
	e->organizer_address = arena_strdup(u->mail);
	e->is_organizer = true;
	e->c.response = RESPONSE_ORGANIZER;
	store_touch(e, false);
	return e;
}

void
store_join_meeting(struct event *e, struct meeting *m)
{
	e->meeting = m;
	*world_push(m->copies, m->ncopies) = e;
}

void
store_add_meeting(struct event *e)
{
	struct meeting *m = arena_alloc(sizeof(*m));

	ids_uid(++sim()->meetings, world_now(), m->uid);
	store_join_meeting(e, m);
}

struct event *
store_copy_of(const struct meeting *m, const struct user *u)
{
	for (size_t i = 0; i < m->ncopies; i++)
		if (m->copies[i]->user == u)
			return m->copies[i];
	return NULL;
}

void
store_touch(struct event *e, bool silent)
{
	e->change_key = ++e->user->change_key;
	e->modified = ticks_now();
	if (silent)
		return;
	e->seq = ++sim()->seq;
	e->changed_at = world_now();
}

static void
leave_meeting(struct event *e)
{
	struct meeting *m = e->meeting;

	for (size_t i = 0; m != NULL && i < m->ncopies; i++)
		if (m->copies[i] == e) {
			m->copies[i] = m->copies[--m->ncopies];
			return;
		}
}

void
store_delete(struct event *e)
{
	leave_meeting(e);
	e->deleted = true;
	store_touch(e, false);
}

void
store_delete_calendar(struct calendar *c)
{
	const struct user *u = c->user;

	c->deleted = true;
	for (size_t i = 0; i < u->nitems; i++)
		if (u->items[i]->calendar == c && !u->items[i]->deleted)
			store_delete(u->items[i]);
}

struct event *
store_move(struct event *e, struct calendar *to)
{
	struct user *u = to->user;
	struct event *moved = arena_alloc(sizeof(*moved));

	leave_meeting(e);
	*moved = *e;
	moved->num = u->nitems;
	moved->calendar = to;
	*world_push(u->items, u->nitems) = moved;
	store_join_meeting(moved, e->meeting);
	content_copy(&moved->c, &e->c);
	moved->series = content_copy_series(e->series);
	e->exceptions = NULL;
	e->nexceptions = 0;
	e->key = NULL;
	e->transaction = NULL;
	e->deleted = true;
	e->moved_to = moved;
	store_touch(e, false);
	store_touch(moved, false);
	return moved;
}

struct exception *
store_exception(struct event *e, int64_t day)
{
	struct exception *x = item_exception(e, day);
	struct item it;

	if (x != NULL)
		return x;
	item_of_day(e, day, &it);
	x = world_push(e->exceptions, e->nexceptions);
	x->day = day;
	content_copy(&x->c, &e->c);
	x->c.start = it.start;
	x->c.end = it.end;
	return x;
}

void
store_drop_exceptions(struct event *e)
{
	for (size_t i = 0; i < e->nexceptions; i++)
		content_free(&e->exceptions[i].c);
	e->nexceptions = 0;
}

void
store_drop_day(struct event *e, int64_t day)
{
	struct exception *x = item_exception(e, day);
	size_t i;

	if (x != NULL) {
		content_free(&x->c);
		*x = e->exceptions[--e->nexceptions];
	}
	if (item_is_gone(e, day))
		return;
	(void)world_push(e->gone, e->ngone);
	for (i = e->ngone - 1; i > 0 && e->gone[i - 1] > day; i--)
		e->gone[i] = e->gone[i - 1];
	e->gone[i] = day;
}

void
store_set_series(struct event *e, struct recurrence *r)
{
	content_free_series(e->series);
	e->series = r;
	if (r == NULL) {
		store_drop_exceptions(e);
		e->ngone = 0;
	} else {
		recur_prepare(r);
	}
}

static struct event *
key_in(const char *key, struct user *u)
{
	for (size_t i = 0; i < u->nitems; i++)
		if (u->items[i]->key != NULL && !u->items[i]->deleted &&
		    strcmp(u->items[i]->key, key) == 0)
			return u->items[i];
	return NULL;
}

struct event *
store_by_key(const char *key, const struct user *u)
{
	struct world *w = sim();

	for (size_t i = 0; i < w->nusers; i++) {
		struct event *e = key_in(key, w->users[i]);
		struct item it;

		if (e == NULL && ids_find(w->users[i], key, &it))
			e = it.event;
		if (e == NULL || e->deleted)
			continue;
		if (u == NULL || e->user == u)
			return e;
		return store_copy_of(e->meeting, u);
	}
	return NULL;
}
