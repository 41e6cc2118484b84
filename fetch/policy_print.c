/*
 * policy_print: a column is as wide as its widest entry, so that values of any
 * length stay in line; explanations are wrapped at the width of a page.
 */
#include <stdio.h>

#include "json.h"
#include "policy_keys.h"
#include "policy_print.h"

#define PAGE_WIDTH  78
#define VALUE_WIDTH 50 /* longer values push the origin to the right */
#define INDENT	    "    "

static const char *
origin(const struct policy *p, enum policy_key key)
{
	return p->value[key]->origin ? p->value[key]->origin : "default";
}

static void
put_line(struct str *line)
{
	str_addc(line, '\n');
	fwrite(line->data, 1, line->len, stdout);
	str_reset(line);
}

static void
print_value_json(const struct policy *p, enum policy_key key, struct str *line)
{
	struct jsonw w;

	jw_start(&w, line);
	jw_object(&w, NULL);
	jw_cstr(&w, "key", policy_key_name(key));
	jw_str(&w, "value", policy_value_text(p, key));
	jw_cstr(&w, "origin", origin(p, key));
	jw_end(&w);
	put_line(line);
}

static int
widest_name(void)
{
	size_t width = 0, n;

	for (enum policy_key k = POL_NONE + 1; k < POL_COUNT; k++) {
		n = slice_of(policy_key_name(k)).len;
		width = n > width ? n : width;
	}
	return (int)width;
}

static int
widest_value(const struct policy *p, const bool wanted[POL_COUNT])
{
	size_t width = 5, n;

	for (enum policy_key k = POL_NONE + 1; k < POL_COUNT; k++) {
		n = policy_value_text(p, k).len;
		if (wanted[k] && n > width)
			width = n;
	}
	return (int)(width < VALUE_WIDTH ? width : VALUE_WIDTH);
}

void
policy_print_values(
    const struct policy *p, const bool wanted[POL_COUNT], bool as_json)
{
	int name = widest_name(), value = widest_value(p, wanted);
	struct str line = { 0 };

	if (!as_json)
		printf("%-*s  %-*s  ORIGIN\n", name, "KEY", value, "VALUE");
	for (enum policy_key k = POL_NONE + 1; k < POL_COUNT; k++) {
		if (!wanted[k])
			continue;
		if (as_json)
			print_value_json(p, k, &line);
		else
			printf("%-*s  %-*.*s  %s\n", name, policy_key_name(k),
			    value, SLICE_ARG(policy_value_text(p, k)),
			    origin(p, k));
	}
	str_free(&line);
}

static const char *
user_may(enum policy_user_may user)
{
	static const char *const texts[] = {
		[USER_NO] = "no",
		[USER_NARROW] = "narrow",
		[USER_YES] = "yes",
	};

	return texts[user];
}

static void
print_key_json(enum policy_key key, struct str *line)
{
	const struct policy_info *k = policy_info(key);
	struct jsonw w;

	jw_start(&w, line);
	jw_object(&w, NULL);
	jw_cstr(&w, "key", k->name);
	jw_cstr(&w, "group", policy_heading(key));
	jw_cstr(&w, "type", policy_type_name(k->type));
	jw_cstr(&w, "allowed", k->allowed);
	jw_cstr(&w, "default", k->init);
	jw_cstr(&w, "scope", k->user == USER_NO ? "org" : "both");
	jw_cstr(&w, "user_may", user_may(k->user));
	jw_cstr(&w, "meaning", k->meaning);
	jw_cstr(&w, "requirements", k->serves);
	jw_bool(&w, "later", k->flag == KEY_LATER);
	jw_end(&w);
	put_line(line);
}

static void
print_wrapped(struct slice text)
{
	struct slice word;
	size_t column = 0;

	while (text.data != NULL) {
		word = slice_cut(text, ' ', &text);
		if (column > 0 && column + 1 + word.len > PAGE_WIDTH) {
			putchar('\n');
			column = 0;
		}
		printf("%s%.*s", column == 0 ? INDENT : " ", SLICE_ARG(word));
		column += word.len + (column == 0 ? sizeof INDENT - 1 : 1);
	}
	putchar('\n');
}

static void
print_key(enum policy_key key, struct str *line)
{
	const struct policy_info *k = policy_info(key);

	printf("%s = %s\n", k->name, k->init);
	str_addf(line, "%s: %s", policy_type_name(k->type), k->allowed);
	if (k->user != USER_NO)
		str_addf(line, "; users: %s", user_may(k->user));
	if (k->flag == KEY_LATER)
		str_adds(line, "; not yet: only the default is accepted");
	print_wrapped(str_slice(line));
	print_wrapped(slice_of(k->meaning));
	str_reset(line);
}

/* What an administrator has to know before such a value is tried. */
static const char *
caution(enum policy_key key)
{
	static const enum policy_key mails[] = { POL_DIRECTION_EVENTS,
		POL_DIRECTION_PUBLIC, POL_ATTENDEES_TO_GRAPH,
		POL_ATTENDEES_TO_GRAPH_PAST, POL_ATTENDEES_TRIGGER,
		POL_MAIL_ALLOW, POL_MAIL_PAST, POL_MAIL_PER_RUN,
		POL_MAIL_PER_MAILBOX, POL_MAIL_PER_PERSON, POL_BACKFILL_OUT,
		POL_INTERNAL_MODE, POL_PRIVATE_MODE };
	static const enum policy_key deletes[] = { POL_DELETE_TO_CRM,
		POL_DELETE_TO_GRAPH, POL_DELETE_MAX, POL_DELETE_MAX_DAY,
		POL_UNMARK_TO_CRM };

	for (size_t i = 0; i < sizeof mails / sizeof *mails; i++)
		if (mails[i] == key)
			return "Can let mails out: calsync plan shows whom";
	for (size_t i = 0; i < sizeof deletes / sizeof *deletes; i++)
		if (deletes[i] == key)
			return "Counts for what is deleted from now on";
	return NULL;
}

static void
print_difference(const struct policy *from, const struct policy *to,
    enum policy_key key, struct str *line)
{
	const struct policy *side[] = { from, to };
	const char *careful = caution(key);

	printf("%s\n", policy_key_name(key));
	for (int i = 0; i < 2; i++)
		printf("  %c %.*s  (%s)\n", i == 0 ? '-' : '+',
		    SLICE_ARG(policy_value_text(side[i], key)),
		    origin(side[i], key));
	str_adds(line, policy_info(key)->meaning);
	if (careful != NULL)
		str_addf(line, ". %s", careful);
	print_wrapped(str_slice(line));
	str_reset(line);
}

static void
print_difference_json(const struct policy *from, const struct policy *to,
    enum policy_key key, struct str *line)
{
	struct jsonw w;

	jw_start(&w, line);
	jw_object(&w, NULL);
	jw_cstr(&w, "key", policy_key_name(key));
	jw_str(&w, "from", policy_value_text(from, key));
	jw_cstr(&w, "from_origin", origin(from, key));
	jw_str(&w, "to", policy_value_text(to, key));
	jw_cstr(&w, "to_origin", origin(to, key));
	jw_cstr(&w, "meaning", policy_info(key)->meaning);
	jw_cstr(&w, "caution", caution(key));
	jw_end(&w);
	put_line(line);
}

size_t
policy_print_difference(
    const struct policy *from, const struct policy *to, bool as_json)
{
	struct str line = { 0 };
	size_t count = 0;

	for (enum policy_key k = POL_NONE + 1; k < POL_COUNT; k++) {
		if (slice_eq(
			policy_value_text(from, k), policy_value_text(to, k)))
			continue;
		count++;
		if (as_json)
			print_difference_json(from, to, k, &line);
		else
			print_difference(from, to, k, &line);
	}
	str_free(&line);
	return count;
}

void
policy_print_keys(const bool wanted[POL_COUNT], bool as_json)
{
	struct str line = { 0 };

	for (enum policy_key k = POL_NONE + 1; k < POL_COUNT; k++) {
		if (!wanted[k])
			continue;
		if (as_json)
			print_key_json(k, &line);
		else
			print_key(k, &line);
	}
	str_free(&line);
}
