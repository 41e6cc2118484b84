/*
 * places: locations.mode=create, the resource calendars that the CRM lacks.
 *
 * A place is made before the first event of a page that stands in it; the page
 * is what apply writes at once, so each page says what it needs, and apply
 * makes each place once, whoever names it.
 */
#ifndef PLACES_H
#define PLACES_H

#include "day.h"
#include "ops.h"

struct places; /* those that this page has named */

struct places *places_open(void);
void places_close(struct places *p);
/* A page, or a section, begins. */
void places_page(struct places *p);
/* Write an op for each room that this op gives the CRM's event and that is
 * not there yet. */
void places_put(struct places *p, const struct candidate *c,
    const struct decision *d, struct day *day, struct stream_out *out,
    struct tally *t);

#endif
