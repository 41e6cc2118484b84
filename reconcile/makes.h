/*
 * makes: what an event needs and the CRM lacks, where policy has it made: the
 * resource calendars of locations.mode=create, and the people of
 * unmatched.create.
 *
 * Each is made before the first event of a page that needs it; the page is
 * what apply writes at once, so each page says what it needs, and apply makes
 * everything once, whoever names it.
 */
#ifndef MAKES_H
#define MAKES_H

#include "day.h"
#include "ops.h"

struct makes; /* what this page has named */

struct makes *makes_open(void);
void makes_close(struct makes *m);
/* A page, or a section, begins. */
void makes_page(struct makes *m);

struct makes_out {
	struct stream_out *out;
	struct tally *tally;
	struct day *day;
};

/* Write an op for each room that this op gives the CRM's event and that is
 * not there yet. */
void makes_places(struct makes *m, const struct candidate *c,
    const struct decision *d, const struct makes_out *to);
/* The same for its people. */
void makes_people(struct makes *m, const struct candidate *c,
    const struct decision *d, const struct makes_out *to);

#endif
