/*
 * arena: a list of blocks, each about twice as big as the one before, from
 * which memory is cut off in order.  A reset keeps one block, the largest:
 * after a few records an arena stops asking malloc for anything.  A request
 * that does not fit opens a new block and wastes the rest of the old one;
 * doubling bounds that waste by the size of what is in use.
 */
#include <assert.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "bounds.h"
#include "exits.h"
#include "xalloc.h"

#ifdef CALSYNC_SANITIZED
#include <sanitizer/asan_interface.h>
#define POISON(p, n)   ASAN_POISON_MEMORY_REGION(p, n)
#define UNPOISON(p, n) ASAN_UNPOISON_MEMORY_REGION(p, n)
/* Bytes between allocations that nobody may touch. */
#define GAP ((size_t)16)
#else
#define POISON(p, n)   ((void)0)
#define UNPOISON(p, n) ((void)0)
#define GAP	       ((size_t)0)
#endif

#define FIRST_BLOCK ((size_t)8 * 1024)
#define ALIGN	    alignof(max_align_t)

struct arena_block {
	struct arena_block *next;
	size_t size; /* bytes of data */
	alignas(max_align_t) char data[];
};

static void
use_block(struct arena *a, struct arena_block *b)
{
	a->block = b;
	a->at = b->data;
	a->end = b->data + b->size;
	POISON(b->data, b->size);
}

static void
free_block(struct arena_block *b)
{
	UNPOISON(b->data, b->size);
	free(b);
}

static void
add_block(struct arena *a, size_t size)
{
	size_t want = a->block != NULL ? a->block->size * 2 : FIRST_BLOCK;
	struct arena_block *b;

	if (want < size)
		want = size;
	b = xmalloc(sizeof *b + want);
	b->size = want;
	b->next = a->block;
	use_block(a, b);
}

/* What a piece takes, with the gap behind it. */
static size_t
rounded(size_t size)
{
	return (size + GAP + ALIGN - 1) / ALIGN * ALIGN;
}

void *
arena_alloc(struct arena *a, size_t size)
{
	size_t max = a->max != 0 ? a->max : RECORD_ARENA_MAX;
	char *p;

	if (size > max || a->used > max - size)
		xdie(EXIT_DATA, "calsync: error: a record needs more memory"
				" than is allowed\n");
	a->used += size;
	size = rounded(size);
	if (size > (size_t)(a->end - a->at))
		add_block(a, size);
	p = a->at;
	a->at += size;
	UNPOISON(p, size - GAP);
	return p;
}

void
arena_shrink(struct arena *a, void *p, size_t size, size_t n)
{
	char *end = (char *)p + rounded(n);

	assert(n <= size && (char *)p + rounded(size) == a->at);
	POISON((char *)p + n, (size_t)(a->at - (char *)p) - n);
	a->at = end;
	a->used -= size - n;
}

void *
arena_array(struct arena *a, size_t count, size_t size)
{
	void *p;

	if (size != 0 && count > SIZE_MAX / size)
		xdie(EXIT_DATA, "calsync: error: an array is too long\n");
	p = arena_alloc(a, count * size);
	memset(p, 0, count * size);
	return p;
}

char *
arena_copy(struct arena *a, const char *s, size_t n)
{
	/* A length without room for the NUL is refused as it is. */
	char *p = arena_alloc(a, n < SIZE_MAX ? n + 1 : n);

	if (n != 0)
		memcpy(p, s, n);
	p[n] = '\0';
	return p;
}

void
arena_reset(struct arena *a)
{
	struct arena_block *b, *next, *largest = NULL;

	a->used = 0;
	for (b = a->block; b != NULL; b = next) {
		next = b->next;
		if (largest == NULL || b->size > largest->size) {
			if (largest != NULL)
				free_block(largest);
			largest = b;
		} else {
			free_block(b);
		}
	}
	if (largest != NULL) {
		largest->next = NULL;
		use_block(a, largest);
	}
}

void
arena_free(struct arena *a)
{
	struct arena_block *b, *next;

	for (b = a->block; b != NULL; b = next) {
		next = b->next;
		free_block(b);
	}
	a->block = NULL;
	a->at = a->end = NULL;
	a->used = 0;
}
