/*
 * names: a hash table with open addressing; at most half of it is in use.
 */
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "names.h"
#include "xalloc.h"

#define SLOTS_FIRST 64

struct name {
	struct slice text;
	int64_t times;
};

struct names {
	struct arena arena; /* the texts */
	struct name *slots; /* a power of two */
	size_t slot_count, used;
};

struct names *
names_open(void)
{
	return xcalloc(1, sizeof(struct names));
}

void
names_close(struct names *n)
{
	arena_free(&n->arena);
	free(n->slots);
	free(n);
}

/* FNV-1a */
static size_t
hash(struct slice s)
{
	uint64_t h = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < s.len; i++)
		h = (h ^ (unsigned char)s.data[i]) * UINT64_C(1099511628211);
	return (size_t)h;
}

/* Where it is, or would be. */
static struct name *
find(const struct names *n, struct slice text)
{
	size_t i = hash(text) & (n->slot_count - 1);

	while (
	    n->slots[i].text.data != NULL && !slice_eq(n->slots[i].text, text))
		i = (i + 1) & (n->slot_count - 1);
	return &n->slots[i];
}

static void
grow(struct names *n)
{
	struct name *old = n->slots;
	size_t count = n->slot_count;

	if (n->used * 2 < n->slot_count)
		return;
	n->slot_count = count > 0 ? count * 2 : SLOTS_FIRST;
	n->slots = xcalloc(n->slot_count, sizeof *n->slots);
	for (size_t i = 0; i < count; i++)
		if (old[i].text.data != NULL)
			*find(n, old[i].text) = old[i];
	free(old);
}

int64_t
names_times(const struct names *n, struct slice text)
{
	return n->used > 0 ? find(n, text)->times : 0;
}

bool
names_have(const struct names *n, struct slice text)
{
	return names_times(n, text) > 0;
}

bool
names_add(struct names *n, struct slice text)
{
	struct name *slot;

	grow(n);
	slot = find(n, text);
	if (slot->times++ > 0)
		return false;
	if (slot->text.data != NULL)
		return true; /* it was dropped */
	slot->text.data = arena_copy(&n->arena, text.data, text.len);
	slot->text.len = text.len;
	n->used++;
	return true;
}

bool
names_drop(struct names *n, struct slice text)
{
	if (!names_have(n, text))
		return false;
	return --find(n, text)->times == 0;
}

void
names_forget(struct names *n)
{
	if (n->used == 0)
		return;
	memset(n->slots, 0, n->slot_count * sizeof *n->slots);
	arena_reset(&n->arena);
	n->used = 0;
}
