/*
 * bundles: the rows of a mailbox come together, so one piece of the spool holds
 * them: at most 1000 lines, which the database sees to.
 */
#include "bundles.h"

#include <stdlib.h>

#include "bounds.h"
#include "xalloc.h"

static int64_t
row_account(struct db *db)
{
	int64_t account = 0;

	slice_int64(db_column(db, 0), 1, INT64_MAX, &account);
	return account;
}

static bool
is_of_last(const struct bundles *b, struct db *db)
{
	const struct bundle *last;

	if (b->count == 0)
		return false;
	last = &b->bundle[b->count - 1];
	return last->account == row_account(db) &&
	       slice_eq(last->calendar, db_column(db, 1));
}

void
bundles_end(struct bundles *b)
{
	struct bundle *last;

	if (b->count == 0)
		return;
	last = &b->bundle[b->count - 1];
	last->at = spool_add(&b->spool, str_slice(&b->lines));
	last->len = b->lines.len;
	str_reset(&b->lines);
}

struct str *
bundles_row(struct bundles *b, struct db *db)
{
	struct slice calendar = db_column(db, 1);

	if (is_of_last(b, db))
		return &b->lines;
	bundles_end(b);
	b->arena.max = RUN_ARENA_MAX;
	b->lines.max = PAGE_ARENA_MAX;
	if (b->count == b->cap) {
		b->cap = b->cap == 0 ? 64 : b->cap * 2;
		b->bundle = xreallocarray(b->bundle, b->cap, sizeof *b->bundle);
	}
	calendar.data = arena_copy(&b->arena, calendar.data, calendar.len);
	b->bundle[b->count++] =
	    (struct bundle){ .account = row_account(db), .calendar = calendar };
	return &b->lines;
}

struct slice
bundles_find(const struct bundles *b, int64_t account, struct slice calendar,
    struct str *buf)
{
	const struct bundle *p;

	for (p = b->bundle; p < b->bundle + b->count; p++)
		if (p->account == account && slice_eq(p->calendar, calendar))
			return spool_read(&b->spool, p->at, p->len, buf);
	return SLICE("");
}

void
bundles_free(struct bundles *b)
{
	spool_reset(&b->spool);
	arena_free(&b->arena);
	str_free(&b->lines);
	free(b->bundle);
	*b = (struct bundles){ 0 };
}
