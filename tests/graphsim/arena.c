#define _DEFAULT_SOURCE /* MAP_ANONYMOUS, MAP_NORESERVE */

#include "arena.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sysexits.h>

enum {
	CLASSES = 120,
	SNAPSHOTS = 64,
	NAME_MAX_LEN = 64,
	ALIGN = 16,
};

/* Before each block: its class, so that it can be freed without a size. */
struct block {
	size_t class;
	struct block *next_free;
};

struct head {
	size_t used;
	size_t limit;
	void *root;
	struct block *free[CLASSES];
};

struct snapshot {
	char name[NAME_MAX_LEN];
	void *bytes;
	size_t size;
};

static struct head *head;
static struct snapshot snapshots[SNAPSHOTS];

/*
 * Classes grow by halves (16, 24, 32, 48, 64, ...): at most a third of a
 * block is waste, and a class is found without a search.
 */
static size_t
class_size(size_t class)
{
	size_t base = (size_t)ALIGN << (class / 2);

	return class % 2 ? base + base / 2 : base;
}

static size_t
class_of(size_t size)
{
	size_t class = 0;

	while (class_size(class) < size)
		class ++;
	return class;
}

static void *
reserve(size_t *size)
{
	for (*size = (size_t)64 << 30; *size >= (size_t)64 << 20; *size /= 2) {
		void *p = mmap(NULL, *size, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

		if (p != MAP_FAILED)
			return p;
	}
	fputs("graphsim: cannot reserve memory for the world\n", stderr);
	exit(EX_OSERR);
}

void
arena_init(void)
{
	size_t size;

	head = reserve(&size);
	head->limit = size;
	head->used = (sizeof(*head) + ALIGN - 1) / ALIGN * ALIGN;
}

void
arena_reset(void)
{
	size_t used = head->used, limit = head->limit;

	memset(head, 0, used);
	head->limit = limit;
	head->used = (sizeof(*head) + ALIGN - 1) / ALIGN * ALIGN;
}

static struct block *
carve(size_t class)
{
	size_t need = sizeof(struct block) + class_size(class);
	struct block *b = (struct block *)(void *)((char *)head + head->used);

	need = (need + ALIGN - 1) / ALIGN * ALIGN;
	if (need > head->limit - head->used) {
		fputs("graphsim: the world does not fit in memory\n", stderr);
		exit(EX_OSERR);
	}
	head->used += need;
	b->class = class;
	return b;
}

void *
arena_alloc(size_t size)
{
	size_t class = class_of(size);
	struct block *b = head->free[class];

	if (b == NULL)
		b = carve(class);
	else
		head->free[class] = b->next_free;
	b->next_free = NULL;
	memset(b + 1, 0, class_size(class));
	return b + 1;
}

void
arena_free(void *p)
{
	struct block *b;

	if (p == NULL)
		return;
	b = (struct block *)p - 1;
	b->next_free = head->free[b->class];
	head->free[b->class] = b;
}

void *
arena_grow(void *p, size_t size)
{
	struct block *b;
	void *bigger;

	if (p == NULL)
		return arena_alloc(size);
	b = (struct block *)p - 1;
	if (class_size(b->class) >= size)
		return p;
	bigger = arena_alloc(size);
	memcpy(bigger, p, class_size(b->class));
	arena_free(p);
	return bigger;
}

char *
arena_strndup(const char *s, size_t len)
{
	char *copy = arena_alloc(len + 1);

	memcpy(copy, s, len);
	return copy;
}

char *
arena_strdup(const char *s)
{
	return s == NULL ? NULL : arena_strndup(s, strlen(s));
}

void
arena_set(char **slot, const char *s)
{
	char *copy = arena_strdup(s);

	arena_free(*slot);
	*slot = copy;
}

void
arena_set_root(void *root)
{
	head->root = root;
}

void *
arena_root(void)
{
	return head->root;
}

size_t
arena_used(void)
{
	return head->used;
}

static struct snapshot *
find(const char *name)
{
	struct snapshot *empty = &snapshots[0];

	for (int i = 0; i < SNAPSHOTS; i++) {
		if (snapshots[i].bytes == NULL)
			empty = &snapshots[i];
		else if (strcmp(snapshots[i].name, name) == 0)
			return &snapshots[i];
	}
	return empty;
}

void
arena_snapshot(const char *name)
{
	struct snapshot *s = find(name);

	free(s->bytes);
	s->size = head->used;
	s->bytes = malloc(s->size);
	if (s->bytes == NULL) {
		fputs("graphsim: no memory for a snapshot\n", stderr);
		exit(EX_OSERR);
	}
	memcpy(s->bytes, head, s->size);
	snprintf(s->name, sizeof(s->name), "%s", name);
}

bool
arena_rollback(const char *name)
{
	struct snapshot *s = find(name);

	if (s->bytes == NULL || strcmp(s->name, name) != 0)
		return false;
	memcpy(head, s->bytes, s->size);
	return true;
}
