/*
 * people: who is behind the addresses of events, as the CRM has it.  The same few
 * people are on many events, so what was found is kept for the run, up to a bound:
 * a person who changes meanwhile is what a skipped event waits for, and the next
 * run finds that (fetch_waiting looks back to before this run began).
 */
#ifndef PEOPLE_H
#define PEOPLE_H

#include "batch.h"
#include "db.h"
#include "section.h"

struct people;

struct person {
	struct slice address;
	struct slice entries; /* of `who`, with commas between; may be empty */
	struct slice user;    /* the CRM user; none: it is no user's */
	bool synced;	      /* and has a mailbox that is */
};

struct people *people_open(void);
void people_close(struct people *p);

/* Ask for those on the batch's events that are not known, in one statement; then each
 * event that is not `known` has its `on` and `who`. */
void people_ask(
    struct people *p, struct batch *b, struct db *db, const struct section *s);

/* By a number of `on`: valid until the next people_ask. */
const struct person *people_get(const struct people *p, uint32_t n);

#endif
