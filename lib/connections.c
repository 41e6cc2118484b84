/*
 * connections: all are opened when the run begins, so that a secret that
 * cannot be used is told before the first mailbox is read.
 */
#include <stdlib.h>

#include "connections.h"
#include "log.h"
#include "signin.h"
#include "xalloc.h"

struct person {
	struct graph_tenant *tenant;
	int64_t connection, account;
	struct person *next;
};

struct connection {
	struct graph_connection is;
	struct signin_store store;
	struct graph_tenant *tenant; /* NULL: people sign in themselves */
};

static const char *
optional(const struct json *v, const char *key, struct arena *a)
{
	struct slice text = json_text(v, key);

	return text.len == 0 ? NULL : arena_copy(a, text.data, text.len);
}

static const char *
required(const struct json *v, const char *key, struct arena *a)
{
	const char *text = optional(v, key, a);

	if (text == NULL)
		die(EXIT_DATA, NULL, "a connection of the run lacks %s", key);
	return text;
}

static void
read_one(const struct json *v, struct graph_connection *c, struct arena *a)
{
	if (!json_int(json_get(v, "id"), 0, INT64_MAX, &c->id))
		die(EXIT_DATA, NULL, "a connection of the run lacks id");
	c->tenant = required(v, "tenant", a);
	c->client_id = required(v, "client_id", a);
	c->root = required(v, "graph", a);
	c->login = required(v, "login", a);
	c->secret_file = optional(v, "secret_file", a);
	c->certificate_file = optional(v, "certificate_file", a);
	c->key_file = optional(v, "key_file", a);
}

/* People's sign-ins are opened with the connection, so that a key that cannot
 * be used is told before the first mailbox is read. */
static void
open_one(struct connection *one, struct graph *g, const struct json *v,
    bool personal, struct arena *a)
{
	read_one(v, &one->is, a);
	if (!slice_is(json_text(v, "auth"), "delegated")) {
		one->tenant = graph_tenant_open(g, &one->is);
		return;
	}
	signin_open(&one->store, required(v, "token_dir", a),
	    required(v, "token_key", a));
	one->is.people = &one->store;
	one->is.personal = personal;
}

void
connections_open(struct connections *c, struct graph *g, const struct json *run,
    struct arena *a)
{
	const struct json *list = json_get(run, "connections"), *v;
	bool personal = slice_is(
	    json_text(json_get(run, "policy"), "auth"), "delegated_any");

	if (list == NULL || list->type != JSON_ARRAY)
		return;
	c->graph = g;
	c->list = arena_array(a, list->count + 1, sizeof *c->list);
	for (v = list->child; v != NULL; v = v->next)
		open_one(&c->list[c->count++], g, v, personal, a);
}

void
connections_close(struct connections *c)
{
	struct person *p;
	size_t i;

	while ((p = c->person) != NULL) {
		c->person = p->next;
		free(p);
	}
	for (i = 0; i < c->count; i++)
		signin_close(&c->list[i].store);
}

static struct graph_tenant *
find_person(struct connections *c, const struct connection *on, int64_t account)
{
	struct person *p;

	for (p = c->person; p != NULL; p = p->next)
		if (p->account == account && p->connection == on->is.id)
			return p->tenant;
	p = xcalloc(1, sizeof *p);
	*p = (struct person){ .tenant =
				  graph_person_open(c->graph, &on->is, account),
		.connection = on->is.id,
		.account = account,
		.next = c->person };
	c->person = p;
	return p->tenant;
}

struct graph_tenant *
connections_find(struct connections *c, int64_t id, int64_t account)
{
	size_t i;

	for (i = 0; i < c->count; i++) {
		if (c->list[i].is.id != id)
			continue;
		if (c->list[i].tenant != NULL)
			return c->list[i].tenant;
		return find_person(c, &c->list[i], account);
	}
	return NULL;
}

int
connections_status(const struct connections *c)
{
	const struct person *p;
	size_t i;

	for (i = 0; i < c->count; i++)
		if (c->list[i].tenant != NULL &&
		    graph_tenant_refused(c->list[i].tenant))
			return EXIT_NOPERM;
	for (p = c->person; p != NULL; p = p->next)
		if (graph_tenant_refused(p->tenant))
			return EXIT_NOPERM;
	for (p = c->person; p != NULL; p = p->next)
		if (graph_tenant_alarmed(p->tenant))
			return EXIT_IO;
	return EXIT_OK;
}
