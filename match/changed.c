/*
 * changed: a sorted list; the notes all come before the first event.
 */
#include "changed.h"

#include <stdlib.h>
#include <string.h>

#include "xalloc.h"

static struct slice
keep(struct changed *c, const struct json *v)
{
	if (v == NULL)
		return NO_SLICE;
	return (struct slice){ arena_copy(&c->arena, v->raw.data, v->raw.len),
		v->raw.len };
}

bool
changed_take(struct changed *c, const struct item *i)
{
	if (i->kind != ITEM_CHANGED)
		return false;
	if (c->count == c->cap) {
		c->cap = c->cap == 0 ? 16 : c->cap * 2;
		c->change = xreallocarray(c->change, c->cap, sizeof *c->change);
	}
	c->arena.max = PAGE_ARENA_MAX;
	c->change[c->count++] = (struct change){
		.id = { arena_copy(&c->arena, i->id.data, i->id.len),
		    i->id.len },
		.changes = keep(c, json_get(i->record, "changes")),
		.origin = keep(c, json_get(i->record, "origin")),
	};
	c->sorted = false;
	return true;
}

static int
compare(const void *a, const void *b)
{
	const struct slice *x = &((const struct change *)a)->id;
	const struct slice *y = &((const struct change *)b)->id;
	int order = memcmp(x->data, y->data, x->len < y->len ? x->len : y->len);

	return order != 0 ? order : (x->len > y->len) - (x->len < y->len);
}

void
changed_mark(struct changed *c, struct item *i)
{
	struct change key = { .id = i->id };
	const struct change *found;

	if (c->count == 0 || i->id.data == NULL)
		return;
	if (!c->sorted)
		qsort(c->change, c->count, sizeof *c->change, compare);
	c->sorted = true;
	found = bsearch(&key, c->change, c->count, sizeof key, compare);
	if (found == NULL)
		return;
	i->changes = found->changes;
	i->origin = found->origin;
}

void
changed_reset(struct changed *c)
{
	arena_reset(&c->arena);
	c->count = 0;
}

void
changed_free(struct changed *c)
{
	arena_free(&c->arena);
	free(c->change);
}
