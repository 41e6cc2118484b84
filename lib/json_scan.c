/*
 * json_scan: JSON checked without a tree.  One loop with an explicit stack of
 * open brackets; the keys of all open objects stand on a second stack, so
 * that doubled ones are seen.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "json.h"
#include "json_scan.h"
#include "str_block.h"
#include "utf8.h"

#define KEYS_MAX 512

struct scan_key {
	struct slice text;
	uint32_t tag; /* differs for most keys that differ */
};

struct scanner {
	const char *p, *end;
	unsigned depth;
	bool in_object[SCAN_DEPTH_MAX + 1];   /* by depth, from 1 */
	size_t first_key[SCAN_DEPTH_MAX + 1]; /* in key[], by depth */
	uint64_t seen[SCAN_DEPTH_MAX + 1][4]; /* a bit per tag, by depth */
	struct scan_key key[KEYS_MAX];
	size_t keys;
	const char *value_start; /* of the open member at depth 1 */
	struct scan_member *member;
	size_t members;
};

static inline bool
is_blank(char c)
{
	/* A line end inside a value would end the line: it is doubted. */
	return c == ' ' || c == '\t';
}

static inline void
skip_blanks(struct scanner *s)
{
	while (s->p < s->end && is_blank(*s->p))
		s->p++;
}

static inline bool
next_is(const struct scanner *s, char c)
{
	return s->p < s->end && *s->p == c;
}

/* Blanks are seldom, so they are looked for last. */
static inline bool
comes(struct scanner *s, char c)
{
	if (next_is(s, c))
		return true;
	skip_blanks(s);
	return next_is(s, c);
}

static bool
is_plain(char c)
{
	return (unsigned char)(c - 0x20) < 0x60 && c != '"' && c != '\\';
}

/* How many of the eight bytes at p need no look: printable ASCII without
 * quote and backslash.  A byte's high bit is set in `odd` if it is not plain;
 * borrows can only mark bytes behind one that is marked with right. */
static size_t
plain8(const char *p)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	uint64_t w, quote, slash, odd;
	size_t n = 0;

	memcpy(&w, p, 8);
	quote = w ^ (ones * '"');
	slash = w ^ (ones * '\\');
	odd = (w | (w - ones * 0x20) | (quote - ones) | (slash - ones)) &
	      (ones * 0x80);
	if (odd == 0)
		return 8;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	n = (size_t)__builtin_ctzll(odd) / 8;
#else
	while (is_plain(p[n]))
		n++;
#endif
	return n;
}

static inline void
skip_plain(struct scanner *s)
{
	size_t n = 8;
#ifdef BLOCK
	unsigned odd;

	while (s->end - s->p >= (ptrdiff_t)BLOCK) {
		odd = block_json_odd(s->p) | block_wide(s->p);
		if (odd != 0) {
			s->p += __builtin_ctz(odd);
			return;
		}
		s->p += BLOCK;
	}
#endif

	while (n == 8 && s->end - s->p >= 8) {
		n = plain8(s->p);
		s->p += n;
	}
	while (n == 8 && s->p < s->end && is_plain(*s->p))
		s->p++;
}

static bool
scan_unicode_escape(struct scanner *s)
{
	int unit = json_escaped_unit(s->p, s->end), low;

	if (unit <= 0 || (unit >= 0xdc00 && unit <= 0xdfff))
		return false;
	s->p += 6;
	if (unit < 0xd800 || unit > 0xdbff)
		return true;
	low = json_escaped_unit(s->p, s->end);
	s->p += 6;
	return low >= 0xdc00 && low <= 0xdfff;
}

static bool
scan_escape(struct scanner *s)
{
	if (s->end - s->p < 2)
		return false;
	if (s->p[1] == 'u')
		return scan_unicode_escape(s);
	switch (s->p[1]) {
	case '"':
	case '\\':
	case '/':
	case 'b':
	case 'f':
	case 'n':
	case 'r':
	case 't':
		s->p += 2;
		return true;
	default:
		return false;
	}
}

/* A run of bytes above ASCII: no character crosses its ends. */
static bool
scan_wide(struct scanner *s)
{
	const char *start = s->p;

	while (s->p < s->end && ((unsigned char)*s->p & 0x80) != 0)
		s->p++;
	return utf8_valid((struct slice){ start, (size_t)(s->p - start) });
}

/* A string from its first quote; *plain: it holds no escape. */
static inline bool
scan_string(struct scanner *s, bool *plain)
{
	*plain = true;
	s->p++;
	for (;;) {
		skip_plain(s);
		if (s->p == s->end)
			return false;
		if (*s->p == '"') {
			s->p++;
			return true;
		}
		if (*s->p == '\\') {
			*plain = false;
			if (!scan_escape(s))
				return false;
		} else if (((unsigned char)*s->p & 0x80) == 0 ||
			   !scan_wide(s)) {
			return false;
		}
	}
}

static bool
scan_digits(struct scanner *s)
{
	const char *start = s->p;

	while (s->p < s->end && ascii_is_digit(*s->p))
		s->p++;
	return s->p > start;
}

static bool
scan_number(struct scanner *s)
{
	if (next_is(s, '-'))
		s->p++;
	if (next_is(s, '0'))
		s->p++;
	else if (!scan_digits(s))
		return false;
	if (next_is(s, '.')) {
		s->p++;
		if (!scan_digits(s))
			return false;
	}
	if (next_is(s, 'e') || next_is(s, 'E')) {
		s->p++;
		if (next_is(s, '+') || next_is(s, '-'))
			s->p++;
		return scan_digits(s);
	}
	return true;
}

static bool
scan_word(struct scanner *s, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(s->end - s->p) < n || memcmp(s->p, word, n) != 0)
		return false;
	s->p += n;
	return true;
}

static bool
scan_scalar(struct scanner *s)
{
	bool plain;

	switch (*s->p) {
	case '"':
		return scan_string(s, &plain);
	case 't':
		return scan_word(s, "true");
	case 'f':
		return scan_word(s, "false");
	case 'n':
		return scan_word(s, "null");
	default:
		return scan_number(s);
	}
}

static uint32_t
key_tag(struct slice k)
{
	unsigned char first, middle, last;

	if (k.len == 0)
		return 0;
	first = (unsigned char)k.data[0];
	middle = (unsigned char)k.data[k.len / 2];
	last = (unsigned char)k.data[k.len - 1];
	return (uint32_t)(k.len & 0xff) << 24 | (uint32_t)first << 16 |
	       (uint32_t)middle << 8 | last;
}

/* False: the innermost object has this key already, or there are too many. */
static inline bool
add_key(struct scanner *s, struct slice text)
{
	uint32_t tag = key_tag(text), place = tag * 0x9e3779b1U >> 24;
	uint64_t *seen = &s->seen[s->depth][place / 64];
	uint64_t bit = UINT64_C(1) << place % 64;
	size_t i;

	/* Most keys are new to their object: one bit tells. */
	for (i = s->first_key[s->depth]; (*seen & bit) && i < s->keys; i++)
		if (s->key[i].tag == tag && slice_eq(s->key[i].text, text))
			return false;
	*seen |= bit;
	if (s->keys == KEYS_MAX)
		return false;
	s->key[s->keys++] = (struct scan_key){ text, tag };
	return true;
}

/* "key" : and the blanks before them. */
static inline bool
scan_key(struct scanner *s)
{
	const char *start;
	struct slice text;
	bool plain;

	if (!comes(s, '"'))
		return false;
	start = s->p + 1;
	if (!scan_string(s, &plain) || !plain)
		return false;
	text = (struct slice){ start, (size_t)(s->p - start) - 1 };
	if (!add_key(s, text))
		return false;
	if (!comes(s, ':'))
		return false;
	s->p++;
	return true;
}

/* A value is whole.  Those of the outermost object are remembered. */
static inline bool
end_value(struct scanner *s)
{
	const struct scan_key *key;

	if (s->depth != 1 || !s->in_object[1])
		return true;
	if (s->members == SCAN_MEMBERS_MAX)
		return false;
	key = &s->key[s->keys - 1];
	s->member[s->members++] = (struct scan_member){ key->text,
		{ s->value_start, (size_t)(s->p - s->value_start) } };
	return true;
}

/* At an opening bracket.  *open: its first value follows. */
static bool
scan_open(struct scanner *s, bool *open)
{
	bool object = *s->p == '{';

	if (s->depth == SCAN_DEPTH_MAX)
		return false;
	s->p++;
	s->depth++;
	s->in_object[s->depth] = object;
	s->first_key[s->depth] = s->keys;
	memset(s->seen[s->depth], 0, sizeof s->seen[s->depth]);
	*open = !comes(s, object ? '}' : ']');
	if (*open)
		return !object || scan_key(s);
	s->p++;
	s->depth--;
	return end_value(s);
}

/* Behind a value: a comma and the next one (*more), or closing brackets. */
static bool
scan_behind(struct scanner *s, bool *more)
{
	bool object;

	*more = false;
	while (s->depth > 0) {
		object = s->in_object[s->depth];
		if (comes(s, ',')) {
			s->p++;
			*more = true;
			return !object || scan_key(s);
		}
		if (!next_is(s, object ? '}' : ']'))
			return false;
		s->p++;
		s->keys = s->first_key[s->depth];
		s->depth--;
		if (!end_value(s))
			return false;
	}
	return true;
}

/* One value from s->p on. */
static bool
scan_all(struct scanner *s)
{
	bool more = true;

	while (more) {
		skip_blanks(s);
		if (s->p == s->end)
			return false;
		if (s->depth == 1)
			s->value_start = s->p;
		if (*s->p == '{' || *s->p == '[') {
			if (!scan_open(s, &more))
				return false;
			if (more)
				continue;
		} else if (!scan_scalar(s) || !end_value(s)) {
			return false;
		}
		if (!scan_behind(s, &more))
			return false;
	}
	return true;
}

bool
scan_strict(const char **p, const char *end, struct scan_item *item,
    struct scan_member member[SCAN_MEMBERS_MAX])
{
	struct scanner s;

	/* Only what is read before it is written: the stacks are large. */
	s.p = s.value_start = *p;
	s.end = end;
	s.depth = 0;
	s.keys = s.members = 0;
	s.member = member;
	if (!scan_all(&s))
		return false;
	*item = (struct scan_item){ { *p, (size_t)(s.p - *p) }, SCAN_CLEAN,
		member, s.members };
	*p = s.p;
	return true;
}
