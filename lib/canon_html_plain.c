/*
 * canon_html_plain: one walk over the bytes.  Whatever is not expected gives
 * up: an element that is not listed or stands where libxml2 would close another
 * before it, a tag that is not in lower case, a value without double quotes, a
 * comment, an entity other than the usual ones, words outside of the body.
 *
 * A test and a fuzzer hold it to libxml2: where it does not give up, both make
 * the same text.
 */
#include <string.h>

#include "canon_html.h"
#include "canon_html_plain.h"

/* Outlook stays below 50. */
#define DEPTH_MAX 64

/* libxml2 stops after HTML_ERRORS_MAX things that it does not like, and a byte
 * may be one.  They are not counted here. */
#define PLAIN_MAX (HTML_ERRORS_MAX / 2)

enum place {
	ROOT = 1,
	HTML = 2,
	HEAD = 4,
	BODY = 8,
	DIV = 16,
	P = 32,
	ANCHOR = 64,
	FONT = 128, /* what a <p> would close */
	SPAN = 256,
	VOID = 512, /* it has no content and no end */
	RAW = 1024  /* its content is no HTML */
};

#define FLOW   (BODY | DIV | SPAN)
#define INSIDE (FLOW | P | ANCHOR | FONT)

/* An element and in which it may stand. */
struct element {
	struct slice name;
	enum effect effect;
	enum place place;
	unsigned in;
};

static const struct element elements[] = { { SLICE_INIT("div"), BLOCK, DIV,
					       FLOW },
	{ SLICE_INIT("br"), BREAK, VOID, INSIDE },
	{ SLICE_INIT("span"), INLINE, SPAN, INSIDE },
	{ SLICE_INIT("p"), BLOCK, P, BODY | DIV },
	{ SLICE_INIT("a"), LINK, ANCHOR, INSIDE & ~ANCHOR },
	{ SLICE_INIT("b"), INLINE, FONT, INSIDE },
	{ SLICE_INIT("i"), INLINE, FONT, INSIDE },
	{ SLICE_INIT("u"), INLINE, FONT, INSIDE },
	{ SLICE_INIT("font"), INLINE, SPAN, INSIDE },
	{ SLICE_INIT("strong"), INLINE, SPAN, INSIDE },
	{ SLICE_INIT("em"), INLINE, SPAN, INSIDE },
	{ SLICE_INIT("html"), INLINE, HTML, ROOT },
	{ SLICE_INIT("head"), HIDDEN, HEAD, HTML },
	{ SLICE_INIT("meta"), INLINE, VOID, HEAD },
	{ SLICE_INIT("style"), HIDDEN, RAW, HEAD },
	{ SLICE_INIT("body"), BLOCK, BODY, HTML } };

struct walk {
	const char *p, *end;
	struct view *view;
	unsigned depth;
	unsigned had; /* of HTML, HEAD and BODY: each stands once */
	const struct element *open[DEPTH_MAX];
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool
is_blank_text(struct slice s)
{
	while (s.len > 0 && is_blank(s.data[s.len - 1]))
		s.len--;
	return s.len == 0;
}

static bool
next_is(const struct walk *w, char c)
{
	return w->p < w->end && *w->p == c;
}

static bool
take(struct walk *w, char c)
{
	if (!next_is(w, c))
		return false;
	w->p++;
	return true;
}

static bool
take_blanks(struct walk *w)
{
	const char *start = w->p;

	while (w->p < w->end && is_blank(*w->p))
		w->p++;
	return w->p > start;
}

/* Of an element, or of an attribute as in xmlns:o and http-equiv. */
static struct slice
take_name(struct walk *w)
{
	const char *start = w->p;

	while (w->p < w->end &&
	       ((*w->p >= 'a' && *w->p <= 'z') || *w->p == '-' || *w->p == ':'))
		w->p++;
	return (struct slice){ start, (size_t)(w->p - start) };
}

static bool
take_value(struct walk *w, struct slice *value)
{
	const char *close;

	if (!take(w, '=') || !take(w, '"'))
		return false;
	close = memchr(w->p, '"', (size_t)(w->end - w->p));
	if (close == NULL)
		return false;
	*value = (struct slice){ w->p, (size_t)(close - w->p) };
	w->p = close + 1;
	return memchr(value->data, '<', value->len) == NULL;
}

/* A value that counts is as it stands there. */
static bool
keep_value(struct slice *kept, struct slice value)
{
	size_t i;

	for (i = 0; i < value.len; i++)
		if (value.data[i] < ' ' || value.data[i] > '~' ||
		    value.data[i] == '&')
			return false;
	if (kept->data == NULL)
		*kept = value;
	return true;
}

static bool
take_attribute(struct walk *w, struct shown *shown)
{
	struct slice name = take_name(w), value;

	if (name.len == 0 || name.len > 64 || !take_value(w, &value))
		return false;
	if (slice_is(name, "class"))
		return keep_value(&shown->class, value);
	if (slice_is(name, "href"))
		return keep_value(&shown->href, value);
	return true;
}

static bool
take_attributes(struct walk *w, struct shown *shown)
{
	int n;

	for (n = 0; take_blanks(w) && !next_is(w, '>') && !next_is(w, '/'); n++)
		if (n == HTML_ATTRIBUTES_MAX || !take_attribute(w, shown))
			return false;
	return true;
}

static const struct element *
find_element(struct slice name)
{
	size_t i;

	for (i = 0; i < sizeof elements / sizeof elements[0]; i++)
		if (slice_eq(elements[i].name, name))
			return &elements[i];
	return NULL;
}

static enum place
place(const struct walk *w)
{
	return w->depth == 0 ? ROOT : w->open[w->depth - 1]->place;
}

static bool
may_begin(struct walk *w, const struct element *e)
{
	if ((e->in & place(w)) == 0 || w->depth == DEPTH_MAX)
		return false;
	if ((e->place & (HTML | HEAD | BODY)) == 0)
		return true;
	/* Once, and no head behind the body. */
	if (w->had >= e->place)
		return false;
	w->had |= e->place;
	return true;
}

/* The content of a style sheet is left out; its end tag follows. */
static bool
skip_raw(struct walk *w)
{
	const char *close = memchr(w->p, '<', (size_t)(w->end - w->p));

	if (close != NULL)
		w->p = close;
	return close != NULL;
}

static bool
take_begin(struct walk *w)
{
	const struct element *e = find_element(take_name(w));
	struct shown shown = { NO_SLICE, NO_SLICE };

	if (e == NULL || !take_attributes(w, &shown) || !may_begin(w, e))
		return false;
	if (e->place == VOID)
		take(w, '/');
	if (!take(w, '>') || !view_begin(w->view, e->effect, &shown))
		return false;
	if (e->place == VOID)
		view_end(w->view, e->effect);
	else
		w->open[w->depth++] = e;
	return e->place != RAW || skip_raw(w);
}

static bool
take_end(struct walk *w)
{
	struct slice name = take_name(w);
	const struct element *e;

	if (w->depth == 0 || !take(w, '>'))
		return false;
	e = w->open[--w->depth];
	view_end(w->view, e->effect);
	return slice_eq(e->name, name);
}

/* The entity at p. */
static bool
take_entity(struct walk *w)
{
	static const char *const entities[][2] = { { "&nbsp;", "\xc2\xa0" },
		{ "&amp;", "&" }, { "&lt;", "<" }, { "&gt;", ">" },
		{ "&quot;", "\"" } };
	struct slice rest = { w->p, (size_t)(w->end - w->p) };
	size_t i;

	for (i = 0; i < sizeof entities / sizeof entities[0]; i++)
		if (slice_starts(rest, entities[i][0])) {
			view_words(w->view, slice_of(entities[i][1]));
			w->p += strlen(entities[i][0]);
			return true;
		}
	return false;
}

/* Words up to the next tag. */
static bool
take_words(struct walk *w, const char *end)
{
	struct slice words;
	const char *entity;

	while (w->p < end) {
		entity = memchr(w->p, '&', (size_t)(end - w->p));
		words.data = w->p;
		words.len = (size_t)((entity != NULL ? entity : end) - w->p);
		if ((place(w) & (ROOT | HTML | HEAD)) != 0 &&
		    (entity != NULL || !is_blank_text(words)))
			return false;
		view_words(w->view, words);
		w->p += words.len;
		if (entity != NULL && !take_entity(w))
			return false;
	}
	return true;
}

static bool
walk(struct walk *w)
{
	const char *tag;

	while (w->p < w->end) {
		tag = memchr(w->p, '<', (size_t)(w->end - w->p));
		if (!take_words(w, tag != NULL ? tag : w->end))
			return false;
		if (tag == NULL)
			break;
		w->p++;
		if (take(w, '/') ? !take_end(w) : !take_begin(w))
			return false;
	}
	return w->depth == 0 && (w->had & BODY) != 0;
}

bool
html_read_plain(struct slice html, struct view *v, struct text *t)
{
	struct walk w; /* the stack is written before it is read */

	if (html.len > PLAIN_MAX)
		return false;
	view_start(v, t);
	w.p = html.data;
	w.end = html.data + html.len;
	w.view = v;
	w.depth = w.had = 0;
	return walk(&w);
}
