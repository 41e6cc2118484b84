/*
 * base: a field that is not exchanged now keeps what it had when it last was.
 * So a description under `once` stays at its first agreement, and a later
 * `always` sees what has happened since.
 */
#include "base.h"
#include "answer.h"
#include "digest.h"
#include "files.h"
#include "picks.h"
#include "swings.h"

static bool
is_body(const struct field *f)
{
	return f->unit == UNIT_BODY;
}

/* Has this field an agreed value now? */
static bool
is_agreed(const struct candidate *c, const struct field *f)
{
	if (f->unit == UNIT_SENSITIVITY)
		return true;
	if (!field_exchanged(c, f))
		return false;
	if (!is_body(f) || policy_is(c->policy, POL_DESCRIPTION_MODE, "always"))
		return true;
	return policy_is(c->policy, POL_DESCRIPTION_MODE, "once") &&
	       c->base == NULL;
}

/* What an exception's master says of its date is told with each event, and is
 * more than a base may hold. */
static void
write_series(struct jsonw *w, const struct json *series)
{
	const struct json *i;

	jw_object(w, "series");
	for (i = series->child; i != NULL; i = i->next)
		if (!slice_is(i->key, "planned"))
			jw_key_raw(w, i->key, i->raw);
	jw_end(w);
}

static void
write_value(struct jsonw *w, const struct candidate *c, const struct field *f)
{
	char hex[TEXT_DIGEST_LEN + 1];
	const struct json *v = json_get(c->event, f->name);

	if (is_body(f)) {
		text_digest(json_str(v), hex);
		jw_cstr(w, "body_digest", hex);
	} else if (f == &fields[FIELD_SERIES] && !json_is_null(v)) {
		write_series(w, v);
	} else {
		jw_raw(w, f->name, v ? v->raw : NO_SLICE);
	}
}

static void
write_kept(struct jsonw *w, const struct candidate *c, const char *name)
{
	const struct json *v = json_get(c->base, name);

	if (v != NULL)
		jw_raw(w, name, v->raw);
}

static void
write_list(struct jsonw *w, const struct candidate *c, const char *name,
    bool exchanged)
{
	const struct json *v = json_get(c->event, name);

	if (!exchanged)
		write_kept(w, c, name);
	else
		jw_raw(w, name, v ? v->raw : SLICE("[]"));
}

/* As long as Graph's text stays what it was. */
static bool
body_stays_crms(const struct candidate *c, const bool pending[UNIT_COUNT])
{
	char hex[TEXT_DIGEST_LEN + 1];

	if (c->body_is_crms)
		return true;
	if (!json_is(json_get(c->base, "body_of"), "crm"))
		return false;
	text_digest(json_text(c->event, "body"), hex);
	return pending[UNIT_BODY] ||
	       json_is(json_get(c->base, "body_digest"), hex);
}

static void
write_added(struct jsonw *w, const struct candidate *c)
{
	const struct json *was = json_get(c->base, "added"), *i;

	if (c->adds.len == 0) {
		write_kept(w, c, "added");
		return;
	}
	jw_array(w, "added");
	for (i = was ? was->child : NULL; i != NULL; i = i->next)
		if (!slice_eq(json_str(i), c->adds))
			jw_raw(w, NULL, i->raw);
	jw_str(w, NULL, c->adds);
	jw_end(w);
}

struct slice
base_graph(const struct candidate *c, const struct relations *relations,
    const bool pending[UNIT_COUNT])
{
	struct str s = { 0 };
	struct jsonw w;
	bool people = attendees_exchanged(c) && !people_are_withheld(c);

	jw_start(&w, &s);
	jw_object(&w, NULL);
	for (size_t i = 0; i < FIELD_COUNT; i++) {
		const struct field *f = &fields[i];

		if (pending[f->unit] || !is_agreed(c, f))
			write_kept(&w, c, is_body(f) ? "body_digest" : f->name);
		else
			write_value(&w, c, f);
	}
	write_list(&w, c, "rooms", rooms_exchanged(c));
	write_list(&w, c, "attendees", people);
	write_list(&w, c, "categories", true);
	relations_write_base(&w, c, relations);
	rooms_write_base(&w, c);
	files_write_base(&w, c);
	picks_write_base(&w, c);
	swings_write_base(&w, c);
	if (answer_is_exchanged(c))
		jw_str(&w, "response", candidate_response(c));
	else
		write_kept(&w, c, "response");
	jw_int(&w, "account", c->section->account);
	jw_str(&w, "digest", c->digest);
	if (body_stays_crms(c, pending))
		jw_cstr(&w, "body_of", "crm");
	write_added(&w, c);
	jw_end(&w);
	return candidate_keep(c, &s);
}

static struct slice
wrap(const struct candidate *c, struct slice graph)
{
	struct str s = { 0 };
	struct jsonw w;

	jw_start(&w, &s);
	jw_object(&w, NULL);
	jw_raw(&w, "graph", graph);
	jw_end(&w);
	return candidate_keep(c, &s);
}

struct slice
base_write(const struct candidate *c, const struct relations *relations,
    const bool pending[UNIT_COUNT])
{
	return wrap(c, base_graph(c, relations, pending));
}

/* The CRM shows what it was given, and only a text that is too long for it is
 * another there.  (A header before it is not: it is known here.) */
bool
base_body_was_cut(const struct candidate *c)
{
	const struct json *graph = json_get(c->base, "body_digest");
	const struct json *crm = json_get(c->base_crm, "body_digest");
	char hex[TEXT_DIGEST_LEN + 1];

	if (crm_is_cut(c, "body"))
		return true;
	if (json_is(json_get(c->base, "body_of"), "crm") ||
	    json_is_null(graph) || json_is_null(crm) ||
	    slice_eq(json_str(graph), json_str(crm)))
		return false;
	text_digest(body_with_header(c, json_text(c->event, "body")), hex);
	return !json_is(crm, hex);
}

struct slice
base_keep(const struct candidate *c)
{
	return c->base != NULL ? wrap(c, c->base->raw) : NO_SLICE;
}

bool
base_is_of_this_copy(const struct candidate *c)
{
	int64_t account;

	return json_int(json_get(c->base, "account"), 0, INT64_MAX, &account) &&
	       account == c->section->account;
}

bool
base_was_marked(const struct candidate *c)
{
	return base_is_of_this_copy(c) &&
	       candidate_has_mark(c, json_get(c->base, "categories"));
}

bool
base_was_unmarked(const struct candidate *c)
{
	return base_is_of_this_copy(c) &&
	       !candidate_has_mark(c, json_get(c->base, "categories"));
}

bool
base_has_moved(const struct candidate *c)
{
	return !base_is_of_this_copy(c) ||
	       !slice_eq(json_text(c->base, "digest"), c->digest);
}
