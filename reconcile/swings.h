/*
 * swings: a field that goes to and fro (F139).  Each time that Graph's side undoes,
 * or changes, what we wrote there within a day counts; after the third time, the
 * field is frozen: it goes out only if somebody lets it (reason `oscillation`).  What
 * Graph's side changes still comes in, as that mails nobody.
 *
 * The count is in base.graph.swings, by the first name of the unit: {"n":2,
 * "intent":7,"at":"..."}, the write that was undone last, and when that was seen.
 * It is forgotten a week after.
 */
#ifndef SWINGS_H
#define SWINGS_H

#include "candidate.h"
#include "fields.h"

/* The counts after this look, an object; in `moved` Graph's side has changed. */
struct slice swings_after(
    const struct candidate *c, const bool moved[UNIT_COUNT]);
/* By candidate.swings: does it wait for somebody's leave? */
bool swings_freeze(const struct candidate *c, enum unit unit);
/* A member of base.graph, if there is something to remember. */
void swings_write_base(struct jsonw *w, const struct candidate *c);

#endif
