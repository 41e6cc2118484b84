/*
 * calendars: see the header.
 */
#include "calendars.h"

#include <stdlib.h>

#include "bounds.h"
#include "log.h"
#include "mailbox.h"
#include "xalloc.h"

/* Read beside the default one; a mailbox may have hundreds. */
#define CALENDARS_MAX  100
#define LIST_PAGES_MAX 20

struct found {
	struct found *next;
	struct slice id, owner;
	bool is_default, can_edit;
};

struct calendars {
	struct arena arena; /* what follows */
	struct graph_tenant *tenant;
	struct found *found, **tail;
	unsigned pages;
	struct slice line[CALENDARS_MAX]; /* openings of sections */
	size_t count, opened;
};

static struct slice
keep(struct calendars *c, struct slice text)
{
	return (
	    struct slice){ arena_copy(&c->arena,
			       text.data != NULL ? text.data : "", text.len),
		text.len };
}

static const struct found *
find(const struct calendars *c, struct slice id)
{
	const struct found *f = c->found;

	while (f != NULL && !slice_eq(f->id, id))
		f = f->next;
	return f;
}

static void
take(struct calendars *c, const struct json *v)
{
	struct slice id = json_text(v, "id");
	struct found *f;

	if (id.len == 0 || id.len > URL_MAX_BYTES / 8 || find(c, id) != NULL)
		return;
	f = arena_array(&c->arena, 1, sizeof *f);
	*f = (struct found){ .id = keep(c, id),
		.owner = keep(c, json_text(json_get(v, "owner"), "address")),
		.is_default = json_true(v, "isDefaultCalendar"),
		.can_edit = json_true(v, "canEdit") };
	*c->tail = f;
	c->tail = &f->next;
}

/* Its opening: the default one's, but for what is that one's alone. */
static struct slice
opening(struct mailbox *m, struct slice id, const struct found *shared,
    const struct json *known, const char *empty)
{
	static const char *const others[] = { "calendar", "cursor", "calendars",
		"first", "crm_from", "cleanup" };
	const struct json *cursor = json_get(known, "cursor"), *v;
	struct str line = { .max = LINE_MAX_BYTES };
	struct slice kept;
	struct jsonw w;
	size_t n;

	jw_start(&w, &line);
	jw_object(&w, NULL);
	for (v = m->record->child; v != NULL; v = v->next) {
		for (n = 0; n < sizeof others / sizeof others[0]; n++)
			if (slice_is(v->key, others[n]))
				break;
		if (n == sizeof others / sizeof others[0])
			jw_key_raw(&w, v->key, v->raw);
	}
	jw_bool(&w, "first",
	    json_true(m->record, "first") ||
		json_text(cursor, "link").len == 0);
	jw_str(&w, "calendar", id);
	jw_raw(&w, "cursor", cursor != NULL ? cursor->raw : NO_SLICE);
	if (shared != NULL)
		jw_str(&w, "shared", shared->owner);
	if (empty != NULL)
		jw_bool(&w, empty, true);
	jw_end(&w);
	kept = keep(m->calendars, str_slice(&line));
	str_free(&line);
	return kept;
}

static void
fail(struct mailbox *m, const char *code, int status, const char *detail)
{
	m->list_failed = (struct list_failed){ code, detail, status };
}

static void
add(struct mailbox *m, struct slice line)
{
	struct calendars *c = m->calendars;

	if (c->count < CALENDARS_MAX)
		c->line[c->count++] = line;
	else
		fail(m, "limit", 0, "too many calendars: some are not read");
}

static const struct json *
known_calendars(const struct mailbox *m)
{
	const struct json *list =
	    json_get(json_get(m->record, "calendars"), "known");

	return list != NULL ? list->child : NULL;
}

static const struct json *
known(const struct mailbox *m, struct slice id)
{
	const struct json *k = known_calendars(m);

	while (k != NULL && !slice_eq(json_text(k, "calendar"), id))
		k = k->next;
	return k;
}

/* What is known, and Graph has it no more, or policy does not want it. */
static void
leave(struct mailbox *m, const struct json *k, const char *why)
{
	add(m, opening(m, json_text(k, "calendar"), NULL, k, why));
}

static void
rest(struct mailbox *m)
{
	const struct json *k;

	for (k = known_calendars(m); k != NULL; k = k->next)
		leave(m, k, "rests");
}

static void
choose(struct mailbox *m, const struct found *ours)
{
	struct calendars *c = m->calendars;
	bool all =
	    json_is(json_path(m->record, "calendars", "which", NULL), "shared");
	const struct json *k;
	const struct found *f;

	for (f = c->found; f != NULL; f = f->next) {
		bool own = slice_eq_nocase(f->owner, ours->owner);

		k = known(m, f->id);
		if (f != ours && f->owner.len > 0 && (own ? f->can_edit : all))
			add(m, opening(m, f->id, own ? NULL : f, k, NULL));
		else if (k != NULL)
			leave(m, k, "rests");
	}
	for (k = known_calendars(m); k != NULL; k = k->next)
		if (find(c, json_text(k, "calendar")) == NULL)
			leave(m, k, "gone");
}

/* The list is whole. */
static void
finish(struct mailbox *m)
{
	const struct found *f = m->calendars->found;

	while (f != NULL && !f->is_default)
		f = f->next;
	if (f != NULL)
		choose(m, f);
	else
		fail(m, "graph_error", 200,
		    "no calendar of the list is said to be the default one");
}

static void
not_listed(struct mailbox *m, const struct graph_answer *answer)
{
	if (answer->verdict == GRAPH_LATE)
		m->fetch->late = true;
	fail(m, answer->verdict == GRAPH_LATE ? "limit" : "graph_error",
	    answer->status, "its list of calendars cannot be read");
}

static bool
on_list(void *ctx, const struct graph_answer *answer)
{
	struct mailbox *m = ctx;
	struct arena a = { .max = PAGE_ARENA_MAX };
	const struct json *page = NULL, *v;
	struct slice next = NO_SLICE;

	if (answer->verdict == GRAPH_OK) {
		page = json_parse(&a, answer->body, JSON_LAST_WINS, NULL);
		v = json_get(page, "value");
		if (v == NULL || v->type != JSON_ARRAY) {
			arena_free(&a);
			return false;
		}
		for (v = v->child; v != NULL; v = v->next)
			take(m->calendars, v);
		next = json_text(page, "@odata.nextLink");
	}
	if (answer->verdict != GRAPH_OK) {
		not_listed(m, answer);
	} else if (next.len == 0) {
		finish(m);
	} else if (++m->calendars->pages < LIST_PAGES_MAX) {
		graph_get(m->graph, next, on_list, m);
		arena_free(&a);
		return true;
	} else {
		fail(m, "limit", 200, "its list of calendars has no end");
	}
	arena_free(&a);
	m->outstanding--;
	mailbox_advance(m);
	return true;
}

void
calendars_start(struct mailbox *m, struct graph_tenant *tenant)
{
	struct str url = { .max = URL_MAX_BYTES };

	if (json_get(m->record, "calendars") == NULL)
		return;
	m->calendars = xcalloc(1, sizeof *m->calendars);
	m->calendars->arena.max = PAGE_ARENA_MAX;
	m->calendars->tenant = tenant;
	m->calendars->tail = &m->calendars->found;
	if (json_is(
		json_path(m->record, "calendars", "which", NULL), "default")) {
		rest(m);
		return;
	}
	str_add_slice(&url, graph_mailbox_url(m->graph));
	str_adds(&url, "/calendars?$top=100");
	m->outstanding++;
	graph_get(m->graph, str_slice(&url), on_list, m);
	str_free(&url);
}

struct mailbox *
calendars_next(struct mailbox *m)
{
	struct calendars *c = m->calendars;
	struct mailbox *next;

	if (c == NULL || c->opened == c->count)
		return NULL;
	next = mailbox_open(m->fetch, c->line[c->opened++]);
	next->calendars = c;
	m->calendars = NULL;
	mailbox_start(next, c->tenant);
	return next;
}

void
calendars_close(struct mailbox *m)
{
	if (m->calendars == NULL)
		return;
	arena_free(&m->calendars->arena);
	free(m->calendars);
}
