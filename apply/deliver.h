/*
 * deliver: from the journal to Graph (docs/stream.md, section 9).
 *
 * When the sections are committed, the open intents of the run's accounts are
 * settled and the planned ones sent: account by account under its lock, many
 * at a time.  One thread: Graph's answers and the database's take turns.
 */
#ifndef DELIVER_H
#define DELIVER_H

#include <stdbool.h>
#include <stdint.h>

#include "canon.h"
#include "db.h"
#include "graph.h"
#include "intent.h"
#include "stream.h"

struct deliver_options {
	struct graph_options graph;
};

struct deliver_counts {
	size_t all, by[DELIVERY_COUNT], errors;
};

struct deliver *deliver_open(const struct deliver_options *options);
void deliver_close(struct deliver *d);

/* The run and mailbox records, as they come by. */
void deliver_run(struct deliver *d, struct slice line);
void deliver_mailbox(struct deliver *d, const struct json *mailbox);

/* Do it, and write a result for each.  The locks of db's session must not
 * hold any of the accounts. */
void deliver_all(struct deliver *d, struct db *db, struct stream_out *out);

const struct deliver_counts *deliver_counts(const struct deliver *d);
/* 0, EXIT_REFUSED, EXIT_TEMPFAIL or EXIT_NOPERM */
int deliver_status(const struct deliver *d);

/* For what else is read while the program is at it: opened when first asked. */
struct graph *deliver_graph(struct deliver *d);
struct graph_tenant *deliver_tenant(
    struct deliver *d, int64_t connection, int64_t account);

/* For intents and their exchanges. */
struct box *box_of(struct deliver *d, const struct json *row);
struct canon *deliver_canon(struct deliver *d, struct slice zone);

#endif
