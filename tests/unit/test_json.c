/*
 * json: what is refused and where, what is kept byte for byte, and the
 * writer.  Y1 to Y14 are yajl's pitfalls that the wrapper takes care of.
 */
#include <stdint.h>
#include <time.h>

#include "bounds.h"
#include "json.h"
#include "t.h"

static struct arena arena;

static struct json *
parse(const char *text, enum json_flags flags)
{
	const char *why;

	return json_parse(&arena, slice_of(text), flags, &why);
}

static void
test_refused(void)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
		{ "", "byte 0: parse error: premature EOF" },
		{ " ", "byte 1: parse error: premature EOF" },
		{ "{\"a\":1", "byte 6: parse error: premature EOF" },
		{ "[1,2", "byte 4: parse error: premature EOF" },
		{ "\"abc", "byte 4: parse error: premature EOF" },
		{ "{\"a\":1}{\"b\":2}",
		    "byte 8: parse error: trailing garbage" },
		{ "{} 1", "byte 4: parse error: trailing garbage" },
		{ "{\"a\":\"\xff\"}", "byte 6: not UTF-8" },
		{ "{\"a\":\"\xc0\x80\"}", "byte 6: not UTF-8" },
		{ "{\"a\":\"\xed\xa0\x80\"}", "byte 6: not UTF-8" },
		{ "{\"a\":\"\xf5\x80\x80\x80\"}", "byte 6: not UTF-8" },
		{ "{\"\xe2\x82\":1}", "byte 2: not UTF-8" },
		{ "[\"\\udc00\"]", "byte 2: half a surrogate pair" },
		{ "[\"\\ud800\"]", "byte 2: half a surrogate pair" },
		{ "[\"\\ud83d\\u0041\"]", "byte 2: half a surrogate pair" },
		{ "[\"\\ud83dx\\ude00\"]", "byte 2: half a surrogate pair" },
		{ "[\"\\ud83d\\\\ude00\"]", "byte 2: half a surrogate pair" },
		{ "[\"\\ud83d\\ud83d\\ude00\"]",
		    "byte 2: half a surrogate pair" },
		{ "[\"\\uDC00\\uD800\"]", "byte 2: half a surrogate pair" },
		{ "[\"\\ud83d\\u", "byte 2: half a surrogate pair" },
		{ "[\"a\\u0000\"]", "byte 3: a NUL character" },
		{ "{\"\\u0000\":1}", "byte 2: a NUL character" },
		{ "{\"a\":1,\"b\":2,\"a\":3}",
		    "byte 19: a key stands twice in one object" },
		{ "{\"a\":1,\"\\u0061\":2}",
		    "byte 18: a key stands twice in one object" },
		{ "[{\"a\":{\"\":1,\"\":2}}]",
		    "byte 17: a key stands twice in one object" },
	};
	const char *why;
	size_t i;

	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		why = "";
		ok(json_parse(&arena, slice_of(rows[i].text), JSON_STRICT,
		       &why) == NULL,
		    "row %zu is refused (Y3 Y4 Y5 Y7 Y8 Y9)", i);
		is_str(why, rows[i].why, "and says where and why");
	}
}

/* Y14: yajl does this by itself; noticed here should that ever change. */
static void
test_refused_by_yajl(void)
{
	static const char *const rows[] = { "\xef\xbb\xbf{}", "{}//x",
		"/*x*/{}", "[01]", "[-]", "[1.]", "[.5]", "[+1]", "[1e]",
		"[NaN]", "[Infinity]", "[nul]", "[True]", "[\"a\tb\"]",
		"[\"a\nb\"]", "[\"\\x\"]", "[\"\\u12g4\"]", "[\"\\u12\"]",
		"[1,]", "[,1]", "{\"a\":1,}", "{a:1}", "{'a':1}", "{\"a\" 1}",
		"{\"a\"}", "{\"a\":}", "{1:2}", "[1 2]", "[}", "{]", "]",
		"\\u0041", "[\"\\\"]" };
	const char *why;
	size_t i;

	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		why = NULL;
		ok(json_parse(&arena, slice_of(rows[i]), JSON_STRICT, &why) ==
			NULL,
		    "malformed value %zu is refused (Y14)", i);
		ok(why != NULL && strncmp(why, "byte ", 5) == 0,
		    "with a place");
	}
	ok(json_parse(&arena, (struct slice){ "[\"a\0b\"]", 7 }, JSON_STRICT,
	       NULL) == NULL,
	    "a NUL byte is refused");
	ok(json_parse(&arena, NO_SLICE, JSON_STRICT, NULL) == NULL,
	    "nothing is no value");
	ok(parse("[\"\x7f\"]", JSON_STRICT) != NULL, "DEL passes (Y14)");
}

/* Y13: no message contains a byte of what it is about. */
static void
test_message_quotes_nothing(void)
{
	static const char *const rows[] = { "{\"secret\":\"secret\" secret}",
		"{\"secret\":secret}", "[\"secret\\ud800\"]",
		"{\"secret\":1,\"secret\":2}", "[\"secret\xff\"]",
		"[\"secret\\q\"]", "[\"secret\n\"]", "{\"secret\":1}secret" };
	const char *why;
	size_t i;

	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		why = "secret";
		json_parse(&arena, slice_of(rows[i]), JSON_STRICT, &why);
		ok(strstr(why, "secret") == NULL && strstr(why, "\n") == NULL,
		    "message %zu quotes nothing (Y13): %s", i, why);
	}
}

static void
test_numbers(void)
{
	static const char *const rows[] = { "0", "-0", "9223372036854775807",
		"9223372036854775808", "-9223372036854775808",
		"123456789012345678901234567890", "1e400", "1E2", "1.0", "0.10",
		"-1.5e-7" };
	const struct json *v;
	char text[80];
	int64_t n = 0;
	size_t i;

	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		snprintf(text, sizeof text, "{ \"n\" : %s , \"m\":1}", rows[i]);
		v = json_get(parse(text, JSON_STRICT), "n");
		is_slice(v ? v->text : NO_SLICE, rows[i],
		    "a number keeps its text (Y1 Y2)");
		v = parse(rows[i], JSON_STRICT);
		is_slice(v ? v->raw : NO_SLICE, rows[i],
		    "also alone and at the end (Y8)");
	}
	v = parse("[9223372036854775807,1.0,1e2,\"5\",-3]", JSON_STRICT)->child;
	ok(json_int(v, 0, INT64_MAX, &n) && n == INT64_MAX,
	    "the largest integer");
	ok(!json_int(v, 0, 5, &n), "out of bounds");
	v = v->next;
	ok(!json_int(v, 0, 5, &n), "1.0 is no integer");
	v = v->next;
	ok(!json_int(v, 0, 500, &n), "nor is 1e2");
	v = v->next;
	ok(!json_int(v, 0, 5, &n), "nor a string");
	ok(json_int(v->next, -3, 5, &n) && n == -3, "a negative one");
}

static void
test_strings(void)
{
	static const struct {
		const char *raw, *text;
	} rows[] = {
		{ "\"\"", "" },
		{ "\"plain\"", "plain" },
		{ "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t" },
		{ "\"\\u00e9\\u20AC\\ud83d\\uDE00\"",
		    "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80" },
		{ "\"\\\\ud800\"", "\\ud800" },
		{ "\"\\\\\\\\u0000\"", "\\\\u0000" },
		{ "\"\xf0\x9f\x98\x80\x7f\"", "\xf0\x9f\x98\x80\x7f" },
		{ "\"a\\\\\"", "a\\" },
		{ "\"{[,:]}\"", "{[,:]}" },
	};
	const struct json *v;
	struct str line = { .max = 1000 };
	size_t i;

	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		str_reset(&line);
		str_addf(&line, "{%s:[%s ,%s],\"z\": %s}", rows[i].raw,
		    rows[i].raw, rows[i].raw, rows[i].raw);
		v = parse(line.data, JSON_STRICT);
		ok(v != NULL && v->count == 2, "string %zu is read", i);
		if (v == NULL)
			continue;
		is_slice(v->child->key, rows[i].text, "as a key");
		is_slice(v->child->child->raw, rows[i].raw, "raw");
		is_slice(json_str(v->child->child), rows[i].text, "decoded");
		is_slice(json_str(v->child->child->next), rows[i].text,
		    "decoded again (Y6)");
		is_slice(json_text(v, "z"), rows[i].text, "as a member");
		is_slice(v->child->next->raw, rows[i].raw, "raw as a member");
	}
	v = parse("[\"abc\"]", JSON_STRICT);
	ok(v->child->text.data == v->child->raw.data + 1,
	    "a plain string is not copied");
	str_free(&line);
}

/* yajl's buffer grows while it decodes. */
static void
test_long_strings(void)
{
	struct str raw = { .max = 100000 }, text = { .max = 100000 };
	const struct json *v;
	int i;

	str_adds(&raw, "[\"");
	for (i = 0; i < 9000; i++) {
		str_adds(&raw, "ab\\u00e9\\n");
		str_adds(&text, "ab\xc3\xa9\n");
	}
	str_adds(&raw, "\",\"\\t\"]");
	v = parse(raw.data, JSON_STRICT);
	ok(v != NULL && slice_eq(v->child->text, str_slice(&text)),
	    "a long string with escapes");
	is_slice(json_str(v->child->next), "\t", "and the one behind it");
	str_free(&raw);
	str_free(&text);
}

static void
test_tree(void)
{
	const char *text = " { \"a\" : { \"b\" : [ 1 , {} , [] ] , \"c\":null "
			   "} , \"t\":true,\"f\":false } ";
	const struct json *v = parse(text, JSON_STRICT), *b;

	is_int(v->type, JSON_OBJECT, "an object");
	is_int((long long)v->count, 3, "three members");
	ok(v->raw.data == text + 1 && v->raw.len == strlen(text) - 2,
	    "raw without the blanks around");
	b = json_path(v, "a", "b", NULL);
	is_slice(b->raw, "[ 1 , {} , [] ]", "raw of an array");
	is_int((long long)b->count, 3, "three elements");
	ok(b->child->key.data == NULL, "elements have no key");
	is_slice(b->child->next->raw, "{}", "raw of an empty object");
	is_slice(b->child->next->next->raw, "[]", "raw of an empty array");
	ok(b->child->next->child == NULL, "which has no child");
	is_slice(json_get(v, "a")->raw,
	    "{ \"b\" : [ 1 , {} , [] ] , \"c\":null }", "raw of an object");
	ok(json_true(v, "t") && !json_true(v, "f") && !json_true(v, "a") &&
		!json_true(v, "x"),
	    "true is only true");
	ok(json_is_null(json_path(v, "a", "c", NULL)) && json_is_null(NULL) &&
		!json_is_null(v),
	    "null or absent");
	ok(json_path(v, "t", "x", "y", NULL) == NULL,
	    "a path through a value that has no members");
	ok(json_get(NULL, "x") == NULL && json_get(b, "x") == NULL,
	    "no object, no member");
	is_slice(json_text(v, "t"), NULL, "true is no text");
	ok(json_is(parse("\"x\"", JSON_STRICT), "x") && !json_is(NULL, "x"),
	    "a string equal to");
	ok(!json_int(NULL, 0, 1, NULL), "no value, no number");
}

static void
test_depth(void)
{
	char text[2 * (JSON_DEPTH_MAX + 1) + 1];
	struct str many = { .max = 300000 };
	const char *why = "";
	int i, n;

	for (n = JSON_DEPTH_MAX; n <= JSON_DEPTH_MAX + 1; n++) {
		for (i = 0; i < n; i++) {
			text[i] = '[';
			text[2 * n - 1 - i] = ']';
		}
		text[2 * n] = '\0';
		ok((json_parse(&arena, slice_of(text), JSON_STRICT, &why) !=
		       NULL) == (n == JSON_DEPTH_MAX),
		    "%d levels (Y10)", n);
	}
	is_str(why, "byte 32: nested too deep", "says so");
	for (i = 0; i < 100000; i++)
		str_adds(&many, "[");
	ok(parse(many.data, JSON_STRICT) == NULL, "100000 levels (Y10)");
	str_reset(&many);
	for (i = 0; i < 40000; i++)
		str_adds(&many, "{\"a\":");
	ok(parse(many.data, JSON_STRICT) == NULL, "40000 objects (Y10)");
	str_free(&many);
}

static double
seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
test_many_members(void)
{
	struct str s = { .max = 4000000 };
	const struct json *v;
	double start;
	int i;

	for (i = 0; i < 100000; i++)
		str_addf(&s, "%s\"member-%06d\":%d", i ? "," : "{", i, i);
	str_addc(&s, '}');
	start = seconds();
	v = parse(s.data, JSON_STRICT);
	ok(v != NULL && v->count == 100000, "100000 members");
	s.data[s.len - 1] = ',';
	str_adds(&s, "\"member-050000\":\"last\"}");
	ok(parse(s.data, JSON_STRICT) == NULL, "one of them twice");
	v = parse(s.data, JSON_LAST_WINS);
	ok(v != NULL && v->count == 100000, "the doubled one counts once");
	is_slice(json_text(v, "member-050000"), "last", "and it is the last");
	/* Quadratic work would be minutes. */
	ok(seconds() - start < 10, "in bounded time");
	str_free(&s);
}

static void
test_last_wins(void)
{
	static const struct {
		const char *text, *raw;
	} rows[] = {
		{ "{\"a\":1,\"a\":2}", "{\"a\":2}" },
		{ "{\"a\":1,\"b\":3,\"a\":2}", "{\"b\":3,\"a\":2}" },
		{ "{\"a\":1,\"a\":2,\"a\":3}", "{\"a\":3}" },
		{ "{\"\\u0061\":1,\"a\":2}", "{\"a\":2}" },
		{ "{\"a\":2,\"\\u0061\":1, \"x\\n\" : [ ]}",
		    "{\"a\":1,\"x\\n\":[ ]}" },
		{ "[0, {\"o\":{\"a\":1,\"a\":[2, 3]}},{\"k\": 1}]",
		    "[0,{\"o\":{\"a\":[2, 3]}},{\"k\": 1}]" },
		{ "{\"a\":{\"b\":1,\"b\":1},\"a\":0}", "{\"a\":0}" },
		{ "{\"a\":0,\"a\":{\"b\":1,\"b\":2}}", "{\"a\":{\"b\":2}}" },
		{ "{\"a\": 1}", "{\"a\": 1}" },
	};
	const struct json *v;
	size_t i;

	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		v = parse(rows[i].text, JSON_LAST_WINS);
		is_slice(v ? v->raw : NO_SLICE, rows[i].raw,
		    "the last of doubled keys wins, raw bytes too (Y7), %zu",
		    i);
		v = parse(rows[i].raw, JSON_STRICT);
		ok(v != NULL, "and the result is strict");
	}
}

static void
test_writer(void)
{
	struct str out = { .max = 2000 };
	struct jsonw w;

	jw_start(&w, &out);
	jw_object(&w, NULL);
	jw_cstr(&w, "type", "x");
	jw_str(&w, "none", NO_SLICE);
	jw_cstr(&w, "null", NULL);
	jw_str(&w, "empty", SLICE(""));
	jw_array(&w, "list");
	jw_int(&w, NULL, INT64_MIN);
	jw_bool(&w, NULL, true);
	jw_object(&w, NULL);
	jw_end(&w);
	jw_array(&w, NULL);
	jw_end(&w);
	jw_null(&w, NULL);
	jw_end(&w);
	jw_bool(&w, "no", false);
	jw_raw(&w, "raw", SLICE("{ \"a\":1.0 }"));
	jw_raw(&w, "noraw", NO_SLICE);
	jw_key_raw(&w, SLICE("k\"\n"), SLICE("[]"));
	jw_end(&w);
	is_str(out.data,
	    "{\"type\":\"x\",\"none\":null,\"null\":null,\"empty\":\"\","
	    "\"list\":[-9223372036854775808,true,{},[],null],\"no\":false,"
	    "\"raw\":{ \"a\":1.0 },\"noraw\":null,\"k\\\"\\n\":[]}",
	    "everything a writer can do (Y11)");
	is_int(w.depth, 0, "all is closed");
	str_reset(&out);
	json_quote(&out, SLICE("\0\x01\b\t\n\x0b\f\r\x1f \"\\/\x7f\xc3\xa9"));
	is_str(out.data,
	    "\"\\u0000\\u0001\\b\\t\\n\\u000B\\f\\r\\u001F "
	    "\\\"\\\\/\x7f\xc3\xa9\"",
	    "only quote, backslash and controls are escaped");
	str_free(&out);
}

static void
test_extend(void)
{
	static const char *const drop[] = { "b", "x", NULL };
	static const struct {
		const char *text, *extended, *without;
	} rows[] = {
		{ "{}", "{\"n\":1}", "{\"n\":1}" },
		{ "{ }", "{ \"n\":1}", "{\"n\":1}" },
		{ "{\"a\":1.0}", "{\"a\":1.0,\"n\":1}", "{\"a\":1.0,\"n\":1}" },
		{ "{\"b\": 1 }", "{\"b\": 1 ,\"n\":1}", "{\"n\":1}" },
		{ "{\"b\":1,\"a\":{\"b\":2},\"x\":[]}",
		    "{\"b\":1,\"a\":{\"b\":2},\"x\":[],\"n\":1}",
		    "{\"a\":{\"b\":2},\"n\":1}" },
		{ "{\"\\u0062\":1,\"\\u0061\\n\":\"\\u0061\"}",
		    "{\"\\u0062\":1,\"\\u0061\\n\":\"\\u0061\",\"n\":1}",
		    "{\"a\\n\":\"\\u0061\",\"n\":1}" },
	};
	struct str out = { .max = 2000 };
	struct jsonw w;
	size_t i;

	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct json *v = parse(rows[i].text, JSON_STRICT);

		str_reset(&out);
		jw_extend(&w, &out, v);
		jw_int(&w, "n", 1);
		jw_end(&w);
		is_str(out.data, rows[i].extended, "extend %zu", i);
		str_reset(&out);
		jw_extend_without(&w, &out, v, drop);
		jw_int(&w, "n", 1);
		jw_end(&w);
		is_str(out.data, rows[i].without, "extend without %zu", i);
	}
	str_free(&out);
}

int
main(void)
{
	test_refused();
	test_refused_by_yajl();
	test_message_quotes_nothing();
	test_numbers();
	test_strings();
	test_long_strings();
	test_tree();
	test_depth();
	test_many_members();
	test_last_wins();
	test_writer();
	test_extend();
	arena_free(&arena);
	return done();
}
