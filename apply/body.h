/*
 * body: a description as the HTML of a Graph event.
 *
 * An online meeting lives in its body: Exchange ends the meeting when its join
 * block is missing from what is written.  So the block that the event has now
 * is written behind the text, byte for byte.
 */
#ifndef BODY_H
#define BODY_H

#include <stdbool.h>

#include "str.h"

/* Append the text as HTML: read again, it is the same text (law L7). */
void body_write(struct slice text, struct str *out);

/*
 * The same with the join block of `html` behind it.  False: there is no block
 * that could be kept so that the text stays what it is.
 */
bool body_write_with_block(
    struct slice text, struct slice html, struct str *out);

#endif
