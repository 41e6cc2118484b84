/*
 * canon_html_view: see the header.  Which elements break a line is decided by
 * the parsers; CSS is not looked at, and neither are images.  A link is written
 * "text <address>", unless the text is the address.
 */
#include <string.h>

#include "canon_html.h"
#include "canon_html_view.h"

void
view_start(struct view *v, struct text *t)
{
	v->text = t;
	v->depth = v->hidden = v->kept = v->link = 0;
}

/* Teams' class for its block; Exchange may put "x_" before it. */
static bool is_meeting(struct slice class)
{
	static const char name[] = "me-email-text";
	const size_t n = sizeof name - 1;
	const char *p = class.data;
	size_t left = class.len;

	for (; left >= n; p++, left--)
		if (memcmp(p, name, n) == 0)
			return true;
	return false;
}

/* An address that a reader could open: not a place in this page, a picture
 * or a program. */
static bool
is_address(struct slice href)
{
	static const char *const schemes[] = { "http:", "https:", "mailto:",
		"tel:", "ftp:", "sip:", "file:", "msteams:" };
	size_t i, n;

	for (i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
		n = strlen(schemes[i]);
		if (href.len > n &&
		    slice_is_nocase((struct slice){ href.data, n }, schemes[i]))
			return true;
	}
	return false;
}

static void
close_link(struct view *v)
{
	struct slice raw = str_slice(&v->text->raw), words, rest;
	struct slice href = str_slice(&v->href);

	v->link = 0;
	if (href.len == 0)
		return;
	words.data = raw.data + v->link_text;
	words.len = raw.len - v->link_text;
	words = slice_trim(words);
	slice_cut(href, ':', &rest);
	/* "mailto:" and "tel:" are seldom written out. */
	if (slice_eq(words, href) || slice_eq(words, rest))
		return;
	if (words.len > 0)
		text_gap(v->text);
	text_add(v->text, SLICE("<"));
	text_add(v->text, href);
	text_add(v->text, SLICE(">"));
}

static void
open_link(struct view *v, struct slice href)
{
	href = slice_trim(href);
	if (v->link != 0)
		close_link(v);
	v->link = v->depth;
	v->link_text = v->text->raw.len;
	str_reset(&v->href);
	if (is_address(href))
		str_add_slice(&v->href, href);
}

static void
begin_shown(struct view *v, enum effect effect, struct slice href)
{
	switch (effect) {
	case BLOCK:
		text_break(v->text);
		break;
	case BREAK:
		text_newline(v->text);
		break;
	case CELL:
		text_gap(v->text);
		break;
	case ITEM:
		text_bullet(v->text);
		break;
	case KEPT:
		text_break(v->text);
		if (v->kept == 0)
			v->kept = v->depth;
		break;
	case LINK:
		open_link(v, href);
		break;
	case HIDDEN:
	case INLINE:
		break;
	}
}

bool
view_begin(struct view *v, enum effect effect, const struct shown *shown)
{
	bool meeting;

	if (++v->depth > HTML_DEPTH_MAX)
		return false;
	if (v->hidden != 0)
		return true;
	meeting = is_meeting(shown->class);
	if (meeting)
		text_meeting(v->text);
	if (meeting || effect == HIDDEN)
		v->hidden = v->depth;
	else
		begin_shown(v, effect, shown->href);
	return true;
}

static void
end_shown(struct view *v, enum effect effect)
{
	if (v->kept == v->depth)
		v->kept = 0;
	if (v->link == v->depth)
		close_link(v);
	if (effect == BLOCK || effect == KEPT || effect == ITEM)
		text_break(v->text);
}

void
view_end(struct view *v, enum effect effect)
{
	if (v->hidden == v->depth)
		v->hidden = 0;
	else if (v->hidden == 0)
		end_shown(v, effect);
	if (v->depth > 0)
		v->depth--;
}

void
view_words(struct view *v, struct slice words)
{
	if (v->hidden != 0)
		return;
	if (v->kept != 0)
		text_add_kept(v->text, words);
	else
		text_add(v->text, words);
}

void
view_finish(struct view *v)
{
	if (v->link != 0)
		close_link(v);
}
