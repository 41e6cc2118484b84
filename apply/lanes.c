/*
 * lanes: asynchronous libpq instead of threads: all that happens at the same
 * time happens in the server.
 *
 * Most mailboxes of a run are quiet: nothing happened but that Graph gave them
 * a new delta link.  Their cursors are gathered and written many at a time,
 * because a transaction each would be what a quiet run spends its time on.
 *
 * An account's lock is taken by one session, so while a lane has it, or is
 * writing its cursor, nothing else may be done for that account elsewhere.
 */
#include <assert.h>
#include <stdlib.h>

#include "bounds.h"
#include "lane.h"
#include "lanes.h"
#include "tool.h"
#include "xalloc.h"

struct lanes {
	struct lane lane[LANES_MAX];
	struct db *set[LANES_MAX];
	size_t count;
	struct job quiet; /* being gathered */
	bool dry_run, begun;
	struct str run; /* the run record */
};

static const char begin_sql[] = "SELECT calsync.run_begin($1::json)";
static const char end_sql[] = "SELECT calsync.run_end($1::json)";

struct lanes *
lanes_open(const char *conninfo, int64_t count, bool dry_run)
{
	struct lanes *l = xcalloc(1, sizeof(*l));

	assert(count >= 1 && count <= LANES_MAX);
	l->count = (size_t)count;
	l->dry_run = dry_run;
	for (size_t i = 0; i < l->count; i++)
		l->set[i] = l->lane[i].db =
		    db_open(conninfo, DB_WRITE, "apply");
	return l;
}

void
lanes_close(struct lanes *l)
{
	for (size_t i = 0; i < l->count; i++) {
		db_close(l->lane[i].db);
		str_free(&l->lane[i].account);
		str_free(&l->lane[i].job.text);
	}
	str_free(&l->quiet.text);
	str_free(&l->run);
	free(l);
}

static bool
in_flight(const struct lanes *l)
{
	for (size_t i = 0; i < l->count; i++)
		if (l->lane[i].job.count > 0)
			return true;
	return false;
}

bool
lanes_busy(const struct lanes *l)
{
	return l->quiet.count > 0 || in_flight(l);
}

static bool
same_account(const struct str *account, const struct section *s)
{
	return slice_eq(str_slice(account), str_slice(&s->account));
}

static bool
job_has(const struct job *job, const struct section *s)
{
	for (size_t i = 0; i < job->count; i++)
		if (same_account(&job->section[i]->account, s))
			return true;
	return false;
}

static bool
lane_has(const struct lane *lane, const struct section *s)
{
	return same_account(&lane->account, s) || job_has(&lane->job, s);
}

static void submit(struct lanes *l, struct section *s, struct page *p);

/* One of the cursors is to blame: each by itself. */
static void
split_job(struct lanes *l, struct lane *lane)
{
	struct job job = lane->job;

	lane_release(lane);
	for (size_t i = 0; i < job.count; i++)
		submit(l, job.section[i], job.page[i]);
}

static bool
settle_answered(struct lanes *l)
{
	bool any = false;

	for (size_t i = 0; i < l->count; i++) {
		struct lane *lane = &l->lane[i];

		if (lane->job.count == 0 || !db_answered(lane->db))
			continue;
		if (!lane_finish(lane))
			split_job(l, lane);
		any = true;
	}
	return any;
}

static void
settle_one(struct lanes *l, int fd)
{
	while (!settle_answered(l) && in_flight(l))
		if (db_wait(l->set, l->count, fd))
			return;
}

/* The lane that has the section's account, else one that is idle; NULL while
 * it is busy, or all are. */
static struct lane *
find_lane(struct lanes *l, const struct section *s)
{
	struct lane *idle = NULL;

	for (size_t i = 0; i < l->count; i++) {
		struct lane *lane = &l->lane[i];

		if (lane_has(lane, s))
			return lane->job.count == 0 ? lane : NULL;
		if (lane->job.count == 0 && idle == NULL)
			idle = lane;
	}
	return idle;
}

void
lanes_run(struct lanes *l, struct slice line)
{
	str_reset(&l->run);
	str_add_slice(&l->run, line);
}

void
lanes_run_end(struct lanes *l, const char *summary)
{
	if (!l->begun)
		return;
	lane_call(&l->lane[0], end_sql, summary, NULL);
	step("run.end");
}

static struct lane *
wait_lane(struct lanes *l, const struct section *s)
{
	struct lane *lane;

	while ((lane = find_lane(l, s)) == NULL)
		settle_one(l, -1);
	if (!l->begun) {
		lane_call(lane, begin_sql, l->run.data, NULL);
		l->begun = true;
		step("run.begin");
	}
	return lane;
}

static void
submit(struct lanes *l, struct section *s, struct page *p)
{
	struct lane *lane = wait_lane(l, s);

	lane->job.quiet = false;
	lane->job.count = 1;
	lane->job.section[0] = s;
	lane->job.page[0] = p;
	s->in_flight = true;
	lane_send(lane);
}

/* None of the gathered cursors is a lane's: see lanes_submit. */
static void
send_quiet(struct lanes *l)
{
	struct lane *lane;
	struct str text;

	if (l->quiet.count == 0)
		return;
	lane = wait_lane(l, l->quiet.section[0]);
	text = lane->job.text;
	str_addc(&l->quiet.text, ']');
	lane->job = l->quiet;
	l->quiet.count = 0;
	l->quiet.text = text;
	lane_send(lane);
}

static void
gather(struct lanes *l, struct section *s, struct page *p)
{
	struct job *job = &l->quiet;

	if (job->count == 0) {
		job->quiet = true;
		job->text.max = PAGE_BYTES_MAX;
		str_reset(&job->text);
	}
	str_adds(&job->text, job->count == 0 ? "[" : ",\n");
	str_adds(&job->text, page_text(p));
	job->section[job->count] = s;
	job->page[job->count] = p;
	job->count++;
	s->in_flight = true;
	if (job->count == QUIET_MAX)
		send_quiet(l);
}

static bool
is_with_a_lane(const struct lanes *l, const struct section *s)
{
	for (size_t i = 0; i < l->count; i++)
		if (lane_has(&l->lane[i], s))
			return true;
	return false;
}

void
lanes_submit(struct lanes *l, struct section *s, struct page *p)
{
	if (job_has(&l->quiet, s))
		send_quiet(l);
	while (s->in_flight)
		settle_one(l, -1);
	if (s->lost) {
		lane_settle_lost(s, p);
	} else if (l->dry_run || !page_needs_database(p)) {
		page_take_all(p, OUTCOME_WOULD, "");
		lane_settle(s, p);
	} else if (p == s->final && page_is_quiet(p) && !s->left &&
		   !is_with_a_lane(l, s)) {
		gather(l, s, p);
	} else {
		submit(l, s, p);
	}
}

void
lanes_settle(struct lanes *l, bool wait, int fd)
{
	send_quiet(l);
	if (wait)
		settle_one(l, fd);
	else
		settle_answered(l);
}

void
lanes_rest(struct lanes *l)
{
	for (size_t i = 0; i < l->count; i++)
		if (l->lane[i].job.count == 0)
			lane_unlock(&l->lane[i]);
}

enum exits
lanes_status(const struct lanes *l)
{
	enum exits status = EXIT_OK;

	for (size_t i = 0; i < l->count; i++) {
		if (l->lane[i].put_off)
			return EXIT_TEMPFAIL;
		if (l->lane[i].refused)
			status = EXIT_REFUSED;
	}
	return status;
}

struct db *
lanes_db(struct lanes *l)
{
	assert(!lanes_busy(l));
	lanes_rest(l);
	return l->lane[0].db;
}
