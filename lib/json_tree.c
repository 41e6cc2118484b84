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

/* Members of an object up to which a name is looked for among those before. */
#define NAMES_MAX 64

struct tree {
	struct arena *arena;
	struct json *spare, *spare_end;
	unsigned depth;
	struct open {
		struct json *value;
		struct json **tail; /* where its next child is hung */
	} open[JSON_DEPTH_MAX];
};

/* What follows reads from p on, and gives the place behind what it read; NULL:
 * it is another thing, or cut off by the end. */

static inline const char *
skip_blanks(const char *p, const char *end)
{
	while (p < end && (unsigned char)*p <= ' ' &&
	       (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r'))
		p++;
	return p;
}

/* Blanks are seldom, so they are looked for last. */
static inline const char *
read_mark(const char *p, const char *end, char mark)
{
	if (p < end && *p == mark)
		return p + 1;
	p = skip_blanks(p, end);
	return p < end && *p == mark ? p + 1 : NULL;
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

/* NUL and halves of pairs are refused. */
static const char *
decode_unicode(const char *p, const char *end, char **out)
{
	int unit = json_escaped_unit(p, end), low;
	uint32_t cp;

	if (unit <= 0)
		return NULL;
	p += 6;
	cp = (uint32_t)unit;
	if (unit >= 0xd800 && unit <= 0xdbff) {
		low = json_escaped_unit(p, end);
		if (low < 0xdc00 || low > 0xdfff)
			return NULL;
		p += 6;
		cp = 0x10000 + ((cp - 0xd800) << 10) + ((uint32_t)low - 0xdc00);
	} else if (unit >= 0xdc00 && unit <= 0xdfff) {
		return NULL;
	}
	*out += utf8_encode(cp, *out);
	return p;
}

/* What stands for itself or one of the controls behind a backslash; else NUL. */
static inline char
escaped_byte(char c)
{
	switch (c) {
	case '"':
	case '\\':
	case '/':
		return c;
	case 'b':
		return '\b';
	case 'f':
		return '\f';
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	default:
		return '\0';
	}
}

/* An escape; what it stands for is added at *out. */
static inline const char *
decode_escape(const char *p, const char *end, char **out)
{
	char byte;

	if (end - p < 2)
		return NULL;
	if (p[1] == 'u')
		return decode_unicode(p, end, out);
	byte = escaped_byte(p[1]);
	if (byte == '\0')
		return NULL;
	*(*out)++ = byte;
	return p + 2;
}

/* The rest of a string in which the first escape stands at p: to its quote.
 * Decoded it is no longer than the line. */
static const char *
decode_string(
    struct tree *t, const char *p, const char *end, struct slice *text)
{
	size_t n = text->len, room = n + (size_t)(end - p);
	char *start = arena_alloc(t->arena, room), *out = start + n;

	memcpy(start, text->data, n);
	while (p < end && *p == '\\') {
		p = decode_escape(p, end, &out);
		if (p == NULL)
			return NULL;
		n = plain_length(p, (size_t)(end - p));
		memcpy(out, p, n);
		out += n;
		p += n;
	}
	n = (size_t)(out - start);
	arena_shrink(t->arena, start, room, n);
	*text = (struct slice){ start, n };
	return p;
}

/* A string whose first quote stands before p. */
static inline const char *
read_string(struct tree *t, const char *p, const char *end, struct slice *text)
{
	size_t n = plain_length(p, (size_t)(end - p));

	*text = (struct slice){ p, n };
	p += n;
	if (p < end && *p == '\\')
		p = decode_string(t, p, end, text);
	return p != NULL && p < end && *p == '"' ? p + 1 : NULL;
}

static inline const char *
skip_digits(const char *p, const char *end)
{
	while (p < end && *p >= '0' && *p <= '9')
		p++;
	return p;
}

static inline const char *
read_digits(const char *p, const char *end)
{
	const char *behind = skip_digits(p, end);

	return behind > p ? behind : NULL;
}

static const char *
read_number(const char *p, const char *end)
{
	if (p < end && *p == '-')
		p++;
	if (p < end && *p == '0')
		p++;
	else if ((p = read_digits(p, end)) == NULL)
		return NULL;
	if (p < end && *p == '.' && (p = read_digits(p + 1, end)) == NULL)
		return NULL;
	if (p == end || (*p != 'e' && *p != 'E'))
		return p;
	p++;
	if (p < end && (*p == '+' || *p == '-'))
		p++;
	return read_digits(p, end);
}

static inline const char *
read_word(const char *p, const char *end, struct slice word)
{
	if ((size_t)(end - p) < word.len || memcmp(p, word.data, word.len) != 0)
		return NULL;
	return p + word.len;
}

/* What is neither an object nor an array. */
static inline const char *
read_scalar(struct tree *t, const char *p, const char *end, struct json *v)
{
	switch (*p) {
	case '"':
		v->type = JSON_STRING;
		return read_string(t, p + 1, end, &v->text);
	case 't':
		v->type = JSON_TRUE;
		return read_word(p, end, SLICE("true"));
	case 'f':
		v->type = JSON_FALSE;
		return read_word(p, end, SLICE("false"));
	case 'n':
		v->type = JSON_NULL;
		return read_word(p, end, SLICE("null"));
	default:
		v->type = JSON_NUMBER;
		return read_number(p, end);
	}
}

/* One by one: gcc empties a whole one by a string instruction, slower than all
 * the rest. */
static inline struct json *
new_value(struct tree *t)
{
	struct json *v;

	if (t->spare == t->spare_end) {
		t->spare = arena_alloc(t->arena, NODES * sizeof *v);
		t->spare_end = t->spare + NODES;
	}
	v = t->spare++;
	v->key = v->text = NO_SLICE;
	v->child = v->next = NULL;
	v->count = 0;
	v->names = 0;
	return v;
}

/* Most names are new to their object, as its bits show.  Of one with so many
 * members that they cannot, all are compared when it closes. */
static inline bool
is_new_name(struct json *object, struct slice name)
{
	uint64_t bit = json_name_bit(name);

	if ((object->names & bit) != 0 && object->count < NAMES_MAX &&
	    json_find(object, name, bit) != NULL)
		return false;
	object->names |= bit;
	return true;
}

/* The next child of the innermost value, and in an object "name" : */
static inline const char *
read_child(struct tree *t, const char *p, const char *end, struct json **child)
{
	struct open *up = &t->open[t->depth - 1];
	struct json *v = *child = new_value(t);

	if (up->value->type == JSON_OBJECT) {
		p = read_mark(p, end, '"');
		if (p != NULL)
			p = read_string(t, p, end, &v->key);
		if (p != NULL)
			p = read_mark(p, end, ':');
		if (p == NULL || !is_new_name(up->value, v->key))
			return NULL;
	}
	*up->tail = v;
	up->tail = &v->next;
	up->value->count++;
	return p;
}

static inline char
closing_mark(const struct json *v)
{
	return v->type == JSON_OBJECT ? '}' : ']';
}

/* Behind the closing mark of the innermost value. */
static inline bool
close_value(struct tree *t, const char *p)
{
	struct json *v = t->open[--t->depth].value;

	v->raw.len = (size_t)(p - v->raw.data);
	return v->count < NAMES_MAX || v->type == JSON_ARRAY ||
	       !json_has_double(v);
}

/* At an opening bracket.  *next: its first child, or NULL. */
static inline const char *
open_value(struct tree *t, const char *p, const char *end, struct json *v,
    struct json **next)
{
	const char *behind;

	*next = NULL;
	if (t->depth == JSON_DEPTH_MAX)
		return NULL;
	v->type = *p == '{' ? JSON_OBJECT : JSON_ARRAY;
	t->open[t->depth++] = (struct open){ v, &v->child };
	behind = read_mark(p + 1, end, closing_mark(v));
	if (behind == NULL)
		return read_child(t, p + 1, end, next);
	return close_value(t, behind) ? behind : NULL;
}

/* Behind a value: a comma and the next one, or closing marks. */
static inline const char *
read_behind(struct tree *t, const char *p, const char *end, struct json **next)
{
	const char *behind;

	*next = NULL;
	while (t->depth > 0) {
		behind = read_mark(p, end, ',');
		if (behind != NULL)
			return read_child(t, behind, end, next);
		p = read_mark(
		    p, end, closing_mark(t->open[t->depth - 1].value));
		if (p == NULL || !close_value(t, p))
			return NULL;
	}
	return p;
}

/* A value from its first byte on.  *next: the one that comes then, or NULL: the
 * outermost is whole. */
static inline const char *
read_value(struct tree *t, const char *p, const char *end, struct json *v,
    struct json **next)
{
	v->raw.data = p;
	if (*p == '{' || *p == '[') {
		p = open_value(t, p, end, v, next);
		if (p == NULL || *next != NULL)
			return p;
	} else {
		p = read_scalar(t, p, end, v);
		if (p == NULL)
			return NULL;
		v->raw.len = (size_t)(p - v->raw.data);
		if (v->type == JSON_NUMBER)
			v->text = v->raw;
	}
	return read_behind(t, p, end, next);
}

struct json *
json_tree(struct arena *a, struct slice line)
{
	const char *p = line.data, *end = line.data + line.len;
	struct json *root, *v;
	struct tree t; /* the stack is written before it is read */

	t.arena = a;
	t.spare = t.spare_end = NULL;
	t.depth = 0;
	root = v = new_value(&t);
	while (v != NULL) {
		p = skip_blanks(p, end);
		if (p == end)
			return NULL;
		p = read_value(&t, p, end, v, &v);
		if (p == NULL)
			return NULL;
	}
	return p == end ? root : NULL;
}
