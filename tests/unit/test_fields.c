/*
 * fields: when two values are one.  The database prints JSON its own way, and
 * an adapter shows times in its own; neither may look like an edit (U2).
 */
#include "../../reconcile/fields.c"

#include "t.h"

static struct arena arena;

/* What fields.c asks of others, as far as these tests go. */
bool
event_instant(const struct candidate *c, struct slice text, int64_t *us)
{
	(void)c;
	return instant_parse(text, us);
}

struct slice
candidate_keep(const struct candidate *c, struct str *s)
{
	(void)c;
	return str_slice(s);
}

const struct person *
people_organizer(const struct people *p)
{
	return p->count > 0 ? &p->list[0] : NULL;
}

bool
people_are_withheld(const struct candidate *c)
{
	return c->private;
}

static const struct json *
value(const char *text)
{
	return json_parse(&arena, slice_of(text), JSON_STRICT, NULL);
}

static void
check_equal(void)
{
	static const struct {
		const char *a, *b;
		bool equal;
	} rows[] = {
		{ "null", "\"\"", true },
		{ "false", "null", true },
		{ "false", "true", false },
		{ "true", "true", true },
		{ "null", "\"x\"", false },
		{ "\"x\"", "\"x\"", true },
		{ "\"x\"", "\"X\"", false },
		{ "\"\\u00e4\"", "\"\xc3\xa4\"", true },
		{ "15", "15", true },
		{ "15", "30", false },
		{ "15", "\"15\"", false },
		{ "0", "null", false },
		{ "\"2026-11-24T09:00:00Z\"", "\"2026-11-24T10:00:00+01:00\"",
		    true },
		{ "\"2026-11-24T09:00:00Z\"", "\"2026-11-24T09:00:00.000Z\"",
		    true },
		{ "\"2026-11-24T09:00:00Z\"", "\"2026-11-24T09:00:01Z\"",
		    false },
		{ "\"2026-11-24\"", "\"2026-11-24T00:00:00Z\"", false },
		{ "{\"a\":1,\"b\":\"x\"}", "{ \"b\": \"x\", \"a\": 1 }", true },
		{ "{\"a\":1}", "{\"a\":1,\"b\":null}", true },
		{ "{\"a\":1}", "{\"a\":1,\"b\":2}", false },
		{ "{\"a\":1,\"b\":2}", "{\"a\":1}", false },
		{ "{\"a\":1}", "{\"a\":2}", false },
		{ "{\"a\":1}", "null", false },
		{ "{\"a\":{\"b\":\"\"}}", "{\"a\":{\"b\":null}}", true },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct json *a = value(rows[i].a), *b = value(rows[i].b);

		is_int(field_equal(a, b), rows[i].equal, "U2 %s and %s",
		    rows[i].a, rows[i].b);
		is_int(field_equal(b, a), rows[i].equal, "U2 %s and %s",
		    rows[i].b, rows[i].a);
	}
	ok(field_equal(NULL, value("null")), "absent is null");
	ok(!field_equal(NULL, value("1")), "absent is no value");
}

static void
check_heads(void)
{
	static const struct {
		const char *crm, *text;
		bool head, cut;
	} rows[] = {
		{ "abc...", "abcdef", true, true },
		{ "abc", "abcdef", true, false },
		{ "abc...", "abc", false, false },
		{ "abc...", "abd", false, false },
		{ "abc", "abc", false, false },
		{ "...", "abc", false, false },
		{ "", "abc", false, false },
		{ "abcdef", "abc", false, false },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct slice crm = slice_of(rows[i].crm);
		struct slice text = slice_of(rows[i].text);

		is_int(text_is_head(crm, text), rows[i].head,
		    "'%s' is a head of '%s'", rows[i].crm, rows[i].text);
		is_int(text_is_cut(crm, text), rows[i].cut,
		    "'%s' is what a cut left of '%s'", rows[i].crm,
		    rows[i].text);
	}
}

static void
check_header(void)
{
	static const struct {
		const char *body, *without;
	} rows[] = {
		{ "From: Ann\nTo/CC: Xia\n----------\nAgenda", "Agenda" },
		{ "From: Ann\n\n----------\n", "" },
		{ "From: here on all is new", "From: here on all is new" },
		{ "Agenda\n----------\nrest", "Agenda\n----------\nrest" },
		{ "", "" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		ok(slice_is(body_without_header(slice_of(rows[i].body)),
		       rows[i].without),
		    "C-064 the text of row %zu is found", i);
}

int
main(void)
{
	check_equal();
	check_heads();
	check_header();
	arena_free(&arena);
	return done();
}
