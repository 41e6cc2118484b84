/*
 * serve: from a request to its answer: faults, tokens, limits, logs.
 */
#ifndef GRAPHSIM_SERVE_H
#define GRAPHSIM_SERVE_H

#include "fault.h"
#include "http.h"

/* Serve a request of a connection.  Takes and gives back the world lock. */
struct reply *serve(struct request *r, struct wire *w);

/* Serve a request out of a batch; the lock is held. */
struct reply *serve_inner(struct request *r);

#endif
