/*
 * idmap: from ids to small numbers, 12 bytes a slot, so that the ids of a
 * whole calendar can be remembered.  It keeps a 64-bit hash of the id and not
 * the id: among a million ids of a mailbox two meet by chance once in 37
 * million calendars.  A zeroed struct is an empty map.
 */
#ifndef IDMAP_H
#define IDMAP_H

#include <stdint.h>

#include "str.h"

#define IDMAP_NONE UINT32_MAX

/* All of it side by side: large maps are in no cache. */
struct idmap_slot {
	uint32_t value;	    /* IDMAP_NONE: it is free */
	uint32_t high, low; /* halves of the hash */
};

struct idmap {
	struct idmap_slot *slot;
	size_t count, cap;
};

/* The number of this id, or IDMAP_NONE. */
uint32_t idmap_get(const struct idmap *m, struct slice id);
void idmap_set(struct idmap *m, struct slice id, uint32_t value);
void idmap_reset(struct idmap *m);
void idmap_free(struct idmap *m);

uint64_t idmap_hash(struct slice text);

#endif
