/*
 * connections: the run record's list of tenants, by number.
 */
#ifndef CONNECTIONS_H
#define CONNECTIONS_H

#include "arena.h"
#include "graph.h"
#include "json.h"

struct connections {
	struct connection *list;
	size_t count;
};

/* Opens each: EXIT_CONFIG if a secret cannot be read, EXIT_DATA if the record
 * lacks a member.  Texts are kept in the arena. */
void connections_open(struct connections *c, struct graph *g,
    const struct json *run, struct arena *a);
/* NULL: there is no such connection. */
struct graph_tenant *connections_find(const struct connections *c, int64_t id);
/* The credentials of one were refused. */
bool connections_refused(const struct connections *c);

#endif
