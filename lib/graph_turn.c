/*
 * graph_turn: one turn of the queue: start the requests that may start, settle
 * those that were answered.
 *
 * A request is taken out of the list before its `done` is called: `done` may
 * close the mailbox, and with it all requests of the mailbox in the list.
 */
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "graph.h"
#include "graph_state.h"
#include "instant.h"
#include "log.h"

/* An empty 404 is asked again so often before it is believed to be one. */
#define EMPTY_404_MAX 3

/* A name for one request in the logs of both sides; unique is enough. */
static void
request_name(const struct graph *g, char name[64])
{
	struct timespec t;
	uint64_t a, b;

	clock_gettime(CLOCK_REALTIME, &t);
	a = (uint64_t)t.tv_sec * UINT64_C(0x9e3779b97f4a7c15) +
	    (uint64_t)t.tv_nsec;
	b = ((uint64_t)getpid() << 32 ^ g->counts.requests) *
	    UINT64_C(0xbf58476d1ce4e5b9);
	snprintf(name, 64, "client-request-id: %08x-%04x-4%03x-8%03x-%012llx",
	    (unsigned)(a >> 32), (unsigned)(a >> 16 & 0xffff),
	    (unsigned)(a & 0xfff), (unsigned)(b & 0xfff),
	    (unsigned long long)(b >> 16));
}

static void
start(struct graph *g, struct graph_request *r, int64_t now)
{
	char name[64], type[96];
	const char *header[6] = { "Accept: application/json", name, NULL };
	struct graph_mailbox *m = r->mailbox;
	int64_t left = g->options.deadline - now;
	struct http_call call = { .method = r->method,
		.url = r->url.data,
		.header = header,
		.body = r->body,
		.timeout_us =
		    g->options.timeout_us < left ? g->options.timeout_us : left,
		.fresh = r->fresh || r->alone,
		.owner = r };
	struct str prefer = { 0 }, match = { 0 };
	int n = 2;

	request_name(g, name);
	if (r->content_type != NULL) {
		snprintf(
		    type, sizeof type, "Content-Type: %s", r->content_type);
		header[n++] = type;
	}
	if (r->if_match != NULL) {
		str_addf(&match, "If-Match: %s", r->if_match);
		header[n++] = match.data;
	}
	if (!r->is_token) {
		str_addf(&prefer, "Prefer: %s", g->prefer.data);
		header[n++] = prefer.data;
		call.bearer = m->tenant->token.data;
	}
	header[n] = NULL;
	r->generation = m->tenant->generation;
	r->in_flight = true;
	if (r->first_sent == 0)
		r->first_sent = now;
	m->in_flight++;
	m->exclusive = r->is_batch;
	g->counts.requests++;
	http_send(g->http, &call);
	str_free(&prefer);
	str_free(&match);
}

/* When it may start, as far as time alone decides. */
static int64_t
start_time(const struct graph_request *r)
{
	return r->not_before > r->mailbox->not_before ? r->not_before
						      : r->mailbox->not_before;
}

static bool
may_start(const struct graph_request *r, int64_t now)
{
	const struct graph_mailbox *m = r->mailbox;

	if (r->in_flight || start_time(r) > now || m->exclusive ||
	    m->in_flight >= (r->is_batch ? 1 : GRAPH_IN_FLIGHT))
		return false;
	return r->is_token || graph_token_ready(m->tenant);
}

static void
start_all(struct graph *g, int64_t now)
{
	struct graph_request *r;

	for (r = g->request; r != NULL; r = r->next) {
		if (http_active(g->http) >= g->options.concurrency)
			return;
		if (may_start(r, now))
			start(g, r, now);
	}
}

bool
graph_is_late(const struct graph *g)
{
	return http_now() >= g->options.deadline;
}

bool
graph_may_wait(const struct graph_mailbox *m, int64_t since, int64_t when)
{
	const struct graph_options *o = &m->tenant->graph->options;
	int64_t good = m->last_good > since ? m->last_good : since;

	return when < o->deadline && when - good <= o->patience_us;
}

/* Something was sent, and what came back says neither yes nor no.  A 503 with
 * Retry-After has been seen after the write was done. */
static bool
says_nothing(const struct http_answer *a)
{
	switch (a->fault) {
	case HTTP_TIMEOUT:
	case HTTP_BROKEN:
	case HTTP_TOO_BIG:
		return true;
	case HTTP_WHOLE:
		return a->status == 408 || a->status == 423 || a->status >= 500;
	case HTTP_NO_WAY:
	case HTTP_UNTRUSTED:
	case HTTP_BAD_URL:
		break;
	}
	return false;
}

static enum graph_verdict
verdict_of(const struct graph_request *r, const struct http_answer *a,
    char code[GRAPH_CODE_MAX])
{
	const struct graph *g = r->mailbox->tenant->graph;
	enum graph_verdict verdict;

	code[0] = '\0';
	if (r->is_write && a->fault != HTTP_WHOLE && says_nothing(a))
		return GRAPH_UNKNOWN;
	switch (a->fault) {
	case HTTP_TIMEOUT:
	case HTTP_NO_WAY:
		/* It had no more time than was left before the deadline. */
		if (http_now() + SECOND_US / 50 >= g->options.deadline)
			return GRAPH_LATE;
		return GRAPH_UNREACHABLE;
	case HTTP_UNTRUSTED:
	case HTTP_BROKEN:
		return GRAPH_UNREACHABLE;
	case HTTP_TOO_BIG:
		return GRAPH_NONSENSE;
	case HTTP_BAD_URL:
		return GRAPH_FOREIGN;
	case HTTP_WHOLE:
		break;
	}
	if (r->is_batch && a->status == 424)
		return GRAPH_OK; /* its body has all the answers */
	verdict = graph_judge(a->status, a->body, code);
	return r->is_write && says_nothing(a) ? GRAPH_UNKNOWN : verdict;
}

/* What the answer says about the tenant as a whole. */
static void
learn(struct graph_request *r, const struct http_answer *a,
    enum graph_verdict verdict)
{
	struct graph_tenant *t = r->mailbox->tenant;

	if (a->fault == HTTP_UNTRUSTED)
		log_error("the server's certificate is not trusted",
		    "connection=%lld hint=\"see --ca-file\"",
		    (long long)t->connection->id);
	if (r->is_token)
		return;
	if (verdict == GRAPH_OK)
		t->answered = true;
	if (t->answered)
		return;
	if (a->fault == HTTP_NO_WAY || a->fault == HTTP_UNTRUSTED)
		t->state = TOKEN_UNREACHABLE;
	if (a->status == 401) {
		log_error("Graph refuses the token", "connection=%lld",
		    (long long)t->connection->id);
		t->state = TOKEN_REFUSED;
	}
}

/* Put it down again for later; false: it is no use to wait. */
static bool
repeat(struct graph *g, struct graph_request *r, const struct http_answer *a)
{
	bool throttled =
	    a->status == 429 || (a->status == 503 && a->retry_after[0] != '\0');
	int64_t when;

	if (throttled)
		r->throttled++;
	else
		r->attempts++;
	when = http_now() + http_repeat_wait(a, r->attempts + r->throttled,
				r->mailbox->seed, g->options.backoff_us);
	if (r->attempts >= GRAPH_ATTEMPTS_MAX ||
	    (a->status == 404 && r->attempts >= EMPTY_404_MAX) ||
	    !graph_may_wait(r->mailbox, r->first_sent, when))
		return false;
	if (throttled) {
		graph_mailbox_hold(r->mailbox, when);
		g->counts.throttled++;
		log_debug("throttled", "status=%d wait_ms=%lld", a->status,
		    (long long)((when - http_now()) / 1000));
	}
	g->counts.repeated++;
	r->not_before = when;
	r->fresh = a->status >= 500 || a->fault == HTTP_BROKEN;
	graph_put(g, r);
	return true;
}

/* A token that was refused is renewed once for a request. */
static bool
renew(struct graph *g, struct graph_request *r, const struct http_answer *a)
{
	if (a->fault != HTTP_WHOLE || a->status != 401 || r->is_token ||
	    r->renewed)
		return false;
	r->renewed = true;
	graph_token_drop(r->mailbox->tenant, r->generation);
	g->counts.repeated++;
	graph_put(g, r);
	return true;
}

/* Its status means something: it was not broken off. */
static bool
is_answer(const struct http_answer *a)
{
	return a->fault == HTTP_WHOLE || a->fault == HTTP_TOO_BIG;
}

static void
tell(struct graph *g, struct graph_request *r, const struct http_answer *a)
{
	char code[GRAPH_CODE_MAX];
	struct graph_answer answer = { .verdict = verdict_of(r, a, code),
		.status = is_answer(a) ? a->status : 0,
		.body = a->body,
		.code = code,
		.request_id = a->request_id,
		.date = a->date };

	learn(r, a, answer.verdict);
	if (!r->is_batch && a->fault == HTTP_WHOLE && a->status < 429)
		r->mailbox->last_good = http_now();
	if (!r->done(r->ctx, &answer)) {
		if (!r->is_write && repeat(g, r, a))
			return;
		answer.verdict = r->is_write ? GRAPH_UNKNOWN : GRAPH_NONSENSE;
		r->done(r->ctx, &answer);
	}
	graph_request_free(r);
}

/* A write is not repeated, but the mailbox rests as long as it was told to. */
static void
rest(struct graph *g, struct graph_request *r, const struct http_answer *a)
{
	if (r->is_write && a->status >= 500 && a->retry_after[0] != '\0')
		graph_mailbox_hold(r->mailbox,
		    http_now() + http_repeat_wait(a, 1, r->mailbox->seed,
				     g->options.backoff_us));
}

static void
settle(struct graph *g, const struct http_answer *a)
{
	struct graph_request *r = a->owner;

	graph_take(g, r);
	r->in_flight = false;
	r->mailbox->in_flight--;
	if (r->is_batch)
		r->mailbox->exclusive = false;
	if (a->status > 0)
		g->counts.reached = true;
	if (renew(g, r, a))
		return;
	if (http_may_repeat(a, r->safe) && repeat(g, r, a))
		return;
	rest(g, r, a);
	tell(g, r, a);
}

static bool
is_hopeless(
    const struct graph_request *r, bool late, enum graph_verdict *verdict)
{
	const struct graph_tenant *t = r->mailbox->tenant;

	if (late || r->foreign) {
		*verdict = late ? GRAPH_LATE : GRAPH_FOREIGN;
		if (r->is_write && r->in_flight)
			*verdict = GRAPH_UNKNOWN;
		return true;
	}
	if (r->in_flight || r->is_token)
		return false;
	*verdict = t->state == TOKEN_REFUSED ? GRAPH_DENIED : GRAPH_UNREACHABLE;
	return t->state == TOKEN_REFUSED || t->state == TOKEN_UNREACHABLE;
}

/* End what cannot be sent or waited for any more; true if there was any. */
static bool
end_hopeless(struct graph *g)
{
	bool late = graph_is_late(g), found = false;
	struct graph_request *r = g->request;
	struct graph_answer answer = {
		.body = SLICE(""), .code = "", .request_id = ""
	};

	while (r != NULL) {
		if (!is_hopeless(r, late, &answer.verdict)) {
			r = r->next;
			continue;
		}
		graph_take(g, r);
		if (r->in_flight) {
			http_cancel(g->http, r);
			r->mailbox->in_flight--;
			r->mailbox->exclusive = false;
		}
		r->done(r->ctx, &answer);
		graph_request_free(r);
		/* `done` may have changed the list anywhere. */
		r = g->request;
		found = true;
	}
	return found;
}

/* Until when nothing will happen by itself. */
static int64_t
quiet_until(const struct graph *g, int64_t now, int64_t until)
{
	const struct graph_request *r;
	const struct graph_tenant *t;
	int64_t when;

	for (t = g->tenant; t != NULL; t = t->next)
		if (t->again_at > now && t->again_at < until)
			until = t->again_at;
	if (g->request != NULL && g->options.deadline < until)
		until = g->options.deadline;
	for (r = g->request; r != NULL; r = r->next) {
		when = start_time(r);
		if (!r->in_flight && when > now && when < until)
			until = when;
	}
	return until;
}

bool
graph_turn(struct graph *g, int64_t until, int fd)
{
	const struct http_answer *a;
	int64_t now;
	bool readable;

	bool ended = end_hopeless(g);

	now = http_now();
	start_all(g, now);
	/* It may have turned out that somebody has to sign in. */
	ended |= end_hopeless(g);
	if (ended)
		until = now; /* the caller has something to do */
	readable = http_wait(g->http, quiet_until(g, now, until), fd);
	while ((a = http_next(g->http)) != NULL) {
		settle(g, a);
		http_release(g->http, a);
	}
	return readable;
}
