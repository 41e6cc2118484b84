/*
 * lane: one connection's work.
 *
 * A lost connection.  A page is one transaction, so it was either committed or
 * not, but the client does not know which.  The page is sent again, as it is.
 * If it was not committed, it is now.  If it was, the cursor that it moved is
 * no longer where the page says it begins, and the database refuses the whole
 * page (CS001): nothing is done twice, and the next run reads on from what
 * is stored.  A page without a cursor names the versions that it was made
 * from, so each of its ops is `moved` then, or joins what it had made itself.
 */
#include "lane.h"
#include "log.h"
#include "tool.h"

#define REPEATS_MAX 5 /* of a page after a conflict with another one */
#define RESENDS_MAX 3 /* after a lost connection */

static const char lock_sql[] = "SELECT calsync.apply_lock($1::bigint)";
static const char swap_sql[] =
    "SELECT calsync.apply_lock($1::bigint), calsync.apply_unlock($2::bigint)";
static const char unlock_sql[] = "SELECT calsync.apply_unlock($1::bigint)";
static const char page_sql[] =
    "SELECT n, result FROM calsync.apply_page($1::jsonb, $2)"
    " AS p (n, result)";
static const char cursors_sql[] =
    "SELECT n, outcome FROM calsync.apply_cursors($1::json) AS c (n, outcome)";

/* After a lost connection its session locks are gone too. */
static void
lost_connection(struct lane *lane)
{
	str_reset(&lane->account);
	if (++lane->resends > RESENDS_MAX)
		db_fail(lane->db);
	log_warn(
	    "connection to the database lost", "attempt=%d", lane->resends);
	db_pause(lane->resends);
}

/* A short statement that may be repeated; its first row is current. */
void
lane_call(struct lane *lane, const char *sql, const char *a, const char *b)
{
	const char *const values[] = { a, b };

	for (;;) {
		db_send(lane->db, sql, b == NULL ? 1 : 2, values);
		switch (db_outcome(lane->db)) {
		case DB_OK:
			db_next_row(lane->db);
			return;
		case DB_RECONNECT:
			lost_connection(lane);
			break;
		case DB_RETRY:
		case DB_CONFLICT:
		case DB_DATA:
		case DB_PERMISSION:
		case DB_MOVED:
		case DB_FATAL:
		default:
			db_fail(lane->db);
		}
	}
}

static bool
lock(struct lane *lane, const struct str *account)
{
	bool other = lane->account.len > 0, got;

	if (slice_is(str_slice(account), "null") ||
	    slice_eq(str_slice(&lane->account), str_slice(account)))
		return true;
	lane_call(lane, other ? swap_sql : lock_sql, account->data,
	    other ? lane->account.data : NULL);
	got = slice_is(db_column(lane->db, 0), "t");
	str_reset(&lane->account);
	if (got) {
		str_add_slice(&lane->account, str_slice(account));
		step("lock");
	}
	return got;
}

void
lane_settle(struct section *s, struct page *p)
{
	section_settle(s, p);
	page_free(p);
	s->in_flight = false;
}

/* Nothing of the page was written, and nothing more of the section will be. */
void
lane_settle_lost(struct section *s, struct page *p)
{
	page_take_all(p, s->lost_outcome, s->lost_code);
	lane_settle(s, p);
}

void
lane_release(struct lane *lane)
{
	lane->job.count = 0;
	lane->repeats = lane->resends = 0;
}

static void
lose_section(struct lane *lane, struct section *s, struct page *p,
    enum outcome outcome, const char *sqlstate)
{
	if (outcome != OUTCOME_FAILED ||
	    db_exit_status(sqlstate) == EXIT_TEMPFAIL)
		lane->put_off = true;
	else
		lane->refused = true;
	section_lose(s, outcome, sqlstate);
	lane_settle_lost(s, p);
}

/* A page's section; never a quiet job. */
static void
lose(struct lane *lane, enum outcome outcome, const char *why)
{
	const char *sqlstate = db_sqlstate(lane->db);
	const char *text = db_message(lane->db);

	log_warn(why, "account=%s sqlstate=%s text=%s",
	    lane->job.section[0]->account.data, *sqlstate ? sqlstate : "-",
	    *text ? text : "-");
	lose_section(
	    lane, lane->job.section[0], lane->job.page[0], outcome, sqlstate);
	lane_release(lane);
}

/* Also after a lost connection, when the lock has to be taken anew: the
 * server may not have noticed yet that its holder is gone. */
static void
send_page(struct lane *lane)
{
	const struct page *page = lane->job.page[0];
	const char *const values[] = { page_text(page), page_bases(page) };
	bool got;

	do {
		got = lock(lane, &lane->job.section[0]->account);
	} while (!got && lane->resends > 0 && lane->resends < RESENDS_MAX &&
		 (db_pause(lane->resends++), true));
	if (got)
		db_send(lane->db, page_sql, 2, values);
	else
		lose(lane, OUTCOME_LOCKED, "the mailbox is being worked on");
}

void
lane_send(struct lane *lane)
{
	const char *const values[] = { lane->job.text.data };

	if (lane->job.quiet)
		db_send(lane->db, cursors_sql, 1, values);
	else
		send_page(lane);
}

static void
page_done(struct lane *lane)
{
	struct section *s = lane->job.section[0];
	struct page *p = lane->job.page[0];

	step("page");
	page_take_rows(p, lane->db);
	s->committed = p == s->final;
	lane_settle(s, p);
	lane_release(lane);
}

/* Each cursor has its own outcome: done, moved or locked. */
static void
cursor_done(struct lane *lane, size_t n, struct slice outcome)
{
	struct section *s = lane->job.section[n];
	struct page *p = lane->job.page[n];

	lane->job.page[n] = NULL;
	s->committed = slice_is(outcome, "done");
	if (s->committed)
		lane_settle(s, p);
	else if (slice_is(outcome, "locked"))
		lose_section(lane, s, p, OUTCOME_LOCKED, "");
	else
		lose_section(lane, s, p, OUTCOME_MOVED, "CS001");
}

static void
cursors_done(struct lane *lane)
{
	const struct job *job = &lane->job;
	int64_t n;

	step("cursors");
	if (db_row_count(lane->db) != job->count)
		die(EXIT_SOFTWARE, NULL, "the database forgot a cursor");
	while (db_next_row(lane->db)) {
		if (!slice_int64(
			db_column(lane->db, 0), 1, (int64_t)job->count, &n) ||
		    job->page[n - 1] == NULL)
			die(EXIT_SOFTWARE, NULL,
			    "the database numbers no such cursor");
		cursor_done(lane, (size_t)n - 1, db_column(lane->db, 1));
	}
	lane_release(lane);
}

/* False: a quiet job was refused, because of one of its cursors. */
static bool
job_failed(struct lane *lane)
{
	enum exits status = db_exit_status(db_sqlstate(lane->db));

	if (status == EXIT_NOPERM || status == EXIT_CONFIG)
		db_fail(lane->db);
	if (lane->job.quiet)
		return false;
	lose(lane, OUTCOME_FAILED, "a page was refused");
	return true;
}

bool
lane_finish(struct lane *lane)
{
	switch (db_outcome(lane->db)) {
	case DB_OK:
		if (lane->job.quiet)
			cursors_done(lane);
		else
			page_done(lane);
		return true;
	case DB_RETRY:
		if (++lane->repeats > REPEATS_MAX)
			return job_failed(lane);
		db_pause(lane->repeats);
		lane_send(lane);
		return true;
	case DB_RECONNECT:
		lost_connection(lane);
		lane_send(lane);
		return true;
	case DB_MOVED:
		if (lane->job.quiet)
			return false;
		lose(lane, OUTCOME_MOVED,
		    "the cursor was moved by somebody else");
		return true;
	case DB_CONFLICT:
	case DB_DATA:
	case DB_PERMISSION:
	case DB_FATAL:
	default:
		return job_failed(lane);
	}
}

void
lane_unlock(struct lane *lane)
{
	if (lane->account.len == 0)
		return;
	lane->resends = 0;
	lane_call(lane, unlock_sql, lane->account.data, NULL);
	str_reset(&lane->account);
}
