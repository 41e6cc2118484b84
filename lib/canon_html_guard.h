/*
 * canon_html_guard: what is done to an HTML body before libxml2 sees it.
 */
#ifndef CANON_HTML_GUARD_H
#define CANON_HTML_GUARD_H

#include <stdbool.h>

#include "str.h"

/* False: it has a tag with more than HTML_ATTRIBUTES_MAX attributes.  libxml2
 * compares each with all before it, so such a tag could take minutes. */
bool html_is_tame(struct slice html);

/*
 * The body as libxml2 understands it best: itself, or made in `copy`.
 * - Word writes "<![if !supportLists]>" around its bullets, which libxml2
 *   takes for words: they are left out.  The "--" of a comment's end, as in
 *   "<![endif]-->", stays.
 * - Outside of <body> libxml2 puts words into a <p> of their own: a fragment
 *   gets a <body> before it.
 */
struct slice html_prepare(struct slice html, struct str *copy);

#endif
