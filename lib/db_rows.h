/*
 * db_rows: a parameter that is an array of a composite type, as PostgreSQL takes it in
 * its binary form: by lengths, so that neither side looks through a text for what would
 * have to be escaped, and nothing in it can end it.
 *
 *	db_rows_start(&r);
 *	db_row(&r, 2);            how many fields the type has
 *	db_row_int(&r, 1);        each of them once, in their order
 *	db_row_text(&r, text);
 *	db_try_rows(db, sql, ...);
 *
 * Rows of another number of fields than the type has, or with one of another type in
 * its place, are refused as a whole and not as bad data (42804).
 */
#ifndef DB_ROWS_H
#define DB_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "str.h"

/* OIDs of types that are built in: the same everywhere. */
enum db_type {
	DB_TYPE_BOOL = 16,
	DB_TYPE_INT = 23,
	DB_TYPE_TEXT = 25,
	DB_TYPE_JSON = 114,
	DB_TYPE_TEXTS = 1009 /* text[] */
};

struct db_rows {
	struct str bytes;
	/* Where the length of what is not complete yet stands, and what it lacks. */
	size_t row, list;
	unsigned count, fields, elements;
};

void db_rows_start(struct db_rows *r);
void db_row(struct db_rows *r, unsigned fields); /* the next row */
void db_row_null(struct db_rows *r, enum db_type type);
void db_row_int(struct db_rows *r, int32_t n);
void db_row_bool(struct db_rows *r, bool b);
void db_row_text(struct db_rows *r, struct slice text); /* NO_SLICE: null */
void db_row_json(struct db_rows *r, struct slice json); /* likewise */
/* A field that is a list of texts: its elements stand between these. */
void db_row_list(struct db_rows *r);
void db_row_element(struct db_rows *r, struct slice text);
void db_row_list_end(struct db_rows *r);
void db_rows_free(struct db_rows *r);

#endif
