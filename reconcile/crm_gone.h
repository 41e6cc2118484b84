/*
 * crm_gone: a linked event that the CRM has no more: delete.to_graph says whether
 * it is deleted in Graph, loses our categories, or stays, and the link ends.
 */
#ifndef CRM_GONE_H
#define CRM_GONE_H

#include "decision.h"

void crm_gone_decide(const struct candidate *c, struct decision *d);

#endif
