/*
 * journal: statements that may be repeated.  After a lost connection the locks
 * are gone too and are taken again; what the lost statement did, if it did
 * anything, stays in the journal as begun or settled, and the database says so
 * when it is asked again.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "bounds.h"
#include "journal.h"
#include "log.h"
#include "tool.h"
#include "xalloc.h"

#define TRIES_MAX 5

static const char lock_sql[] = "SELECT calsync.apply_lock($1::bigint)";
static const char unlock_sql[] = "SELECT calsync.apply_unlock($1::bigint)";
static const char due_sql[] =
    "SELECT calsync.intents_due($1::text, $2::bigint[])";
static const char begin_sql[] =
    "SELECT n, outcome FROM calsync.intent_begin($1::json) AS b (n, outcome)";
static const char settle_sql[] =
    "SELECT n, result FROM calsync.intent_settle($1::json) AS s (n, result)";

void
journal_free(struct journal *j)
{
	str_free(&j->run);
	str_free(&j->now);
	str_free(&j->text);
	free(j->lock);
}

static enum db_class
run(struct journal *j, const char *sql, int count, const char *const *values)
{
	db_send(j->db, sql, count, values);
	return db_outcome(j->db);
}

/* The server may not have noticed yet that the holder of the locks is gone. */
static void
lock_again(struct journal *j, int64_t account)
{
	char text[24];
	const char *const values[] = { text };
	int tries;

	snprintf(text, sizeof text, "%" PRId64, account);
	for (tries = 1; tries <= TRIES_MAX; tries++) {
		if (run(j, lock_sql, 1, values) != DB_OK)
			db_fail(j->db);
		if (db_next_row(j->db) && slice_is(db_column(j->db, 0), "t"))
			return;
		db_pause(tries);
	}
	die(EXIT_TEMPFAIL, NULL,
	    "account %s is being worked on by somebody else", text);
}

static void
lost_connection(struct journal *j, int tries)
{
	size_t i;

	if (tries > TRIES_MAX)
		db_fail(j->db);
	log_warn("connection to the database lost", "attempt=%d", tries);
	db_pause(tries);
	for (i = 0; i < j->locks; i++)
		lock_again(j, j->lock[i]);
}

/* Until it was done or refused for good. */
static enum db_class
ask(struct journal *j, const char *sql, int count, const char *const *values)
{
	enum db_class class;
	int tries = 0;

	for (;;) {
		class = run(j, sql, count, values);
		if (class == DB_RECONNECT) {
			lost_connection(j, ++tries);
		} else if (class == DB_RETRY) {
			if (++tries > TRIES_MAX)
				db_fail(j->db);
			db_pause(tries);
		} else {
			return class;
		}
	}
}

static void
must(struct journal *j, const char *sql, int count, const char *const *values)
{
	if (ask(j, sql, count, values) != DB_OK)
		db_fail(j->db);
}

void
journal_due(struct journal *j, const char *accounts,
    void (*take)(void *ctx, struct slice row), void *ctx)
{
	const char *const values[] = { j->run.data, accounts };

	must(j, due_sql, 2, values);
	while (db_next_row(j->db))
		take(ctx, db_column(j->db, 0));
}

bool
journal_lock(struct journal *j, int64_t account)
{
	char text[24];
	const char *const values[] = { text };

	snprintf(text, sizeof text, "%" PRId64, account);
	must(j, lock_sql, 1, values);
	if (!db_next_row(j->db) || !slice_is(db_column(j->db, 0), "t"))
		return false;
	if (j->locks == j->locks_max) {
		j->locks_max = j->locks_max * 2 + 8;
		j->lock = xreallocarray(j->lock, j->locks_max, sizeof *j->lock);
	}
	j->lock[j->locks++] = account;
	step("intent.lock");
	return true;
}

void
journal_unlock(struct journal *j, int64_t account)
{
	char text[24];
	const char *const values[] = { text };
	size_t i;

	for (i = 0; i < j->locks; i++)
		if (j->lock[i] == account)
			j->lock[i] = j->lock[--j->locks];
	snprintf(text, sizeof text, "%" PRId64, account);
	must(j, unlock_sql, 1, values);
}

/* The statement's one parameter: an object an intent, `put` adds to each. */
static const char *
write_list(struct journal *j, struct intent *const *list, size_t n,
    void (*put)(struct jsonw *w, const struct intent *in))
{
	struct jsonw w;

	str_reset(&j->text);
	j->text.max = PAGE_ARENA_MAX;
	jw_start(&w, &j->text);
	jw_array(&w, NULL);
	for (size_t i = 0; i < n; i++) {
		jw_object(&w, NULL);
		jw_int(&w, "n", (int64_t)i + 1);
		jw_int(&w, "intent", list[i]->id);
		jw_str(&w, "run", str_slice(&j->run));
		jw_str(&w, "now", str_slice(&j->now));
		put(&w, list[i]);
		jw_end(&w);
	}
	jw_end(&w);
	return j->text.data;
}

/* The intent that a row is about. */
static struct intent *
row_intent(struct journal *j, struct intent *const *list, size_t n)
{
	int64_t at;

	if (!slice_int64(db_column(j->db, 0), 1, (int64_t)n, &at))
		die(EXIT_SOFTWARE, NULL, "the database numbers no such intent");
	return list[at - 1];
}

static void
begun(struct intent *in, struct slice outcome)
{
	if (slice_is(outcome, "go"))
		in->stage = STAGE_GO;
	else if (slice_is(outcome, "over_budget"))
		intent_end(in, DELIVERY_OVER_BUDGET, 0, "");
	else
		intent_end(in, DELIVERY_MOVED, 0, "");
}

static void
put_request(struct jsonw *w, const struct intent *in)
{
	jw_str(w, "body", in->body.len > 0 ? str_slice(&in->body) : NO_SLICE);
	jw_str(w, "if_match", in->if_match);
}

void
journal_begin(struct journal *j, struct intent *const *list, size_t n)
{
	const char *const values[] = { write_list(j, list, n, put_request) };
	size_t i;

	must(j, begin_sql, 1, values);
	step("intent.begin");
	while (db_next_row(j->db))
		begun(row_intent(j, list, n), db_column(j->db, 1));
	for (i = 0; i < n; i++)
		if (list[i]->stage == STAGE_READY)
			die(EXIT_SOFTWARE, NULL,
			    "the database forgot an intent");
}

static void
put_settled(struct jsonw *w, const struct intent *in)
{
	jw_cstr(w, "outcome", delivery_names[in->outcome]);
	if (in->status != 0)
		jw_int(w, "status", in->status);
	else
		jw_null(w, "status");
	jw_cstr(w, "code", in->code[0] != '\0' ? in->code : NULL);
	jw_cstr(
	    w, "request_id", in->request_id[0] != '\0' ? in->request_id : NULL);
	jw_bool(w, "found", in->found);
	jw_str(w, "item", in->new_item.data != NULL ? in->new_item : in->item);
	jw_str(w, "etag", in->etag);
	jw_raw(w, "event", in->answer);
	jw_raw(w, "base", in->base);
}

static void
settled(struct intent *in, struct slice text)
{
	struct slice kept = intent_keep(in, text);
	const struct json *v =
	    json_parse(&in->arena, kept, JSON_LAST_WINS, NULL);
	const struct json *crm_id = json_get(v, "crm_id"),
			  *meeting = json_get(v, "meeting");
	struct slice name = json_text(v, "outcome");

	for (int i = 0; i < DELIVERY_COUNT; i++)
		if (slice_is(name, delivery_names[i]))
			in->outcome = (enum delivery)i;
	if (!json_is_null(crm_id))
		in->crm_id = crm_id->raw;
	if (!json_is_null(meeting))
		in->meeting = meeting->raw;
	in->error = json_true(v, "error") || in->outcome == DELIVERY_REFUSED;
	in->stage = STAGE_DONE;
}

static bool
settle(struct journal *j, struct intent *const *list, size_t n)
{
	const char *const values[] = { write_list(j, list, n, put_settled) };

	if (ask(j, settle_sql, 1, values) != DB_OK)
		return false;
	step("intent.settle");
	while (db_next_row(j->db))
		settled(row_intent(j, list, n), db_column(j->db, 1));
	return true;
}

/* It stays open, and the next run looks again. */
static void
leave_open(struct journal *j, struct intent *in)
{
	const char *state = db_sqlstate(j->db), *text = db_message(j->db);

	log_error("an outcome was refused by the database",
	    "intent=%" PRId64 " sqlstate=%s text=%s", in->id,
	    *state ? state : "-", *text ? text : "-");
	in->outcome = DELIVERY_UNKNOWN;
	snprintf(in->code, sizeof in->code, "%s", state);
	in->stage = STAGE_DONE;
}

void
journal_settle(struct journal *j, struct intent *const *list, size_t n)
{
	enum exits status;
	size_t i;

	if (settle(j, list, n))
		return;
	status = db_exit_status(db_sqlstate(j->db));
	if (status == EXIT_NOPERM || status == EXIT_CONFIG)
		db_fail(j->db);
	/* One of them is at fault: each by itself. */
	for (i = 0; i < n; i++)
		if (!settle(j, &list[i], 1))
			leave_open(j, list[i]);
}
