/*
 * json, the reading half: yajl's callbacks build a tree in an arena.  Nearly
 * all lines are as they should be and are read by json_tree, without yajl; the
 * others come here.
 *
 * Such a line is first looked at as bytes: strict UTF-8 and well paired \u
 * escapes, which yajl does not check.  yajl then says what kind of value
 * stands where it is now; the value's own bytes are found by stepping over
 * the blanks, commas and colons behind the value before it.  So raw spans
 * cost nothing, and strings without escapes are not copied.
 *
 * yajl's memory comes from the tree's arena: a handle for each line is then
 * nearly free, and an error in one line cannot reach the next.
 */
#include <stddef.h>
#include <string.h>

#include <yajl/yajl_parse.h>

#include "bounds.h"
#include "json.h"
#include "json_parts.h"
#include "utf8.h"

/* Nodes that are taken from the arena at once. */
#define NODES 8

/* Longer lines are left to yajl from the start: what json_tree has used until
 * it doubts a line stays in the arena. */
#define TREE_MAX ((size_t)512 * 1024)

struct level {
	struct json *value; /* an open object or array */
	struct json **tail; /* where its next child is hung */
	bool rewritten;	    /* a doubled key was taken out below */
};

struct parser {
	struct arena *arena;
	yajl_handle yajl;
	struct slice line;
	enum json_flags flags;
	const char *problem;
	size_t problem_at;
	size_t at;	 /* end of the last token */
	bool completing; /* the line is consumed */
	struct slice key;
	struct json *root;
	struct json *spare, *spare_end;
	unsigned depth;
	struct level levels[JSON_DEPTH_MAX];
};

/* yajl asks for more with realloc, so each piece knows its size. */
struct piece {
	size_t size;
	_Alignas(max_align_t) char data[];
};

static void *
piece_alloc(void *arena, size_t size)
{
	struct piece *p = arena_alloc(arena, sizeof *p + size);

	p->size = size;
	return p->data;
}

static void *
piece_grow(void *arena, void *data, size_t size)
{
	void *grown = piece_alloc(arena, size);
	struct piece *p;

	if (data == NULL)
		return grown;
	p = (struct piece *)((char *)data - offsetof(struct piece, data));
	memcpy(grown, data, p->size < size ? p->size : size);
	return grown;
}

static void
piece_free(void *arena, void *data)
{
	(void)arena;
	(void)data;
}

static int
refuse(struct parser *p, size_t at, const char *problem)
{
	p->problem = problem;
	p->problem_at = at;
	return 0;
}

/* The bytes of the token that yajl has just told of.  yajl has seen to it that
 * nothing but blanks, commas and colons stands between tokens. */
static struct slice
take_token(struct parser *p)
{
	const char *line = p->line.data;
	size_t start = p->at;

	/* A number at the very end is told when the line is gone. */
	p->at = p->completing ? p->line.len : yajl_get_bytes_consumed(p->yajl);
	while (start < p->at &&
	       (line[start] <= ' ' || line[start] == ',' || line[start] == ':'))
		start++;
	return (struct slice){ line + start, p->at - start };
}

/* The same for a string, and its text: yajl gives a view of the line if
 * nothing had to be decoded, else a buffer that it will use again. */
static struct slice
take_string(
    struct parser *p, const unsigned char *bytes, size_t n, struct slice *raw)
{
	const char *text = (const char *)bytes;
	uintptr_t place = (uintptr_t)text - (uintptr_t)p->line.data;

	if (place < p->line.len) {
		p->at = place + n + 1;
		*raw = (struct slice){ text - 1, n + 2 };
		return (struct slice){ text, n };
	}
	*raw = take_token(p);
	return (struct slice){ arena_copy(p->arena, text, n), n };
}

static struct json *
add_value(struct parser *p, enum json_type type, struct slice raw)
{
	struct json *v;
	struct level *up;

	if (p->spare == p->spare_end) {
		p->spare = arena_alloc(p->arena, NODES * sizeof *v);
		p->spare_end = p->spare + NODES;
	}
	v = p->spare++;
	*v = (struct json){ .type = type, .raw = raw };
	if (p->depth == 0) {
		p->root = v;
		return v;
	}
	up = &p->levels[p->depth - 1];
	if (up->value->type == JSON_OBJECT) {
		v->key = p->key;
		up->value->names |= json_name_bit(v->key);
	}
	*up->tail = v;
	up->tail = &v->next;
	up->value->count++;
	return v;
}

static int
on_null(void *ctx)
{
	add_value(ctx, JSON_NULL, take_token(ctx));
	return 1;
}

static int
on_boolean(void *ctx, int truth)
{
	add_value(ctx, truth ? JSON_TRUE : JSON_FALSE, take_token(ctx));
	return 1;
}

static int
on_number(void *ctx, const char *text, size_t n)
{
	struct json *v = add_value(ctx, JSON_NUMBER, take_token(ctx));

	(void)text;
	(void)n;
	v->text = v->raw;
	return 1;
}

static int
on_string(void *ctx, const unsigned char *bytes, size_t n)
{
	struct slice raw, text = take_string(ctx, bytes, n, &raw);

	add_value(ctx, JSON_STRING, raw)->text = text;
	return 1;
}

static int
on_key(void *ctx, const unsigned char *bytes, size_t n)
{
	struct parser *p = ctx;
	struct slice raw;

	p->key = take_string(p, bytes, n, &raw);
	return 1;
}

static int
open_level(struct parser *p, enum json_type type)
{
	struct json *v;

	if (p->depth == JSON_DEPTH_MAX)
		return refuse(p, p->at, "nested too deep");
	v = add_value(p, type, take_token(p));
	p->levels[p->depth++] = (struct level){ v, &v->child, false };
	return 1;
}

static int
on_start_object(void *ctx)
{
	return open_level(ctx, JSON_OBJECT);
}

static int
on_start_array(void *ctx)
{
	return open_level(ctx, JSON_ARRAY);
}

/* After a doubled key was taken out, the raw bytes of all that holds it are
 * made anew: what a stage copies must be free of doubles too. */
static void
rewrite_raw(struct parser *p, struct json *v)
{
	struct str text = { .max = p->line.len };
	struct jsonw w;
	const struct json *m;

	jw_start(&w, &text);
	if (v->type == JSON_OBJECT)
		jw_object(&w, NULL);
	else
		jw_array(&w, NULL);
	for (m = v->child; m != NULL; m = m->next)
		jw_key_raw(&w, m->key, m->raw);
	jw_end(&w);
	v->raw.data = arena_copy(p->arena, text.data, text.len);
	v->raw.len = text.len;
	str_free(&text);
}

static int
on_end(void *ctx)
{
	struct parser *p = ctx;
	struct level *top = &p->levels[--p->depth];
	struct json *v = top->value;

	p->at = yajl_get_bytes_consumed(p->yajl);
	v->raw.len = (size_t)(p->line.data + p->at - v->raw.data);
	if (v->type == JSON_OBJECT && json_has_double(v)) {
		if ((p->flags & JSON_LAST_WINS) == 0)
			return refuse(
			    p, p->at, "a key stands twice in one object");
		json_drop_doubles(v);
		top->rewritten = true;
	}
	if (top->rewritten) {
		rewrite_raw(p, v);
		if (p->depth > 0)
			p->levels[p->depth - 1].rewritten = true;
	}
	return 1;
}

/* yajl's own words, which without its verbose mode quote nothing, up to the
 * full stop or line end. */
static void
take_yajl_problem(struct parser *p)
{
	unsigned char *text = yajl_get_error(p->yajl, 0, NULL, 0);
	size_t n = strcspn((const char *)text, ".\n");

	refuse(p,
	    p->completing ? p->line.len : yajl_get_bytes_consumed(p->yajl),
	    arena_copy(p->arena, (const char *)text, n));
	yajl_free_error(p->yajl, text);
}

static void
parse_line(struct parser *p)
{
	static const yajl_callbacks callbacks = { on_null, on_boolean, NULL,
		NULL, on_number, on_string, on_start_object, on_key, on_end,
		on_start_array, on_end };
	yajl_alloc_funcs memory = { piece_alloc, piece_grow, piece_free,
		p->arena };
	yajl_status status;

	p->yajl = yajl_alloc(&callbacks, &memory, p);
	yajl_config(p->yajl, yajl_dont_validate_strings, 1);
	status = yajl_parse(
	    p->yajl, (const unsigned char *)p->line.data, p->line.len);
	if (status == yajl_status_ok) {
		p->completing = true;
		status = yajl_complete_parse(p->yajl);
	}
	if (status != yajl_status_ok && p->problem == NULL)
		take_yajl_problem(p);
	yajl_free(p->yajl);
}

/* The line is out of the ordinary: what is wrong with it, or what it says. */
static struct json *
parse_odd(
    struct arena *a, struct slice line, enum json_flags flags, const char **why)
{
	struct parser p = { .arena = a, .line = line, .flags = flags };
	struct str text = { .max = 200 };

	p.problem =
	    json_check_bytes(line, (flags & JSON_IS_UTF8) != 0, &p.problem_at);
	if (p.problem == NULL)
		parse_line(&p);
	if (p.problem == NULL)
		return p.root;
	if (why != NULL) {
		str_addf(&text, "byte %zu: %s", p.problem_at, p.problem);
		*why = arena_copy(a, text.data, text.len);
		str_free(&text);
	}
	return NULL;
}

struct json *
json_parse(
    struct arena *a, struct slice line, enum json_flags flags, const char **why)
{
	struct json *v = NULL;

	if (line.data == NULL)
		line = SLICE("");
	if (line.len <= TREE_MAX &&
	    ((flags & JSON_IS_UTF8) != 0 || utf8_valid(line)))
		v = json_tree(a, line);
	return v != NULL ? v : parse_odd(a, line, flags, why);
}
