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

uint64_t
idmap_hash(struct slice text)
{
	uint64_t h = text.len, word;
	size_t i = 0, n;

	while (i < text.len) {
		n = text.len - i < 8 ? text.len - i : 8;
		word = 0;
		memcpy(&word, text.data + i, n);
		h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		h ^= h >> 29;
		i += n;
	}
	h *= UINT64_C(0xbf58476d1ce4e5b9);
	return h ^ (h >> 32);
}

/* The slot that has this hash, or the free one where it belongs. */
static size_t
slot_of(const struct idmap *m, uint64_t hash)
{
	size_t i = (size_t)hash & (m->cap - 1);

	while (m->value[i] != IDMAP_NONE && m->hash[i] != hash)
		i = (i + 1) & (m->cap - 1);
	return i;
}

static void
grow(struct idmap *m)
{
	struct idmap old = *m;
	size_t i, slot;

	m->cap = old.cap == 0 ? CAP_FIRST : old.cap * 2;
	m->hash = xreallocarray(NULL, m->cap, sizeof *m->hash);
	m->value = xreallocarray(NULL, m->cap, sizeof *m->value);
	memset(m->value, 0xff, m->cap * sizeof *m->value);
	for (i = 0; i < old.cap; i++) {
		if (old.value[i] == IDMAP_NONE)
			continue;
		slot = slot_of(m, old.hash[i]);
		m->hash[slot] = old.hash[i];
		m->value[slot] = old.value[i];
	}
	free(old.hash);
	free(old.value);
}

uint32_t
idmap_get(const struct idmap *m, struct slice id)
{
	return m->cap == 0 ? IDMAP_NONE : m->value[slot_of(m, idmap_hash(id))];
}

void
idmap_set(struct idmap *m, struct slice id, uint32_t value)
{
	uint64_t hash = idmap_hash(id);
	size_t slot;

	if (m->count >= m->cap / 3 * 2)
		grow(m);
	slot = slot_of(m, hash);
	m->count += m->value[slot] == IDMAP_NONE;
	m->hash[slot] = hash;
	m->value[slot] = value;
}

void
idmap_reset(struct idmap *m)
{
	if (m->cap > 0)
		memset(m->value, 0xff, m->cap * sizeof *m->value);
	m->count = 0;
}

void
idmap_free(struct idmap *m)
{
	free(m->hash);
	free(m->value);
	*m = (struct idmap){ 0 };
}
