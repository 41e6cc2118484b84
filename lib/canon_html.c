/*
 * canon_html: libxml2's parser drives a text.  Bodies in which nothing is out of
 * the ordinary are read by canon_html_plain, without it.
 *
 * Its SAX half is used: no tree is built, so memory does not grow with the
 * body.
 *
 * The parser is made once and used again; it keeps every tag name that it has
 * ever seen, so it is made anew when they become many.
 */
#include <stdlib.h>
#include <string.h>

#include <libxml/HTMLparser.h>

#include "canon_html.h"
#include "canon_html_guard.h"
#include "canon_html_plain.h"
#include "canon_html_view.h"
#include "exits.h"
#include "xalloc.h"

/* HTML and Word together have some 150 names. */
#define NAMES_MAX 2000

struct reader {
	struct view view;
	htmlParserCtxtPtr parser;
	struct str copy;
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

static void
on_begin(void *data, const xmlChar *name, const xmlChar **attributes)
{
	struct reader *r = data;
	struct shown shown = { slice_of(attribute(attributes, "class")),
		slice_of(attribute(attributes, "href")) };

	if (!view_begin(&r->view, effect_of(name), &shown))
		refuse(r);
}

static void
on_end(void *data, const xmlChar *name)
{
	struct reader *r = data;

	view_end(&r->view, effect_of(name));
}

static void
on_text(void *data, const xmlChar *text, int n)
{
	struct reader *r = data;

	view_words(&r->view, (struct slice){ (const char *)text, (size_t)n });
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

static bool
read_parsed(struct reader *r, struct slice html, struct text *t)
{
	const int options = HTML_PARSE_RECOVER | HTML_PARSE_NONET |
			    HTML_PARSE_NOIMPLIED | HTML_PARSE_IGNORE_ENC |
			    HTML_PARSE_COMPACT;

	if (!html_is_tame(html))
		return false;
	make_parser(r);
	view_start(&r->view, t);
	r->errors = 0;
	r->refused = false;
	html = html_prepare(html, &r->copy);
	htmlCtxtReadMemory(
	    r->parser, html.data, (int)html.len, NULL, "UTF-8", options);
	view_finish(&r->view);
	return !r->refused;
}

bool
html_read(struct slice html, struct text *t)
{
	struct reader *r = &reader;

	if (html.len == 0 || html_read_plain(html, &r->view, t))
		return true;
	text_start(t);
	return read_parsed(r, html, t);
}

void
html_free(void)
{
	htmlFreeParserCtxt(reader.parser);
	reader.parser = NULL;
	str_free(&reader.view.href);
	str_free(&reader.copy);
	xmlCleanupParser();
}
