/*
 * create: the op for an event that got through the gates.
 */
#ifndef CREATE_H
#define CREATE_H

#include "decision.h"

void create_decide(const struct candidate *c, struct decision *d);
/* The same over the tombstone of an ended link: a new record, nothing of the
 * old one; but an occurrence that comes back is what it was in the CRM. */
void create_again(const struct candidate *c, struct decision *d);

#endif
