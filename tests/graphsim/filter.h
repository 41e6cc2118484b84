/*
 * filter: the part of $filter that Exchange serves for events.
 */
#ifndef GRAPHSIM_FILTER_H
#define GRAPHSIM_FILTER_H

#include "http.h"
#include "item.h"

/*
 * Keep the items that match.  Terms joined by "and":
 *   iCalUId | seriesMasterId | type | subject | transactionId eq '...'
 *   isCancelled | isOrganizer | isAllDay eq true
 *   start/dateTime | end/dateTime | lastModifiedDateTime | createdDateTime
 *       eq | ge | gt | le | lt '...'
 *   singleValueExtendedProperties/Any(ep: ep/id eq '...' and ep/value eq '...')
 *   extensions/any(f:f/id eq '...')
 * Anything else gives the 400 answer that is returned; else NULL.
 */
struct reply *filter_items(const char *filter, struct item_list *list);

#endif
