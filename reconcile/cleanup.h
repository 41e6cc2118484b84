/*
 * cleanup: a user, or an administrator for them, has asked that the copies go
 * which the sync has made (policy key `cleanup`: on which side).  Originals stay:
 * an event that was born in Outlook stays there, and an event of the CRM's in the
 * CRM.  What was there on both sides before it was linked is a copy on neither.
 *
 * The links become tombstones, so nothing brings the copies back.  What Exchange
 * would mail is counted and held as always; the deletion breaker, which is there
 * for accidents, is not asked.
 */
#ifndef CLEANUP_H
#define CLEANUP_H

#include "decision.h"

bool cleanup_covers(const struct candidate *c);
void cleanup_decide(const struct candidate *c, struct decision *d);

#endif
