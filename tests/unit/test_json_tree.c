/*
 * json_tree: the same tree as yajl's of whatever it accepts, and nothing
 * accepted that is not beyond doubt.  Long lines go to yajl without asking it:
 * so blanks in front of a text give what yajl makes of it.
 */
#include "bounds.h"
#include "json_parts.h"
#include "t.h"

#define BLANKS ((size_t)600 * 1024)

static struct arena arena;

static const struct json *
by_yajl(const char *text)
{
	struct str line = { .max = 2 * BLANKS };
	const struct json *v;

	memset(str_extend(&line, BLANKS), ' ', BLANKS);
	str_adds(&line, text);
	v = json_parse(&arena,
	    (struct slice){ arena_copy(&arena, line.data, line.len), line.len },
	    JSON_STRICT, NULL);
	str_free(&line);
	return v;
}

static bool
same(const struct json *a, const struct json *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	if (a->type != b->type || a->count != b->count ||
	    a->names != b->names || !slice_eq(a->key, b->key) ||
	    !slice_eq(a->text, b->text) || !slice_eq(a->raw, b->raw))
		return false;
	for (a = a->child, b = b->child; a != NULL && b != NULL;
	     a = a->next, b = b->next)
		if (!same(a, b))
			return false;
	return a == b;
}

static void
test_same(void)
{
	static const char *const rows[] = { "{}", "[]", "null", "true", "false",
		"0", "-0", "12", "-0.5e+10", "1E3", "123456789012345678901234",
		"\"\"", "\"plain\"", "\"12345678\"", "\"1234567\\n\"",
		"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
		"\"a\\u00e4b\\ud83d\\ude00c\"", "\"\\uD83D\\uDE00\"",
		"\"\xc3\xa4\xf0\x9f\x98\x80\\n\x7f\"",
		"\"a long text with an escape in its \\\"middle\\\" and more\"",
		"[1,\"a\",null,[],{},[[]],{\"a\":{}}]",
		" { \"a\" :\t1 ,\n\"b\" :\r[ 1 , 2 ] }",
		"{\"\\u0061\":1,\"b\\n\":{\"c\":\"d\\t\"},\"\":\"\"}",
		"{\"a\":{\"x\":1},\"b\":{\"x\":1},\"x\":[{\"x\":1},{\"x\":2}]}",
		"{\"a\":1,\"b\":2,\"c\":3,\"d\":4,\"e\":5,\"f\":6,\"g\":7}",
		"[{\"a\":1},{\"a\":2},\"a\",[\"a\",{\"a\":\"a\"}]]" };
	const struct json *tree;
	size_t i;

	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		tree = json_tree(&arena, slice_of(rows[i]));
		ok(tree != NULL, "row %zu is beyond doubt", i);
		ok(same(tree, by_yajl(rows[i])), "and the tree is yajl's");
	}
}

static void
test_doubted(void)
{
	static const char *const rows[] = { "", " ", "{", "[", "\"", "\"\\",
		"\"\\\"", "\"a", "\"\\u12", "\"\\u12g4\"", "\"\\ud83d\"",
		"\"\\ude00\"", "\"\\ud83d\\u0041\"", "\"\\u0000\"",
		"{\"\\u0000\":1}", "\"\\x\"", "\"a\tb\"", "\"a\\n\tb\"",
		"\"12345678\t\"", "{}{}", "{} 1", "]", "}", "[}", "{]", "[1,]",
		"[,1]", "{\"a\":1,}", "{a:1}", "{\"a\" 1}", "{\"a\"}",
		"{\"a\":}", "{1:2}", "[1 2]", "[01]", "[-]", "[1.]", "[.5]",
		"[+1]", "[1e]", "[1e+]", "[NaN]", "[nul]", "[nulls]", "[True]",
		"{\"a\":1,\"a\":2}", "{\"a\":1,\"\\u0061\":2}", "\v1",
		"\xef\xbb\xbf{}" };
	size_t i;

	for (i = 0; i < sizeof rows / sizeof *rows; i++)
		ok(json_tree(&arena, slice_of(rows[i])) == NULL,
		    "row %zu is left to yajl", i);
}

static void
test_depth(void)
{
	char text[2 * JSON_DEPTH_MAX + 3];
	size_t n;

	for (n = JSON_DEPTH_MAX; n <= JSON_DEPTH_MAX + 1; n++) {
		memset(text, '[', n);
		memset(text + n, ']', n);
		is_int(json_tree(&arena, (struct slice){ text, 2 * n }) != NULL,
		    n == JSON_DEPTH_MAX, "nested %zu deep", n);
	}
}

/* Each cut of a text is left to yajl, and never read behind its end. */
static void
test_cuts(void)
{
	static const char text[] = "{\"a\":[1,-2.5e7,true,false,null],"
				   "\"b\\n\":\"x\\u00e4\\ud83d\\ude00y\"}";
	char *copy;
	size_t n;

	for (n = 0; n < sizeof text - 1; n++) {
		copy = arena_alloc(&arena, n);
		memcpy(copy, text, n);
		ok(json_tree(&arena, (struct slice){ copy, n }) == NULL,
		    "cut at %zu", n);
	}
	ok(json_tree(&arena, SLICE(text)) != NULL, "not cut");
}

/* Each byte that ends a plain piece is seen, wherever it stands in a block. */
static void
test_blocks(void)
{
	char text[64];
	size_t n, i;
	int c, wrong = 0;

	for (n = 0; n <= 40; n++)
		for (i = 0; i < n; i++)
			for (c = 0; c < 256; c++) {
				memset(text, 'a', sizeof text);
				text[i] = (char)c;
				wrong +=
				    json_plain_length(text, n) !=
				    (c < ' ' || c == '"' || c == '\\' ? i : n);
			}
	is_int(wrong, 0, "plain pieces of up to 40 bytes end where they do");
}

/* An object of n members, and one more that is called as the i-th if i < n. */
static struct slice
object_of(struct str *text, size_t n, size_t i)
{
	str_reset(text);
	str_addc(text, '{');
	for (size_t j = 0; j < n; j++)
		str_addf(text, "\"name%zu\":%zu,", j, j);
	str_addf(text, i < n ? "\"name%zu\":1}" : "\"last%zu\":1}", i);
	return str_slice(text);
}

/* More members than there are bits for their names, and fewer. */
static void
test_names(void)
{
	struct str text = { 0 };
	int missed = 0, twice = 0, absent = 0;
	size_t n, i;
	char name[32];

	for (n = 1; n <= 130; n++) {
		const struct json *v =
		    json_tree(&arena, object_of(&text, n, n));

		for (i = 0; i < n; i++) {
			snprintf(name, sizeof name, "name%zu", i);
			missed += json_get(v, name) == NULL;
			snprintf(name, sizeof name, "eman%zu", i);
			absent += json_get(v, name) == NULL;
		}
		for (i = 0; i < n; i++)
			twice +=
			    json_tree(&arena, object_of(&text, n, i)) == NULL;
		arena_reset(&arena);
	}
	is_int(missed, 0, "each member is found by its name");
	is_int(absent, 130 * 131 / 2, "and nothing by another one");
	is_int(twice, 130 * 131 / 2, "a doubled name is seen, whichever it is");
	str_free(&text);
}

int
main(void)
{
	test_same();
	test_doubted();
	test_depth();
	test_cuts();
	test_blocks();
	test_names();
	arena_free(&arena);
	return done();
}
