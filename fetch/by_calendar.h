/*
 * by_calendar: rows that the database gives once a run, to be had again by
 * mailbox and calendar.  The bytes are spooled, so that memory does not grow
 * with them; per calendar only their place is kept.  A zeroed struct is empty.
 */
#ifndef BY_CALENDAR_H
#define BY_CALENDAR_H

#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "db.h"
#include "spool.h"

#define NO_ACCOUNT 0 /* of a row whose account is null */

struct calendar_rows;

struct by_calendar {
	struct arena arena;
	struct spool spool;
	struct calendar_rows *rows; /* in the order of the query */
	size_t count, cap;
};

/*
 * Take the rows of the query that was sent last: account and calendar, and
 * what `line` makes of the columns from 2 on.  Rows of one calendar come
 * together, at most a page of them, which the query sees to.
 */
void by_calendar_take(struct by_calendar *b, struct db *db,
    void (*line)(struct str *line, struct db *db, int at));
/* The lines of this account and calendar, in `buf` or the spool, or empty. */
struct slice by_calendar_find(const struct by_calendar *b, int64_t account,
    struct slice calendar, struct str *buf);
void by_calendar_free(struct by_calendar *b);

#endif
