/*
 * canon_html_plain: the quick way through a body in which nothing is out of the
 * ordinary: the elements that mail programs write most, each closed where it
 * was opened, in an order that no HTML parser would mend.  Of such a body
 * libxml2 would tell the same, in ten times the time.
 */
#ifndef CANON_HTML_PLAIN_H
#define CANON_HTML_PLAIN_H

#include <stdbool.h>

#include "canon_html_view.h"
#include "canon_text.h"
#include "str.h"

/* False: libxml2 has to look at it; what the text holds then is nothing. */
bool html_read_plain(struct slice html, struct view *v, struct text *t);

#endif
