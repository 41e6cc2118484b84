/*
 * graph_batch: items by id through $batch.  The outer 200 says nothing: each
 * inner answer is judged by its own status.  What was throttled, failed for a
 * passing reason, or was left out of the answer is asked for again; nothing is
 * settled before the whole answer was seen to be whole.
 *
 * Graph works on at most four requests of a mailbox at a time.  Where it
 * throttles the rest of a batch instead of letting it wait, the tenant's
 * batches shrink to four for the rest of the run.
 */
#include <assert.h>
#include <string.h>

#include "bounds.h"
#include "graph.h"
#include "graph_state.h"
#include "json.h"
#include "json_scan.h"
#include "log.h"

/* An item is asked for at most so often, even if it was only throttled. */
#define ITEM_ATTEMPTS_MAX 12

struct inner {
	bool there;
	struct http_answer http; /* status, body, retry_after */
};

struct reading {
	struct graph_batch *b;
	struct inner inner[GRAPH_BATCH_MAX];
	struct arena arena;
};

static bool on_batch(void *ctx, const struct graph_answer *answer);

/* Which items are asked for now. */
static void
choose(struct graph_batch *b)
{
	size_t n, max = b->mailbox->tenant->batch_max;

	b->asked_count = 0;
	for (n = 0; n < b->count && b->asked_count < max; n++)
		if (!b->item[n].settled)
			b->asked[b->asked_count++] = n;
}

static void
write_body(struct graph_batch *b)
{
	const struct graph *g = b->mailbox->tenant->graph;
	struct jsonw w;
	size_t i;
	char id[8];

	str_reset(&b->body);
	jw_start(&w, &b->body);
	jw_object(&w, NULL);
	jw_array(&w, "requests");
	for (i = 0; i < b->asked_count; i++) {
		id[0] = (char)('a' + i);
		id[1] = '\0';
		jw_object(&w, NULL);
		jw_cstr(&w, "id", id);
		jw_cstr(&w, "method", "GET");
		jw_str(&w, "url", b->item[b->asked[i]].url);
		/* Headers count for the one request that they stand in. */
		jw_object(&w, "headers");
		jw_str(&w, "Prefer", str_slice(&g->prefer));
		jw_end(&w);
		jw_end(&w);
	}
	jw_end(&w);
	jw_end(&w);
}

void
graph_batch_get(struct graph_batch *b)
{
	struct graph_mailbox *m = b->mailbox;
	struct slice root = { m->url.data, m->path_at };
	struct str url = { .max = URL_MAX_BYTES };
	struct graph_request *r;

	choose(b);
	if (b->asked_count == 0) {
		str_free(&b->body);
		b->finished(b->ctx);
		return;
	}
	b->body.max = GRAPH_BATCH_MAX * URL_MAX_BYTES;
	write_body(b);
	str_add_slice(&url, root);
	str_adds(&url, "/$batch");
	r = graph_request_new(m, "POST", str_slice(&url), on_batch, b);
	str_free(&url);
	r->content_type = "application/json";
	r->body = str_slice(&b->body);
	r->safe = r->is_batch = true;
}

/* Header `name` of an inner answer, in any case. */
static struct slice
header(const struct json *headers, const char *name)
{
	const struct json *h;

	if (headers == NULL || headers->type != JSON_OBJECT)
		return NO_SLICE;
	for (h = headers->child; h != NULL; h = h->next)
		if (slice_is_nocase(h->key, name))
			return h->type == JSON_NUMBER ? h->text : json_str(h);
	return NO_SLICE;
}

static void
keep_header(const struct json *headers, const char *name, char *to, size_t size)
{
	struct slice value = header(headers, name);
	size_t n = value.len < size ? value.len : size - 1;

	memcpy(to, value.data != NULL ? value.data : "", n);
	to[n] = '\0';
}

/* The raw members of one inner answer; NO_SLICE for what is not there. */
struct parts {
	struct slice id, status, headers, body;
};

static void
take_inner(struct reading *r, const struct parts *p)
{
	struct inner *in;
	const struct json *headers;
	int64_t status;

	/* "a" and its quotes */
	if (p->id.len != 3 || p->id.data[1] < 'a' ||
	    (size_t)(p->id.data[1] - 'a') >= r->b->asked_count ||
	    !slice_int64(p->status, 100, 599, &status))
		return;
	in = &r->inner[p->id.data[1] - 'a'];
	in->there = true;
	in->http.status = (int)status;
	in->http.body = p->body.data != NULL ? p->body : SLICE("");
	if (slice_is(in->http.body, "null"))
		in->http.body = SLICE("");
	headers = p->headers.data == NULL
		      ? NULL
		      : json_parse(&r->arena, p->headers, JSON_LAST_WINS, NULL);
	keep_header(headers, "retry-after", in->http.retry_after,
	    sizeof in->http.retry_after);
	keep_header(headers, "date", in->http.date, sizeof in->http.date);
	keep_header(headers, "request-id", in->http.request_id,
	    sizeof in->http.request_id);
}

static struct slice
raw_of(const struct json *v, const char *key)
{
	const struct json *m = json_get(v, key);

	return m == NULL ? NO_SLICE : m->raw;
}

static void
on_response(void *ctx, const struct scan_item *item)
{
	struct reading *r = ctx;
	struct str text = { .max = 2 * HTTP_BODY_MAX };
	struct parts p;
	struct json *v;

	if (item->result == SCAN_CLEAN) {
		p = (struct parts){ scan_get(item, "id"),
			scan_get(item, "status"), scan_get(item, "headers"),
			scan_get(item, "body") };
		take_inner(r, &p);
		return;
	}
	json_repair(item->raw, &text);
	v = json_parse(&r->arena,
	    (struct slice){
		arena_copy(&r->arena, text.data, text.len), text.len },
	    JSON_LAST_WINS, NULL);
	str_free(&text);
	p = (struct parts){ raw_of(v, "id"), raw_of(v, "status"),
		raw_of(v, "headers"), raw_of(v, "body") };
	take_inner(r, &p);
}

static void
on_other(void *ctx, struct slice key, struct slice raw)
{
	(void)ctx;
	(void)key;
	(void)raw;
}

/* Wait before the item is asked for again; false: it is no use. */
static bool
postpone(struct graph_batch *b, struct graph_item *item, const struct inner *in)
{
	struct graph_mailbox *m = b->mailbox;
	const struct graph_options *o = &m->tenant->graph->options;
	int64_t when = http_now();

	if (++item->attempts >= ITEM_ATTEMPTS_MAX)
		return false;
	if (in->there)
		when += http_repeat_wait(
		    &in->http, item->attempts, m->seed, o->backoff_us);
	if (in->http.status == 429) {
		m->tenant->graph->counts.throttled++;
		if (b->asked_count > GRAPH_BATCH_SMALL)
			m->tenant->batch_max = GRAPH_BATCH_SMALL;
	} else if (item->attempts >= GRAPH_ATTEMPTS_MAX) {
		return false;
	}
	if (!graph_may_wait(m, http_now(), when))
		return false;
	m->tenant->graph->counts.repeated++;
	graph_mailbox_hold(m, when);
	return true;
}

static bool
may_postpone(const struct inner *in)
{
	/* 424: one that it depended on failed; ours depend on none, so the
	 * batch as a whole had trouble.  401: the token ended meanwhile. */
	return !in->there || in->http.status == 424 || in->http.status == 401 ||
	       http_may_repeat(&in->http, true);
}

static void
settle_item(struct graph_batch *b, size_t n, const struct inner *in)
{
	char code[GRAPH_CODE_MAX];
	struct graph_answer answer = { .status = in->http.status,
		.body = in->there ? in->http.body : SLICE(""),
		.code = code,
		.request_id = in->http.request_id,
		.date = in->http.date };

	answer.verdict = graph_judge(in->http.status, answer.body, code);
	if (!in->there)
		answer.verdict = GRAPH_NONSENSE;
	/* An item that is found has a body. */
	if (answer.verdict == GRAPH_OK && answer.body.len == 0)
		answer.verdict = GRAPH_NONSENSE;
	b->item[n].settled = true;
	b->mailbox->last_good = http_now();
	b->answer(b->ctx, n, &answer);
}

/* The batch as a whole failed: so did each item that is left. */
static void
settle_all(struct graph_batch *b, const struct graph_answer *answer)
{
	size_t n;

	for (n = 0; n < b->count; n++) {
		if (b->item[n].settled)
			continue;
		b->item[n].settled = true;
		b->answer(b->ctx, n, answer);
	}
}

static bool
on_batch(void *ctx, const struct graph_answer *answer)
{
	struct graph_batch *b = ctx;
	struct reading r = { .b = b };
	struct scan_page page = { .ctx = &r,
		.array = "responses",
		.item = on_response,
		.member = on_other };
	const struct inner *in;
	bool whole;
	size_t i, n;

	if (answer->verdict != GRAPH_OK) {
		settle_all(b, answer);
		graph_batch_get(b);
		return true;
	}
	whole = scan_page(answer->body, &page) && page.has_array;
	for (i = 0; whole && i < b->asked_count; i++) {
		n = b->asked[i];
		in = &r.inner[i];
		if (in->there && in->http.status == 401)
			graph_token_drop(
			    b->mailbox->tenant, b->mailbox->tenant->generation);
		if (!may_postpone(in) || !postpone(b, &b->item[n], in))
			settle_item(b, n, in);
	}
	arena_free(&r.arena);
	if (whole)
		graph_batch_get(b);
	return whole;
}
