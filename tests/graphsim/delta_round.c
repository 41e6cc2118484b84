#include "delta_round.h"

#include <stdlib.h>
#include <string.h>

#include "arena.h"

static void
add(struct round *r, struct event *e, enum entry_kind kind, int64_t day)
{
	struct entry *x = world_push(r->entries, r->n);

	x->event = e;
	x->kind = kind;
	x->day = day;
}

/* Changes younger than delta.late seconds are not in delta yet, nor is what
 * nobody can see: it comes in a later round. */
static uint64_t
find_top(const struct calendar *cal)
{
	int64_t now = world_now(), late = mode(MODE_DELTA_LATE);
	uint64_t top = sim()->seq;
	const struct user *u = cal->user;

	for (size_t i = 0; i < u->nitems; i++) {
		const struct event *e = u->items[i];

		if (((late != 0 && e->changed_at > now - late) ||
			(e->visible_at > now && e->calendar == cal)) &&
		    e->seq <= top)
			top = e->seq - 1;
	}
	return top;
}

static void
add_gone_days(struct round *r, struct event *e)
{
	for (size_t i = 0; i < e->ngone; i++) {
		int64_t t = e->gone[i] * WHEN_DAY;

		if (t + 2 * WHEN_DAY > r->from && t - WHEN_DAY < r->to)
			add(r, e, ENTRY_REMOVED_INSTANCE, e->gone[i]);
	}
}

/* Exceptions that were moved out of the window are removals. */
static void
add_leavers(struct round *r, struct event *e)
{
	for (size_t i = 0; i < e->nexceptions; i++) {
		struct item it;

		if (item_of_day(e, e->exceptions[i].day, &it) &&
		    !item_in(&it, r->from, r->to))
			add(r, e, ENTRY_REMOVED_INSTANCE, e->exceptions[i].day);
	}
}

static void
add_removed(struct round *r, struct event *e)
{
	struct item_list list = { 0 };

	add(r, e, ENTRY_REMOVED, 0);
	if (e->series == NULL || mode(MODE_DELTA_REMOVED_SERIES) == 1)
		return;
	item_expand(e, r->from, r->to, &list);
	for (size_t i = 0; i < list.n; i++)
		add(r, e, ENTRY_REMOVED_INSTANCE, list.items[i].day);
	item_list_free(&list);
}

static void
add_present(struct round *r, struct event *e)
{
	struct item_list list = { 0 };
	int64_t masters = mode(MODE_DELTA_MASTER);

	item_expand(e, r->from, r->to, &list);
	if (list.n > 0 && e->series != NULL &&
	    (masters == 0 || (masters == 2 && r->base == 0)))
		add(r, e, ENTRY_EVENT, 0);
	for (size_t i = 0; i < list.n; i++)
		add(r, e, e->series == NULL ? ENTRY_EVENT : ENTRY_INSTANCE,
		    list.items[i].day);
	/* What lies outside and changed is noise, but documented noise. */
	if (list.n == 0 && r->base > 0)
		add(r, e, ENTRY_REMOVED, 0);
	item_list_free(&list);
	if (e->series == NULL || r->base == 0)
		return;
	add_leavers(r, e);
	if (mode(MODE_DELTA_OCCURRENCE_DELETED) == 1)
		add_gone_days(r, e);
}

static int
by_order(const void *pa, const void *pb)
{
	const struct entry *a = pa, *b = pb;

	if (a->order != b->order)
		return a->order < b->order ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	return a->day < b->day ? -1 : a->day > b->day;
}

/* Whole series keep together unless pages may split them. */
static void
shuffle(struct round *r)
{
	for (size_t i = 0; i < r->n; i++) {
		bool same = i > 0 && mode(MODE_DELTA_SPLIT) == 0 &&
			    r->entries[i].event == r->entries[i - 1].event;

		r->entries[i].order =
		    same ? r->entries[i - 1].order : random_next();
	}
	if (r->n > 1)
		qsort(r->entries, r->n, sizeof(*r->entries), by_order);
}

static void
repeat(struct round *r)
{
	size_t n = r->n;

	for (size_t i = 0; i < n; i++)
		if (random_percent(mode(MODE_DELTA_REPEAT))) {
			struct entry copy = r->entries[i];

			*world_push(r->entries, r->n) = copy;
		}
}

struct round *
round_new(struct calendar *cal, int64_t from, int64_t to, uint64_t base)
{
	struct round *r = arena_alloc(sizeof(*r));
	const struct user *u = cal->user;

	r->from = from;
	r->to = to;
	r->base = base;
	r->top = find_top(cal);
	for (size_t i = 0; i < u->nitems; i++) {
		struct event *e = u->items[i];

		if (e->calendar != cal || e->seq <= base || e->seq > r->top ||
		    e->visible_at > world_now())
			continue;
		if (!e->deleted)
			add_present(r, e);
		else if (base > 0)
			add_removed(r, e);
	}
	if (mode(MODE_DELTA_SHUFFLE) == 1)
		shuffle(r);
	repeat(r);
	return r;
}

void
round_release(struct round *r)
{
	if (r == NULL || --r->users > 0)
		return;
	arena_free(r->entries);
	arena_free(r);
}
