/*
 * dump: the world as JSON, for people and tests to look at.
 */
#ifndef GRAPHSIM_DUMP_H
#define GRAPHSIM_DUMP_H

#include "http.h"

/* In the form that a world is loaded from. */
json_t *dump_world(void);

/* What a mailbox holds, sorted, one short object for each event. */
json_t *dump_mailbox(struct user *u, const struct request *r);

/* One event in the form of dump_mailbox. */
json_t *dump_event(struct event *e);

#endif
