#include "item.h"

#include <stdlib.h>
#include <string.h>

#include "buf.h"

struct exception *
item_exception(const struct event *e, int64_t day)
{
	for (size_t i = 0; i < e->nexceptions; i++)
		if (e->exceptions[i].day == day)
			return &e->exceptions[i];
	return NULL;
}

bool
item_is_gone(const struct event *e, int64_t day)
{
	size_t low = 0, high = e->ngone;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (e->gone[middle] < day)
			low = middle + 1;
		else
			high = middle;
	}
	return low < e->ngone && e->gone[low] == day;
}

bool
item_visible(const struct event *e)
{
	return !e->deleted && e->visible_at <= world_now();
}

/* The content's times, moved to a day: zones are asked once, here. */
static void
set_times(struct item *it, int64_t day)
{
	const struct content *c = it->c;
	int64_t shift = (day - when_day(c->start)) * WHEN_DAY;

	it->start = c->start + shift;
	it->end = c->end + shift;
	it->start_utc = tz_to_utc(c->start_tz, it->start);
	it->end_utc = tz_to_utc(c->end_tz, it->end);
}

void
item_of_event(struct event *e, struct item *it)
{
	int64_t first;

	memset(it, 0, sizeof(*it));
	it->event = e;
	it->c = &e->c;
	it->type = e->series != NULL ? ITEM_MASTER : ITEM_SINGLE;
	if (e->series == NULL ||
	    !recur_next(e->series, e->series->start_day, &first))
		first = when_day(e->c.start);
	set_times(it, first);
}

/* The slot is known to exist; is it an exception? */
static void
fill_instance(struct event *e, int64_t day, struct item *it)
{
	const struct exception *x = item_exception(e, day);

	memset(it, 0, sizeof(*it));
	it->event = e;
	it->day = day;
	if (x != NULL) {
		it->type = ITEM_EXCEPTION;
		it->c = &x->c;
		set_times(it, when_day(x->c.start));
		return;
	}
	it->type = ITEM_OCCURRENCE;
	it->c = &e->c;
	set_times(it, day);
}

bool
item_of_day(struct event *e, int64_t day, struct item *it)
{
	if (e->series == NULL || item_is_gone(e, day))
		return false;
	if (!recur_on(e->series, day) && item_exception(e, day) == NULL)
		return false;
	fill_instance(e, day, it);
	return true;
}

bool
item_in(const struct item *it, int64_t from, int64_t to)
{
	int64_t start = it->start_utc, end = it->end_utc;

	return start < to && (end > from || (start == end && start >= from));
}

void
item_list_add(struct item_list *list, const struct item *it)
{
	/* Doubling at powers of two needs no separate capacity. */
	if ((list->n & (list->n - 1)) == 0)
		list->items = xrealloc(list->items,
		    (list->n == 0 ? 1 : 2 * list->n) * sizeof(*list->items));
	list->items[list->n++] = *it;
}

static void
expand_series(struct event *e, int64_t from, int64_t to, struct item_list *list)
{
	int64_t length = e->c.end - e->c.start;
	int64_t day = when_day(from - length) - 1, last = when_day(to) + 1;
	struct item it;

	for (; recur_next(e->series, day, &day) && day <= last; day++) {
		if (item_is_gone(e, day) || item_exception(e, day) != NULL)
			continue;
		fill_instance(e, day, &it);
		if (item_in(&it, from, to))
			item_list_add(list, &it);
	}
	/* An exception may lie far away from its slot. */
	for (size_t i = 0; i < e->nexceptions; i++) {
		fill_instance(e, e->exceptions[i].day, &it);
		if (item_in(&it, from, to))
			item_list_add(list, &it);
	}
}

void
item_expand(struct event *e, int64_t from, int64_t to, struct item_list *list)
{
	struct item it;

	if (e->series != NULL) {
		expand_series(e, from, to, list);
		return;
	}
	item_of_event(e, &it);
	if (item_in(&it, from, to))
		item_list_add(list, &it);
}

static int
compare(const void *pa, const void *pb)
{
	const struct item *a = pa, *b = pb;

	if (a->start_utc != b->start_utc)
		return a->start_utc < b->start_utc ? -1 : 1;
	if (a->event->num != b->event->num)
		return a->event->num < b->event->num ? -1 : 1;
	return a->day < b->day ? -1 : a->day > b->day;
}

void
item_list_sort(struct item_list *list)
{
	if (list->n > 1)
		qsort(list->items, list->n, sizeof(*list->items), compare);
}

void
item_list_free(struct item_list *list)
{
	free(list->items);
	list->items = NULL;
	list->n = 0;
}
