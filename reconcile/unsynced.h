/*
 * unsynced: a CRM event that has no copy in this mailbox: it is made there, or
 * a skip says why not.
 */
#ifndef UNSYNCED_H
#define UNSYNCED_H

#include "decision.h"

void unsynced_decide(const struct candidate *c, struct decision *d);

#endif
