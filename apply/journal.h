/*
 * journal: what delivery asks the database.  Intents are journaled before they
 * are sent, and settled when their outcome is known, up to JOURNAL_MAX in one
 * transaction; the account's advisory lock is held meanwhile.
 */
#ifndef JOURNAL_H
#define JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "db.h"
#include "intent.h"

#define JOURNAL_MAX 20

struct journal {
	struct db *db;
	struct str run, now;
	int64_t *lock; /* accounts whose locks are held */
	size_t locks, locks_max;
	struct str text; /* a parameter */
};

void journal_free(struct journal *j);

/* Rows of calsync.intents_due for the accounts (text[]); `take` gets each. */
void journal_due(struct journal *j, const char *accounts,
    void (*take)(void *ctx, struct slice row), void *ctx);

bool journal_lock(struct journal *j, int64_t account);
void journal_unlock(struct journal *j, int64_t account);

/* At most JOURNAL_MAX.  Each is STAGE_GO then, or has its outcome. */
void journal_begin(struct journal *j, struct intent *const *list, size_t n);
/* At most JOURNAL_MAX.  Each is STAGE_DONE then. */
void journal_settle(struct journal *j, struct intent *const *list, size_t n);

#endif
