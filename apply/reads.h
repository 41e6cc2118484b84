/*
 * reads: the events of one mailbox that have to be looked at before they are
 * written.  What is wanted in the same turn is asked for together, by $batch; one
 * alone by a plain GET.
 *
 * Only reads go so.  A write has its own entry in the journal, its own If-Match and
 * its own answer, and what a batch does with its writes when it is cut off or
 * throttled in its middle nobody would know.
 */
#ifndef READS_H
#define READS_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "graph.h"
#include "str.h"

#define READS_MAX 20 /* ACTIVE_MAX of box.h */

struct reads {
	struct {
		struct slice id; /* of the event; the reader's */
		graph_done *done;
		void *ctx;
	} wanted[READS_MAX], asked[READS_MAX];
	size_t wanted_count;
	bool busy; /* a batch is under way: the next one waits for it */
	struct graph_batch batch;
	struct graph_item item[READS_MAX];
	struct arena arena; /* their urls */
};

/* `done` is called as by graph_get, once more with GRAPH_NONSENSE if it is false.
 * There is room for READS_MAX. */
void reads_want(struct reads *r, struct slice id, graph_done *done, void *ctx);
/* Ask for what is wanted now.  apart: not together, where nothing but the short time
 * between read and write guards what others do meanwhile (a group's calendar). */
void reads_send(struct reads *r, struct graph_mailbox *m, bool apart);
void reads_free(struct reads *r);

#endif
