/*
 * bundles: what one question to the database has to say to each mailbox: lines by
 * account and calendar.  They are spooled, so that memory does not grow with the
 * answer; per mailbox only its place is kept.  A zeroed struct is empty.
 */
#ifndef BUNDLES_H
#define BUNDLES_H

#include <stdint.h>

#include "arena.h"
#include "db.h"
#include "spool.h"

struct bundle {
	int64_t account; /* 0: none */
	struct slice calendar;
	uint64_t at;
	size_t len;
};

struct bundles {
	struct arena arena;
	struct spool spool;
	struct str lines; /* of the last one, until it ends */
	struct bundle *bundle;
	size_t count, cap;
};

/* The lines that the row belongs to, to be added to: its first two columns are
 * account and calendar, and the rows of one come together. */
struct str *bundles_row(struct bundles *b, struct db *db);
/* After the last row. */
void bundles_end(struct bundles *b);
/* Those of this account and calendar, in `buf` or the spool. */
struct slice bundles_find(const struct bundles *b, int64_t account,
    struct slice calendar, struct str *buf);
void bundles_free(struct bundles *b);

#endif
