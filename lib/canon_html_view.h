/*
 * canon_html_view: what elements and words of an HTML body do to a text, in the
 * order in which a parser finds them.  Which parser that is does not matter.
 */
#ifndef CANON_HTML_VIEW_H
#define CANON_HTML_VIEW_H

#include <stdbool.h>
#include <stddef.h>

#include "canon_text.h"
#include "str.h"

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

struct view {
	struct text *text;
	unsigned depth;
	unsigned hidden;  /* depth of the outermost hidden element, or 0 */
	unsigned kept;	  /* depth of the outermost <pre>, or 0 */
	unsigned link;	  /* depth of the open link, or 0 */
	size_t link_text; /* where in the raw text its words begin */
	struct str href;  /* kept from one body to the next */
};

/* The attributes that matter; NO_SLICE: it has none. */
struct shown {
	struct slice class, href;
};

void view_start(struct view *v, struct text *t);
/* False: nested too deep. */
bool view_begin(struct view *v, enum effect effect, const struct shown *shown);
void view_end(struct view *v, enum effect effect);
void view_words(struct view *v, struct slice words);
void view_finish(struct view *v);

#endif
