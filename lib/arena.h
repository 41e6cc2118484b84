/*
 * arena: memory that is freed all at once.  There are two lifetimes in a
 * stage: the record (reset after each line) and the run (freed at exit).
 * A zeroed struct with `max` set is ready to use; going over `max` ends the
 * program with EXIT_DATA, since only foreign data can do that.
 */
#ifndef ARENA_H
#define ARENA_H

#include <stddef.h>

struct arena_block;

struct arena {
	struct arena_block *block; /* newest first */
	char *at, *end;		   /* free space in the newest block */
	size_t used, max;	   /* bytes handed out; 0 = RECORD_ARENA_MAX */
};

/* Uninitialised memory, aligned for any type. */
void *arena_alloc(struct arena *a, size_t size);
/* Of the piece that was handed out last, p of `size` bytes, only n are needed. */
void arena_shrink(struct arena *a, void *p, size_t size, size_t n);
/* An array of zeroed elements; overflow ends the program. */
void *arena_array(struct arena *a, size_t count, size_t size);
/* A copy of n bytes with a NUL behind it. */
char *arena_copy(struct arena *a, const char *s, size_t n);
/* Forget everything, keep the largest block for the next record. */
void arena_reset(struct arena *a);
void arena_free(struct arena *a);

#endif
