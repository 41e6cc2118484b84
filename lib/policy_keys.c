/*
 * policy_keys: the table of keys, read from policy_keys.def.  Names are looked
 * up one after the other: a policy has a few dozen lines and is read once.
 */
#include <assert.h>

#include "policy_keys.h"

#define NAME_BYTES 40 /* longer names are near to nothing */

enum group {
#define G(group, heading) GROUP_##group,
#define K(group, id, name, type, user, flag, init, allowed, meaning, serves)
#include "policy_keys.def"
#undef G
#undef K
};

static const char *const headings[] = {
#define G(group, heading) heading,
#define K(group, id, name, type, user, flag, init, allowed, meaning, serves)
#include "policy_keys.def"
#undef G
#undef K
};

static const struct policy_info keys[POL_COUNT] = {
	{ 0, "", POLICY_WORD, USER_NO, KEY_PLAIN, "", "", "", "" },
#define G(group, heading)
#define K(group, id, name, type, user, flag, init, allowed, meaning, serves) \
	{ GROUP_##group, name, POLICY_##type, USER_##user, KEY_##flag, init, \
		allowed, meaning, serves },
#include "policy_keys.def"
#undef G
#undef K
};

const struct policy_info *
policy_info(enum policy_key key)
{
	assert(key < POL_COUNT);
	return &keys[key];
}

const char *
policy_heading(enum policy_key key)
{
	return headings[policy_info(key)->group];
}

const char *
policy_key_name(enum policy_key key)
{
	return policy_info(key)->name;
}

const char *
policy_type_name(enum policy_type type)
{
	static const char *const names[] = {
		[POLICY_WORD] = "word",
		[POLICY_YESNO] = "yes/no",
		[POLICY_LIST] = "list",
		[POLICY_NUMBER] = "number",
		[POLICY_SPAN] = "duration",
		[POLICY_TEXT] = "text",
		[POLICY_TIME] = "time",
		[POLICY_LIMIT] = "number and share",
	};

	return names[type];
}

enum policy_key
policy_key_find(struct slice name)
{
	for (enum policy_key k = POL_NONE + 1; k < POL_COUNT; k++)
		if (slice_is(name, keys[k].name))
			return k;
	return POL_NONE;
}

static size_t
least(size_t a, size_t b, size_t c)
{
	size_t m = a < b ? a : b;

	return m < c ? m : c;
}

/* Insertions, removals and replacements that make one of the other. */
static size_t
distance(struct slice a, struct slice b)
{
	size_t row[NAME_BYTES + 1], above, here;

	for (size_t j = 0; j <= b.len; j++)
		row[j] = j;
	for (size_t i = 0; i < a.len; i++) {
		above = row[0]++;
		for (size_t j = 0; j < b.len; j++) {
			here = above + (a.data[i] != b.data[j]);
			above = row[j + 1];
			row[j + 1] = least(here, above + 1, row[j] + 1);
		}
	}
	return row[b.len];
}

enum policy_key
policy_key_near(struct slice name)
{
	enum policy_key near = POL_NONE;
	size_t best = name.len / 3 + 1, d;

	if (name.len > NAME_BYTES)
		return POL_NONE;
	for (enum policy_key k = POL_NONE + 1; k < POL_COUNT; k++) {
		d = distance(name, slice_of(keys[k].name));
		if (d < best || (d == best && near == POL_NONE)) {
			best = d;
			near = k;
		}
	}
	return near;
}

struct slice
policy_alternative(const char *allowed, size_t place)
{
	struct slice rest = slice_of(allowed), one;

	for (;;) {
		one = slice_trim(slice_cut(rest, ',', &rest));
		if (place-- == 0 || one.len == 0)
			return one.len > 0 ? one : NO_SLICE;
	}
}
