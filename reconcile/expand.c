/*
 * expand: one date as its master says.
 */
#include "expand.h"

static bool
is_expanded(const struct candidate *c)
{
	return policy_is(c->policy, POL_RECURRING_MODE, "expand");
}

bool
is_date_of_expanded(const struct candidate *c)
{
	return is_expanded(c) &&
	       (c->kind == SERIES_OCCURRENCE || c->kind == SERIES_EXCEPTION);
}

static const struct json *
find(const struct json *object, struct slice name)
{
	const struct json *i = object->child;

	while (i != NULL && !slice_eq(i->key, name))
		i = i->next;
	return i;
}

/* In the CRM it is one date like the others. */
static void
write_series(struct jsonw *w, const struct json *series)
{
	jw_object(w, "series");
	jw_cstr(w, "kind", "occurrence");
	jw_str(w, "master", json_text(series, "master"));
	jw_str(w, "original_date", json_text(series, "original_date"));
	jw_end(w);
}

static const struct json *
overlay(const struct candidate *c, const struct json *planned)
{
	const struct json *i, *v;
	struct str s = { 0 };
	struct jsonw w;

	jw_start(&w, &s);
	jw_object(&w, NULL);
	for (i = c->event->child; i != NULL; i = i->next) {
		v = find(planned, i->key);
		if (slice_is(i->key, "series"))
			write_series(&w, i);
		else
			jw_key_raw(&w, i->key, v != NULL ? v->raw : i->raw);
	}
	jw_end(&w);
	return json_parse(c->arena, candidate_keep(c, &s), JSON_IS_UTF8, NULL);
}

const char *
expand_read(struct candidate *c)
{
	const struct json *series = json_get(c->event, "series"), *v;

	if (!is_expanded(c) || !json_is(json_get(series, "kind"), "exception"))
		return NULL;
	v = json_get(c->base, "planned");
	c->own_base = c->base;
	if (v != NULL && v->type == JSON_OBJECT)
		c->base = v;
	v = json_get(series, "planned");
	if (json_is_null(v))
		return NULL;
	if (v->type != JSON_OBJECT)
		return "series.planned";
	c->own = c->event;
	c->event = overlay(c, v);
	return NULL;
}

struct candidate
expand_own(const struct candidate *c)
{
	struct candidate own = *c;

	if (c->own == NULL)
		return own;
	own.event = c->own;
	own.base = c->own_base;
	own.people = c->own_people;
	own.own = NULL;
	return own;
}

struct slice
expand_base(const struct candidate *c, struct slice base, struct slice planned)
{
	const struct json *object =
	    json_parse(c->arena, base, JSON_IS_UTF8, NULL);
	struct str s = { 0 };
	struct jsonw w;

	jw_extend(&w, &s, object);
	jw_raw(&w, "planned", planned);
	jw_end(&w);
	return candidate_keep(c, &s);
}
