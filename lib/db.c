/*
 * db: the only module that speaks libpq.
 *
 * Everything is sent asynchronously and waited for with poll(2) and a deadline
 * of our own: libpq waits for ever on a server that stopped answering, and
 * apply works with two connections at once.  Sending itself may block, since
 * a server reads a parameter as it comes.  Pipeline mode is not used: one
 * statement is one transaction here, and its outcome decides what is next.
 */
#include <assert.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <libpq-fe.h>

#include "db_state.h"
#include "log.h"

#define REPEATS_MAX  2 /* of a question */
#define BROKE	     "the connection broke"
#define SET_MAX	     16
#define PAUSE_MS     100
#define PAUSE_MAX_MS 5000
/* The server ends a statement by itself after 10 minutes (session_sql); one
 * that has said nothing for longer is not there any more. */
#define ANSWER_MS INT64_C(660000)

static void
result_clear(struct db *db)
{
	PQclear(db->result);
	db->result = NULL;
	db->row = -1;
}

/* The place of a statement; NULL when the table is full. */
static struct statement *
statement_find(struct db *db, const char *sql)
{
	for (size_t i = 0; i < db->statement_count; i++)
		if (db->statement[i].sql == sql)
			return &db->statement[i];
	if (db->statement_count == STATEMENTS_MAX)
		return NULL;
	db->statement[db->statement_count].sql = sql;
	return &db->statement[db->statement_count++];
}

/* Of what has a name, or once. */
static bool
send_values(struct db *db, const char *name, const char *sql, int count,
    const char *const *values)
{
	const char *value[PARAMETERS_MAX];
	int length[PARAMETERS_MAX] = { 0 }, binary[PARAMETERS_MAX] = { 0 };
	int *lengths = NULL, *formats = NULL;

	if (db->rows != NULL) {
		assert(count <= PARAMETERS_MAX);
		memcpy(value, values, (size_t)count * sizeof *value);
		value[db->rows_place] = db->rows->bytes.data;
		length[db->rows_place] = (int)db->rows->bytes.len;
		binary[db->rows_place] = 1;
		values = value;
		lengths = length;
		formats = binary;
	}
	if (name == NULL)
		return PQsendQueryParams(db->conn, sql, count, NULL, values,
			   lengths, formats, 0) == 1;
	return PQsendQueryPrepared(
		   db->conn, name, count, values, lengths, formats, 0) == 1;
}

/* Prepare what is used a second time: a statement that is used once would
 * only pay another round trip. */
static bool
send_statement(
    struct db *db, const char *sql, int count, const char *const *values)
{
	size_t known = db->statement_count;
	struct statement *s = statement_find(db, sql);
	char name[32] = "";

	db->deadline_ms = db_clock_ms() + ANSWER_MS;
	if (s == NULL || db->statement_count > known)
		return send_values(db, NULL, sql, count, values);
	snprintf(name, sizeof(name), "calsync%td", s - db->statement);
	if (!s->prepared) {
		db->busy = PQsendPrepare(db->conn, name, sql, 0, NULL) == 1;
		if (!db_answer(db))
			return false;
		s->prepared = true;
	}
	return send_values(db, name, sql, count, values);
}

void
db_send(struct db *db, const char *sql, int count, const char *const *values)
{
	assert(!db->busy && !db->streaming);
	result_clear(db);
	db_note(db, DB_OK, "", NULL);
	if (db->conn == NULL && !db_connect(db))
		return;
	result_clear(db);
	db->busy = send_statement(db, sql, count, values);
	if (db->busy || db->outcome != DB_OK)
		return;
	db_note(db, DB_RECONNECT, "", "the connection broke while sending");
	db_disconnect(db);
}

bool
db_busy(const struct db *db)
{
	return db->busy;
}

bool
db_answered(struct db *db)
{
	if (!db->busy || db_clock_ms() > db->deadline_ms)
		return true;
	/* Read only when nothing is buffered: with a read a row, libpq's buffer
	 * would run ahead and hold most of a streamed answer. */
	if (PQisBusy(db->conn) == 0)
		return true;
	return PQconsumeInput(db->conn) == 0 || PQisBusy(db->conn) == 0;
}

bool
db_wait(struct db *const *set, size_t count, int fd)
{
	struct pollfd p[SET_MAX + 1];
	nfds_t n = 1;
	int64_t left, now = db_clock_ms(), shortest = ANSWER_MS;

	assert(count <= SET_MAX);
	p[0] = (struct pollfd){ .fd = fd, .events = POLLIN };
	for (size_t i = 0; i < count; i++) {
		if (set[i] == NULL || !set[i]->busy)
			continue;
		p[n++] = (struct pollfd){ .fd = PQsocket(set[i]->conn),
			.events = POLLIN };
		left = set[i]->deadline_ms - now;
		if (left < shortest)
			shortest = left < 0 ? 0 : left;
	}
	if (fd < 0 && n == 1)
		return false;
	if (poll(p, n, n == 1 ? -1 : (int)shortest + 1) <= 0)
		return false;
	return p[0].revents != 0;
}

/* The next result of the answer; NULL at its end or when the server is lost
 * (then outcome is set). */
static PGresult *
next_result(struct db *db)
{
	while (!db_answered(db))
		db_wait_socket(db, POLLIN, db->deadline_ms);
	if (PQisBusy(db->conn) && db_clock_ms() > db->deadline_ms) {
		db_note(
		    db, DB_RECONNECT, "", "no answer within the time limit");
		db_disconnect(db);
		return NULL;
	}
	return PQgetResult(db->conn);
}

static void
result_failed(struct db *db, const PGresult *r)
{
	const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
	const char *text = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);

	if (db->outcome != DB_OK) /* the first error is the cause */
		return;
	if (state == NULL)
		db_note(db, DB_RECONNECT, "", BROKE);
	else
		db_note(db, db_classify(state), state, text);
}

bool
db_answer(struct db *db)
{
	PGresult *r;
	ExecStatusType status;

	if (!db->busy)
		db_note(db, DB_RECONNECT, "", BROKE);
	while (db->busy && (r = next_result(db)) != NULL) {
		status = PQresultStatus(r);
		if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
			result_clear(db);
			db->result = r;
			continue;
		}
		result_failed(db, r);
		PQclear(r);
	}
	db->busy = false;
	if (db->conn != NULL && PQstatus(db->conn) == CONNECTION_BAD) {
		if (db->outcome == DB_OK)
			db_note(db, DB_RECONNECT, "", BROKE);
		db_disconnect(db);
	}
	if (db->outcome != DB_OK)
		result_clear(db);
	return db->outcome == DB_OK;
}

enum db_class
db_outcome(struct db *db)
{
	if (db->busy)
		db_answer(db);
	return db->outcome;
}

const char *
db_sqlstate(const struct db *db)
{
	return db->sqlstate;
}

const char *
db_message(const struct db *db)
{
	return db->message;
}

void
db_fail(const struct db *db)
{
	enum exits status = db->outcome == DB_RECONNECT
				? EXIT_UNAVAILABLE
				: db_exit_status(db->sqlstate);

	die(status, db_hint(db->sqlstate), "database: %s%s%s", db->sqlstate,
	    db->sqlstate[0] != '\0' && db->message[0] != '\0' ? " " : "",
	    db->message);
}

void
db_pause(int attempt)
{
	struct timespec t;
	int64_t ms = PAUSE_MS;

	for (int i = 1; i < attempt && ms < PAUSE_MAX_MS; i++)
		ms *= 2;
	if (ms > PAUSE_MAX_MS)
		ms = PAUSE_MAX_MS;
	clock_gettime(CLOCK_MONOTONIC, &t);
	ms += (t.tv_nsec / 1000 + getpid() * 7919L) % ms;
	t.tv_sec = (time_t)(ms / 1000);
	t.tv_nsec = (long)(ms % 1000) * 1000000;
	nanosleep(&t, NULL);
}

/* True: the question may be sent again. */
static bool
repeat(struct db *db, int attempt)
{
	if ((db->outcome != DB_RETRY && db->outcome != DB_RECONNECT) ||
	    attempt > REPEATS_MAX)
		return false;
	log_info("database question is sent again", "sqlstate=%s attempt=%d",
	    db->sqlstate[0] != '\0' ? db->sqlstate : "-", attempt);
	db_pause(attempt);
	return true;
}

bool
db_try(struct db *db, const char *sql, int count, const char *const *values)
{
	for (int attempt = 1;; attempt++) {
		db_send(db, sql, count, values);
		if (db_outcome(db) == DB_OK)
			return true;
		if (db->outcome == DB_DATA)
			return false;
		if (!repeat(db, attempt))
			db_fail(db);
	}
}

bool
db_try_rows(struct db *db, const char *sql, int count,
    const char *const *values, int place, const struct db_rows *rows)
{
	bool answered;

	db->rows = rows;
	db->rows_place = place;
	answered = db_try(db, sql, count, values);
	db->rows = NULL;
	return answered;
}

void
db_query(struct db *db, const char *sql, int count, const char *const *values)
{
	if (!db_try(db, sql, count, values))
		db_fail(db);
}

/* Step to the next row of a stream; false at its end or on an error. */
static bool
stream_row(struct db *db)
{
	PGresult *r;

	result_clear(db);
	while (db->busy && (r = next_result(db)) != NULL) {
		if (PQresultStatus(r) == PGRES_SINGLE_TUPLE) {
			db->result = r;
			/* The reader may take its time between rows. */
			db->deadline_ms = db_clock_ms() + ANSWER_MS;
			return true;
		}
		if (PQresultStatus(r) != PGRES_TUPLES_OK)
			result_failed(db, r);
		PQclear(r);
	}
	db->busy = db->streaming = false;
	if (db->conn != NULL && PQstatus(db->conn) == CONNECTION_BAD)
		db_disconnect(db);
	return false;
}

void
db_stream(struct db *db, const char *sql, int count, const char *const *values)
{
	for (int attempt = 1;; attempt++) {
		db_send(db, sql, count, values);
		if (db->busy)
			db->streaming = PQsetSingleRowMode(db->conn) == 1;
		if (stream_row(db) || db->outcome == DB_OK)
			return;
		if (!repeat(db, attempt))
			db_fail(db);
	}
}

bool
db_next_row(struct db *db)
{
	if (!db->streaming)
		return ++db->row < PQntuples(db->result);
	if (db->row == -1 && db->result != NULL) {
		db->row = 0;
		return true;
	}
	if (!stream_row(db) && db->outcome != DB_OK)
		db_fail(db);
	db->row = 0;
	return db->result != NULL;
}

size_t
db_row_count(const struct db *db)
{
	return (size_t)PQntuples(db->result);
}

struct slice
db_column(const struct db *db, int column)
{
	int row = db->streaming ? 0 : db->row;

	if (PQgetisnull(db->result, row, column))
		return NO_SLICE;
	return (struct slice){ PQgetvalue(db->result, row, column),
		(size_t)PQgetlength(db->result, row, column) };
}
