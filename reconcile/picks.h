/*
 * picks: records that a person chose for this event by hand (match's `picks`).
 * The event is then saved, and linked to exactly these contacts and leads;
 * colleagues on it stay as policy says.  And of every event: whom it is first
 * about, which is the first external person that matched, unless one was
 * picked (mapping page, row 30).
 */
#ifndef PICKS_H
#define PICKS_H

#include "candidate.h"

struct relations;

/* Was anybody picked? */
bool picks_people(const struct candidate *c);
/* How many, and the people as relations, into list. */
size_t picks_count(const struct candidate *c);
void picks_add(const struct candidate *c, struct relations *all);

/* Members of an open `set`: of a new event, and of one that is there, where
 * the picks are not those of the base.  How many were written. */
size_t picks_set_new(struct jsonw *w, const struct candidate *c);
size_t picks_set_changed(struct jsonw *w, const struct candidate *c);
/* The member `picked` of base.graph, if there is something to remember. */
void picks_write_base(struct jsonw *w, const struct candidate *c);

#endif
