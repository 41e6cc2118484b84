/*
 * canon_html: libxml2's parser drives a text.
 *
 * Its SAX half is used: no tree is built, so memory does not grow with the
 * body.  Which elements break a line is decided here; CSS is not looked at,
 * and neither are images.  A link is written "text <address>", unless the
 * text is the address.
 *
 * The parser is made once and used again; it keeps every tag name that it has
 * ever seen, so it is made anew when they become many.
 */
#include <stdlib.h>
#include <string.h>

#include <libxml/HTMLparser.h>

#include "canon_html.h"
#include "canon_html_guard.h"
#include "exits.h"
#include "xalloc.h"

/* HTML and Word together have some 150 names. */
#define NAMES_MAX 2000

enum effect {
	BLOCK,	/* begins and ends lines */
	BREAK,	/* <br> */
	CELL,	/* apart from the cell before it */
	HIDDEN, /* not shown, with all that is in it */
	ITEM,	/* a list item */
	KEPT,	/* a block whose own newlines count */
	LINK,	/* <a> */
	INLINE	/* everything else */
};

struct reader {
	struct text *text;
	htmlParserCtxtPtr parser;
	unsigned depth;
	unsigned hidden;  /* depth of the outermost hidden element, or 0 */
	unsigned kept;	  /* depth of the outermost <pre>, or 0 */
	unsigned link;	  /* depth of the open link, or 0 */
	size_t link_text; /* where in the raw text its words begin */
	struct str href, copy;
	unsigned errors;
	bool refused;
};

static struct reader reader;

/* In ASCII order. */
static const struct tag {
	const char *name;
	enum effect effect;
} tags[] = { { "a", LINK }, { "address", BLOCK }, { "article", BLOCK },
	{ "aside", BLOCK }, { "blockquote", BLOCK }, { "body", BLOCK },
	{ "br", BREAK }, { "center", BLOCK }, { "dd", BLOCK }, { "dir", BLOCK },
	{ "div", BLOCK }, { "dl", BLOCK }, { "dt", BLOCK },
	{ "fieldset", BLOCK }, { "footer", BLOCK }, { "form", BLOCK },
	{ "h1", BLOCK }, { "h2", BLOCK }, { "h3", BLOCK }, { "h4", BLOCK },
	{ "h5", BLOCK }, { "h6", BLOCK }, { "head", HIDDEN },
	{ "header", BLOCK }, { "hr", BLOCK }, { "li", ITEM }, { "main", BLOCK },
	{ "menu", BLOCK }, { "nav", BLOCK }, { "ol", BLOCK }, { "p", BLOCK },
	{ "pre", KEPT }, { "script", HIDDEN }, { "section", BLOCK },
	{ "style", HIDDEN }, { "table", BLOCK }, { "td", CELL }, { "th", CELL },
	{ "title", HIDDEN }, { "tr", BLOCK }, { "ul", BLOCK },
	{ "xml", HIDDEN } };

static int
compare_tag(const void *name, const void *tag)
{
	return strcmp(name, ((const struct tag *)tag)->name);
}

static enum effect
effect_of(const xmlChar *name)
{
	const struct tag *t = bsearch(name, tags, sizeof tags / sizeof tags[0],
	    sizeof tags[0], compare_tag);

	return t != NULL ? t->effect : INLINE;
}

static void
refuse(struct reader *r)
{
	r->refused = true;
	xmlStopParser(r->parser);
}

static const char *
attribute(const xmlChar **attributes, const char *name)
{
	if (attributes == NULL)
		return NULL;
	for (; *attributes != NULL; attributes += 2)
		if (strcmp((const char *)attributes[0], name) == 0)
			return (const char *)attributes[1];
	return NULL;
}

/* Teams' class for its block; Exchange may put "x_" before it. */
static bool
is_meeting(const xmlChar **attributes)
{
	const char *name = attribute(attributes, "class");

	return name != NULL && strstr(name, "me-email-text") != NULL;
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
close_link(struct reader *r)
{
	struct slice raw = str_slice(&r->text->raw), words, rest;
	struct slice href = str_slice(&r->href);

	r->link = 0;
	if (href.len == 0)
		return;
	words.data = raw.data + r->link_text;
	words.len = raw.len - r->link_text;
	words = slice_trim(words);
	slice_cut(href, ':', &rest);
	/* "mailto:" and "tel:" are seldom written out. */
	if (slice_eq(words, href) || slice_eq(words, rest))
		return;
	if (words.len > 0)
		text_gap(r->text);
	text_add(r->text, SLICE("<"));
	text_add(r->text, href);
	text_add(r->text, SLICE(">"));
}

static void
open_link(struct reader *r, const xmlChar **attributes)
{
	struct slice href = slice_trim(slice_of(attribute(attributes, "href")));

	if (r->link != 0)
		close_link(r);
	r->link = r->depth;
	r->link_text = r->text->raw.len;
	str_reset(&r->href);
	if (is_address(href))
		str_add_slice(&r->href, href);
}

static void
begin_shown(struct reader *r, enum effect effect, const xmlChar **attributes)
{
	switch (effect) {
	case BLOCK:
		text_break(r->text);
		break;
	case BREAK:
		text_newline(r->text);
		break;
	case CELL:
		text_gap(r->text);
		break;
	case ITEM:
		text_bullet(r->text);
		break;
	case KEPT:
		text_break(r->text);
		if (r->kept == 0)
			r->kept = r->depth;
		break;
	case LINK:
		open_link(r, attributes);
		break;
	case HIDDEN:
	case INLINE:
		break;
	}
}

static void
on_begin(void *data, const xmlChar *name, const xmlChar **attributes)
{
	struct reader *r = data;
	enum effect effect = effect_of(name);
	bool meeting;

	if (++r->depth > HTML_DEPTH_MAX) {
		refuse(r);
		return;
	}
	if (r->hidden != 0)
		return;
	meeting = is_meeting(attributes);
	if (meeting)
		text_meeting(r->text);
	if (meeting || effect == HIDDEN)
		r->hidden = r->depth;
	else
		begin_shown(r, effect, attributes);
}

static void
end_shown(struct reader *r, enum effect effect)
{
	if (r->kept == r->depth)
		r->kept = 0;
	if (r->link == r->depth)
		close_link(r);
	if (effect == BLOCK || effect == KEPT || effect == ITEM)
		text_break(r->text);
}

static void
on_end(void *data, const xmlChar *name)
{
	struct reader *r = data;

	if (r->hidden == r->depth)
		r->hidden = 0;
	else if (r->hidden == 0)
		end_shown(r, effect_of(name));
	if (r->depth > 0)
		r->depth--;
}

static void
on_text(void *data, const xmlChar *text, int n)
{
	struct reader *r = data;
	struct slice s = { (const char *)text, (size_t)n };

	if (r->hidden != 0)
		return;
	if (r->kept != 0)
		text_add_kept(r->text, s);
	else
		text_add(r->text, s);
}

/* Errors are not told, but they cost time. */
static void
on_error(void *data, xmlErrorPtr error)
{
	struct reader *r = data;

	(void)error;
	if (++r->errors == HTML_ERRORS_MAX)
		refuse(r);
}

static void
make_parser(struct reader *r)
{
	static const htmlSAXHandler handler = { .startElement = on_begin,
		.endElement = on_end,
		.characters = on_text,
		.ignorableWhitespace = on_text,
		.cdataBlock = on_text,
		.initialized = XML_SAX2_MAGIC,
		.serror = on_error };

	if (r->parser != NULL && xmlDictSize(r->parser->dict) <= NAMES_MAX)
		return;
	htmlFreeParserCtxt(r->parser);
	r->parser = htmlNewParserCtxt();
	if (r->parser == NULL)
		xdie(EXIT_SYSTEM, "calsync: error: out of memory\n");
	*r->parser->sax = handler;
	r->parser->userData = r;
}

bool
html_read(struct slice html, struct text *t)
{
	const int options = HTML_PARSE_RECOVER | HTML_PARSE_NONET |
			    HTML_PARSE_NOIMPLIED | HTML_PARSE_IGNORE_ENC |
			    HTML_PARSE_COMPACT;
	struct reader *r = &reader;

	if (html.len == 0)
		return true;
	if (!html_is_tame(html))
		return false;
	make_parser(r);
	r->text = t;
	r->depth = r->hidden = r->kept = r->link = r->errors = 0;
	r->refused = false;
	html = html_prepare(html, &r->copy);
	htmlCtxtReadMemory(
	    r->parser, html.data, (int)html.len, NULL, "UTF-8", options);
	if (r->link != 0)
		close_link(r);
	return !r->refused;
}

void
html_free(void)
{
	htmlFreeParserCtxt(reader.parser);
	reader.parser = NULL;
	str_free(&reader.href);
	str_free(&reader.copy);
	xmlCleanupParser();
}
