/*
 * page: the records that are written in one transaction.  Ops and skips go to
 * the database as the bytes that came, as one JSON parameter; what the
 * database answers becomes result lines, in the order of the records.
 */
#ifndef PAGE_H
#define PAGE_H

#include <stdbool.h>

#include "db.h"
#include "json.h"
#include "str.h"

struct page;

enum outcome {
	OUTCOME_DONE,
	OUTCOME_JOINED,
	OUTCOME_TOOK_OVER,
	OUTCOME_MOVED,
	OUTCOME_FAILED,
	OUTCOME_LOCKED,
	OUTCOME_INCOMPLETE,
	OUTCOME_WOULD,
	OUTCOME_PLANNED,
	OUTCOME_HELD,
	OUTCOME_ADOPTED,
	OUTCOME_LIMIT,
	OUTCOME_COUNT
};

extern const char *const outcome_names[OUTCOME_COUNT];

/* header: the members of the page record before "ops", without a brace. */
struct page *page_new(struct slice header);
void page_free(struct page *p);

/* op is the parsed record; its bytes are copied. */
void page_add_op(struct page *p, const struct json *op);
/* An op that is not sent: its outcome is known.  code may be NULL. */
void page_add_settled(struct page *p, const struct json *op,
    enum outcome outcome, const char *code);
/* Sent for the memory of what was skipped, and passed on. */
void page_add_skip(struct page *p, const struct json *skip);
/* Sent so that fetch knows its bytes the next time, and passed on. */
void page_add_known(struct page *p, const struct json *known);
/* Sent for the log and to come again, and passed on. */
void page_add_problem(struct page *p, const struct json *problem);
void page_pass(struct page *p, struct slice line);
/* For the log and to come again, not passed on: it has another line here. */
void page_note(struct page *p, const char *code, struct slice id);

/* Close the page; cursor is JSON, "null" for none. */
void page_close(struct page *p, struct slice cursor);
/* Without records and cursor there is nothing to write. */
bool page_needs_database(const struct page *p);
/* No ops, skips, problems, or what is known. */
bool page_is_empty(const struct page *p);
/* Nothing but a cursor. */
bool page_is_quiet(const struct page *p);
/* The parameters for apply_page, of a closed page. */
const char *page_text(const struct page *p);
const char *page_bases(const struct page *p);

/* Settle the ops that were sent: as the rows (n, result) of db say ... */
void page_take_rows(struct page *p, struct db *db);
/* ... or all alike; code may be "". */
void page_take_all(struct page *p, enum outcome outcome, const char *code);
/* Append the page's lines to *out, each with LF, and count the outcomes. */
void page_lines(
    const struct page *p, struct str *out, size_t counts[OUTCOME_COUNT]);

#endif
