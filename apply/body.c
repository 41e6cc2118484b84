/*
 * body: where a join block begins and ends is guessed from its looks, since
 * Teams has changed them often; then the result is read as any reader would,
 * and taken only if the block is seen as one and the text has not changed.
 */
#include <string.h>

#include "body.h"
#include "bounds.h"
#include "canon_html.h"
#include "canon_text.h"

#define CLASS	      "me-email-text"
#define SEPARATOR_MIN 20

void
body_write(struct slice text, struct str *out)
{
	size_t i;
	char c;

	for (i = 0; i < text.len; i++) {
		c = text.data[i];
		if (c == '\n')
			str_adds(out, "<br>");
		else if (c == ' ' && (i == 0 || text.data[i - 1] == '\n' ||
					 text.data[i - 1] == ' '))
			str_adds(out, "&nbsp;");
		else if (c == '&')
			str_adds(out, "&amp;");
		else if (c == '<')
			str_adds(out, "&lt;");
		else if (c == '>')
			str_adds(out, "&gt;");
		else
			str_addc(out, c);
	}
}

/* Where `word` stands at or behind `from`; html.len: nowhere. */
static size_t
find(struct slice html, size_t from, const char *word)
{
	size_t n = strlen(word);

	for (; from + n <= html.len; from++)
		if (memcmp(html.data + from, word, n) == 0)
			return from;
	return html.len;
}

static size_t
find_join(struct slice html)
{
	static const char *const links[] = { "/l/meetup-join/",
		"://teams.microsoft.com/meet/", "://teams.live.com/meet/",
		"://gov.teams.microsoft.us/meet/",
		"://dod.teams.microsoft.us/meet/",
		"://teams.microsoftonline.cn/meet/", "://meet.lync.com/",
		"://join.skype.com/" };
	size_t i, at, first = html.len;

	for (i = 0; i < sizeof links / sizeof links[0]; i++) {
		at = find(html, 0, links[i]);
		if (at < first)
			first = at;
	}
	return first;
}

/* The beginning of the tag that holds byte `at`. */
static size_t
tag_start(struct slice html, size_t at)
{
	while (at > 0 && html.data[at] != '<')
		at--;
	return at;
}

static bool
is_name_char(char c)
{
	c = ascii_lower(c);
	return (c >= 'a' && c <= 'z') || ascii_is_digit(c);
}

/* The name of the tag that begins at `at`, without a slash. */
static struct slice
tag_name(struct slice html, size_t at)
{
	struct slice name = { html.data + at + 1, 0 };

	if (at + 1 < html.len && name.data[0] == '/')
		name.data++;
	while (name.data + name.len < html.data + html.len &&
	       is_name_char(name.data[name.len]))
		name.len++;
	return name;
}

static bool
same_name(struct slice a, struct slice b)
{
	size_t i;

	if (a.len != b.len)
		return false;
	for (i = 0; i < a.len; i++)
		if (ascii_lower(a.data[i]) != ascii_lower(b.data[i]))
			return false;
	return true;
}

/* Behind the end tag of the element that begins at `at`; 0: it has none. */
static size_t
element_end(struct slice html, size_t at)
{
	struct slice name = tag_name(html, at);
	size_t depth = 0, close;

	for (; at < html.len; at++) {
		if (html.data[at] != '<' ||
		    !same_name(tag_name(html, at), name))
			continue;
		close = find(html, at, ">");
		if (close == html.len)
			return 0;
		if (html.data[at + 1] != '/')
			depth++;
		else if (--depth == 0)
			return close + 1;
		at = close;
	}
	return 0;
}

/* The last line of underscores before `end`; html.len: none. */
static size_t
separator_before(struct slice html, size_t end)
{
	size_t i, run = 0, found = html.len;

	for (i = 0; i < end; i++) {
		run = html.data[i] == '_' ? run + 1 : 0;
		if (run == SEPARATOR_MIN)
			found = i + 1 - run;
	}
	return found;
}

/* Back over the tags that stand directly before `at`, but for what holds all. */
static size_t
back_over_tags(struct slice html, size_t at)
{
	size_t start = at, open, i = at;

	for (;;) {
		while (i > 0 && ascii_is_space(html.data[i - 1]))
			i--;
		if (i == 0 || html.data[i - 1] != '>')
			return start;
		open = tag_start(html, i - 1);
		if (html.data[open] != '<' || html.data[open + 1] == '/' ||
		    slice_is_nocase(tag_name(html, open), "body"))
			return start;
		start = i = open;
	}
}

static size_t
body_end(struct slice html)
{
	size_t at = find(html, 0, "</body>");

	return at < html.len ? at : find(html, 0, "</BODY>");
}

/* The element with Teams' class: it says by itself where it ends. */
static struct slice
block_by_class(struct slice html)
{
	size_t at = find(html, 0, CLASS), start, end;

	if (at == html.len)
		return NO_SLICE;
	start = tag_start(html, at);
	end = html.data[start] == '<' ? element_end(html, start) : 0;
	if (end == 0)
		return NO_SLICE;
	return (struct slice){ html.data + start, end - start };
}

/* From a line of underscores above the link to the end of the body. */
static struct slice
block_by_lines(struct slice html)
{
	size_t join = find_join(html), line, start, end = body_end(html);

	if (join == html.len || end < join)
		return NO_SLICE;
	line = separator_before(html, join);
	if (line == html.len)
		return NO_SLICE;
	start = back_over_tags(html, line);
	return (struct slice){ html.data + start, end - start };
}

static bool
reads_as(struct slice html, struct text *t, struct str *out)
{
	text_start(t);
	if (!html_read(html, t))
		return false;
	out->max = 2 * LINE_MAX_BYTES;
	text_finish(t, out);
	return true;
}

/* The block adds nothing to the text, and holds the link. */
static bool
is_seen_as_block(struct slice plain, struct slice all, struct slice block)
{
	struct text t = { 0 };
	struct str a = { 0 }, b = { 0 };
	bool same = find_join(block) < block.len && reads_as(plain, &t, &a) &&
		    reads_as(all, &t, &b) &&
		    slice_eq(str_slice(&a), str_slice(&b));

	text_free(&t);
	str_free(&a);
	str_free(&b);
	return same;
}

static bool
try_block(struct slice plain, struct slice block, struct str *all)
{
	str_reset(all);
	str_add_slice(all, plain);
	if (block.data == NULL)
		return false;
	str_add_slice(all, block);
	return is_seen_as_block(plain, str_slice(all), block);
}

bool
body_write_with_block(struct slice text, struct slice html, struct str *out)
{
	struct str plain = { .max = 8 * LINE_MAX_BYTES };
	struct str all = { .max = 16 * LINE_MAX_BYTES };
	bool found;

	str_add(&plain, "", 0);
	body_write(text, &plain);
	found = try_block(str_slice(&plain), block_by_class(html), &all) ||
		try_block(str_slice(&plain), block_by_lines(html), &all);
	if (found)
		str_add_slice(out, str_slice(&all));
	str_free(&plain);
	str_free(&all);
	return found;
}
