/*
 * canon_html: what a reader sees of an HTML body, put into a text.
 *
 * libxml2's HTML parser reads anything, but a body can be built so that it
 * takes minutes: very deep nesting, a tag with thousands of attributes,
 * errors without end.  No mail program writes such a body; it is refused, so
 * that the time for a body grows with its length alone.
 */
#ifndef CANON_HTML_H
#define CANON_HTML_H

#include <stdbool.h>

#include "canon_text.h"
#include "str.h"

/* Nesting of elements, attributes of one tag, errors in one body.  Outlook
 * stays below 50 and 20; the errors are tags that libxml2 does not know. */
#define HTML_DEPTH_MAX	    256
#define HTML_ATTRIBUTES_MAX 100
#define HTML_ERRORS_MAX	    20000

/* False: refused.  The text is then unusable. */
bool html_read(struct slice html, struct text *t);
/* Give the parser's memory back. */
void html_free(void);

#endif
