/*
 * page: text is assembled, never printed again: `[` and the op lines and `]`.
 * What a result line needs of its op is kept beside, since the line itself
 * is gone when the database answers.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "bounds.h"
#include "log.h"
#include "page.h"
#include "stream.h"
#include "xalloc.h"

#define ENTRIES_FIRST 64

const char *const outcome_names[OUTCOME_COUNT] = {
	[OUTCOME_DONE] = "done",
	[OUTCOME_JOINED] = "joined",
	[OUTCOME_TOOK_OVER] = "took_over",
	[OUTCOME_MOVED] = "moved",
	[OUTCOME_FAILED] = "failed",
	[OUTCOME_LOCKED] = "locked",
	[OUTCOME_INCOMPLETE] = "incomplete",
	[OUTCOME_WOULD] = "would",
	[OUTCOME_PLANNED] = "planned",
	[OUTCOME_HELD] = "held",
	[OUTCOME_ADOPTED] = "adopted",
	[OUTCOME_LIMIT] = "limit",
};

/* Slices are raw JSON in the page's arena. */
struct entry {
	bool is_op, sent;
	struct slice line; /* what is passed on */
	struct slice op, id, meeting, crm_id, why, code, intent;
	enum outcome outcome;
};

struct page {
	struct arena arena;
	struct str json;  /* the parameter, up to its ops */
	struct str bases; /* the other one: a line for each op */
	struct str skips, problems, known;
	struct entry *entry;
	size_t count, room, ops;
	bool has_cursor;
};

/* Parameters of pages that are done, for the next ones: they have grown. */
#define SPARE_MAX     4
#define SPARE_CAP_MAX ((size_t)2 * 1024 * 1024)

static struct str spare[SPARE_MAX];
static size_t spares;

static struct str
take_buffer(void)
{
	struct str s = { 0 };

	if (spares > 0)
		s = spare[--spares];
	s.max = PAGE_ARENA_MAX;
	return s;
}

static void
drop_buffer(struct str *s)
{
	if (spares == SPARE_MAX || s->data == NULL || s->cap > SPARE_CAP_MAX) {
		str_free(s);
		return;
	}
	str_reset(s);
	spare[spares++] = *s;
}

struct page *
page_new(struct slice header)
{
	struct page *p = xcalloc(1, sizeof(*p));

	p->arena.max = PAGE_ARENA_MAX;
	p->json = take_buffer();
	p->bases = take_buffer();
	p->skips.max = p->problems.max = p->known.max = PAGE_ARENA_MAX;
	str_addc(&p->json, '{');
	str_add_slice(&p->json, header);
	str_adds(&p->json, ",\"ops\":[");
	return p;
}

void
page_free(struct page *p)
{
	if (p == NULL)
		return;
	arena_free(&p->arena);
	drop_buffer(&p->json);
	drop_buffer(&p->bases);
	str_free(&p->skips);
	str_free(&p->problems);
	str_free(&p->known);
	free(p->entry);
	free(p);
}

static struct slice
keep(struct page *p, struct slice s)
{
	if (s.data == NULL)
		return NO_SLICE;
	return (struct slice){ arena_copy(&p->arena, s.data, s.len), s.len };
}

static struct slice
keep_raw(struct page *p, const struct json *object, const char *key)
{
	const struct json *v = json_get(object, key);

	return json_is_null(v) ? NO_SLICE : keep(p, v->raw);
}

static struct entry *
add_entry(struct page *p)
{
	if (p->count == p->room) {
		p->room = p->room ? p->room * 2 : ENTRIES_FIRST;
		p->entry = xreallocarray(p->entry, p->room, sizeof(*p->entry));
	}
	p->entry[p->count] = (struct entry){ .is_op = false };
	return &p->entry[p->count++];
}

static struct entry *
add_op_entry(struct page *p, const struct json *op)
{
	struct entry *e = add_entry(p);

	e->is_op = true;
	e->op = keep_raw(p, op, "op");
	e->id = keep_raw(p, op, "id");
	e->meeting = keep_raw(p, op, "meeting");
	e->crm_id = keep_raw(p, op, "crm_id");
	e->why = keep_raw(p, op, "why");
	return e;
}

/* The line end makes a page readable when somebody logs it; JSON allows it. */
static void
add_element(struct str *array, struct slice raw)
{
	if (array->len > 0)
		str_adds(array, ",\n");
	str_add_slice(array, raw);
}

/* What is written to the CRM and the links; the rest keeps its op whole. */
static bool
stays_here(const struct json *op)
{
	struct slice name = json_text(op, "op");

	return slice_starts(name, "crm.") || slice_starts(name, "link.");
}

/* Of a long op a third is the new Graph base, which is only stored. */
void
page_add_op(struct page *p, const struct json *op)
{
	const struct json *base = json_path(op, "base", "graph", NULL);
	const char *end = op->raw.data + op->raw.len, *rest = op->raw.data;

	add_op_entry(p, op)->sent = true;
	if (p->ops++ > 0) {
		str_adds(&p->json, ",\n");
		str_addc(&p->bases, '\n');
	}
	if (!json_is_null(base) && stays_here(op)) {
		str_add(&p->json, rest, (size_t)(base->raw.data - rest));
		str_adds(&p->json, "null");
		str_add_slice(&p->bases, base->raw);
		rest = base->raw.data + base->raw.len;
	}
	str_add(&p->json, rest, (size_t)(end - rest));
}

void
page_add_settled(struct page *p, const struct json *op, enum outcome outcome,
    const char *code)
{
	struct entry *e = add_op_entry(p, op);
	struct str quoted = { 0 };

	e->outcome = outcome;
	if (code == NULL)
		return;
	json_quote(&quoted, slice_of(code));
	e->code = keep(p, str_slice(&quoted));
	str_free(&quoted);
}

void
page_pass(struct page *p, struct slice line)
{
	add_entry(p)->line = keep(p, line);
}

void
page_add_skip(struct page *p, const struct json *skip)
{
	add_element(&p->skips, skip->raw);
	page_pass(p, skip->raw);
}

void
page_add_known(struct page *p, const struct json *known)
{
	add_element(&p->known, known->raw);
	page_pass(p, known->raw);
}

static void
add_problem(struct page *p, struct slice stage, struct slice code,
    const struct problem_key *key, struct slice detail)
{
	struct jsonw w;

	if (p->problems.len > 0)
		str_adds(&p->problems, ",\n");
	jw_start(&w, &p->problems);
	jw_object(&w, NULL);
	jw_str(&w, "stage", stage);
	jw_str(&w, "code", code);
	jw_str(&w, "id", key->id);
	if (key->crm_id.data != NULL)
		jw_str(&w, "crm_id", key->crm_id);
	if (key->changes.data != NULL)
		jw_raw(&w, "changes", key->changes);
	jw_str(&w, "detail", detail);
	jw_end(&w);
}

/* Without its data: the log holds no content. */
void
page_add_problem(struct page *p, const struct json *problem)
{
	const struct problem_key key = problem_key(problem);

	add_problem(p, json_text(problem, "stage"), json_text(problem, "code"),
	    &key, json_text(problem, "detail"));
	page_pass(p, problem->raw);
}

void
page_note(struct page *p, const char *code, struct slice id)
{
	add_problem(p, SLICE("apply"), slice_of(code),
	    &(struct problem_key){ .id = id }, NO_SLICE);
}

void
page_close(struct page *p, struct slice cursor)
{
	p->has_cursor = !slice_is(cursor, "null");
	str_adds(&p->json, "],\"skips\":[");
	str_add_slice(&p->json, str_slice(&p->skips));
	str_adds(&p->json, "],\"problems\":[");
	str_add_slice(&p->json, str_slice(&p->problems));
	if (p->known.len > 0) {
		str_adds(&p->json, "],\"known\":[");
		str_add_slice(&p->json, str_slice(&p->known));
	}
	str_adds(&p->json, "],\"cursor\":");
	str_add_slice(&p->json, cursor);
	str_addc(&p->json, '}');
}

bool
page_is_empty(const struct page *p)
{
	return p->ops == 0 && p->skips.len == 0 && p->problems.len == 0 &&
	       p->known.len == 0;
}

bool
page_needs_database(const struct page *p)
{
	return p->has_cursor || !page_is_empty(p);
}

bool
page_is_quiet(const struct page *p)
{
	return p->has_cursor && page_is_empty(p);
}

const char *
page_text(const struct page *p)
{
	return p->json.data;
}

const char *
page_bases(const struct page *p)
{
	return p->bases.len > 0 ? p->bases.data : "";
}

static enum outcome
outcome_of(struct slice name)
{
	for (int i = 0; i < OUTCOME_COUNT; i++)
		if (slice_is(name, outcome_names[i]))
			return (enum outcome)i;
	die(EXIT_SOFTWARE, NULL, "the database gave an unknown outcome");
}

/* The entries of the ops that were sent, by their number in the parameter. */
static struct entry **
sent_entries(struct page *p)
{
	struct entry **sent =
	    arena_array(&p->arena, p->ops, sizeof(struct entry *));
	size_t n = 0;

	for (size_t i = 0; i < p->count; i++)
		if (p->entry[i].sent)
			sent[n++] = &p->entry[i];
	assert(n == p->ops);
	return sent;
}

void
page_take_rows(struct page *p, struct db *db)
{
	struct entry **sent = sent_entries(p), *e;
	const struct json *result;
	struct slice text;
	size_t rows = 0;
	int64_t n;

	while (db_next_row(db)) {
		if (!slice_int64(db_column(db, 0), 1, (int64_t)p->ops, &n))
			die(EXIT_SOFTWARE, NULL,
			    "the database numbers no such op");
		e = sent[n - 1];
		text = keep(p, db_column(db, 1));
		result = json_parse(&p->arena, text, JSON_LAST_WINS, NULL);
		e->outcome = outcome_of(json_text(result, "outcome"));
		e->code = keep_raw(p, result, "code");
		e->intent = keep_raw(p, result, "intent");
		if (!json_is_null(json_get(result, "crm_id")))
			e->crm_id = keep_raw(p, result, "crm_id");
		if (!json_is_null(json_get(result, "meeting")))
			e->meeting = keep_raw(p, result, "meeting");
		rows++;
	}
	if (rows != p->ops)
		die(EXIT_SOFTWARE, NULL, "the database forgot an op");
}

void
page_take_all(struct page *p, enum outcome outcome, const char *code)
{
	struct entry **sent = sent_entries(p);
	struct str quoted = { 0 };

	json_quote(&quoted, slice_of(code));
	for (size_t i = 0; i < p->ops; i++) {
		sent[i]->outcome = outcome;
		if (*code != '\0')
			sent[i]->code = keep(p, str_slice(&quoted));
	}
	str_free(&quoted);
}

static void
put_result(struct str *out, const struct entry *e)
{
	struct jsonw w;

	jw_start(&w, out);
	jw_object(&w, NULL);
	jw_cstr(&w, "type", "result");
	jw_raw(&w, "op", e->op);
	jw_raw(&w, "id", e->id);
	if (e->meeting.data != NULL)
		jw_raw(&w, "meeting", e->meeting);
	if (e->crm_id.data != NULL)
		jw_raw(&w, "crm_id", e->crm_id);
	if (e->intent.data != NULL)
		jw_raw(&w, "intent", e->intent);
	jw_cstr(&w, "outcome", outcome_names[e->outcome]);
	if (e->code.data != NULL)
		jw_raw(&w, "code", e->code);
	jw_raw(&w, "why", e->why);
	jw_end(&w);
}

void
page_lines(const struct page *p, struct str *out, size_t counts[OUTCOME_COUNT])
{
	for (size_t i = 0; i < p->count; i++) {
		const struct entry *e = &p->entry[i];

		if (e->is_op) {
			put_result(out, e);
			counts[e->outcome]++;
		} else {
			str_add_slice(out, e->line);
		}
		str_addc(out, '\n');
	}
}
