/*
 * section: see section.h.  A page keeps the bytes of its ops; an op that has
 * to wait is kept as its line and parsed once more when its time has come,
 * since deletions are few.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "bounds.h"
#include "section.h"
#include "xalloc.h"

static void
make_header(struct section *s, struct slice run_members)
{
	const struct json *m = s->mailbox;
	struct jsonw w;
	struct str object = { 0 };

	jw_start(&w, &object);
	jw_object(&w, NULL);
	jw_raw(&w, "account", str_slice(&s->account));
	jw_str(&w, "mailbox", json_text(m, "mailbox"));
	jw_str(&w, "calendar", json_text(m, "calendar"));
	jw_str(&w, "policy_digest", json_text(m, "policy_digest"));
	if (json_true(m, "outward"))
		jw_bool(&w, "outward", true);
	/* Of a mailbox with several calendars: where an event lies is noted. */
	if (json_text(m, "calendar").len > 0 || json_get(m, "calendars"))
		jw_bool(&w, "places", true);
	if (json_text(m, "shared").len > 0)
		jw_bool(&w, "shared", true);
	if (s->left)
		jw_bool(&w, json_true(m, "gone") ? "gone" : "rests", true);
	str_add_slice(&s->header, run_members);
	str_addc(&s->header, ',');
	str_add(&s->header, object.data + 1, object.len - 1);
	str_free(&object);
}

struct section *
section_open(struct slice run_members, struct slice line)
{
	struct section *s = xcalloc(1, sizeof(*s));
	const struct json *account, *cursor;

	line.data = arena_copy(&s->arena, line.data, line.len);
	s->mailbox = json_parse(&s->arena, line, JSON_IS_UTF8, NULL);
	assert(s->mailbox != NULL); /* the reader has parsed it */
	s->left =
	    json_true(s->mailbox, "gone") || json_true(s->mailbox, "rests");
	account = json_get(s->mailbox, "account");
	cursor = json_get(s->mailbox, "cursor");
	str_add_slice(
	    &s->account, json_is_null(account) ? SLICE("null") : account->raw);
	str_add_slice(
	    &s->from, json_is_null(cursor) ? SLICE("null") : cursor->raw);
	s->late.max = s->out.max = PAGE_ARENA_MAX;
	make_header(s, run_members);
	section_pass(s, line);
	return s;
}

void
section_free(struct section *s)
{
	page_free(s->page);
	arena_free(&s->arena);
	str_free(&s->account);
	str_free(&s->header);
	str_free(&s->from);
	str_free(&s->late);
	str_free(&s->end_line);
	str_free(&s->out);
	free(s);
}

static struct page *
page_of(struct section *s)
{
	if (s->page == NULL)
		s->page = page_new(str_slice(&s->header));
	return s->page;
}

enum op_kind {
	OP_UNKNOWN,
	OP_EARLY, /* takes nothing away */
	OP_LATE	  /* needs the section's end */
};

static enum op_kind
op_kind(const struct json *op)
{
	static const struct {
		const char *name;
		enum op_kind kind;
	} kinds[] = {
		{ "crm.location.create", OP_EARLY },
		{ "crm.person.create", OP_EARLY },
		{ "crm.create", OP_EARLY },
		{ "crm.update", OP_EARLY },
		{ "link.base", OP_EARLY },
		{ "link.copy", OP_EARLY },
		{ "link.end", OP_EARLY },
		{ "crm.delete", OP_LATE },
		{ "link.drop", OP_LATE },
		/* The way out begins where a section is whole. */
		{ "link.adopt", OP_LATE },
		{ "graph.create", OP_LATE },
		{ "graph.update", OP_LATE },
		{ "graph.mark", OP_LATE },
		{ "graph.respond", OP_LATE },
		{ "graph.delete", OP_LATE },
		{ "hold", OP_LATE },
	};
	const struct json *name = json_get(op, "op");

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (json_is(name, kinds[i].name))
			return kinds[i].kind;
	return OP_UNKNOWN;
}

/* Every op says which event it is about, but those that make something else. */
static bool
is_about_something(const struct json *op)
{
	return json_text(op, "id").data != NULL ||
	       json_text(op, "crm_id").data != NULL ||
	       json_is(json_get(op, "op"), "crm.location.create") ||
	       json_is(json_get(op, "op"), "crm.person.create");
}

void
section_add_op(struct section *s, const struct json *op)
{
	struct slice id = json_text(op, "id");
	enum op_kind kind = op_kind(op);

	if (kind == OP_UNKNOWN || !is_about_something(op)) {
		page_add_settled(page_of(s), op, OUTCOME_FAILED, "unknown_op");
		page_note(page_of(s), "unknown_op", id);
	} else if (kind == OP_EARLY) {
		page_add_op(page_of(s), op);
	} else {
		str_add_slice(&s->late, op->raw);
		str_addc(&s->late, '\n');
		s->late_count++;
	}
}

void
section_add_skip(struct section *s, const struct json *skip)
{
	page_add_skip(page_of(s), skip);
	s->skips++;
}

void
section_add_known(struct section *s, const struct json *known)
{
	page_add_known(page_of(s), known);
}

void
section_add_problem(struct section *s, const struct json *problem)
{
	page_add_problem(page_of(s), problem);
	s->problems++;
}

void
section_pass(struct section *s, struct slice line)
{
	page_pass(page_of(s), line);
}

/* Take up to n of the late ops into the page: to be sent, or as refused. */
static void
add_late(struct section *s, size_t n)
{
	struct arena a = { .max = RECORD_ARENA_MAX };
	struct slice rest = str_slice(&s->late), line;
	struct str left = { .max = PAGE_ARENA_MAX };
	const struct json *op;

	for (; n > 0 && s->late_count > 0; n--, s->late_count--) {
		line = slice_cut(rest, '\n', &rest);
		op = json_parse(&a, line, JSON_IS_UTF8, NULL);
		if (s->complete)
			page_add_op(page_of(s), op);
		else
			page_add_settled(
			    page_of(s), op, OUTCOME_INCOMPLETE, NULL);
		arena_reset(&a);
	}
	str_add_slice(&left, rest);
	str_free(&s->late);
	s->late = left;
	arena_free(&a);
}

static struct page *
take_page(struct section *s, struct slice cursor)
{
	struct page *p = page_of(s);

	s->page = NULL;
	page_close(p, cursor);
	return p;
}

static void
make_cursor(struct section *s, struct str *cursor, struct slice to,
    const struct json *end)
{
	const struct json *coverage = json_get(end, "coverage");
	struct jsonw w;

	jw_start(&w, cursor);
	jw_object(&w, NULL);
	jw_raw(&w, "from", str_slice(&s->from));
	jw_raw(&w, "to", to);
	jw_bool(&w, "complete", end != NULL);
	jw_raw(&w, "coverage", coverage != NULL ? coverage->raw : NO_SLICE);
	jw_end(&w);
}

/*
 * The mark's cursor moves past the ops that wait, and if the rest of the
 * section never comes, so do they.  So their items are noted to be read again
 * by id; the note goes when the op is done.
 */
static void
note_late(struct section *s)
{
	struct arena a = { .max = RECORD_ARENA_MAX };
	struct slice rest = str_slice(&s->late), line, id;

	rest.data += s->late_noted;
	rest.len -= s->late_noted;
	while (rest.len > 0) {
		line = slice_cut(rest, '\n', &rest);
		id = json_text(json_parse(&a, line, JSON_IS_UTF8, NULL), "id");
		/* One without a Graph item has its change, which waits. */
		if (id.data != NULL)
			page_note(page_of(s), "late_op", id);
		arena_reset(&a);
	}
	s->late_noted = s->late.len;
	arena_free(&a);
}

struct page *
section_mark(struct section *s, const struct json *mark)
{
	static const char *const names[] = { "resume", "window", "round" };
	struct str to = { 0 }, cursor = { 0 };
	const struct json *member;
	struct page *p;
	struct jsonw w;

	note_late(s);
	section_pass(s, mark->raw);
	jw_start(&w, &to);
	jw_object(&w, NULL);
	for (size_t i = 0; i < 3; i++) {
		member = json_get(mark, names[i]);
		jw_raw(&w, names[i], member ? member->raw : NO_SLICE);
	}
	jw_end(&w);
	make_cursor(s, &cursor, str_slice(&to), NULL);
	p = take_page(s, str_slice(&cursor));
	str_free(&cursor);
	str_free(&s->from);
	s->from = to;
	return p;
}

/* What was read by id alone is whole without a new cursor; the stored one stays.
 * If there is nothing to write, nobody has to be told; that a calendar is gone
 * or read no more is to be written. */
static bool
is_whole_by_id(struct section *s)
{
	return !slice_is(str_slice(&s->account), "null") &&
	       (s->left || !page_is_empty(page_of(s)));
}

struct page *
section_end(struct section *s, const struct json *end)
{
	const struct json *to = json_get(end, "cursor");
	struct str cursor = { 0 };
	struct page *p;

	if (s->end_line.len > 0 && s->page == NULL && s->late_count == 0)
		return NULL;
	if (s->end_line.len == 0) {
		str_add_slice(&s->end_line, end->raw);
		s->complete = json_true(end, "complete");
	}
	add_late(s, PAGE_RECORDS_MAX);
	if (!s->complete || s->late_count > 0 ||
	    (json_is_null(to) && !is_whole_by_id(s)))
		return take_page(s, SLICE("null"));
	make_cursor(s, &cursor, to != NULL ? to->raw : NO_SLICE, end);
	p = s->final = take_page(s, str_slice(&cursor));
	str_free(&cursor);
	return p;
}

void
section_settle(struct section *s, struct page *p)
{
	page_lines(p, &s->out, s->counts);
}

void
section_lose(struct section *s, enum outcome outcome, const char *sqlstate)
{
	s->lost = true;
	s->lost_outcome = outcome;
	snprintf(s->lost_code, sizeof(s->lost_code), "%s", sqlstate);
}
