/*
 * inquiry: questions about one mailbox that are put down together, by $batch, and
 * the ids that wait for that.  A struct of zeros is ready to use.
 */
#ifndef INQUIRY_H
#define INQUIRY_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "graph.h"
#include "str.h"

/* Questions that are made together; Graph gets 20 at a time. */
#define INQUIRY_MAX ((size_t)500)

struct mailbox;
/* about: as it was given with the question. */
typedef void inquiry_answer(
    struct mailbox *m, size_t about, const struct graph_answer *answer);

struct inquiry {
	struct mailbox *mailbox;
	inquiry_answer *answer;
	struct graph_batch batch;
	struct arena arena; /* its items, and: */
	size_t *about;	    /* of each item */
};

/* Room for so many questions; none may be under way. */
void inquiry_begin(
    struct inquiry *q, struct mailbox *m, size_t max, inquiry_answer *answer);
/* url: what follows Graph's root. */
void inquiry_add(struct inquiry *q, struct slice url, size_t about);
/* What follows ".../events" where the mailbox's events are asked for by id; the
 * marker comes with it. */
void inquiry_add_events(struct inquiry *q, struct slice after, size_t about);
void inquiry_add_event(struct inquiry *q, struct slice id, size_t about);
/* Send them; after the last answer the mailbox goes on.  False: there is none. */
bool inquiry_send(struct inquiry *q);
void inquiry_free(struct inquiry *q);

static inline bool
inquiry_is_busy(const struct inquiry *q)
{
	return q->batch.count > 0;
}

/* Ids, in the order in which they came. */
struct waiting {
	struct arena arena; /* the ids */
	struct slice *id;
	size_t count, cap;
	size_t next; /* all before are settled, or asked about */
};

void waiting_add(struct waiting *w, struct slice id);
void waiting_reset(struct waiting *w);
void waiting_free(struct waiting *w);
/* How many are next: INQUIRY_MAX at most. */
size_t waiting_some(const struct waiting *w);

#endif
