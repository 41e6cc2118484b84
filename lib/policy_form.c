/*
 * policy_form: what an alternative in the table of keys stands for.  Each form
 * has a prefix that is written before it (`!`, `category:`) and a reader for
 * the rest; an alternative that is no form and no range is a word.
 *
 * Words that mean something elsewhere (`none`, `all` ...) are never a name: a
 * key that does not know `none` shall not look for a contact type of that name.
 */
#include <string.h>

#include "instant.h"
#include "policy_form.h"
#include "policy_keys.h"
#include "utf8.h"

/* Reads what follows the prefix: fills name, number or span; name becomes the
 * canonical text. */
typedef bool form_reader(
    struct slice s, struct arena *a, struct policy_item *i);

struct form {
	const char *name;
	const char *prefix;
	enum policy_item_kind kind;
	form_reader *read;
};

static bool
is_reserved(struct slice s)
{
	static const char *const words[] = { "none", "all", "off", "yes", "no",
		"unlimited", "never", "default" };

	for (size_t w = 0; w < sizeof words / sizeof words[0]; w++)
		if (slice_is_nocase(s, words[w]))
			return true;
	return false;
}

bool
policy_is_printable(struct slice s)
{
	for (size_t n = 0; n < s.len; n++)
		if ((unsigned char)s.data[n] < ' ' || s.data[n] == 0x7f)
			return false;
	return utf8_valid(s);
}

static struct slice
copied(struct arena *a, struct slice s)
{
	return (struct slice){ arena_copy(a, s.data, s.len), s.len };
}

static bool
read_text(struct slice s, struct arena *a, struct policy_item *i)
{
	if (s.len == 0 || s.len > POLICY_NAME_MAX || !policy_is_printable(s) ||
	    is_reserved(s))
		return false;
	i->name = copied(a, s);
	return true;
}

static bool
read_name(struct slice s, struct arena *a, struct policy_item *i)
{
	return !slice_starts(s, "!") && read_text(s, a, i);
}

static bool
read_url_text(struct slice s, struct arena *a, struct policy_item *i)
{
	for (size_t n = 0; n + 5 <= s.len; n++)
		if (memcmp(s.data + n, "{url}", 5) == 0)
			return read_text(s, a, i);
	return false;
}

/* Lower case, no blanks, nothing that ends an address elsewhere. */
static bool
read_mail_part(struct slice s, struct arena *a, struct policy_item *i)
{
	char *p;

	if (s.len == 0 || s.len > POLICY_NAME_MAX || !policy_is_printable(s))
		return false;
	p = arena_copy(a, s.data, s.len);
	for (size_t n = 0; n < s.len; n++) {
		if (p[n] == ' ' || strchr("<>\"(),;:", p[n]) != NULL)
			return false;
		p[n] = ascii_lower(p[n]);
	}
	i->name = (struct slice){ p, s.len };
	return true;
}

static bool
read_domain(struct slice s, struct arena *a, struct policy_item *i)
{
	return s.len > 0 && memchr(s.data, '@', s.len) == NULL &&
	       read_mail_part(s, a, i);
}

static bool
read_address(struct slice s, struct arena *a, struct policy_item *i)
{
	struct slice domain, local = slice_cut(s, '@', &domain);

	return local.len > 0 && domain.len > 0 &&
	       memchr(domain.data, '@', domain.len) == NULL &&
	       read_mail_part(s, a, i);
}

static struct slice
number_text(struct arena *a, int64_t number, const char *unit)
{
	struct str s = { 0 };
	struct slice text;

	str_addf(&s, "%lld%s", (long long)number, unit);
	text = copied(a, str_slice(&s));
	str_free(&s);
	return text;
}

static bool
read_span(struct slice s, struct arena *a, struct policy_item *i)
{
	if (!policy_span_parse(s, &i->span))
		return false;
	i->name = number_text(a, i->span.count, policy_unit_name(i->span.unit));
	return true;
}

static bool
read_date(struct slice s, struct arena *a, struct policy_item *i)
{
	int32_t days;

	if (!date_parse(s, &days))
		return false;
	i->number = days;
	i->name = copied(a, s);
	return true;
}

static bool
read_count(struct slice s, struct arena *a, struct policy_item *i)
{
	if (!slice_int64(s, 0, 1000000000, &i->number))
		return false;
	i->name = number_text(a, i->number, "");
	return true;
}

static bool
read_percent(struct slice s, struct arena *a, struct policy_item *i)
{
	struct slice digits = { s.data, s.len > 0 ? s.len - 1 : 0 };

	if (!slice_ends(s, "%") || !slice_int64(digits, 0, 100, &i->number))
		return false;
	i->name = number_text(a, i->number, "%");
	return true;
}

static bool
read_time(struct slice s, struct arena *a, struct policy_item *i)
{
	struct slice minutes, hours = slice_cut(s, ':', &minutes);
	int64_t h, m;

	if (hours.len != 2 || minutes.len != 2 ||
	    !slice_int64(hours, 0, 23, &h) || !slice_int64(minutes, 0, 59, &m))
		return false;
	i->number = h * 60 + m;
	i->name = copied(a, s);
	return true;
}

static const struct form forms[] = {
	{ "NAME", "", ITEM_NAME, read_name },
	{ "!NAME", "!", ITEM_NAME, read_name },
	{ "TEXT", "", ITEM_TEXT, read_text },
	{ "TEXT {url}", "", ITEM_TEXT, read_url_text },
	{ "DURATION", "", ITEM_SPAN, read_span },
	{ "enabled-DURATION", "enabled-", ITEM_ENABLED, read_span },
	{ "longer:DURATION", "longer:", ITEM_SPAN, read_span },
	{ "YYYY-MM-DD", "", ITEM_DATE, read_date },
	{ "HH:MM", "", ITEM_TIME, read_time },
	{ "COUNT", "", ITEM_NUMBER, read_count },
	{ "PERCENT%", "", ITEM_PERCENT, read_percent },
	{ "ADDRESS", "", ITEM_ADDRESS, read_address },
	{ "@DOMAIN", "@", ITEM_DOMAIN, read_domain },
	{ "category:NAME", "category:", ITEM_CATEGORY, read_name },
	{ "subject:WORD", "subject:", ITEM_SUBJECT, read_name },
	{ "folder:NAME", "folder:", ITEM_FOLDER, read_name },
};

static const struct form *
form_of(struct slice alternative)
{
	for (size_t f = 0; f < sizeof forms / sizeof forms[0]; f++)
		if (slice_is(alternative, forms[f].name))
			return &forms[f];
	return NULL;
}

/* "1min..1d", "0..365", "1..": numbers or durations, both ends included. */
static bool
read_range(
    struct slice range, struct slice s, struct arena *a, struct policy_item *i)
{
	struct slice high, low = slice_cut(range, '.', &high);
	struct policy_span least, most;
	int64_t min, max = INT64_MAX - 1;

	high = (struct slice){ high.data + 1, high.len - 1 };
	if (policy_span_parse(low, &least) && policy_span_parse(high, &most)) {
		i->kind = ITEM_SPAN;
		return read_span(s, a, i) &&
		       policy_span_within(i->span, least, most);
	}
	i->kind = ITEM_NUMBER;
	return slice_int64(low, 0, max, &min) &&
	       (high.len == 0 || slice_int64(high, min, max, &max)) &&
	       read_count(s, a, i) && i->number >= min && i->number <= max;
}

static bool
is_range(struct slice s)
{
	struct slice rest, low = slice_cut(s, '.', &rest);

	return low.len > 0 && ascii_is_digit(low.data[0]) &&
	       slice_starts(rest, ".");
}

static void
put_text(struct policy_item *i, const char *prefix, struct arena *a)
{
	struct str s = { 0 };

	str_adds(&s, prefix);
	str_add_slice(&s, i->name);
	i->text = copied(a, str_slice(&s));
	str_free(&s);
}

static bool
read_form(const struct form *f, struct slice text, struct arena *a,
    struct policy_item *i)
{
	size_t n = strlen(f->prefix);
	struct slice rest;

	if (!slice_starts(text, f->prefix))
		return false;
	rest = slice_trim((struct slice){ text.data + n, text.len - n });
	i->kind = f->kind;
	i->left_out = strcmp(f->prefix, "!") == 0;
	if (!f->read(rest, a, i))
		return false;
	put_text(i, f->prefix, a);
	return true;
}

static bool
read_alternative(struct slice alternative, struct slice text, struct arena *a,
    struct policy_item *i)
{
	const struct form *f = form_of(alternative);

	if (f != NULL)
		return read_form(f, text, a, i);
	if (is_range(alternative)) {
		if (!read_range(alternative, text, a, i))
			return false;
		i->text = i->name;
		return true;
	}
	if (!slice_eq(alternative, text))
		return false;
	i->kind = ITEM_WORD;
	i->name = i->text = alternative;
	if (slice_is(text, "unlimited"))
		i->number = POLICY_UNLIMITED;
	return true;
}

bool
policy_form_item(const char *allowed, struct slice text, struct arena *a,
    struct policy_item *item)
{
	struct slice one;

	if (text.len == 0)
		return false;
	for (size_t place = 0;; place++) {
		one = policy_alternative(allowed, place);
		if (one.data == NULL)
			return false;
		*item = (struct policy_item){ .place = place };
		if (read_alternative(one, text, a, item))
			return true;
	}
}
