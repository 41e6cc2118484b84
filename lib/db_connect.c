/*
 * db_connect: the part of db that opens a connection and makes every session
 * the same.  Settings are made by one statement after connecting, not by start
 * options, which connection poolers refuse.
 */
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <libpq-fe.h>

#include "db_state.h"
#include "log.h"
#include "xalloc.h"

#define CONNECT_MS 10000

/* Session settings as one statement; the role only for its members. */
#define SESSION_SQL(role, more)                                                \
	"SELECT pg_catalog.set_config(s.name, s.value, false) FROM (VALUES "   \
	"('timezone', 'UTC'), ('datestyle', 'ISO, YMD'), "                     \
	"('intervalstyle', 'iso_8601'), ('search_path', 'pg_catalog'), "       \
	"('standard_conforming_strings', 'on'), ('jit', 'off'), "              \
	"('statement_timeout', '10min'), ('lock_timeout', '30s'), "            \
	"('idle_in_transaction_session_timeout', '1min')" more                 \
	") AS s (name, value) UNION ALL "                                      \
	"SELECT pg_catalog.set_config('role', r.rolname, false) "              \
	"FROM pg_catalog.pg_roles AS r WHERE r.rolname OPERATOR(pg_catalog.=)" \
	" '" role "' AND pg_catalog.pg_has_role(r.oid, 'MEMBER')"

static const char *const session_sql[] = {
	[DB_READ] = SESSION_SQL(
	    "calsync_read", ", ('default_transaction_read_only', 'on')"),
	[DB_WRITE] = SESSION_SQL("calsync_write", ""),
};

int64_t
db_clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

struct db *
db_open(const char *conninfo, enum db_role role, const char *tool)
{
	struct db *db = xcalloc(1, sizeof(*db));
	PQconninfoOption *parsed;
	struct str name = { 0 };

	if (conninfo == NULL)
		conninfo = getenv("CALSYNC_DB");
	if (conninfo == NULL)
		conninfo = "";
	if (strchr(conninfo, '=') != NULL || strstr(conninfo, "://") != NULL) {
		parsed = PQconninfoParse(conninfo, NULL);
		if (parsed == NULL)
			die(EXIT_CONFIG, "see --db and $CALSYNC_DB",
			    "the connection string cannot be read");
		PQconninfoFree(parsed);
	}
	str_addf(&name, "calsync %s", tool);
	db->tool = name.data;
	db->conninfo = xstrdup(conninfo);
	db->role = role;
	return db;
}

void
db_disconnect(struct db *db)
{
	PQfinish(db->conn);
	db->conn = NULL;
	db->busy = db->streaming = false;
	for (size_t i = 0; i < db->statement_count; i++)
		db->statement[i].prepared = false;
}

void
db_close(struct db *db)
{
	if (db == NULL)
		return;
	PQclear(db->result);
	db_disconnect(db);
	free(db->conninfo);
	free(db->tool);
	free(db);
}

/* The first line of a text; it goes into a message only if it quotes nothing
 * of the data. */
void
db_note(struct db *db, enum db_class outcome, const char *sqlstate,
    const char *text)
{
	size_t n;

	db->outcome = outcome;
	snprintf(db->sqlstate, sizeof(db->sqlstate), "%s", sqlstate);
	db->message[0] = '\0';
	if (text == NULL || (*sqlstate != '\0' && !db_may_show(sqlstate)))
		return;
	n = strcspn(text, "\n");
	snprintf(db->message, sizeof(db->message), "%.*s",
	    n < MESSAGE_MAX ? (int)n : MESSAGE_MAX - 1, text);
}

/*
 * libpq offers no SQLSTATE for a failed connection.  With verbose messages it
 * stands in the text, "...: FATAL:  28P01: password ...", in any language.
 */
static void
connect_failed(struct db *db)
{
	const char *text = PQerrorMessage(db->conn), *at = text;
	char state[6] = "";

	while ((at = strstr(at, ":  ")) != NULL) {
		at += 3;
		if (strspn(at, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 5 &&
		    at[5] == ':') {
			memcpy(state, at, 5);
			text = at + 7;
			break;
		}
	}
	if (state[0] == '\0' && PQconnectionNeedsPassword(db->conn))
		memcpy(state, "28P01", 5);
	db_note(db, state[0] == '\0' ? DB_RECONNECT : db_classify(state), state,
	    text);
	db_disconnect(db);
}

/* A notice that a trigger raises (class 00, 01, P0) may hold anything. */
static void
notice(void *arg, const PGresult *result)
{
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

	(void)arg;
	if (state == NULL || text == NULL)
		return;
	log_debug("server notice", "sqlstate=%s text=%s", state,
	    db_may_show(state) ? text : "-");
}

bool
db_wait_socket(const struct db *db, short events, int64_t deadline_ms)
{
	struct pollfd p = { .fd = PQsocket(db->conn), .events = events };
	int64_t left = deadline_ms - db_clock_ms();

	return left > 0 && poll(&p, 1, left > INT32_MAX ? -1 : (int)left) != 0;
}

/* PQconnectPoll knows no connect_timeout, so the deadline is here. */
static bool
connect_wait(struct db *db)
{
	PostgresPollingStatusType state = PGRES_POLLING_WRITING;
	int64_t deadline_ms = db_clock_ms() + CONNECT_MS;

	while (state != PGRES_POLLING_OK) {
		if (state == PGRES_POLLING_FAILED ||
		    PQstatus(db->conn) == CONNECTION_BAD) {
			connect_failed(db);
			return false;
		}
		if (!db_wait_socket(db,
			state == PGRES_POLLING_READING ? POLLIN : POLLOUT,
			deadline_ms)) {
			db_note(
			    db, DB_RECONNECT, "", "timed out while connecting");
			db_disconnect(db);
			return false;
		}
		state = PQconnectPoll(db->conn);
	}
	return true;
}

/* What stands before dbname is a default, what stands behind is forced. */
bool
db_connect(struct db *db)
{
	const char *const keys[] = { "keepalives_idle", "keepalives_interval",
		"keepalives_count", "tcp_user_timeout", "dbname",
		"client_encoding", "application_name", NULL };
	const char *const values[] = { "30", "10", "3", "60000", db->conninfo,
		"UTF8", db->tool, NULL };

	db->conn = PQconnectStartParams(keys, values, 1);
	if (db->conn == NULL)
		xdie(EXIT_SYSTEM, "calsync: error: out of memory\n");
	PQsetErrorVerbosity(db->conn, PQERRORS_VERBOSE);
	if (!connect_wait(db))
		return false;
	PQsetNoticeReceiver(db->conn, notice, NULL);
	log_debug("connected", "host=%s port=%s db=%s user=%s",
	    PQhost(db->conn), PQport(db->conn), PQdb(db->conn),
	    PQuser(db->conn));
	db->busy = PQsendQuery(db->conn, session_sql[db->role]) == 1;
	db->deadline_ms = db_clock_ms() + CONNECT_MS;
	if (db_answer(db))
		return true;
	if (db->conn != NULL)
		db_disconnect(db);
	return false;
}
