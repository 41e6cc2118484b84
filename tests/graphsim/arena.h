/*
 * arena: the memory in which the whole simulated world lives.
 *
 * Everything that belongs to the world (mailboxes, events, logs, the state of
 * the random number generator) is allocated here and nowhere else.  That makes
 * a snapshot a plain copy of the bytes, and a rollback exact: whatever the
 * program knows, it knows from here.
 *
 * Not thread-safe: callers hold the world lock.
 */
#ifndef GRAPHSIM_ARENA_H
#define GRAPHSIM_ARENA_H

#include <stdbool.h>
#include <stddef.h>

/* Reserve the address space.  Ends the program if that is impossible. */
void arena_init(void);

/* Forget everything and hand out zeroed memory again. */
void arena_reset(void);

/* Zeroed memory; never NULL. */
void *arena_alloc(size_t size);

/* Grow a block; the new part is zeroed.  A NULL block is allocated. */
void *arena_grow(void *block, size_t size);

/* Give a block back.  NULL is allowed. */
void arena_free(void *block);

/* Copies of strings; NULL stays NULL. */
char *arena_strdup(const char *s);
char *arena_strndup(const char *s, size_t len);

/* Replace *slot by a copy of s and free what was there. */
void arena_set(char **slot, const char *s);

/* The one pointer that survives snapshot and rollback. */
void arena_set_root(void *root);
void *arena_root(void);

/* Keep a copy of the world under a name; an older one is replaced. */
void arena_snapshot(const char *name);

/* Make the world what it was.  False: no snapshot has that name. */
bool arena_rollback(const char *name);

/* Bytes in use, for /__sim/world statistics. */
size_t arena_used(void);

#endif
