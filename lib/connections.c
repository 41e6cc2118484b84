/*
 * connections: all are opened when the run begins, so that a secret that
 * cannot be used is told before the first mailbox is read.
 */
#include "connections.h"
#include "log.h"

struct connection {
	struct graph_connection is;
	struct graph_tenant *tenant;
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

void
connections_open(struct connections *c, struct graph *g, const struct json *run,
    struct arena *a)
{
	const struct json *list = json_get(run, "connections"), *v;
	struct connection *one;

	if (list == NULL || list->type != JSON_ARRAY)
		return;
	c->list = arena_array(a, list->count + 1, sizeof *c->list);
	for (v = list->child; v != NULL; v = v->next) {
		one = &c->list[c->count++];
		read_one(v, &one->is, a);
		one->tenant = graph_tenant_open(g, &one->is);
	}
}

struct graph_tenant *
connections_find(const struct connections *c, int64_t id)
{
	size_t i;

	for (i = 0; i < c->count; i++)
		if (c->list[i].is.id == id)
			return c->list[i].tenant;
	return NULL;
}

bool
connections_refused(const struct connections *c)
{
	size_t i;

	for (i = 0; i < c->count; i++)
		if (graph_tenant_refused(c->list[i].tenant))
			return true;
	return false;
}
