/*
 * batch: the records of a section that are asked about together, in their
 * order.  Everything in it lives in its arena, until batch_reset.
 */
#ifndef BATCH_H
#define BATCH_H

#include "arena.h"
#include "bounds.h"
#include "json.h"
#include "str.h"
#include "stream.h"

enum item_kind {
	ITEM_PASS,    /* not ours: goes on as it came */
	ITEM_EVENT,   /* a canonical event */
	ITEM_REMOVED, /* the proof that one is gone */
	ITEM_CRM,     /* an event of the CRM that is in no mailbox */
	ITEM_CHANGED, /* says that the CRM changed a linked event (changed.h) */
	ITEM_BAD      /* says it is one of these, and is not */
};

/* Members of an event, of its series and of its record.  They are found once, while
 * the tree is at hand: when the batch is asked about, it has left the caches. */
enum part {
	PART_DIGEST,
	PART_UID,
	PART_SUBJECT,
	PART_START,
	PART_END,
	PART_ALL_DAY,
	PART_ROOMS,
	PART_ORGANIZER,
	PART_ATTENDEES,
	PART_SERIES,
	PART_MARKER,
	PART_TRANSACTION,
	PART_ORIGINAL_DATE, /* of the series */
	PART_MASTER,
	PART_PLANNED, /* what an exception's master says of its date */
	PART_AGAIN,   /* of the record */
	PART_MARK,
	PART_BY_ID,
	PART_EXCEPTIONS,
	PART_COUNT
};

struct item {
	enum item_kind kind;
	bool known;			     /* with this digest: stops here */
	bool stale;			     /* but its bytes were others */
	struct slice line;		     /* the whole record */
	const struct json *record;	     /* parsed; NULL for ITEM_PASS */
	const struct json *event;	     /* its event; NULL when removed */
	const struct json *part[PART_COUNT]; /* NULL: there is none */
	struct slice id;		     /* Graph's; of ITEM_CRM none */
	uint32_t *on; /* whose addresses stand in it, see people.h: organizer,
			 attendees, those of the series' plan */
	size_t on_count;
	struct slice who;	    /* raw: what the CRM has of them */
	struct slice first;	    /* it may have turned: see turned.h */
	bool first_cancelled;	    /* of a master: its first date is */
	struct slice crm_id;	    /* of ITEM_CRM */
	struct slice changes;	    /* of the CRM; raw, or none */
	struct slice origin;	    /* of the last of these; likewise */
	const char *why;	    /* of ITEM_BAD; NULL: the usual one */
	const struct json *context; /* what match_context or match_crm said */
};

struct batch {
	struct arena arena;
	struct item item[PAGE_RECORDS_MAX];
	size_t count, bytes;
	size_t questions; /* events and removals of Graph */
	size_t crm;	  /* of the CRM */
};

/* Add the record.  False: the line is malformed (logged by the stream). */
bool batch_add(struct batch *b, struct stream_in *in, const struct record *r);
/* Of a Graph event, and not known: the database is asked what to do with it. */
bool item_is_question(const struct item *i);
bool batch_full(const struct batch *b);
void batch_reset(struct batch *b);

#endif
