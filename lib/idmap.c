/*
 * idmap: open addressing, at most two thirds full.  Nothing is ever taken
 * out.  The hash takes eight bytes at a time and mixes after each: ids of a
 * mailbox are long and differ in few characters.
 */
#include <stdlib.h>
#include <string.h>

#include "idmap.h"
#include "xalloc.h"

#define CAP_FIRST 64

static uint64_t
mixed(uint64_t h, uint64_t word)
{
	h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
	return h ^ (h >> 29);
}

uint64_t
idmap_hash(struct slice text)
{
	uint64_t h = text.len, word;
	size_t i = 0;

	for (; text.len - i >= sizeof word; i += sizeof word) {
		memcpy(&word, text.data + i, sizeof word);
		h = mixed(h, word);
	}
	if (i < text.len) {
		word = 0;
		memcpy(&word, text.data + i, text.len - i);
		h = mixed(h, word);
	}
	h *= UINT64_C(0xbf58476d1ce4e5b9);
	return h ^ (h >> 32);
}

static uint64_t
hash_of(const struct idmap_slot *s)
{
	return (uint64_t)s->high << 32 | s->low;
}

/* The slot that has this hash, or the free one where it belongs. */
static struct idmap_slot *
slot_of(const struct idmap *m, uint64_t hash)
{
	size_t i = (size_t)hash & (m->cap - 1);

	while (m->slot[i].value != IDMAP_NONE && hash_of(&m->slot[i]) != hash)
		i = (i + 1) & (m->cap - 1);
	return &m->slot[i];
}

static void
empty(struct idmap *m)
{
	if (m->cap > 0)
		memset(m->slot, 0xff, m->cap * sizeof *m->slot);
}

static void
grow(struct idmap *m)
{
	struct idmap old = *m;
	size_t i;

	m->cap = old.cap == 0 ? CAP_FIRST : old.cap * 2;
	m->slot = xreallocarray(NULL, m->cap, sizeof *m->slot);
	empty(m);
	for (i = 0; i < old.cap; i++)
		if (old.slot[i].value != IDMAP_NONE)
			*slot_of(m, hash_of(&old.slot[i])) = old.slot[i];
	free(old.slot);
}

uint32_t
idmap_get(const struct idmap *m, struct slice id)
{
	return m->cap == 0 ? IDMAP_NONE : slot_of(m, idmap_hash(id))->value;
}

void
idmap_set(struct idmap *m, struct slice id, uint32_t value)
{
	uint64_t hash = idmap_hash(id);
	struct idmap_slot *slot;

	if (m->count >= m->cap / 3 * 2)
		grow(m);
	slot = slot_of(m, hash);
	m->count += slot->value == IDMAP_NONE;
	*slot = (struct idmap_slot){ value, (uint32_t)(hash >> 32),
		(uint32_t)hash };
}

void
idmap_reset(struct idmap *m)
{
	empty(m);
	m->count = 0;
}

void
idmap_free(struct idmap *m)
{
	free(m->slot);
	*m = (struct idmap){ 0 };
}
