/*
 * linked: what becomes of an event that has a link: the order of the policy
 * page, section 5, "Linked, in this order".  The table at the end of linked.c
 * is that sentence.
 */
#ifndef LINKED_H
#define LINKED_H

#include "decision.h"

void linked_decide(const struct candidate *c, struct decision *d);

#endif
