/*
 * echo: comparisons member by member.  A value that Graph has rewritten is
 * neither what was wanted nor what was there before: it was applied, and the
 * base takes Graph's version.
 */
#include "echo.h"
#include "canon_people.h"
#include "canon_recur.h"
#include "digest.h"
#include "instant.h"
#include "outward.h"
#include "rule.h"

static const struct json *
elements(const struct json *v)
{
	return v != NULL && v->type == JSON_ARRAY ? v->child : NULL;
}

static bool same(const struct json *a, const struct json *b);

static bool
same_elements(const struct json *a, const struct json *b)
{
	const struct json *x = a->child, *y = b->child;

	for (; x != NULL && y != NULL; x = x->next, y = y->next)
		if (!same(x, y))
			return false;
	return x == NULL && y == NULL;
}

static bool
same_members(const struct json *a, const struct json *b)
{
	const struct json *x;
	struct str key = { 0 };
	bool equal = a->count == b->count;

	for (x = a->child; equal && x != NULL; x = x->next) {
		str_reset(&key);
		str_add_slice(&key, x->key);
		str_add(&key, "", 0);
		equal = same(x, json_get(b, key.data));
	}
	str_free(&key);
	return equal;
}

static bool
same(const struct json *a, const struct json *b)
{
	if (json_is_null(a) || json_is_null(b))
		return json_is_null(a) && json_is_null(b);
	if (a->type != b->type)
		return false;
	if (a->type == JSON_OBJECT)
		return same_members(a, b);
	if (a->type == JSON_ARRAY)
		return same_elements(a, b);
	return a->type == JSON_TRUE || a->type == JSON_FALSE ||
	       slice_eq(a->text, b->text);
}

/* null and "" are one text. */
static bool
same_text(const struct json *a, const struct json *b)
{
	struct slice x = json_str(a), y = json_str(b);

	return slice_eq(
	    x.data != NULL ? x : SLICE(""), y.data != NULL ? y : SLICE(""));
}

/* The first occurrence as the event has it. */
static struct rule_start
start_of(const struct json *event)
{
	struct rule_start start = { .zone = tz_find(json_text(event, "zone")),
		.all_day = json_true(event, "all_day") };
	struct slice text = json_text(event, "start");
	int32_t date = 0;
	int64_t us = 0;

	if (start.all_day && date_parse(text, &date))
		start.local = date * DAY_US;
	else if (instant_parse(text, &us))
		start.local =
		    start.zone != NULL ? tz_local(start.zone, us) : us;
	return start;
}

/* A rule may be written in many ways; in ours, they are compared. */
static bool
same_rule(const struct json *wanted, const struct json *event)
{
	struct rule_start start = start_of(event);
	struct slice is = json_text(event, "recurrence");
	struct str text = { .max = 1024 };
	struct recurrence r;
	bool equal;

	if (json_is_null(wanted) || is.data == NULL)
		return json_is_null(wanted) && is.data == NULL;
	if (slice_eq(json_str(wanted), is))
		return true;
	if (rule_read(json_str(wanted), &start, &r) != NULL)
		return false;
	recur_rule(&r, start.zone, start.all_day, &text);
	equal = slice_eq(str_slice(&text), is);
	str_free(&text);
	return equal;
}

static bool
has_all(const struct json *wanted, const struct json *list)
{
	const struct json *v, *x;

	for (v = elements(wanted); v != NULL; v = v->next) {
		for (x = elements(list); x != NULL && !same(x, v);)
			x = x->next;
		if (x == NULL)
			return false;
	}
	return true;
}

static const struct json *
member(const struct json *object, struct slice key)
{
	const struct json *m = object != NULL && object->type == JSON_OBJECT
				   ? object->child
				   : NULL;

	while (m != NULL && !slice_eq(m->key, key))
		m = m->next;
	return m;
}

/* `wanted` is a member of the op's set. */
static bool
holds(const struct json *wanted, const struct json *event)
{
	const struct json *is = member(event, wanted->key);

	if (slice_is(wanted->key, "zone"))
		return json_is_null(wanted) ||
		       outward_same_zone(json_str(wanted), json_str(is));
	if (slice_is(wanted->key, "online")) /* it cannot be taken back */
		return json_is_null(wanted) || !json_is_null(is);
	if (slice_is(wanted->key, "categories"))
		return has_all(wanted, is);
	if (slice_is(wanted->key, "recurrence"))
		return same_rule(wanted, event);
	if (slice_is(wanted->key, "subject") || slice_is(wanted->key, "body") ||
	    slice_is(wanted->key, "location"))
		return same_text(wanted, is);
	return same(wanted, is);
}

static struct slice
address_of(struct arena *a, const struct json *v)
{
	return people_address(
	    a, v->type == JSON_STRING ? v->text : json_text(v, "address"));
}

static bool
has_address(const struct json *list, struct slice who)
{
	const struct json *v;

	for (v = elements(list); v != NULL; v = v->next)
		if (slice_eq(json_text(v, "address"), who))
			return true;
	return false;
}

static bool
people_hold(const struct json *op, const struct json *event)
{
	const struct json *change = json_get(op, "attendees"), *v;
	const struct json *people = json_get(event, "attendees");
	struct arena a = { 0 };
	struct slice who;
	bool good = true;

	for (v = elements(json_get(change, "add")); v != NULL; v = v->next) {
		who = address_of(&a, v);
		good = good &&
		       (has_address(people, who) ||
			   has_address(json_get(event, "rooms"), who) ||
			   slice_eq(who, json_text(json_get(event, "organizer"),
					     "address")));
	}
	for (v = elements(json_get(change, "remove")); v != NULL; v = v->next)
		good = good && !has_address(people, address_of(&a, v));
	arena_free(&a);
	return good;
}

static bool
categories_hold(const struct json *op, const struct json *event)
{
	const struct json *change = json_get(op, "categories"), *v, *x;
	const struct json *list = json_get(event, "categories");

	if (!has_all(json_get(change, "add"), list))
		return false;
	for (v = elements(json_get(change, "remove")); v != NULL; v = v->next)
		for (x = elements(list); x != NULL; x = x->next)
			if (same(x, v))
				return false;
	return true;
}

static bool
response_holds(const struct json *op, const struct json *event)
{
	const struct json *is = json_get(event, "response"),
			  *wanted = json_get(op, "response");

	return json_is_null(wanted) || same(wanted, is) ||
	       (json_is(wanted, "tentative") &&
		   json_is(is, "tentativelyAccepted"));
}

bool
echo_declines(const struct json *op)
{
	return json_is(json_get(op, "response"), "declined");
}

static const struct json *
first_set(const struct json *op)
{
	const struct json *set = json_get(op, "set");

	return set != NULL && set->type == JSON_OBJECT ? set->child : NULL;
}

bool
echo_holds(const struct json *op, const struct json *event)
{
	const struct json *v;

	for (v = first_set(op); v != NULL; v = v->next)
		if (!holds(v, event))
			return false;
	return people_hold(op, event) && categories_hold(op, event) &&
	       response_holds(op, event);
}

bool
echo_is_alike(const struct json *op, const struct json *event)
{
	const struct json *v;

	for (v = first_set(op); v != NULL; v = v->next)
		if ((slice_is(v->key, "start") || slice_is(v->key, "end") ||
			slice_is(v->key, "all_day") ||
			slice_is(v->key, "subject")) &&
		    !holds(v, event))
			return false;
	return true;
}

bool
echo_is_unapplied(const struct json *op, const struct json *event)
{
	const struct json *before = json_get(op, "was"), *v, *was;

	for (v = first_set(op); v != NULL; v = v->next) {
		was = member(before, v->key);
		if (was != NULL && !holds(v, event) && !same(was, v) &&
		    same(was, member(event, v->key)))
			return true;
	}
	return !people_hold(op, event) || !categories_hold(op, event) ||
	       !response_holds(op, event);
}

static bool
sets(const struct json *op, const char *name)
{
	return json_get(json_get(op, "set"), name) != NULL;
}

/* The op writes this member of the event, or one that makes it. */
static bool
is_written(const struct json *op, const struct json *event, struct slice name)
{
	if (slice_is(name, "start") || slice_is(name, "end") ||
	    slice_is(name, "zone") || slice_is(name, "zone_name") ||
	    slice_is(name, "all_day"))
		return sets(op, "start") || sets(op, "end") ||
		       sets(op, "zone") || sets(op, "all_day");
	if (slice_is(name, "recurrence_text") || slice_is(name, "series"))
		return sets(op, "recurrence");
	if (slice_is(name, "body_digest"))
		return sets(op, "body");
	/* Graph keeps the place among the locations too. */
	if (slice_is(name, "rooms"))
		return sets(op, "location");
	if (slice_is(name, "response"))
		return !json_is_null(json_get(op, "response"));
	if (slice_is(name, "attendees"))
		return !json_is_null(json_get(op, "attendees")) ||
		       !json_is_null(json_get(op, "response"));
	if (slice_is(name, "categories"))
		return sets(op, "categories") ||
		       !json_is_null(json_get(op, "categories"));
	/* The CRM event gets the link that Graph adds with the outcome; one
	 * that comes later is news, to the CRM event of an update. */
	if (slice_is(name, "online"))
		return sets(op, "online") &&
		       (json_is(json_get(op, "op"), "graph.create") ||
			   json_text(json_get(event, "online"), "url").len > 0);
	return member(json_get(op, "set"), name) != NULL;
}

/* Members that every write changes, or that only the base has. */
static bool
is_aside(const struct json *event, struct slice name)
{
	static const char *const aside[] = { "id", "etag", "created",
		"modified", "digest" };
	size_t i;

	if (member(event, name) == NULL)
		return !slice_is(name, "body_digest");

	for (i = 0; i < sizeof aside / sizeof aside[0]; i++)
		if (slice_is(name, aside[i]))
			return true;
	return false;
}

static bool
same_digest(const struct json *digest, const struct json *event)
{
	char hex[TEXT_DIGEST_LEN + 1];

	text_digest(json_text(event, "body"), hex);
	return json_is(digest, hex);
}

/* Beside what was written nothing is other than in `known`, which is the event
 * before or the op's base. */
static bool
is_quiet(
    const struct json *op, const struct json *event, const struct json *known)
{
	const struct json *v;

	if (known == NULL || known->type != JSON_OBJECT)
		return false;
	for (v = known->child; v != NULL; v = v->next) {
		if (is_aside(event, v->key) || is_written(op, event, v->key))
			continue;
		if (slice_is(v->key, "body_digest")
			? !same_digest(v, event)
			: !same(v, member(event, v->key)))
			return false;
	}
	return true;
}

/* Whom Graph puts on an event when it is changed: only if it did. */
static void
put_added(const struct json *event, const struct json *added, struct jsonw *w)
{
	const struct json *people = json_get(event, "attendees"), *v;

	jw_array(w, "added");
	for (v = elements(added); v != NULL; v = v->next)
		if (has_address(people, json_str(v)))
			jw_raw(w, NULL, v->raw);
	jw_end(w);
}

static void
put_base_member(const struct json *op, const struct json *event,
    const struct json *planned, struct jsonw *w)
{
	const struct json *is = member(event, planned->key);
	char hex[TEXT_DIGEST_LEN + 1];

	if (slice_is(planned->key, "added") &&
	    json_is(json_get(op, "op"), "graph.update")) {
		put_added(event, planned, w);
	} else if (!is_written(op, event, planned->key)) {
		jw_key_raw(w, planned->key, planned->raw);
	} else if (slice_is(planned->key, "body_digest")) {
		text_digest(json_text(event, "body"), hex);
		jw_cstr(w, "body_digest", hex);
	} else {
		jw_key_raw(
		    w, planned->key, is != NULL ? is->raw : planned->raw);
	}
}

bool
echo_is_quiet(
    const struct json *op, const struct json *event, const struct json *before)
{
	return !json_true(op, "more") &&
	       is_quiet(op, event,
		   before != NULL ? before
				  : json_get(json_get(op, "base"), "graph"));
}

void
echo_event(const struct json *event, bool quiet, struct str *out)
{
	static const char *const digest[] = { "digest", NULL };
	struct jsonw w;

	if (quiet) {
		str_add_slice(out, event->raw);
		return;
	}
	jw_extend_without(&w, out, event, digest);
	jw_null(&w, "digest");
	jw_end(&w);
}

void
echo_base(const struct json *op, const struct json *event, bool quiet,
    struct str *out)
{
	const struct json *base = json_get(json_get(op, "base"), "graph"), *v;
	const struct json *digest = json_get(event, "digest");
	struct jsonw w;

	if (base == NULL || base->type != JSON_OBJECT) {
		str_adds(out, "null");
		return;
	}
	jw_start(&w, out);
	jw_object(&w, NULL);
	for (v = base->child; v != NULL; v = v->next)
		if (!slice_is(v->key, "digest"))
			put_base_member(op, event, v, &w);
	jw_raw(&w, "digest",
	    quiet && digest != NULL ? digest->raw : SLICE("null"));
	jw_end(&w);
}
