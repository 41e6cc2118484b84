/*
 * policy_layers: a user's rows count only where the table allows it (U16), and
 * mostly only towards less sync.  For durations "less" is asked at the run's
 * time: of two that begin on the calendar, the one with the later start.
 */
#include <string.h>

#include "digest.h"
#include "instant.h"
#include "log.h"
#include "policy_form.h"
#include "policy_keys.h"
#include "policy_layers.h"

struct row {
	enum policy_key key;
	struct slice text;
	bool by_user;
};

static bool
is_direction(const struct policy_info *k)
{
	return strcmp(k->allowed, "off, to_crm, to_graph, both") == 0;
}

/* Words stand from the weakest to the strongest.  Of the directions neither
 * one-way is weaker than the other: their places are bits. */
static bool
is_weaker_word(const struct policy_info *k, const struct policy_item *user,
    const struct policy_item *org)
{
	if (is_direction(k))
		return (user->place & ~org->place) == 0;
	return user->place <= org->place;
}

static bool
is_weaker_span(const struct policy *user, const struct policy *org,
    enum policy_key key, const struct policy_user *facts)
{
	const struct policy_item *u = policy_item(user, key, 0),
				 *o = policy_item(org, key, 0);

	if (key == POL_WINDOW_FUTURE_IN || key == POL_WINDOW_FUTURE_OUT)
		return policy_ahead(user, key, facts->now) <=
		       policy_ahead(org, key, facts->now);
	if (facts->since == INSTANT_MIN && u->kind != o->kind &&
	    (u->kind == ITEM_ENABLED || o->kind == ITEM_ENABLED))
		return false;
	return policy_back(user, key, facts->now, facts->since) >=
	       policy_back(org, key, facts->now, facts->since);
}

static bool
is_subset(
    const struct policy *user, const struct policy *org, enum policy_key key)
{
	const struct policy_item *i;

	for (size_t n = 0; (i = policy_item(user, key, n)) != NULL; n++)
		if (!slice_is(i->text, "none") &&
		    !policy_selects(org, key, i->text))
			return false;
	return true;
}

static bool
is_narrower(const struct policy *user, const struct policy *org,
    enum policy_key key, const struct policy_user *facts)
{
	const struct policy_info *k = policy_info(key);

	if (k->type == POLICY_SPAN)
		return is_weaker_span(user, org, key, facts);
	if (k->type == POLICY_LIST)
		return is_subset(user, org, key);
	return is_weaker_word(
	    k, policy_item(user, key, 0), policy_item(org, key, 0));
}

/* Both block lists hold: the org's items, then the user's own. */
static bool
join_blocks(struct policy *user, const struct policy *org, struct arena *a)
{
	const struct policy_item *i;
	struct str text = { .max = 2 * POLICY_TEXT_MAX }, why = { 0 };
	bool good;

	for (size_t n = 0; (i = policy_item(org, POL_SELECT_BLOCK, n)); n++)
		str_addf(
		    &text, "%s%.*s", n > 0 ? ", " : "", SLICE_ARG(i->text));
	for (size_t n = 0; (i = policy_item(user, POL_SELECT_BLOCK, n)); n++)
		if (!policy_lists(org, POL_SELECT_BLOCK, i->text))
			str_addf(&text, ", %.*s", SLICE_ARG(i->text));
	good = policy_set(
	    user, a, POL_SELECT_BLOCK, str_slice(&text), "user", &why);
	str_free(&text);
	str_free(&why);
	return good;
}

static bool
is_none(const struct policy *p, enum policy_key key)
{
	return slice_is(policy_value_text(p, key), "none");
}

/* NULL: taken over.  Else why not; the org's value stays. */
static const char *
apply_row(struct policy *user, const struct policy *org, struct arena *a,
    const struct row *row, const struct policy_user *facts)
{
	const struct policy_info *k = policy_info(row->key);
	struct str why = { 0 };
	bool good;

	if (k->user == USER_NO)
		return "the key is the org's alone";
	if (row->by_user && !policy_yes(org, POL_USERS_EDIT))
		return "users.edit = no";
	good = policy_set(user, a, row->key, row->text, "user", &why);
	str_free(&why);
	if (!good)
		return "the value is not allowed";
	if (k->user == USER_YES || (k->flag == KEY_ADMIN_ANY && !row->by_user))
		return NULL;
	if (row->key == POL_SELECT_BLOCK) {
		if (is_none(org, row->key))
			return NULL;
		if (is_none(user, row->key)) {
			user->value[row->key] = org->value[row->key];
			return NULL;
		}
		return join_blocks(user, org, a) ? NULL
						 : "the list is too long";
	}
	return is_narrower(user, org, row->key, facts)
		   ? NULL
		   : "it is wider than the org's value";
}

static const char *
read_row(const struct json *member, struct row *row)
{
	const struct json *value = member;

	row->key = policy_key_find(member->key);
	if (row->key == POL_NONE)
		return "there is no such key";
	if (member->type == JSON_OBJECT) {
		value = json_get(member, "value");
		row->by_user = !json_is(json_get(member, "by"), "admin");
	}
	row->text = json_str(value);
	return row->text.data != NULL ? NULL : "the value is no text";
}

size_t
policy_apply_rows(struct policy *user, const struct policy *org,
    struct arena *a, const struct json *rows, const struct policy_user *facts)
{
	const struct json *m;
	const char *why;
	size_t ignored = 0;
	struct row row;

	*user = *org;
	if (json_is_null(rows) || rows->type != JSON_OBJECT)
		return 0;
	for (m = rows->child; m != NULL; m = m->next) {
		row = (struct row){ 0 };
		why = read_row(m, &row);
		if (why == NULL)
			why = apply_row(user, org, a, &row, facts);
		if (why == NULL)
			continue;
		ignored++;
		user->value[row.key] = org->value[row.key];
		if (facts->account != NULL)
			log_warn("setting of a user ignored",
			    "account=%s key=%.*s why=\"%s\"", facts->account,
			    SLICE_ARG(m->key), why);
	}
	return ignored;
}

void
policy_take_public(struct policy *p, struct arena *a)
{
	struct str why = { 0 };

	if (!policy_set(p, a, POL_DIRECTION_EVENTS,
		policy_value_text(p, POL_DIRECTION_PUBLIC), "direction.public",
		&why) ||
	    !policy_set(p, a, POL_CALENDARS, SLICE("default"),
		"direction.public", &why))
		die(EXIT_SOFTWARE, NULL, "direction.public: %s", why.data);
	str_free(&why);
}

const char *
policy_row_refused(const struct policy *org, struct arena *a,
    enum policy_key key, struct slice text, bool by_user,
    const struct policy_user *facts)
{
	const struct row row = { key, text, by_user };
	struct policy user = *org;

	return apply_row(&user, org, a, &row, facts);
}

void
policy_write(struct jsonw *w, const struct policy *p, const struct policy *base)
{
	for (enum policy_key k = POL_NONE + 1; k < POL_COUNT; k++)
		if (base == NULL ||
		    !slice_eq(p->value[k]->text, base->value[k]->text))
			jw_str(w, policy_key_name(k), p->value[k]->text);
}

void
policy_write_origins(struct jsonw *w, const struct policy *p)
{
	for (enum policy_key k = POL_NONE + 1; k < POL_COUNT; k++)
		if (p->value[k]->origin != NULL)
			jw_cstr(w, policy_key_name(k), p->value[k]->origin);
}

void
policy_digest(const struct policy *p, char hex[POLICY_DIGEST_SIZE])
{
	struct str all = { 0 };

	for (enum policy_key k = POL_NONE + 1; k < POL_COUNT; k++) {
		policy_line(p, k, &all);
		str_addc(&all, '\n');
	}
	text_digest(str_slice(&all), hex);
	str_free(&all);
}
