/*
 * text: encodings of strings.  Results are on the heap.
 */
#ifndef GRAPHSIM_TEXT_H
#define GRAPHSIM_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Base64 with padding; url: with '-' and '_' instead of '+' and '/'. */
char *text_base64(const void *bytes, size_t len, bool url);

/* Either alphabet, padding optional; NULL if the text is not base64. */
unsigned char *text_unbase64(const char *s, size_t *len);

/* %41 becomes A; with plus, + becomes a space. */
char *text_unescape(const char *s, size_t len, bool plus);

/* All but letters, digits, '-', '_', '.', '~' become %XX. */
char *text_escape(const char *s);

/* & < > and line ends as HTML; the inverse drops all tags. */
char *text_to_html(const char *s);
char *html_to_text(const char *html);

/* Cut to at most n characters (not bytes) of UTF-8, in place. */
void text_truncate(char *s, size_t n);

/* Does an address look like local@domain? */
bool text_is_address(const char *s);

uint64_t text_hash(const void *bytes, size_t len);

#endif
