/*
 * graph: what is opened and closed, and how requests are put down.  They stand
 * in one list until they are answered (graph_turn.c).  Scanning it is cheap
 * because a program puts down few requests at a time, three for each mailbox
 * that it has open.
 */
#include <stdlib.h>

#include "bounds.h"
#include "graph.h"
#include "graph_state.h"
#include "xalloc.h"

static uint64_t
hash_text(struct slice text)
{
	uint64_t h = UINT64_C(14695981039346656037);
	size_t i;

	for (i = 0; i < text.len; i++)
		h = (h ^ (unsigned char)text.data[i]) * UINT64_C(1099511628211);
	return h;
}

struct graph *
graph_open(const struct graph_options *options)
{
	struct graph *g = xcalloc(1, sizeof *g);

	g->options = *options;
	g->http = http_open(&options->http);
	g->tail = &g->request;
	str_addf(&g->prefer,
	    "IdType=\"ImmutableId\", outlook.timezone=\"UTC\", "
	    "outlook.body-content-type=\"%s\"",
	    options->text_bodies ? "text" : "html");
	if (options->page_size > 0)
		str_addf(
		    &g->prefer, ", odata.maxpagesize=%u", options->page_size);
	return g;
}

void
graph_request_free(struct graph_request *r)
{
	str_free(&r->url);
	free(r);
}

void
graph_close(struct graph *g)
{
	struct graph_request *r;
	struct graph_tenant *t;

	http_close(g->http);
	while ((r = g->request) != NULL) {
		g->request = r->next;
		graph_request_free(r);
	}
	while ((t = g->tenant) != NULL) {
		g->tenant = t->next;
		graph_token_free(t);
	}
	str_free(&g->prefer);
	free(g);
}

static void
make_url(const struct graph_tenant *t, struct slice user, struct str *url,
    size_t *path_at)
{
	struct slice root = slice_of(t->connection->root);

	url->max = URL_MAX_BYTES;
	while (slice_ends(root, "/"))
		root.len--;
	str_add_slice(url, root);
	*path_at = url->len;
	if (graph_group_id(user).len > 0) {
		str_adds(url, "/groups/");
		http_escape(url, graph_group_id(user));
		return;
	}
	/* S-003: a person's token is for nobody else's mailbox. */
	if (t->own != NULL && t->person) {
		str_adds(url, "/me");
		return;
	}
	str_adds(url, "/users/");
	http_escape(url, user);
}

struct graph_mailbox *
graph_mailbox_open(struct graph_tenant *t, struct slice user)
{
	struct graph_mailbox *m;
	struct str url = { 0 };
	size_t path_at;

	make_url(t, user, &url, &path_at);
	if (graph_group_id(user).len > 0)
		t->member = true;
	for (m = t->mailbox; m != NULL; m = m->next) {
		if (slice_eq(str_slice(&m->url), str_slice(&url))) {
			str_free(&url);
			m->users++;
			return m;
		}
	}
	m = xcalloc(1, sizeof *m);
	*m = (struct graph_mailbox){ .tenant = t,
		.next = t->mailbox,
		.users = 1,
		.url = url,
		.path_at = path_at,
		.seed = hash_text(user) };
	t->mailbox = m;
	return m;
}

void
graph_put(struct graph *g, struct graph_request *r)
{
	r->next = NULL;
	*g->tail = r;
	g->tail = &r->next;
}

void
graph_take(struct graph *g, struct graph_request *r)
{
	struct graph_request **link = &g->request;

	while (*link != r)
		link = &(*link)->next;
	*link = r->next;
	if (g->tail == &r->next)
		g->tail = link;
}

static void
drop_requests(struct graph_mailbox *m)
{
	struct graph *g = m->tenant->graph;
	struct graph_request *r, *next;

	for (r = g->request; r != NULL; r = next) {
		next = r->next;
		if (r->mailbox != m)
			continue;
		if (r->in_flight)
			http_cancel(g->http, r);
		graph_take(g, r);
		graph_request_free(r);
	}
}

void
graph_mailbox_close(struct graph_mailbox *m)
{
	struct graph_tenant *t = m->tenant;
	struct graph_mailbox **link = &t->mailbox;

	if (--m->users > 0)
		return;
	drop_requests(m);
	while (*link != m)
		link = &(*link)->next;
	*link = m->next;
	/* One token per person: many people must not mean much memory. */
	if (t->person && t->mailbox == t->own && t->state == TOKEN_THERE) {
		t->state = TOKEN_NONE;
		str_free(&t->token);
	}
	str_free(&m->url);
	free(m);
}

struct slice
graph_mailbox_url(const struct graph_mailbox *m)
{
	return str_slice(&m->url);
}

struct slice
graph_mailbox_path(const struct graph_mailbox *m)
{
	return (
	    struct slice){ m->url.data + m->path_at, m->url.len - m->path_at };
}

bool
graph_mailbox_needs_signin(const struct graph_mailbox *m)
{
	return m->tenant->needs_signin;
}

bool
graph_mailbox_waits(const struct graph_mailbox *m)
{
	return m->in_flight == 0 && m->not_before > http_now();
}

void
graph_mailbox_hold(struct graph_mailbox *m, int64_t when)
{
	if (when > m->not_before)
		m->not_before = when;
}

struct graph_request *
graph_request_new(struct graph_mailbox *m, const char *method, struct slice url,
    graph_done *done, void *ctx)
{
	struct graph_request *r = xcalloc(1, sizeof *r);

	r->mailbox = m;
	r->method = method;
	r->url.max = URL_MAX_BYTES;
	if (url.len < URL_MAX_BYTES)
		str_add_slice(&r->url, url);
	r->done = done;
	r->ctx = ctx;
	graph_put(m->tenant->graph, r);
	return r;
}

static bool
is_foreign(const struct graph_mailbox *m, struct slice url)
{
	return !http_same_origin(url, slice_of(m->tenant->connection->root)) ||
	       url.len >= URL_MAX_BYTES;
}

void
graph_get(
    struct graph_mailbox *m, struct slice url, graph_done *done, void *ctx)
{
	struct graph_request *r = graph_request_new(m, "GET", url, done, ctx);

	r->safe = true;
	r->foreign = is_foreign(m, url);
}

void
graph_send(struct graph_mailbox *m, const struct graph_write *write,
    graph_done *done, void *ctx)
{
	struct graph_request *r =
	    graph_request_new(m, write->method, write->url, done, ctx);

	r->is_write = true;
	r->alone = !slice_is(slice_of(write->method), "POST") ||
		   slice_starts(graph_mailbox_path(m), "/groups/");
	r->body = write->body;
	r->if_match = write->if_match;
	if (write->body.data != NULL)
		r->content_type = "application/json";
	r->foreign = is_foreign(m, write->url);
}

struct graph_counts
graph_counts(const struct graph *g)
{
	struct graph_counts c = g->counts;

	c.bytes = http_bytes(g->http);
	return c;
}
