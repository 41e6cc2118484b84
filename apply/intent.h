/*
 * intent: one outward write, from the journal to its outcome.
 */
#ifndef INTENT_H
#define INTENT_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "digest.h"
#include "json.h"
#include "str.h"

enum intent_op {
	INTENT_CREATE,
	INTENT_UPDATE,
	INTENT_DELETE,
	INTENT_MARK,	/* an update of our categories alone */
	INTENT_RESPOND, /* the user's own answer */
};

/* Who has to do the next thing: we, Graph or the database. */
enum stage {
	STAGE_NEW,     /* nothing was done in this run */
	STAGE_ASKED,   /* Graph was asked what is there now */
	STAGE_READY,   /* the body is made: it has to be journaled */
	STAGE_GO,      /* journaled: it may be sent */
	STAGE_SENT,    /* Graph has been asked to write */
	STAGE_SETTLED, /* the outcome is known: it has to be stored */
	STAGE_DONE     /* stored and told */
};

/* What an answer is asked for. */
enum purpose {
	TO_CHECK,  /* before a planned write: is it still as expected? */
	TO_FIND,   /* of an open one: was it done? */
	TO_VERIFY, /* after a refusal that may be an echo of our own write */
	TO_TAKE	   /* after a write whose answer tells nothing of the event */
};

enum delivery {
	DELIVERY_DONE,
	DELIVERY_MOVED,
	DELIVERY_MAIL_MOVED,
	DELIVERY_OVER_BUDGET,
	DELIVERY_NOT_APPLIED,
	DELIVERY_UNKNOWN,
	DELIVERY_REFUSED,
	DELIVERY_LOCKED,
	DELIVERY_LATE,
	DELIVERY_COUNT
};

extern const char *const delivery_names[DELIVERY_COUNT];

struct deliver;
struct box;

struct intent {
	struct intent *next;
	struct deliver *deliver;
	struct box *box; /* the mailbox it belongs to */

	/* What the journal says; lives in arena. */
	struct arena arena;
	int64_t id;
	enum intent_op op;
	bool open;
	int64_t age;		/* of an open one: seconds since it was sent */
	const struct json *doc; /* the op record */
	struct slice item;	/* Graph's id of the event; NO_SLICE: none */
	struct slice transaction, if_match;
	struct slice zone; /* of the mailbox */
	struct slice sent; /* when it was, or will be */

	enum stage stage;
	enum purpose purpose;
	struct str body; /* what is sent, byte for byte */
	/* The event as it was before the write; in `seen`. */
	struct arena seen;
	const struct json *now; /* canonical */
	int pages;		/* of a look-up */
	struct slice alike;	/* what may be the one looked for, and */
	int alikes;		/* how many there are */
	int refusal; /* the status with which Graph refused the write, or 0 */
	char refusal_code[64];
	/* Of the event when it was checked (lib/content); "": it was not. */
	char content[TEXT_DIGEST_LEN + 1];
	int overtaken;	      /* how often its etag was not the last one */
	enum delivery undone; /* refused, and not there: what it is then */

	/* The outcome. */
	enum delivery outcome;
	int status;
	char code[64], request_id[64];
	bool found;
	struct slice new_item, etag; /* in arena */
	struct slice answer, base;   /* canonical event, graph base: JSON */
	/* As the database settled it: raw JSON, or NO_SLICE. */
	struct slice crm_id, meeting;
	bool error; /* it is one for people */
};

struct intent *intent_new(struct deliver *d, struct slice row);
void intent_free(struct intent *in);
/* Copy into the intent's memory. */
struct slice intent_keep(struct intent *in, struct slice text);

/* The outcome is known.  code: "" or a constant. */
void intent_end(
    struct intent *in, enum delivery outcome, int status, const char *code);

/* The result record, appended without a newline. */
void intent_result(const struct intent *in, struct str *out);

#endif
