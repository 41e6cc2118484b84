/*
 * connections: the run record's list of tenants, by number.  One is reached by
 * an application, whose token serves all its mailboxes, or people sign in
 * themselves: then each account has a tenant of its own.
 */
#ifndef CONNECTIONS_H
#define CONNECTIONS_H

#include "arena.h"
#include "graph.h"
#include "json.h"

struct connections {
	struct connection *list;
	size_t count;
	struct graph *graph;
	struct person *person; /* accounts so far */
};

/* Opens each: EXIT_CONFIG if a secret cannot be read, EXIT_DATA if the record
 * lacks a member.  Texts are kept in the arena. */
void connections_open(struct connections *c, struct graph *g,
    const struct json *run, struct arena *a);
/* After the graph was closed. */
void connections_close(struct connections *c);
/* The tenant by which this account is reached.  NULL: there is no such
 * connection. */
struct graph_tenant *connections_find(
    struct connections *c, int64_t id, int64_t account);
/* EXIT_NOPERM: the credentials of one were refused; EXIT_IO: a person's sign-in
 * could not be read or stored.  That somebody has to sign in is no failure of
 * the run. */
int connections_status(const struct connections *c);

#endif
