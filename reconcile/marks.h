/*
 * marks: the categories that we put on a copy (category.write): category.mark
 * while the CRM event stands for it, category.error where the sync failed, and
 * one status text.  They are the mailbox's own: each copy has its own, whoever
 * decides, and nothing of the user's is ever taken off.
 *
 * Nothing is remembered for it: what is wanted is compared with what is there,
 * so that our own write, when it comes back, is no change (U2).
 */
#ifndef MARKS_H
#define MARKS_H

#include "decision.h"

/* Fill in d->mark by what was decided; and have a write of content read again
 * where both are wanted. */
void marks_decide(const struct candidate *c, struct decision *d);

/* Those of an event that is made, as an array; NO_SLICE: none. */
struct slice marks_new(const struct candidate *c);
/* {"add":[],"remove":[...]} that takes all of ours off; NO_SLICE: none is on. */
struct slice marks_off(const struct candidate *c);
/* The event's categories without ours, as an array. */
struct slice marks_left(const struct candidate *c);
/* {"Salesforce":"preset7"}: colours for those of ours that a write adds, in a
 * mailbox that does not know them; NO_SLICE: none is added.  The arguments are
 * arrays, or objects that have one as `add`. */
struct slice marks_colors(
    const struct candidate *c, struct slice added, struct slice or_added);

#endif
