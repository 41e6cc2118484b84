/*
 * out_set: the CRM's values in Graph's terms (mapping page, the `out` columns
 * of section 2).  Only what is written; the body with the backlink line.
 */
#ifndef OUT_SET_H
#define OUT_SET_H

#include "fields.h"

/* Everything that is exchanged, for an event that is made. */
struct slice out_set_new(const struct candidate *c);
/* One field, as a member of the open object. */
void out_set_field(
    struct jsonw *w, const struct candidate *c, const struct field *f);
/* May this field go out at all?  What the CRM shows for people only may not. */
bool out_set_has(const struct field *f);

/* The text without this event's backlink line: what is compared (2.5). */
struct slice body_without_backlink(
    const struct candidate *c, struct slice body);

#endif
