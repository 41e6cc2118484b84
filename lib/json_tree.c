/*
 * json, the quick way to a tree: one loop over the bytes of a line in which
 * there is nothing to refuse.  Three times as fast as a parser that calls back
 * for each token, and most of what a stage does with a line is to parse it.
 *
 * It refuses nothing itself.  Whatever is out of the ordinary (a doubled key, a
 * control character, a number that looks odd, a bracket too many) gives NULL,
 * and the line is yajl's to judge and to say what is wrong with it.  What is
 * accepted here is a subset of what yajl accepts, with the same tree.
 *
 * What is called for each token is `inline`: without the word gcc makes calls
 * of it, which cost a quarter of the time.
 */
#include <string.h>

#include "bounds.h"
#include "json_parts.h"
#include "str_block.h"
#include "utf8.h"

/* Nodes that are taken from the arena at once. */
#define NODES 32

struct tree {
	struct arena *arena;
	const char *p, *end;
	struct json *root, *spare, *spare_end;
	struct slice key; /* of the value that comes next */
	unsigned depth;
	struct open {
		struct json *value;
		struct json **tail; /* where its next child is hung */
	} open[JSON_DEPTH_MAX];
};

static inline bool
next_is(const struct tree *t, char c)
{
	return t->p < t->end && *t->p == c;
}

static inline void
skip_blanks(struct tree *t)
{
	while (t->p < t->end && (*t->p == ' ' || *t->p == '\t' ||
				    *t->p == '\n' || *t->p == '\r'))
		t->p++;
}

/* Blanks are seldom, so they are looked for last. */
static inline bool
comes(struct tree *t, char c)
{
	if (next_is(t, c))
		return true;
	skip_blanks(t);
	return next_is(t, c);
}

/* The same as json_plain_length; most strings end in its first block. */
static inline size_t
plain_length(const char *s, size_t n)
{
#ifdef BLOCK
	const unsigned odd = n >= BLOCK ? block_json_odd(s) : 0;

	if (odd != 0)
		return (size_t)__builtin_ctz(odd);
#endif
	return json_plain_length(s, n);
}

static inline struct json *
add_value(struct tree *t, enum json_type type)
{
	struct json *v;
	struct open *up;

	if (t->spare == t->spare_end) {
		t->spare = arena_alloc(t->arena, NODES * sizeof *v);
		t->spare_end = t->spare + NODES;
	}
	v = t->spare++;
	*v = (struct json){ .type = type, .key = t->key, .raw.data = t->p };
	if (t->depth == 0) {
		t->root = v;
		return v;
	}
	up = &t->open[t->depth - 1];
	*up->tail = v;
	up->tail = &v->next;
	up->value->count++;
	return v;
}

static inline void
end_value(const struct tree *t, struct json *v)
{
	v->raw.len = (size_t)(t->p - v->raw.data);
}

/* NUL and halves of pairs are refused. */
static size_t
decode_unicode(struct tree *t, char *out)
{
	int unit = json_escaped_unit(t->p, t->end), low;
	uint32_t cp;

	if (unit <= 0)
		return 0;
	t->p += 6;
	cp = (uint32_t)unit;
	if (unit >= 0xd800 && unit <= 0xdbff) {
		low = json_escaped_unit(t->p, t->end);
		if (low < 0xdc00 || low > 0xdfff)
			return 0;
		t->p += 6;
		cp = 0x10000 + ((cp - 0xd800) << 10) + ((uint32_t)low - 0xdc00);
	}
	return utf8_encode(cp, out);
}

/* Bytes that the escape at p stands for; 0: it is none. */
static size_t
decode_escape(struct tree *t, char *out)
{
	static const char names[] = "\"\\/bfnrt", bytes[] = "\"\\/\b\f\n\r\t";
	const char *name;

	if (t->end - t->p < 2 || t->p[1] == '\0')
		return 0;
	if (t->p[1] == 'u')
		return decode_unicode(t, out);
	name = strchr(names, t->p[1]);
	if (name == NULL)
		return 0;
	*out = bytes[name - names];
	t->p += 2;
	return 1;
}

/* The closing quote of a string, from an escape in it on; NULL: there is none. */
static const char *
closing_quote(const struct tree *t)
{
	const char *q = t->p;

	while (q < t->end && *q == '\\') {
		q += 2;
		if (q < t->end)
			q += json_plain_length(q, (size_t)(t->end - q));
	}
	return q < t->end && *q == '"' ? q : NULL;
}

/* The rest of a string in which there is an escape: `plain` bytes of it stand
 * before p. */
static bool
decode_string(struct tree *t, size_t plain, struct slice *text)
{
	const char *from = t->p - plain, *q = closing_quote(t);
	char *out, *start;
	size_t n;

	if (q == NULL)
		return false;
	out = start = arena_alloc(t->arena, (size_t)(q - from) + 1);
	memcpy(out, from, plain);
	out += plain;
	while (*t->p == '\\') {
		n = decode_escape(t, out);
		if (n == 0)
			return false;
		out += n;
		n = json_plain_length(t->p, (size_t)(q - t->p));
		memcpy(out, t->p, n);
		out += n;
		t->p += n;
	}
	*text = (struct slice){ start, (size_t)(out - start) };
	return t->p == q;
}

/* A string from its first quote. */
static inline bool
read_string(struct tree *t, struct slice *text)
{
	const char *start = ++t->p;
	size_t n = plain_length(start, (size_t)(t->end - start));

	t->p += n;
	if (t->p == t->end)
		return false;
	*text = (struct slice){ start, n };
	if (*t->p == '\\' && !decode_string(t, n, text))
		return false;
	if (*t->p != '"')
		return false;
	t->p++;
	return true;
}

static bool
skip_digits(struct tree *t)
{
	const char *start = t->p;

	while (t->p < t->end && ascii_is_digit(*t->p))
		t->p++;
	return t->p > start;
}

static bool
read_number(struct tree *t)
{
	if (next_is(t, '-'))
		t->p++;
	if (next_is(t, '0'))
		t->p++;
	else if (!skip_digits(t))
		return false;
	if (next_is(t, '.')) {
		t->p++;
		if (!skip_digits(t))
			return false;
	}
	if (!next_is(t, 'e') && !next_is(t, 'E'))
		return true;
	t->p++;
	if (next_is(t, '+') || next_is(t, '-'))
		t->p++;
	return skip_digits(t);
}

static bool
read_word(struct tree *t, const char *word, size_t n)
{
	if ((size_t)(t->end - t->p) < n || memcmp(t->p, word, n) != 0)
		return false;
	t->p += n;
	return true;
}

static inline bool
read_scalar(struct tree *t)
{
	struct json *v = add_value(t, JSON_NUMBER);
	bool good;

	switch (*t->p) {
	case '"':
		v->type = JSON_STRING;
		good = read_string(t, &v->text);
		break;
	case 't':
		v->type = JSON_TRUE;
		good = read_word(t, "true", 4);
		break;
	case 'f':
		v->type = JSON_FALSE;
		good = read_word(t, "false", 5);
		break;
	case 'n':
		v->type = JSON_NULL;
		good = read_word(t, "null", 4);
		break;
	default:
		good = read_number(t);
	}
	end_value(t, v);
	if (v->type == JSON_NUMBER)
		v->text = v->raw;
	return good;
}

/* "key" : */
static inline bool
read_key(struct tree *t)
{
	if (!comes(t, '"') || !read_string(t, &t->key) || !comes(t, ':'))
		return false;
	t->p++;
	return true;
}

/* A bracket closes the innermost value. */
static bool
close_value(struct tree *t)
{
	struct json *v = t->open[--t->depth].value;

	t->p++;
	end_value(t, v);
	return v->type == JSON_ARRAY || !json_has_double(v);
}

/* At an opening bracket.  *more: its first value follows. */
static bool
open_value(struct tree *t, bool *more)
{
	bool object = *t->p == '{';
	struct json *v;

	if (t->depth == JSON_DEPTH_MAX)
		return false;
	v = add_value(t, object ? JSON_OBJECT : JSON_ARRAY);
	t->open[t->depth++] = (struct open){ v, &v->child };
	t->key = NO_SLICE;
	t->p++;
	*more = !comes(t, object ? '}' : ']');
	if (!*more)
		return close_value(t);
	return !object || read_key(t);
}

/* Behind a value: a comma and the next one (*more), or closing brackets. */
static inline bool
read_behind(struct tree *t, bool *more)
{
	bool object;

	*more = false;
	while (t->depth > 0) {
		object = t->open[t->depth - 1].value->type == JSON_OBJECT;
		if (comes(t, ',')) {
			t->p++;
			*more = true;
			t->key = NO_SLICE;
			return !object || read_key(t);
		}
		if (!next_is(t, object ? '}' : ']') || !close_value(t))
			return false;
	}
	return true;
}

struct json *
json_tree(struct arena *a, struct slice line)
{
	struct tree t; /* the stack is written before it is read */
	bool more = true;

	t.arena = a;
	t.p = line.data;
	t.end = line.data + line.len;
	t.root = t.spare = t.spare_end = NULL;
	t.key = NO_SLICE;
	t.depth = 0;
	while (more) {
		skip_blanks(&t);
		if (t.p == t.end)
			return NULL;
		if (*t.p == '{' || *t.p == '[') {
			if (!open_value(&t, &more))
				return NULL;
			if (more)
				continue;
		} else if (!read_scalar(&t)) {
			return NULL;
		}
		if (!read_behind(&t, &more))
			return NULL;
	}
	return t.p == t.end ? t.root : NULL;
}
