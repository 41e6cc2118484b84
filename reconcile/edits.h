/*
 * edits: what people changed on one side of an event that is gone on the other.
 * Where the deletion wins, that is lost, and is told (`lost`, and as evidence);
 * where it does not, the edit stands on its side and is told as evidence alone.
 */
#ifndef EDITS_H
#define EDITS_H

#include "decision.h"

/* Deleted in the CRM, edited in Graph: d->out, if it deletes, else d. */
void edits_in_graph(const struct candidate *c, struct decision *d);
/* Deleted or cancelled in Graph, edited in the CRM: d. */
void edits_in_crm(const struct candidate *c, struct decision *d);

#endif
