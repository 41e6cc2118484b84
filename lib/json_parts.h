/*
 * json_parts: what json consists of beside yajl; for its own files only.
 */
#ifndef JSON_PARTS_H
#define JSON_PARTS_H

#include "json.h"

/* What yajl does not check in a line: strict UTF-8 (unless that is known) and
 * escapes for NUL and half surrogate pairs.  NULL, or a constant that says
 * what is wrong, with its place in *at. */
const char *json_check_bytes(struct slice line, bool is_utf8, size_t *at);

/* Does a key stand twice?  Work is bounded by n log n. */
bool json_has_double(const struct json *object);
/* Take out all but the last of equal members; raw is left as it is. */
void json_drop_doubles(struct json *object);

/* Length of what stands in a string as it is at the beginning of a text: no
 * quote, backslash or control character. */
size_t json_plain_length(const char *s, size_t n);

/* The tree of a line in which nothing is to be refused, as json_parse gives it;
 * NULL: yajl has to look at it.  The line is UTF-8. */
struct json *json_tree(struct arena *a, struct slice line);

#endif
