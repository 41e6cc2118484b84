/*
 * utf8: strict UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing
 * above U+10FFFF.  yajl checks structure only, PostgreSQL refuses the rest.
 */
#ifndef UTF8_H
#define UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "str.h"

bool utf8_valid(struct slice s);
/* Length of the valid part at the start. */
size_t utf8_valid_length(struct slice s);
/* Length of the longest prefix of at most `max` bytes that cuts no character. */
size_t utf8_prefix(struct slice s, size_t max);
/* Number of code points of a valid slice. */
size_t utf8_count(struct slice s);
/* Prefix holding at most n code points. */
struct slice utf8_head(struct slice s, size_t n);
/* Encode a code point into buf[4]; 0 if it is none (surrogate, too big). */
size_t utf8_encode(uint32_t cp, char buf[4]);
/* Decode one code point of valid UTF-8 at s.data; returns its length. */
size_t utf8_decode(struct slice s, uint32_t *cp);

#endif
