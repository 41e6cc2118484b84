/*
 * policy: asking.  Values were checked when they were made, so that no question
 * can fail; a rule that asks for a word which its key does not have is a bug,
 * and the sanitizer builds find it.
 */
#include <assert.h>

#include "instant.h"
#include "policy_form.h"
#include "policy_keys.h"

static struct policy_value defaults[POL_COUNT];
static struct arena defaults_arena; /* until the end of the process */

void
policy_init(struct policy *p)
{
	struct str why = { 0 };

	for (enum policy_key k = POL_NONE + 1; k < POL_COUNT; k++) {
		if (defaults[k].count == 0 &&
		    !policy_value_parse(k, slice_of(policy_info(k)->init),
			&defaults_arena, &defaults[k], &why))
			assert(!"a default of the table is no value");
		p->value[k] = &defaults[k];
	}
	p->value[POL_NONE] = NULL;
	str_free(&why);
}

static bool
read_member(struct policy *p, struct arena *a, const struct json *member,
    struct str *why)
{
	enum policy_key key = policy_key_find(member->key);

	if (key == POL_NONE) {
		str_addf(
		    why, "unknown policy key '%.*s'", SLICE_ARG(member->key));
		return false;
	}
	if (member->type != JSON_STRING) {
		str_addf(why, "%s is no text", policy_key_name(key));
		return false;
	}
	return policy_set(p, a, key, member->text, NULL, why);
}

bool
policy_read(struct policy *p, struct arena *a, const struct json *object,
    struct str *why)
{
	const struct json *m;

	if (json_is_null(object))
		return true;
	if (object->type != JSON_OBJECT) {
		str_adds(why, "a policy is no object");
		return false;
	}
	for (m = object->child; m != NULL; m = m->next)
		if (!read_member(p, a, m, why))
			return false;
	return true;
}

#ifdef CALSYNC_SANITIZED
static bool
has_word(enum policy_key key, const char *word)
{
	const char *allowed = policy_info(key)->allowed;
	struct slice one;

	for (size_t n = 0;; n++) {
		one = policy_alternative(allowed, n);
		if (one.data == NULL || slice_is(one, word))
			return one.data != NULL;
	}
}
#endif

bool
policy_is(const struct policy *p, enum policy_key key, const char *word)
{
#ifdef CALSYNC_SANITIZED
	assert(has_word(key, word));
#endif
	return slice_is(p->value[key]->text, word);
}

bool
policy_yes(const struct policy *p, enum policy_key key)
{
	assert(policy_info(key)->type == POLICY_YESNO);
	return slice_is(p->value[key]->text, "yes");
}

const struct policy_item *
policy_item(const struct policy *p, enum policy_key key, size_t i)
{
	const struct policy_value *v = p->value[key];

	return i < v->count ? &v->item[i] : NULL;
}

bool
policy_lists(const struct policy *p, enum policy_key key, struct slice item)
{
	const struct policy_item *i;

	for (size_t n = 0; (i = policy_item(p, key, n)) != NULL; n++)
		if (!i->left_out && policy_same_name(i->text, item))
			return true;
	return false;
}

bool
policy_selects(const struct policy *p, enum policy_key key, struct slice name)
{
	const struct policy_item *i;
	bool found = false;

	for (size_t n = 0; (i = policy_item(p, key, n)) != NULL; n++) {
		if (i->left_out && policy_same_name(i->name, name))
			return false;
		found |= !i->left_out && (slice_is(i->text, "all") ||
					     policy_same_name(i->name, name));
	}
	return found;
}

const struct policy_item *
policy_item_of(
    const struct policy *p, enum policy_key key, enum policy_item_kind kind)
{
	const struct policy_item *i;

	for (size_t n = 0; (i = policy_item(p, key, n)) != NULL; n++)
		if (i->kind == kind)
			return i;
	return NULL;
}

int64_t
policy_number(const struct policy *p, enum policy_key key)
{
	assert(policy_info(key)->type == POLICY_NUMBER ||
	       policy_info(key)->type == POLICY_TIME);
	return p->value[key]->item[0].number;
}

struct slice
policy_text(const struct policy *p, enum policy_key key)
{
	const struct policy_item *i = p->value[key]->item;

	return i->kind == ITEM_WORD ? NO_SLICE : i->text;
}

struct slice
policy_value_text(const struct policy *p, enum policy_key key)
{
	return p->value[key]->text;
}

void
policy_line(const struct policy *p, enum policy_key key, struct str *out)
{
	str_adds(out, policy_key_name(key));
	str_adds(out, " = ");
	str_add_slice(out, p->value[key]->text);
}

int64_t
policy_delete_max(const struct policy *p, enum policy_key key, int64_t links)
{
	const struct policy_item *i;
	int64_t max = 0, one;

	for (size_t n = 0; (i = policy_item(p, key, n)) != NULL; n++) {
		one = i->kind == ITEM_PERCENT ? links * i->number / 100
					      : i->number;
		max = one > max ? one : max;
	}
	return max;
}
