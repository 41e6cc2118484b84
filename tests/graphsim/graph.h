/*
 * graph: from a path under /v1.0 to the function that serves it.
 */
#ifndef GRAPHSIM_GRAPH_H
#define GRAPHSIM_GRAPH_H

#include "http.h"

/* The mailbox that a path is about; NULL if it is about none. */
struct user *graph_mailbox(const struct request *r);

/* Serve one request of a checked token.  Never NULL. */
struct reply *graph_serve(struct request *r);

/* Name a method or resource that does not exist. */
struct reply *graph_unknown(const struct request *r, size_t segment);

#endif
