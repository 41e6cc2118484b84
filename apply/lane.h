/*
 * lane: one connection, and what it writes: a page after the other, or many
 * cursors at once.  Only for lanes.c.
 */
#ifndef LANE_H
#define LANE_H

#include "section.h"

#define QUIET_MAX 64 /* cursors in one transaction */

/* What one statement writes: a page, or the cursors of quiet sections. */
struct job {
	bool quiet;
	size_t count;
	struct section *section[QUIET_MAX];
	struct page *page[QUIET_MAX];
	struct str text; /* of a quiet one */
};

struct lane {
	struct db *db;
	struct str account; /* whose lock it holds; empty: none */
	struct job job;	    /* being written; count 0: idle */
	int repeats, resends;
	bool put_off, refused; /* see lanes_status */
};

/* A short statement, repeated after a lost connection; its row is current. */
void lane_call(
    struct lane *lane, const char *sql, const char *a, const char *b);
/* Send lane->job, for a page under its account's lock. */
void lane_send(struct lane *lane);
/*
 * Take the answer: the job's pages are settled and the lane idle, or the job
 * was sent again.  False: a quiet job was refused, and is still there; its
 * cursors have to be sent one by one.
 */
bool lane_finish(struct lane *lane);
void lane_release(struct lane *lane); /* the job is no longer its */
/* Give back the lock that is kept for the next section of its account. */
void lane_unlock(struct lane *lane);

/* Settle a page without the database: as it is, or as its lost section. */
void lane_settle(struct section *s, struct page *p);
void lane_settle_lost(struct section *s, struct page *p);

#endif
