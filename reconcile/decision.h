/*
 * decision: what becomes of a candidate: one op, or one skip; and where both
 * sides have to be written, an op for each.  The rules fill it in, ops.c and
 * ops_out.c write it.  Members that an op does not need stay zero.  The raw
 * JSON lives in the candidate's arena.
 */
#ifndef DECISION_H
#define DECISION_H

#include "candidate.h"
#include "reason.h"

enum op {
	OP_SKIP,
	OP_CREATE,
	OP_UPDATE,
	OP_DELETE, /* kept back until the section's end */
	OP_BASE,
	OP_COPY,
	OP_DROP, /* kept back, too */
	OP_END,
	OP_LOCATION, /* a place, before the events that are there */
	OP_PERSON,   /* somebody on an event, before it */
	/* The way out: all of them are kept until the section's end. */
	OP_ADOPT,
	OP_POST,
	OP_PATCH,
	OP_REMOVE,
	OP_RESPOND, /* the user's own answer to another's meeting */
	OP_MARK,    /* our categories on this copy, and nothing else */
	OP_HOLD,
	OP_COUNT
};

/* Whom Exchange will mail; an address that gets several stands several times. */
struct recipients {
	struct slice *list; /* sorted */
	size_t count;
};

/* A write to Graph. */
struct outgoing {
	enum op op; /* OP_SKIP: none */
	const char *rule;
	enum policy_key key;
	struct slice evidence;
	struct slice set, was, attendees, categories;
	struct slice response; /* OP_RESPOND: the CRM's word */
	struct slice colors;   /* object: of ours, where the mailbox has none */
	struct slice failed;   /* categories, if the CRM refuses its part */
	struct slice base_graph, base_crm;
	struct slice lost;   /* Graph's values that are overwritten */
	struct slice names;  /* array: what is written, for people */
	const char *state;   /* "ended": and the link ends */
	struct slice series; /* a deletion of the whole: its master */
	struct slice dates;  /* a series made again: the uid that it had */
	bool more;	     /* it is to be read again when it is done */
	bool is_meeting;  /* written through the organizer, with people on it */
	bool is_over;	  /* it has ended, or will have */
	bool cuts_body;	  /* it would lose what the CRM did not show */
	bool cuts_people; /* the same of people and rooms */
	bool swings;	  /* Graph's side undid it again and again */
	struct slice leaves; /* what waits, whose changes stay pending: why */
	int64_t start;	     /* orders the ops (U13) */
	struct recipients mail;
};

struct decision {
	enum op op;
	enum reason reason; /* of a skip */

	/* why */
	const char *rule; /* NULL: the reason's name */
	struct slice evidence;
	enum policy_key key; /* the line that decided; POL_NONE: no policy */
	const struct policy *policy; /* NULL: the candidate's */
	bool has_key;
	struct slice notes; /* array of codes to be logged beside the op */

	/* a skip, or an op whose answer time or people may change */
	int64_t due; /* 0: never */
	struct slice waits;
	int64_t waits_account; /* 0: nobody */
	bool is_final;	       /* of a CRM candidate: its changes may go */
	bool sleeps; /* or they sleep until `due`, whatever the reason */

	/* an op */
	const char *how;       /* crm.delete */
	const char *state;     /* of the link afterwards; NULL: as it is */
	bool revives;	       /* crm.create: over the tombstone of the link */
	struct slice restores; /* and this deleted CRM event becomes it again */
	bool needs_crm;	       /* it depends on the CRM's state */
	bool is_late; /* link.end: at the section's end, for the CRM's sake */
	bool
	    is_asked; /* somebody asked for this deletion: no breaker stops it */
	struct slice set, attendees, rooms, base, lost, pending;
	bool files;		 /* of the event, to be looked at */
	struct slice differs;	 /* link.adopt */
	const struct json *twin; /* the same: the CRM event that it is */

	struct outgoing out;  /* op OP_SKIP and reason R_NONE: this alone */
	struct outgoing mark; /* never with `out` */
	bool is_beside;	      /* a skip: the event has another record */
	struct slice title; /* a skip: what people know the event by, as JSON */
};

void decision_skip(struct decision *d, enum reason reason, enum policy_key key);
/* The link becomes a tombstone; late: for the CRM's sake. */
void decision_end(struct decision *d, const char *rule, enum policy_key key);
void decision_end_late(
    struct decision *d, const char *rule, enum policy_key key);

#endif
