/*
 * by_calendar: see the header.
 */
#include "by_calendar.h"

#include <stdbool.h>
#include <stdlib.h>

#include "bounds.h"
#include "xalloc.h"

/* The lines of one account and calendar. */
struct calendar_rows {
	int64_t account;
	struct slice calendar;
	uint64_t at;
	size_t len;
};

static int64_t
row_account(struct db *db)
{
	int64_t account = NO_ACCOUNT;

	slice_int64(db_column(db, 0), 1, INT64_MAX, &account);
	return account;
}

/* The row belongs to the calendar that is still the last one. */
static bool
same_calendar(const struct by_calendar *b, struct db *db)
{
	const struct calendar_rows *last;

	if (b->count == 0)
		return false;
	last = &b->rows[b->count - 1];
	return last->account == row_account(db) &&
	       slice_eq(last->calendar, db_column(db, 1));
}

static void
end_calendar(struct by_calendar *b, struct str *lines)
{
	struct calendar_rows *last;

	if (b->count == 0)
		return;
	last = &b->rows[b->count - 1];
	last->at = spool_add(&b->spool, str_slice(lines));
	last->len = lines->len;
	str_reset(lines);
}

static void
begin_calendar(struct by_calendar *b, struct db *db)
{
	struct slice calendar = db_column(db, 1);

	if (b->count == b->cap) {
		b->cap = b->cap == 0 ? 64 : b->cap * 2;
		b->rows = xreallocarray(b->rows, b->cap, sizeof *b->rows);
	}
	b->arena.max = RUN_ARENA_MAX;
	calendar.data = arena_copy(&b->arena, calendar.data, calendar.len);
	b->rows[b->count++] = (struct calendar_rows){
		.account = row_account(db), .calendar = calendar
	};
}

void
by_calendar_take(struct by_calendar *b, struct db *db,
    void (*line)(struct str *line, struct db *db, int at))
{
	struct str lines = { .max = PAGE_ARENA_MAX };

	while (db_next_row(db)) {
		if (!same_calendar(b, db)) {
			end_calendar(b, &lines);
			begin_calendar(b, db);
		}
		line(&lines, db, 2);
	}
	end_calendar(b, &lines);
	str_free(&lines);
}

struct slice
by_calendar_find(const struct by_calendar *b, int64_t account,
    struct slice calendar, struct str *buf)
{
	const struct calendar_rows *p;

	for (p = b->rows; p < b->rows + b->count; p++)
		if (p->account == account && slice_eq(p->calendar, calendar))
			return spool_read(&b->spool, p->at, p->len, buf);
	return SLICE("");
}

void
by_calendar_free(struct by_calendar *b)
{
	spool_reset(&b->spool);
	arena_free(&b->arena);
	free(b->rows);
	*b = (struct by_calendar){ 0 };
}
