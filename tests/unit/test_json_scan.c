/* json_scan: what it calls clean, json_parse accepts and the stream can hold;
 * a page that is cut anywhere is never taken for a whole one. */
#include "json_scan.h"
#include "t.h"

static struct scan_member member[SCAN_MEMBERS_MAX];

static enum scan_result
judge(const char *text)
{
	struct scan_item item;

	return scan_value(slice_of(text), &item, member);
}

static void
test_values(void)
{
	static const char *const clean[] = { "{}", "[]", "0", "-0.5e+10",
		"true", "false", "null", "\"\"", "[1,2,[3]]",
		"{\"a\":{\"a\":1},\"b\":[]}", " { \"a\" : 1 , \"b\" : [ ] } ",
		"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\u00e4\\ud83d\\ude00\"",
		"\"\xc3\xa4\xf0\x9f\x98\x80\"", "\"\x7f\"" };
	static const char *const doubted[] = { "{\"a\":1,\"a\":2}",
		"\"\\u0000\"", "\"\\ud800\"", "\"\\udc00\"",
		"\"\\ud800\\u0041\"", "\"\x01\"", "\"\xff\"", "\"\xc0\x80\"",
		"\"\xed\xa0\x80\"", "\"\\x\"", "[01]", "[1.]", "[.5]", "[+1]",
		"[1e]", "[tru]", "[nul]", "[1,]", "{\"a\":1,}", "{\"a\"}",
		"{\"a\" 1}", "[1 2]", "{\n\"a\":1}", "{\"\\u0061\":1}", "{a:1}",
		"[NaN]", "[\"a\tb\"]" };
	static const char *const cut[] = { "", "{", "[", "\"", "{\"a\":1",
		"{\"a\":\"b}", "[1,2", "\"\\", "[{\"a\":[1]}", "}", "]" };
	size_t i;

	for (i = 0; i < sizeof clean / sizeof clean[0]; i++)
		is_int(judge(clean[i]), SCAN_CLEAN, "clean: %s", clean[i]);
	for (i = 0; i < sizeof doubted / sizeof doubted[0]; i++)
		is_int(judge(doubted[i]), SCAN_DOUBTS, "doubted: case %zu", i);
	for (i = 0; i < sizeof cut / sizeof cut[0]; i++)
		is_int(judge(cut[i]), SCAN_CUT, "cut: case %zu", i);
}

static void
test_depth(void)
{
	char text[2 * JSON_DEPTH_MAX + 1];
	size_t n;

	for (n = SCAN_DEPTH_MAX; n <= SCAN_DEPTH_MAX + 1; n++) {
		memset(text, '[', n);
		memset(text + n, ']', n);
		text[2 * n] = '\0';
		is_int(judge(text),
		    n <= SCAN_DEPTH_MAX ? SCAN_CLEAN : SCAN_DOUBTS,
		    "nested %zu deep", n);
	}
}

static void
test_members(void)
{
	struct scan_item item;
	bool escaped;

	scan_value(slice_of("{\"id\":\"AAM=\",\"o\":{\"id\":\"x\"},\"n\": 12 ,"
			    "\"e\":\"a\\/b\"}"),
	    &item, member);
	is_int((long long)item.count, 4, "the members of the outermost object");
	is_slice(
	    scan_get(&item, "o"), "{\"id\":\"x\"}", "raw bytes of a member");
	is_slice(scan_get(&item, "n"), "12", "without the blanks around it");
	is_slice(scan_text(&item, "id", &escaped), "AAM=", "text of a string");
	ok(!escaped, "which has no escape");
	scan_text(&item, "e", &escaped);
	ok(escaped, "an escape is told");
	ok(scan_text(&item, "n", &escaped).data == NULL, "a number is no text");
	ok(scan_get(&item, "none").data == NULL, "no such member");
}

/* Every key is in one of 128 places; all doubled ones are seen. */
static void
test_doubled_keys(void)
{
	struct str text = { 0 };
	int i, j, seen = 0;

	for (i = 0; i < 60; i++) {
		str_reset(&text);
		str_addc(&text, '{');
		for (j = 0; j < 60; j++)
			str_addf(&text, "\"key%d\":{\"key%d\":0},", j, j);
		str_addf(&text, "\"key%d\":1}", i);
		seen += judge(text.data) == SCAN_DOUBTS;
	}
	is_int(seen, 60, "each doubled key among 60 is seen");
	str_free(&text);
}

struct seen {
	size_t items, doubted, members;
};

static void
see_item(void *ctx, const struct scan_item *item)
{
	struct seen *s = ctx;

	s->items++;
	s->doubted += item->result == SCAN_DOUBTS;
}

static void
see_member(void *ctx, struct slice key, struct slice raw)
{
	struct seen *s = ctx;

	s->members += key.len > 0 && raw.len > 0;
}

static bool
walk(struct slice text, struct seen *s)
{
	struct scan_page page = { .ctx = s,
		.array = "value",
		.item = see_item,
		.member = see_member };

	*s = (struct seen){ 0 };
	return scan_page(text, &page) && page.has_array;
}

static void
test_page(void)
{
	static const char text[] =
	    "\xef\xbb\xbf{\"@odata.context\":\"c\",\r\n \"value\": [\n"
	    "{\"id\":\"1\",\"b\":\"}]\"},{\"id\":\"2\",\"s\":\"\x01 ]}\"} , "
	    "{\"id\":\"3\",\"id\":\"3\"}\n],\"@odata.nextLink\":\"n\"}\n";
	struct slice page = slice_of(text);
	struct seen s;
	size_t n, taken = 0;

	ok(walk(page, &s), "a page is walked, mark and line ends included");
	is_int((long long)s.items, 3, "its items");
	is_int((long long)s.doubted, 2, "two of them are doubted");
	is_int((long long)s.members, 2, "its other members");
	ok(walk(SLICE("{\"value\":[]}"), &s) && s.items == 0, "an empty page");
	ok(!walk(SLICE("{\"error\":{}}"), &s), "no array");
	ok(!walk(SLICE("{\"value\":[]}{"), &s), "something behind it");
	ok(!walk(SLICE("[]"), &s), "no object");
	for (n = 0; n < page.len - 2; n++)
		taken += walk((struct slice){ page.data, n }, &s);
	is_int(
	    (long long)taken, 0, "C7 a page that is cut anywhere is refused");
}

/* A small generator: the test must give the same on every machine. */
static uint32_t
next(uint32_t *seed)
{
	*seed = *seed * 1664525U + 1013904223U;
	return *seed >> 8;
}

static void
test_mutations(void)
{
	static const char model[] = "{\"id\":\"AA\\u00e4\",\"n\":[1,-2.5e3,"
				    "true,null],\"s\":{\"k\":\"\xc3"
				    "\xa4 b\\\\\"},\"t\":\"x\"}";
	static const char alphabet[] = "{}[]\",:\\u0 de1a\n\x01\xc3\xff.-";
	struct arena a = { 0 };
	char text[sizeof model];
	uint32_t seed = 1;
	int i, k, wrong = 0, missed = 0;
	struct slice s = { text, sizeof model - 1 };
	bool clean, parsed;

	for (i = 0; i < 200000; i++) {
		memcpy(text, model, sizeof model);
		for (k = 0; k < 1 + i % 3; k++)
			text[next(&seed) % s.len] =
			    alphabet[next(&seed) % (sizeof alphabet - 1)];
		clean = judge(text) == SCAN_CLEAN;
		parsed = json_parse(&a, s, JSON_STRICT, NULL) != NULL;
		wrong += clean && (!parsed || strchr(text, '\n') != NULL);
		missed += parsed && !clean && strchr(text, '\n') == NULL &&
			  strstr(text, "\\u") == NULL;
		arena_reset(&a);
	}
	is_int(wrong, 0, "what is clean, json_parse accepts");
	is_int(missed, 0, "and the other way round, but for escaped keys");
	arena_free(&a);
}

int
main(void)
{
	test_values();
	test_depth();
	test_members();
	test_doubled_keys();
	test_page();
	test_mutations();
	return done();
}
