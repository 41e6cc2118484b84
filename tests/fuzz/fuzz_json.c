/*
 * fuzz_json: what is accepted is printed and read again, and both trees are
 * equal; raw bytes are a value of their own; printing is a fixed point.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "json.h"
#include "utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
print_value(struct jsonw *w, struct slice key, const struct json *v)
{
	const struct json *m;

	if (v->type == JSON_STRING || v->type == JSON_NUMBER) {
		struct str text = { .max = 0 };

		if (v->type == JSON_STRING)
			json_quote(&text, v->text);
		else
			str_add_slice(&text, v->text);
		jw_key_raw(w, key, str_slice(&text));
		str_free(&text);
		return;
	}
	if (v->type < JSON_NUMBER) {
		jw_key_raw(w, key, v->raw);
		return;
	}
	jw_key_raw(w, key, v->type == JSON_OBJECT ? SLICE("{") : SLICE("["));
	w->stack[w->depth++] = v->type == JSON_OBJECT ? '{' : '[';
	w->comma = false;
	for (m = v->child; m != NULL; m = m->next)
		print_value(w, m->key, m);
	jw_end(w);
}

static void
check_same(const struct json *a, const struct json *b)
{
	size_t n = 0;

	assert(a->type == b->type && a->count == b->count);
	assert(slice_eq(a->text, b->text) && slice_eq(a->key, b->key));
	for (a = a->child, b = b->child; a != NULL && b != NULL; n++) {
		check_same(a, b);
		a = a->next;
		b = b->next;
	}
	assert(a == NULL && b == NULL);
}

static void
check_value(const struct json *v, struct arena *a)
{
	struct json *again = json_parse(a, v->raw, JSON_STRICT, NULL);
	const struct json *m;
	size_t n = 0;

	assert(again != NULL && slice_eq(again->raw, v->raw));
	again->key = v->key;
	check_same(v, again);
	assert(v->text.data == NULL || utf8_valid(v->text));
	for (m = v->child; m != NULL; m = m->next, n++)
		assert((m->key.data != NULL) == (v->type == JSON_OBJECT));
	assert(n == v->count);
	/* One level is enough: the children's raw bytes lie in ours. */
	for (m = v->child; m != NULL && n < 50; m = m->next)
		check_value(m, a);
}

static void
check_flags(struct slice line, enum json_flags flags)
{
	struct arena a = { .max = 0 };
	struct str once = { .max = 0 }, twice = { .max = 0 };
	const char *why = NULL;
	struct json *v = json_parse(&a, line, flags, &why), *again;
	struct jsonw w;

	assert((v == NULL) == (why != NULL));
	if (v != NULL && line.len < 5000) {
		check_value(v, &a);
		jw_start(&w, &once);
		print_value(&w, NO_SLICE, v);
		again = json_parse(&a, str_slice(&once), JSON_STRICT, NULL);
		assert(again != NULL);
		check_same(v, again);
		jw_start(&w, &twice);
		print_value(&w, NO_SLICE, again);
		assert(slice_eq(str_slice(&once), str_slice(&twice)));
	}
	str_free(&once);
	str_free(&twice);
	arena_free(&a);
}

/* What the quick way accepts, yajl gives the same tree of: it alone reads lines
 * as long as one with these blanks. */
static void
check_quick_way(struct slice line)
{
	const size_t blanks = 600 * 1024;
	struct arena a = { .max = 0 };
	struct json *quick = json_parse(&a, line, JSON_STRICT, NULL), *v;
	char *longer = arena_alloc(&a, blanks + line.len);

	memset(longer, ' ', blanks);
	if (line.len > 0)
		memcpy(longer + blanks, line.data, line.len);
	v = json_parse(
	    &a, (struct slice){ longer, blanks + line.len }, JSON_STRICT, NULL);
	assert((quick == NULL) == (v == NULL));
	if (v != NULL)
		check_same(quick, v);
	arena_free(&a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice line = { (const char *)data, size };

	if (size < 5000)
		check_quick_way(line);

	check_flags(line, JSON_STRICT);
	check_flags(line, JSON_LAST_WINS);
	return 0;
}
