/*
 * box: a mailbox (or a group's calendar) that is written to, while `deliver` works
 * on it.
 */
#ifndef BOX_H
#define BOX_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "graph.h"
#include "palette.h"
#include "reads.h"

/* Intents of one mailbox that are worked on at a time; others begin when so few are
 * left, so that what is read before it is written is read many at once. */
#define ACTIVE_MAX 20
#define ACTIVE_LOW 10

struct box {
	struct box *next;
	struct arena arena;
	int64_t account, connection;
	struct slice mailbox, user;
	struct graph_mailbox *graph; /* NULL: not opened */
	bool
	    may_write; /* the user's policy does: what was lost may be sent again */
	bool asked, locked; /* asked for its lock; has it */
	size_t active, open;
	size_t room; /* for intents that begin now */
	struct palette palette;
	struct reads reads;
};

/* Its calendar is a group's. */
static inline bool
box_is_group(const struct box *b)
{
	return graph_group_id(b->user).len > 0;
}

/* From now on intents may begin, if few are left. */
static inline void
box_refill(struct box *b)
{
	b->room = b->active <= ACTIVE_LOW ? ACTIVE_MAX - b->active : 0;
}

#endif
