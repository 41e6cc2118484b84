/*
 * db_state: what the files of db share.  Not for other modules.
 */
#ifndef DB_STATE_H
#define DB_STATE_H

#include <stdint.h>

#include "db.h"

#define STATEMENTS_MAX 16
#define MESSAGE_MAX    512
#define PARAMETERS_MAX 8 /* where one of them is rows */

struct pg_conn;
struct pg_result;

struct statement {
	const char *sql;
	bool prepared; /* by this connection */
};

struct db {
	char *conninfo, *tool;
	enum db_role role;
	struct pg_conn *conn;
	struct pg_result *result;
	int row; /* -1 before the first */
	bool busy, streaming;
	const struct db_rows *rows; /* of the question, or NULL */
	int rows_place;		    /* among its parameters */
	int64_t deadline_ms;	    /* of the answer, CLOCK_MONOTONIC */
	enum db_class outcome;
	char sqlstate[6];
	char message[MESSAGE_MAX];
	struct statement statement[STATEMENTS_MAX];
	size_t statement_count;
};

int64_t db_clock_ms(void); /* CLOCK_MONOTONIC */
/* Connect and set up the session; false: outcome says why. */
bool db_connect(struct db *db);
void db_disconnect(struct db *db);
/* Keep an error for the caller; text (may be NULL) only if it may be shown. */
void db_note(struct db *db, enum db_class outcome, const char *sqlstate,
    const char *text);
/* Wait for the socket; false when the deadline has passed. */
bool db_wait_socket(const struct db *db, short events, int64_t deadline_ms);
/* Take the whole answer to what was sent; false: outcome says why. */
bool db_answer(struct db *db);

#endif
