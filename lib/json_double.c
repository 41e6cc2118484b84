/*
 * json_double: a key that stands twice in one object.  Objects are small, and
 * then comparing is fastest; sorting bounds the work for the one that a
 * stranger made large.
 */
#include <stdlib.h>
#include <string.h>

#include "json_parts.h"
#include "xalloc.h"

/* Doubled keys: objects up to this size are compared key by key, those up to
 * the next with a table on the stack, longer ones are sorted. */
#define COMPARED_MAX 8
#define TABLED_MAX   128
#define TABLE_SIZE   256

struct member {
	struct json *value;
	size_t nth;
};

static bool
same_key(const struct json *a, const struct json *b)
{
	return a->key.len == b->key.len &&
	       memcmp(a->key.data, b->key.data, a->key.len) == 0;
}

static int
compare_members(const void *a, const void *b)
{
	const struct member *x = a, *y = b;
	struct slice k = x->value->key, l = y->value->key;
	int order;

	if (k.len != l.len)
		return k.len < l.len ? -1 : 1;
	order = memcmp(k.data, l.data, k.len);
	if (order != 0)
		return order;
	return x->nth < y->nth ? -1 : 1;
}

static bool
has_double_compared(const struct json *object)
{
	const struct json *a, *b;

	for (a = object->child; a != NULL; a = a->next)
		for (b = a->next; b != NULL; b = b->next)
			if (same_key(a, b))
				return true;
	return false;
}

static size_t
key_hash(struct slice key)
{
	const unsigned char *p = (const unsigned char *)key.data;

	if (key.len == 0)
		return 0;
	return (key.len * 31 + p[0] * (size_t)7 + p[key.len / 2] * (size_t)3 +
		   p[key.len - 1]) %
	       TABLE_SIZE;
}

static bool
has_double_tabled(const struct json *object)
{
	const struct json *table[TABLE_SIZE] = { NULL }, *m;
	size_t at;

	for (m = object->child; m != NULL; m = m->next) {
		at = key_hash(m->key);
		for (; table[at] != NULL; at = (at + 1) % TABLE_SIZE)
			if (same_key(table[at], m))
				return true;
		table[at] = m;
	}
	return false;
}

/* The members in an order that puts equal keys side by side. */
static struct member *
sort_members(const struct json *object)
{
	struct member *sorted =
	    xreallocarray(NULL, object->count, sizeof *sorted);
	struct json *m;
	size_t i = 0;

	for (m = object->child; m != NULL; m = m->next, i++)
		sorted[i] = (struct member){ m, i };
	qsort(sorted, object->count, sizeof *sorted, compare_members);
	return sorted;
}

static bool
has_double_sorted(const struct json *object)
{
	struct member *sorted = sort_members(object);
	bool found = false;
	size_t i;

	for (i = 1; i < object->count && !found; i++)
		found = same_key(sorted[i - 1].value, sorted[i].value);
	free(sorted);
	return found;
}

bool
json_has_double(const struct json *object)
{
	if (object->count <= COMPARED_MAX)
		return has_double_compared(object);
	if (object->count <= TABLED_MAX)
		return has_double_tabled(object);
	return has_double_sorted(object);
}

static void
unlink_marked(struct json *object)
{
	struct json **link = &object->child;

	while (*link != NULL) {
		if ((*link)->key.data == NULL) {
			*link = (*link)->next;
			object->count--;
		} else {
			link = &(*link)->next;
		}
	}
}

void
json_drop_doubles(struct json *object)
{
	struct member *sorted = sort_members(object);
	size_t i;

	/* Those that go lose their key, which marks them. */
	for (i = 1; i < object->count; i++)
		if (same_key(sorted[i - 1].value, sorted[i].value))
			sorted[i - 1].value->key = NO_SLICE;
	free(sorted);
	unlink_marked(object);
}
