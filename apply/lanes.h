/*
 * lanes: connections that write pages at the same time.  Each works on one
 * section, under the account's advisory lock, one page (= one transaction)
 * after the other; sections are disjoint, so lanes do not meet but in the
 * meetings that two mailboxes share, where the database orders them.
 */
#ifndef LANES_H
#define LANES_H

#include <stdbool.h>
#include <stdint.h>

#include "exits.h"
#include "section.h"

#define LANES_MAX 16

struct lanes;

/* dry_run: connect to nothing, settle each op as `would`. */
struct lanes *lanes_open(const char *conninfo, int64_t count, bool dry_run);
void lanes_close(struct lanes *l);

/* The run record, for the run's row; written with the first page. */
void lanes_run(struct lanes *l, struct slice line);
/* Write the run's row for the end, if it was begun. */
void lanes_run_end(struct lanes *l, const char *summary);

/*
 * Hand over a closed page, which the lanes free.  Waits for a free lane, and
 * for the section's page before.  When the page is settled its lines are in
 * the section's out and in_flight is false.  What the database refuses for
 * good makes the section lost; what concerns all sections (rights, schema,
 * server gone) ends the program.
 */
void lanes_submit(struct lanes *l, struct section *s, struct page *p);
bool lanes_busy(const struct lanes *l);
/* Settle what is answered.  wait: until one is, or fd (not -1) is readable. */
void lanes_settle(struct lanes *l, bool wait, int fd);
/* Give back locks that are kept for the next section of the same account. */
void lanes_rest(struct lanes *l);
/* A connection for what comes when all is settled; it holds no locks. */
struct db *lanes_db(struct lanes *l);
/* EXIT_TEMPFAIL: something was put off, locked, moved, or not possible now; else
 * EXIT_REFUSED: the database refused a page, be it one without ops. */
enum exits lanes_status(const struct lanes *l);

#endif
