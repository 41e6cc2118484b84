/*
 * canon_html_guard: one look over the bytes of a body, before the parser.
 *
 * The tags are not really parsed.  Every place where one could begin is
 * tried, also inside of quotes and comments, so that nothing can hide behind
 * those; a budget keeps that linear.
 */
#include <string.h>

#include "canon_html.h"
#include "canon_html_guard.h"

#define BODY "<body>"

static bool
is_name(char c)
{
	char l = ascii_lower(c);

	return (l >= 'a' && l <= 'z') || ascii_is_digit(c) || c == ':' ||
	       c == '-' || c == '_' || c == '.';
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static const char *
skip_blanks(const char *p, const char *end)
{
	while (p < end && is_blank(*p))
		p++;
	return p;
}

static const char *
skip_name(const char *p, const char *end)
{
	while (p < end && is_name(*p))
		p++;
	return p;
}

static const char *
skip_word(const char *p, const char *end)
{
	while (p < end && !is_blank(*p) && *p != '>')
		p++;
	return p;
}

static const char *
skip_value(const char *p, const char *end)
{
	const char *close;

	if (p == end || (*p != '"' && *p != '\''))
		return skip_word(p, end);
	close = memchr(p + 1, *p, (size_t)(end - p) - 1);
	return close != NULL ? close + 1 : end;
}

/* Count the attributes of a tag as libxml2 reads them.  p stands behind the
 * tag's name; returns where the tag ends. */
static const char *
skip_attributes(const char *p, const char *end, size_t *count)
{
	const char *name;

	for (*count = 0; *count <= HTML_ATTRIBUTES_MAX; ++*count) {
		p = skip_blanks(p, end);
		if (p == end || *p == '>')
			break;
		name = p;
		p = skip_name(p, end);
		/* libxml2 cuts a name after 100 bytes and begins another. */
		*count += (size_t)(p - name) / 100;
		if (p == name) {
			p = skip_word(p, end);
			continue;
		}
		p = skip_blanks(p, end);
		if (p < end && *p == '=')
			p = skip_value(skip_blanks(p + 1, end), end);
	}
	return p;
}

bool
html_is_tame(struct slice html)
{
	const char *p = html.data, *end = p + html.len, *after;
	size_t budget = 16 * html.len + 65536, count, spent;

	while (p < end && (p = memchr(p, '<', (size_t)(end - p))) != NULL) {
		p++;
		if (p == end || !is_name(*p))
			continue;
		p = skip_name(p, end);
		after = skip_attributes(p, end, &count);
		spent = (size_t)(after - p);
		if (count > HTML_ATTRIBUTES_MAX || spent > budget)
			return false;
		budget -= spent;
	}
	return true;
}

/* The next "<![", or NULL. */
static const char *
find_condition(const char *p, const char *end)
{
	while (end - p >= 3) {
		p = memchr(p, '<', (size_t)(end - p) - 2);
		if (p == NULL || memcmp(p, "<![", 3) == 0)
			return p;
		p++;
	}
	return NULL;
}

static bool
has_body(const char *p, const char *end)
{
	for (; end - p >= 5; p++) {
		p = memchr(p, '<', (size_t)(end - p) - 4);
		if (p == NULL)
			return false;
		if (slice_is_nocase((struct slice){ p, 5 }, "<body"))
			return true;
	}
	return false;
}

struct slice
html_prepare(struct slice html, struct str *copy)
{
	const char *p = html.data, *end = p + html.len;
	const char *from = find_condition(p, end), *to;
	bool body = has_body(p, end);

	if (body && from == NULL)
		return html;
	str_reset(copy);
	copy->max = html.len + sizeof BODY;
	if (!body)
		str_adds(copy, BODY);
	while (from != NULL) {
		to = memchr(from, '>', (size_t)(end - from));
		if (to == NULL)
			break;
		str_add(copy, p, (size_t)(from - p));
		p = to - from >= 4 && to[-1] == '-' && to[-2] == '-' ? to - 2
								     : to + 1;
		from = find_condition(to, end);
	}
	str_add(copy, p, (size_t)(end - p));
	return str_slice(copy);
}
