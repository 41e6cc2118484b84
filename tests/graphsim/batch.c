#include "batch.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "buf.h"
#include "graph.h"
#include "serve.h"

enum {
	BATCH_MAX = 20,
};

/* One request of the batch, and what became of it. */
struct part {
	const char *id;
	json_t *spec;
	struct request *request;
	struct reply *reply;
	bool done, failed;
};

struct batch {
	struct part parts[BATCH_MAX];
	size_t n;
	struct request *outer;
};

static struct reply *
bad(const char *message)
{
	return reply_error(400, "BadRequest", "%s", message);
}

static struct part *
find(struct batch *b, const char *id)
{
	for (size_t i = 0; id != NULL && i < b->n; i++)
		if (b->parts[i].id != NULL &&
		    strcasecmp(b->parts[i].id, id) == 0)
			return &b->parts[i];
	return NULL;
}

static struct request *
inner_request(struct batch *b, json_t *spec)
{
	const char *url = json_string_value(json_object_get(spec, "url"));
	const char *method = json_string_value(json_object_get(spec, "method"));
	char *target = xasprintf("/v1.0%s%s", *url == '/' ? "" : "/", url);
	struct request *r = request_new(method, target, b->outer->root);
	const char *name, *text;
	json_t *v, *body = json_object_get(spec, "body");
	char *dump;

	free(target);
	r->in_batch = true;
	r->app = b->outer->app;
	r->me = b->outer->me;
	r->may_calendars = b->outer->may_calendars;
	r->may_groups = b->outer->may_groups;
	r->may_write_groups = b->outer->may_write_groups;
	r->may_names = b->outer->may_names;
	if (r->me != NULL)
		request_me(r, r->me->guid);
	json_object_foreach(json_object_get(spec, "headers"), name, v)
	{
		text = json_string_value(v);
		if (text != NULL)
			request_header(r, name, text);
	}
	if (body != NULL) {
		dump = json_dumps(body, JSON_COMPACT | JSON_ENCODE_ANY);
		request_set_body(r, dump, strlen(dump));
		free(dump);
	}
	return r;
}

static struct reply *
read_part(struct batch *b, json_t *spec)
{
	const char *id = json_string_value(json_object_get(spec, "id"));
	const char *url = json_string_value(json_object_get(spec, "url"));
	const char *method = json_string_value(json_object_get(spec, "method"));
	json_t *body = json_object_get(spec, "body");
	json_t *headers = json_object_get(spec, "headers");
	struct part *p;

	if (id == NULL || url == NULL || method == NULL)
		return bad("A batch item needs id, method and url.");
	if (find(b, id) != NULL)
		return bad("The ids of a batch must be unique.");
	if (strstr(url, "$batch") != NULL || strstr(url, "://") != NULL)
		return bad("The url of a batch item is not valid.");
	if (body != NULL && !json_is_object(body))
		return bad("The body of a batch item must be an object.");
	if (body != NULL && json_object_get(headers, "Content-Type") == NULL &&
	    json_object_get(headers, "content-type") == NULL)
		return bad("A batch item with a body needs Content-Type.");
	p = &b->parts[b->n++];
	p->id = id;
	p->spec = spec;
	p->request = inner_request(b, spec);
	return NULL;
}

static struct reply *
read_parts(struct batch *b, json_t *list)
{
	struct reply *error = NULL;
	size_t i;
	json_t *one;

	if (!json_is_array(list) || json_array_size(list) == 0)
		return bad("The requests of the batch are missing.");
	if (json_array_size(list) > BATCH_MAX)
		return bad("The number of requests in a batch exceeds 20.");
	json_array_foreach(list, i, one) if (error == NULL) error =
	    read_part(b, one);
	return error;
}

/* Are all parents done?  Sets failed if one of them was not successful. */
static bool
ready(struct batch *b, const struct part *p, bool *failed)
{
	size_t i;
	json_t *one;

	*failed = false;
	json_array_foreach(json_object_get(p->spec, "dependsOn"), i, one)
	{
		struct part *parent = find(b, json_string_value(one));

		if (parent == NULL || parent == p)
			*failed = true;
		else if (!parent->done)
			return false;
		else if (parent->reply->status >= 400)
			*failed = true;
	}
	return true;
}

/* How many unchained items on the same mailbox came before? */
static int64_t
rivals(const struct batch *b, size_t index)
{
	struct user *u = graph_mailbox(b->parts[index].request);
	int64_t n = 0;

	for (size_t i = 0; u != NULL && i < index; i++)
		if (graph_mailbox(b->parts[i].request) == u &&
		    json_object_get(b->parts[i].spec, "dependsOn") == NULL)
			n++;
	return n;
}

static struct reply *
crowded(void)
{
	struct reply *reply = reply_error(429, "ApplicationThrottled",
	    "Application is over its MailboxConcurrency limit.");

	reply_header(reply, "Retry-After", "1");
	return reply;
}

static void
run_part(struct batch *b, size_t index, bool failed)
{
	struct part *p = &b->parts[index];
	bool chained = json_object_get(p->spec, "dependsOn") != NULL;

	p->done = true;
	if (failed)
		p->reply = reply_error(424, "FailedDependency",
		    "A request that this one depends on has failed.");
	else if (!chained && mode(MODE_BATCH_PARALLEL) == 0 &&
		 rivals(b, index) >= mode(MODE_LIMIT_CONCURRENCY))
		p->reply = crowded();
	else
		p->reply = serve_inner(p->request);
}

static void
run(struct batch *b)
{
	bool progress = true, failed;

	while (progress) {
		progress = false;
		for (size_t i = 0; i < b->n; i++) {
			struct part *p = &b->parts[i];

			if (p->done || !ready(b, p, &failed))
				continue;
			run_part(b, i, failed);
			progress = true;
		}
	}
	/* What is left depends on itself. */
	for (size_t i = 0; i < b->n; i++)
		if (!b->parts[i].done)
			run_part(b, i, true);
}

static json_t *
part_json(const struct part *p)
{
	json_t *o =
	    json_pack("{s:s, s:i}", "id", p->id, "status", p->reply->status);
	json_t *headers = json_object();

	json_object_set_new(headers, "Cache-Control", json_string("private"));
	if (p->reply->json != NULL)
		json_object_set_new(
		    headers, "Content-Type", json_string("application/json"));
	for (size_t i = 0; i < p->reply->headers.n; i++)
		json_object_set_new(headers, p->reply->headers.list[i].name,
		    json_string(p->reply->headers.list[i].value));
	json_object_set_new(o, "headers", headers);
	if (p->reply->json != NULL)
		json_object_set(o, "body", p->reply->json);
	else if (p->reply->text != NULL)
		json_object_set_new(o, "body", json_string(p->reply->text));
	return o;
}

static struct reply *
collect(struct batch *b)
{
	json_t *list = json_array();
	size_t order[BATCH_MAX];
	int status = 200;

	for (size_t i = 0; i < b->n; i++)
		order[i] = i;
	for (size_t i = b->n; mode(MODE_BATCH_SHUFFLE) == 1 && i > 1; i--) {
		size_t k = (size_t)random_below(i), t = order[k];

		order[k] = order[i - 1];
		order[i - 1] = t;
	}
	for (size_t i = 0; i < b->n; i++) {
		const struct part *p = &b->parts[order[i]];

		json_array_append_new(list, part_json(p));
		if (p->reply->status == 429 && mode(MODE_BATCH_OUTER) == 1)
			status = 424;
	}
	return reply_new(status, json_pack("{s:o}", "responses", list));
}

struct reply *
batch_serve(struct request *r)
{
	struct batch b = { .outer = r };
	struct reply *reply;
	json_t *body;

	if (strcmp(r->method, "POST") != 0)
		return reply_error(405, "BadRequest", "Use POST.");
	body = request_json(r, &reply);
	if (body == NULL)
		return reply;
	reply = read_parts(&b, json_object_get(body, "requests"));
	if (reply == NULL) {
		run(&b);
		reply = collect(&b);
	}
	for (size_t i = 0; i < b.n; i++) {
		request_free(b.parts[i].request);
		reply_free(b.parts[i].reply);
	}
	return reply;
}
