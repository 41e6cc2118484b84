#include "order.h"
#include "bounds.h"
#include "xalloc.h"

#include <stdlib.h>

struct entry {
	struct record rec;
	int64_t start;
	struct slice id;
	size_t nth; /* of equals the one that came first is first */
};

struct order {
	struct arena arena;
	struct entry *list;
	size_t count, room;
	size_t next; /* 0: not sorted yet */
};

struct order *
order_open(void)
{
	struct order *o = xcalloc(1, sizeof *o);

	o->arena.max = PAGE_ARENA_MAX;
	return o;
}

void
order_close(struct order *o)
{
	arena_free(&o->arena);
	free(o->list);
	free(o);
}

static struct slice
keep(struct order *o, struct slice s)
{
	return (struct slice){ arena_copy(&o->arena, s.data, s.len), s.len };
}

void
order_add(struct order *o, const struct candidate *c, const struct record *rec)
{
	struct entry *e;

	if (o->count == o->room) {
		o->room = o->room == 0 ? 64 : 2 * o->room;
		o->list = xreallocarray(o->list, o->room, sizeof *o->list);
	}
	e = &o->list[o->count];
	*e = (struct entry){ .rec = *rec,
		.start = c->start,
		.id = keep(o, c->id.len > 0 ? c->id : c->crm_id),
		.nth = o->count++ };
	e->rec.line = keep(o, rec->line);
}

static int
by_start(const void *left, const void *right)
{
	const struct entry *a = left, *b = right;
	int order;

	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	order = slice_cmp(a->id, b->id);
	return order != 0 ? order : a->nth < b->nth ? -1 : 1;
}

bool
order_next(struct order *o, struct record *rec)
{
	if (o->next == 0 && o->count > 1)
		qsort(o->list, o->count, sizeof *o->list, by_start);
	if (o->next == o->count)
		return false;
	*rec = o->list[o->next++].rec;
	return true;
}

void
order_drop(struct order *o)
{
	arena_reset(&o->arena);
	o->count = o->next = 0;
}
