/*
 * page: one answer of Graph that holds many resources, taken apart.  Nothing of
 * it may be used before all of it was seen to be there, so its items are
 * listed first and taken afterwards; they point into the answer's body.
 */
#ifndef PAGE_H
#define PAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "json_scan.h"
#include "str.h"

struct item {
	struct slice id, etag, type, master;
	struct slice data; /* the resource, fit for a line if not doubted */
	bool guest;	   /* another one's: isOrganizer is false */
	bool removed;
	bool doubted; /* only data is set: json_parse has to judge it */
};

struct page {
	struct item *item;
	size_t count, cap;
	struct slice next, delta; /* links */
	struct arena arena;	  /* decoded texts; of the items, too */
};

/* False: not one whole page.  What was in `p` before is forgotten. */
bool page_read(struct page *p, struct slice body);
void page_free(struct page *p);
/* One resource instead of a page. */
void page_item(
    struct arena *a, const struct scan_item *scanned, struct item *item);
/* Make a doubted item fit for a line, if it can be; the result stands in the
 * arena. */
bool page_repair(struct arena *a, struct item *item);
bool item_is_master(const struct item *item);

#endif
