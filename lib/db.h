/*
 * db: PostgreSQL.  One struct db is one connection, opened by its first query
 * (a stage with nothing to ask costs the server nothing) and set up so that
 * answers do not depend on anybody's settings: UTC, ISO dates, UTF-8,
 * search_path pg_catalog (name calsync.f, never f), time limits, and the role
 * calsync_read or calsync_write where the login is a member of it.
 *
 * Statements take parameters, never text put together: text, or rows of a
 * composite type (db_rows.h).  A statement that is used again is prepared; pass
 * the same constant SQL text each time.
 *
 * One result at a time: rows and columns are read from the connection itself,
 * and are valid until its next query (streamed rows until the next row).
 *
 * Messages carry the SQLSTATE and PostgreSQL's primary text, and that text
 * only where it cannot quote a value (law L8): not for bad data, and not for
 * what a trigger of the CRM says.
 */
#ifndef DB_H
#define DB_H

#include <stdbool.h>
#include <stddef.h>

#include "db_rows.h"
#include "exits.h"
#include "str.h"

enum db_role {
	DB_READ, /* transactions are read-only; role calsync_read */
	DB_WRITE /* role calsync_write */
};

/* What a caller does about an error, by SQLSTATE (db_class.c). */
enum db_class {
	DB_OK,
	DB_RETRY,      /* serialization, deadlock, lock timeout: repeat it */
	DB_RECONNECT,  /* lost or refused; whether it was done is unknown */
	DB_CONFLICT,   /* 23505: a key that exists */
	DB_DATA,       /* 22*, 23*: the values are refused */
	DB_PERMISSION, /* 42501, 28*: rights or credentials */
	DB_MOVED,      /* CS001: the cursor is not where it was */
	DB_FATAL       /* anything else */
};

struct db;

/*
 * conninfo: a libpq connection string or URI; NULL: $CALSYNC_DB, else libpq's
 * own environment (PGHOST, PGSERVICE, ~/.pgpass ...).  Does not connect; a
 * string that cannot be parsed ends the program with EXIT_CONFIG, and is not
 * quoted, since it may hold a password.  `tool` becomes the application_name,
 * as "calsync TOOL".
 */
struct db *db_open(const char *conninfo, enum db_role role, const char *tool);
void db_close(struct db *db); /* NULL is allowed */

/*
 * Questions: sent, answered and buffered, or streamed row by row (for answers
 * that may be large).  They must be repeatable, since after DB_RETRY and
 * DB_RECONNECT they are sent again (three times in all, until the first row
 * was given out).  Any other failure ends the program: 69, 75, 77, 78 or 70,
 * with a hint where one can be given.  values[i] NULL is SQL's NULL.
 */
void db_query(
    struct db *db, const char *sql, int count, const char *const *values);
/* The same, but where the values are refused (DB_DATA) it gives false. */
bool db_try(
    struct db *db, const char *sql, int count, const char *const *values);
/* The same, where the parameter at `place`, counted from 0, is these rows. */
bool db_try_rows(struct db *db, const char *sql, int count,
    const char *const *values, int place, const struct db_rows *rows);
void db_stream(
    struct db *db, const char *sql, int count, const char *const *values);
/* Step to the next row: call before the first one. */
bool db_next_row(struct db *db);
size_t db_row_count(const struct db *db); /* of a buffered result */
struct slice db_column(const struct db *db, int column); /* NULL: NO_SLICE */

/*
 * For several connections in one loop: db_send, db_wait, db_outcome.  A
 * failure to connect or to send is kept and told by db_outcome.  Nothing is
 * repeated: the caller knows what may be.  After DB_RECONNECT the next
 * db_send opens a new connection, without the session locks of the old one.
 */
void db_send(
    struct db *db, const char *sql, int count, const char *const *values);
/* Sent, and its outcome was not asked for yet. */
bool db_busy(const struct db *db);
/* True when db_outcome will not wait. */
bool db_answered(struct db *db);
/* Wait until a busy connection of the set may have its answer, or until `fd`
 * (if not -1) can be read; returns true for fd. */
bool db_wait(struct db *const *set, size_t count, int fd);
/* Waits for the answer; DB_OK: rows can be read. */
enum db_class db_outcome(struct db *db);
const char *db_sqlstate(const struct db *db); /* "" when there is none */
const char *db_message(const struct db *db);  /* may be "", see above */
/* End the program because of the last outcome. */
_Noreturn void db_fail(const struct db *db);

/* A pause of about 100, 200, 400 ... ms (at most 5 s), never the same for two
 * programs, before attempt 1, 2, 3. */
void db_pause(int attempt);

/* By SQLSTATE: what to do, the exit status, a hint (may be NULL). */
enum db_class db_classify(const char *sqlstate);
enum exits db_exit_status(const char *sqlstate);
const char *db_hint(const char *sqlstate);
/* The primary text of such an error quotes no value. */
bool db_may_show(const char *sqlstate);

/* text[] parameters: add each element, then use db_array_text. */
void db_array_reset(struct str *array);
void db_array_add(struct str *array, struct slice element);
const char *db_array_text(struct str *array); /* "{...}" until the next reset */

#endif
