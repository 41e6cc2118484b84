/*
 * feed: what people changed in the CRM, brought into the section that it would
 * be written through (docs/stream.md, section 9).
 *
 * Where each change goes is asked once a run, for all mailboxes (routes.h): so
 * the work grows with the changes and not with the mailboxes.  A linked event
 * is to be read by id, and its record says only which changes it stands for;
 * of any other the CRM's row comes along.  Nothing is acknowledged here.
 */
#ifndef FEED_H
#define FEED_H

#include <stdbool.h>
#include <stdint.h>

#include "db.h"
#include "idmap.h"
#include "json.h"
#include "routes.h"
#include "spool.h"
#include "stream.h"

/* The records of one section: lines in a spool. */
struct feed {
	struct spool spool;
	struct feed_line {
		uint64_t at;
		size_t len;
	} * line;
	size_t count, cap;
};

/* Whose records, and what is done about a linked event. */
struct feed_of {
	int64_t account; /* NO_ACCOUNT: changes that no mailbox is there for */
	struct slice calendar, policy_digest;
	struct slice from;	    /* crm_from, or none */
	const struct json *cleanup; /* the user's request, or NULL */
	bool by_id;		    /* nothing but that */
	void (*want)(void *ctx, struct slice id);
	/* The uid of one that has no link and should have; NULL: never mind. */
	void (*seek)(void *ctx, struct slice uid);
	void *ctx;
};

void feed_gather(struct feed *feed, struct db *db, struct routes *r,
    const struct feed_of *of);
void feed_write(const struct feed *feed, struct stream_out *out);
void feed_free(struct feed *feed);

/* The last section, for changes without a mailbox; true if there are any. */
bool feed_write_rest(struct db *db, struct routes *r, struct stream_out *out);

#endif
