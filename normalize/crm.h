/*
 * crm: whether a CRM's row is in the terms of docs/stream.md, section 6, as an
 * adapter has to give it.  A member that is absent is one that the CRM does
 * not hold.
 */
#ifndef CRM_H
#define CRM_H

#include "json.h"

/* NULL: it is; else what is wrong with it, for people, without content; valid
 * until the next call. */
const char *crm_fault(const struct json *row);

#endif
