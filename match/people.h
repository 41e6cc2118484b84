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

/* Call fn with each address of the event that somebody may be behind, in the order
 * of `who`: organizer, attendees, those of the series' plan; of a list its members. */
void people_each(const struct json *event, const struct section *s,
    void (*fn)(void *arg, struct slice address), void *arg);

/* Ask for those of the batch that are not known, in one statement; then each event
 * that is not `known` has its `who`. */
void people_ask(
    struct people *p, struct batch *b, struct db *db, const struct section *s);

/* NULL: was not asked for.  Valid until the next people_ask. */
const struct person *people_find(const struct people *p, struct slice address);

#endif
