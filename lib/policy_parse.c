/*
 * policy_parse: a text becomes a value.  Lists are split at commas, everything
 * else is one item.  A list in which order does not count is sorted, so that
 * two policies that mean the same are the same.
 */
#include "policy_form.h"
#include "policy_keys.h"
#include "utf8.h"

#define SHOWN_MAX 60 /* bytes of a wrong value that a message quotes */

static bool
is_list(const struct policy_info *k)
{
	return k->type == POLICY_LIST || k->type == POLICY_LIMIT;
}

static bool
refuse(struct str *why, const struct policy_info *k, struct slice text)
{
	struct slice shown = { text.data, utf8_prefix(text, SHOWN_MAX) };

	if (text.len == 0)
		str_addf(why, "a value of %s is missing", k->name);
	else if (!policy_is_printable(text))
		str_addf(why, "a value of %s is no readable text", k->name);
	else
		str_addf(why, "'%.*s%s' is no value of %s", SLICE_ARG(shown),
		    shown.len < text.len ? "..." : "", k->name);
	str_addf(why, "; allowed%s: %s", is_list(k) ? " is a list of" : "",
	    k->allowed);
	return false;
}

/* `none`, `all`, `unlimited`: words that say everything by themselves. */
static bool
stands_alone(const struct policy_item *i)
{
	return i->kind == ITEM_WORD &&
	       (slice_is(i->text, "none") || slice_is(i->text, "all") ||
		   slice_is(i->text, "unlimited"));
}

bool
policy_same_name(struct slice a, struct slice b)
{
	if (a.len != b.len)
		return false;
	for (size_t n = 0; n < a.len; n++)
		if (ascii_lower(a.data[n]) != ascii_lower(b.data[n]))
			return false;
	return true;
}

/* What two items of one list must not be to each other. */
static const char *
clash(const struct policy_info *k, const struct policy_item *a,
    const struct policy_item *b)
{
	bool all = slice_is(a->text, "all") || slice_is(b->text, "all");

	if (policy_same_name(a->name, b->name) && a->kind == b->kind)
		return "stands twice";
	if (stands_alone(a) || stands_alone(b))
		return all && (a->left_out || b->left_out)
			   ? NULL
			   : "stands beside a word that says it all";
	if (k->type == POLICY_LIMIT && a->kind == b->kind)
		return "is a second one of its kind";
	return NULL;
}

static bool
check_list(
    const struct policy_info *k, const struct policy_value *v, struct str *why)
{
	const char *what;
	bool all = false, left_out = false;

	for (size_t n = 0; n < v->count; n++) {
		all |= slice_is(v->item[n].text, "all");
		left_out |= v->item[n].left_out;
		for (size_t m = 0; m < n; m++) {
			what = clash(k, &v->item[m], &v->item[n]);
			if (what == NULL)
				continue;
			str_addf(why, "in %s, '%.*s' %s", k->name,
			    SLICE_ARG(v->item[n].text), what);
			return false;
		}
	}
	if (left_out && !all)
		str_addf(why,
		    "%s leaves out with ! but does not begin with all",
		    k->name);
	return all || !left_out;
}

static int
item_cmp(const struct policy_item *a, const struct policy_item *b)
{
	if (a->place != b->place)
		return a->place < b->place ? -1 : 1;
	return slice_cmp(a->text, b->text);
}

static void
sort_items(struct policy_item *item, size_t count)
{
	struct policy_item one;
	size_t m;

	for (size_t n = 1; n < count; n++) {
		one = item[n];
		for (m = n; m > 0 && item_cmp(&one, &item[m - 1]) < 0; m--)
			item[m] = item[m - 1];
		item[m] = one;
	}
}

static struct slice
canonical_text(const struct policy_value *v, struct arena *a)
{
	struct str s = { 0 };
	struct slice text;

	if (v->count == 1)
		return v->item[0].text;
	for (size_t n = 0; n < v->count; n++) {
		str_adds(&s, n > 0 ? ", " : "");
		str_add_slice(&s, v->item[n].text);
	}
	text = (struct slice){ arena_copy(a, s.data, s.len), s.len };
	str_free(&s);
	return text;
}

static size_t
count_items(const struct policy_info *k, struct slice text)
{
	size_t count = 1;

	for (size_t n = 0; n < text.len && is_list(k); n++)
		count += text.data[n] == ',';
	return count;
}

static bool
read_items(const struct policy_info *k, struct slice text, struct arena *a,
    struct policy_value *v, struct str *why)
{
	size_t count = count_items(k, text);
	struct policy_item *item;
	struct slice rest = text, one;

	if (count > POLICY_ITEMS_MAX) {
		str_addf(why, "%s has more than %d items", k->name,
		    POLICY_ITEMS_MAX);
		return false;
	}
	v->item = item = arena_array(a, count, sizeof *item);
	for (v->count = 0; v->count < count; v->count++) {
		one = is_list(k) ? slice_cut(rest, ',', &rest) : rest;
		one = slice_trim(one);
		if (!policy_form_item(k->allowed, one, a, &item[v->count]))
			return refuse(why, k, one);
	}
	if (is_list(k) && k->flag != KEY_ORDERED)
		sort_items(item, count);
	return check_list(k, v, why);
}

bool
policy_value_parse(enum policy_key key, struct slice text, struct arena *a,
    struct policy_value *v, struct str *why)
{
	const struct policy_info *k = policy_info(key);

	*v = (struct policy_value){ 0 };
	text = slice_trim(text);
	if (text.len > POLICY_TEXT_MAX) {
		str_addf(why, "the value of %s is longer than %zu bytes",
		    k->name, POLICY_TEXT_MAX);
		return false;
	}
	if (!read_items(k, text, a, v, why))
		return false;
	v->text = canonical_text(v, a);
	if (slice_is(v->text, k->init))
		return true;
	if (k->flag == KEY_LATER)
		str_addf(why,
		    "%s = %.*s: not yet; the one value of this version is %s",
		    k->name, SLICE_ARG(v->text), k->init);
	else
		return true;
	return false;
}

bool
policy_set(struct policy *p, struct arena *a, enum policy_key key,
    struct slice text, const char *origin, struct str *why)
{
	struct policy_value *v = arena_alloc(a, sizeof *v);

	if (!policy_value_parse(key, text, a, v, why))
		return false;
	v->origin = origin;
	p->value[key] = v;
	return true;
}
