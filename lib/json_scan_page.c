/*
 * json_scan_page: pages and single values on top of the strict scan.  A
 * server's odd item must not cost the page: where the strict scan stops, a
 * lenient one that knows only strings and brackets finds the item's end, and
 * the item is left to json_parse.
 */
#include <string.h>

#include "json_scan.h"

/* The byte behind a string whose first quote is at p; NULL: it is cut. */
static const char *
behind_string(const char *p, const char *end)
{
	for (p++; p < end; p++) {
		if (*p == '\\' && p + 1 < end)
			p++;
		else if (*p == '"')
			return p + 1;
	}
	return NULL;
}

/* The byte behind the value at p, by strings and brackets alone. */
static const char *
behind_value(const char *p, const char *end)
{
	size_t depth = 0;

	while (p < end) {
		if (*p == '"') {
			p = behind_string(p, end);
			if (p == NULL)
				return NULL;
			if (depth == 0)
				return p;
			continue;
		}
		if (depth == 0 && strchr(",]}", *p) != NULL)
			return p;
		if (*p == '{' || *p == '[')
			depth++;
		else if (*p == '}' || *p == ']')
			depth--;
		p++;
		if (depth == 0 && (p[-1] == '}' || p[-1] == ']'))
			return p;
	}
	return NULL;
}

/* Step over the value at *p and tell about it. */
static bool
take_value(const char **p, const char *end, struct scan_item *item,
    struct scan_member member[SCAN_MEMBERS_MAX])
{
	const char *start = *p;

	if (scan_strict(p, end, item, member))
		return true;
	*p = behind_value(start, end);
	*item = (struct scan_item){ .result = SCAN_CUT };
	if (*p == NULL || *p == start)
		return false;
	item->result = SCAN_DOUBTS;
	item->raw = (struct slice){ start, (size_t)(*p - start) };
	return true;
}

enum scan_result
scan_value(struct slice text, struct scan_item *item,
    struct scan_member member[SCAN_MEMBERS_MAX])
{
	const char *p, *end;

	text = slice_trim(text);
	p = text.data;
	end = p + text.len;
	if (text.len == 0 || !take_value(&p, end, item, member) || p != end)
		item->result = SCAN_CUT;
	return item->result;
}

struct slice
scan_get(const struct scan_item *item, const char *key)
{
	size_t i;

	for (i = 0; i < item->count; i++)
		if (slice_is(item->member[i].key, key))
			return item->member[i].raw;
	return NO_SLICE;
}

struct slice
scan_text(const struct scan_item *item, const char *key, bool *escaped)
{
	struct slice raw = scan_get(item, key);

	*escaped = false;
	if (raw.len < 2 || raw.data[0] != '"')
		return NO_SLICE;
	raw = (struct slice){ raw.data + 1, raw.len - 2 };
	*escaped = memchr(raw.data, '\\', raw.len) != NULL;
	return raw;
}

static const char *
skip_space(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r'))
		p++;
	return p;
}

/* Step over `c` and the space around it. */
static bool
take_char(const char **p, const char *end, char c)
{
	const char *at = skip_space(*p, end);

	if (at == end || *at != c)
		return false;
	*p = skip_space(at + 1, end);
	return true;
}

static bool
take_items(const char **p, const char *end, struct scan_page *page)
{
	struct scan_member member[SCAN_MEMBERS_MAX];
	struct scan_item item;

	page->has_array = true;
	if (!take_char(p, end, '['))
		return false;
	if (take_char(p, end, ']'))
		return true;
	for (;;) {
		if (*p == end || !take_value(p, end, &item, member))
			return false;
		page->item(page->ctx, &item);
		if (take_char(p, end, ']'))
			return true;
		if (!take_char(p, end, ','))
			return false;
	}
}

static bool
take_member(const char **p, const char *end, struct scan_page *page)
{
	struct scan_member member[SCAN_MEMBERS_MAX];
	struct scan_item item;
	struct slice key;

	if (*p == end || **p != '"' || !take_value(p, end, &item, member))
		return false;
	key = (struct slice){ item.raw.data + 1, item.raw.len - 2 };
	if (!take_char(p, end, ':') || *p == end)
		return false;
	if (**p == '[' && slice_is(key, page->array))
		return take_items(p, end, page);
	if (!take_value(p, end, &item, member))
		return false;
	page->member(page->ctx, key, item.raw);
	return true;
}

bool
scan_page(struct slice text, struct scan_page *page)
{
	const char *p = text.data, *end = p + text.len;

	page->has_array = false;
	if (text.len >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
		p += 3;
	if (!take_char(&p, end, '{'))
		return false;
	if (take_char(&p, end, '}'))
		return p == end;
	for (;;) {
		if (!take_member(&p, end, page))
			return false;
		if (take_char(&p, end, '}'))
			return p == end;
		if (!take_char(&p, end, ','))
			return false;
	}
}
