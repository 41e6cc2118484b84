/*
 * policy_form: one item against the alternatives of a key.
 */
#ifndef POLICY_FORM_H
#define POLICY_FORM_H

#include "policy.h"

#define POLICY_NAME_MAX 255 /* bytes of a name or a text */

/*
 * Fill *item if `text` is one of the alternatives ("skip, 1d..90d, NAME");
 * its slices live in the arena.  The first alternative that fits counts.
 */
bool policy_form_item(const char *allowed, struct slice text, struct arena *a,
    struct policy_item *item);

/* The one parser of values.  false: *why, see policy_set. */
bool policy_value_parse(enum policy_key key, struct slice text, struct arena *a,
    struct policy_value *v, struct str *why);
/* UTF-8 without control characters: may be shown and stored. */
bool policy_is_printable(struct slice s);
/* Equal but for ASCII case. */
bool policy_same_name(struct slice a, struct slice b);
const char *policy_unit_name(enum policy_unit unit);
/* A whole number and min, h, d, w, mo or y, at most a hundred years. */
bool policy_span_parse(struct slice text, struct policy_span *span);
/* Whether a span is surely within two others, whatever months and years last
 * by the calendar. */
bool policy_span_within(
    struct policy_span span, struct policy_span least, struct policy_span most);

#endif
