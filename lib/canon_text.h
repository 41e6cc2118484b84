/*
 * canon_text: the plain text of a body, in the one form that is compared.
 *
 * Pieces are put in as a reader would see them; text_finish applies the rules
 * that make two writings of the same words equal (requirement P-075):
 *   - NBSP and tab are blanks; other controls are dropped;
 *   - no blanks at the end of a line, at most one empty line in a row, none at
 *     the beginning or the end;
 *   - the block that an online meeting puts into its body is left out.
 *
 * Law L7: written as HTML (& < > escaped, a newline as <br>, a blank that
 * begins a line or follows a blank as &nbsp;) and read again, a text comes
 * back byte for byte, whatever wrapper Exchange puts around it.
 */
#ifndef CANON_TEXT_H
#define CANON_TEXT_H

#include <stdbool.h>

#include "str.h"

/* Zeroed is ready.  The buffer is kept from one body to the next. */
struct text {
	struct str raw; /* lines as put in */
	bool content;	/* the open line holds something */
	bool blank;	/* a blank is due before the next character */
	bool bullet;	/* "- " is due before the next character */
};

void text_start(struct text *t);
/* Text in HTML: white space of any length is one blank, none at a line's
 * beginning. */
void text_add(struct text *t, struct slice s);
/* Text with its own newlines and blanks: text/plain, <pre>. */
void text_add_kept(struct text *t, struct slice s);
void text_newline(struct text *t); /* <br> */
void text_break(struct text *t);   /* the edge of a block */
void text_gap(struct text *t);	   /* the edge of a table cell */
void text_bullet(struct text *t);  /* the beginning of a list item */
void text_meeting(struct text *t); /* a meeting's block stood here */
void text_finish(struct text *t, struct str *out); /* appends */
void text_free(struct text *t);

#endif
