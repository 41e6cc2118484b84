/*
 * routes: which changes of the CRM go to which mailbox, asked once a run.
 */
#ifndef ROUTES_H
#define ROUTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "bundles.h"
#include "db.h"
#include "json.h"
#include "policy_layers.h"

#define NO_ACCOUNT 0

struct routes {
	struct arena arena;
	struct bundles bundles; /* by account, calendar; NO_ACCOUNT last */
	bool asked;
	const char *now;     /* the run's */
	bool copies;	     /* owner.unsynced_out = copies */
	struct slice shifts; /* seconds by which many events moved, or empty */
	char policy_digest[POLICY_DIGEST_SIZE]; /* the org's */
};

/* From the run record.  Ends the program if its policy is none. */
void routes_open(struct routes *r, const struct json *run);
/* owner.unsynced_out = copies, as a parameter of a query. */
const char *routes_copies(const struct routes *r);
/*
 * The lines of this account and calendar, in `buf` or the spool; each is the
 * beginning of a record, `{"type":"crm.event","crm_id":..`, without its closing
 * brace, and ends with LF.  Asks the database when it is called first.
 */
struct slice routes_find(struct routes *r, struct db *db, int64_t account,
    struct slice calendar, struct str *buf);
/* Append such a line for the columns crm_id, id, changes and origin of the row;
 * the first is column `at`. */
void route_line(struct str *line, struct db *db, int at);
/* What fetch adds to a mailbox record when many events of the CRM have moved
 * by the same time: `,"shifts":[3600]`, or nothing.  Known once routes_find was
 * called. */
void routes_add_shifts(const struct routes *r, struct str *s);
void routes_free(struct routes *r);

#endif
