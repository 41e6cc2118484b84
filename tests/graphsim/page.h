/*
 * page: a list of items cut into pages with @odata.nextLink.
 */
#ifndef GRAPHSIM_PAGE_H
#define GRAPHSIM_PAGE_H

#include "item.h"
#include "prefer.h"

/* The answer to a list request; takes the items over. */
struct reply *page_reply(const struct request *r, const struct prefer *p,
    struct item_list *list, const char *context);

/* The same for ready-made JSON values; takes the array over. */
struct reply *page_values(const struct request *r, const struct prefer *p,
    json_t *values, const char *context);

/* How many items a page shall hold: $top, Prefer, modes. */
size_t page_size(
    const struct request *r, const struct prefer *p, enum mode normal);

#endif
