#include "limit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "arena.h"
#include "buf.h"

enum {
	SLICES = 64, /* of the sliding window */
	PAIRS = 4096,
};

/* What one app did to one mailbox; in the arena. */
struct throttle {
	struct throttle *next;
	const struct app *app;
	const struct user *user;
	int64_t slice[SLICES]; /* which slice of time a counter is for */
	uint32_t requests[SLICES];
	uint64_t bytes[SLICES];
	int64_t wait_until;   /* utc by the simulated clock */
	int64_t wait_real_ms; /* by the host's monotonic clock */
};

/* In-flight counts are about connections: no rollback may touch them. */
static struct {
	const struct app *app;
	const struct user *user;
	int n;
} flight[PAIRS];

static int64_t
real_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static struct throttle *
find(const struct app *app, const struct user *u)
{
	struct throttle *t;

	for (t = sim()->limits; t != NULL; t = t->next)
		if (t->app == app && t->user == u)
			return t;
	t = arena_alloc(sizeof(*t));
	t->app = app;
	t->user = u;
	t->next = sim()->limits;
	sim()->limits = t;
	return t;
}

static int *
counter(const struct app *app, const struct user *u)
{
	size_t at =
	    ((size_t)(const void *)u / 64 + (size_t)(const void *)app / 16) %
	    PAIRS;

	for (size_t i = 0; i < PAIRS; i++, at = (at + 1) % PAIRS) {
		if (flight[at].app == app && flight[at].user == u)
			return &flight[at].n;
		if (flight[at].n == 0) {
			flight[at].app = app;
			flight[at].user = u;
			return &flight[at].n;
		}
	}
	return &flight[0].n;
}

int
limit_in_flight(const struct app *app, const struct user *u)
{
	return *counter(app, u);
}

void
limit_leave(const struct app *app, const struct user *u)
{
	int *n = counter(app, u);

	if (*n > 0)
		(*n)--;
}

static int64_t
slice_now(void)
{
	int64_t width = mode(MODE_LIMIT_WINDOW) * 1000 / SLICES;

	return world_now() * 1000 / (width > 0 ? width : 1);
}

static void
count(struct throttle *t, size_t bytes)
{
	int64_t now = slice_now();
	size_t i = (size_t)(now % SLICES);

	if (t->slice[i] != now) {
		t->slice[i] = now;
		t->requests[i] = 0;
		t->bytes[i] = 0;
	}
	t->requests[i]++;
	t->bytes[i] += bytes;
}

/* Sums over the window, and over its newer half for bytes. */
static void
sum(const struct throttle *t, uint64_t *requests, uint64_t *bytes)
{
	int64_t now = slice_now();

	*requests = *bytes = 0;
	for (int i = 0; i < SLICES; i++) {
		if (t->slice[i] > now - SLICES)
			*requests += t->requests[i];
		if (t->slice[i] > now - SLICES / 2)
			*bytes += t->bytes[i];
	}
}

static void
violation(const struct request *r, const struct user *u, const char *kind,
    const char *detail)
{
	char now[WHEN_TEXT];
	json_t *o;

	when_format_utc(world_now(), now);
	o = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "time", now, "kind",
	    kind, "mailbox", u->upn, "method", r->method, "target", r->target,
	    "detail", detail);
	log_add(LOG_VIOLATIONS, json_dumps(o, JSON_COMPACT));
	json_decref(o);
}

static struct reply *
throttled(const char *limit, int64_t seconds)
{
	char text[32];
	struct reply *reply = reply_error(429, "ApplicationThrottled",
	    "Application is over its %s limit.", limit);

	snprintf(text, sizeof(text), "%lld", (long long)seconds);
	reply_header(reply, "Retry-After", text);
	return reply;
}

/* Seconds until the oldest counted slice leaves the window. */
static int64_t
until_free(const struct throttle *t)
{
	int64_t now = slice_now(), oldest = now;

	for (int i = 0; i < SLICES; i++)
		if (t->slice[i] > now - SLICES && t->requests[i] > 0 &&
		    t->slice[i] < oldest)
			oldest = t->slice[i];
	return (oldest + SLICES - now) * mode(MODE_LIMIT_WINDOW) / SLICES + 1;
}

static void
check_patience(
    const struct request *r, const struct user *u, struct throttle *t)
{
	char detail[80];
	int64_t left = t->wait_until - world_now();
	int64_t left_ms = t->wait_real_ms - real_ms();

	/* The simulated clock may stand still while the client waits. */
	if (left <= 0 || left_ms <= 0)
		return;
	snprintf(detail, sizeof(detail), "%lld ms before Retry-After elapsed",
	    (long long)left_ms);
	violation(r, u, "retry-after", detail);
}

struct reply *
limit_enter(const struct request *r, struct user *u)
{
	struct throttle *t = find(r->app, u);
	uint64_t requests, bytes;
	int *n = counter(r->app, u);

	check_patience(r, u, t);
	count(t, r->body_len);
	if (!r->in_batch && ++*n > mode(MODE_LIMIT_CONCURRENCY)) {
		violation(r, u, "concurrency", "more requests than allowed");
		return throttled("MailboxConcurrency", 1);
	}
	sum(t, &requests, &bytes);
	if (mode(MODE_LIMIT_REQUESTS) > 0 &&
	    requests > (uint64_t)mode(MODE_LIMIT_REQUESTS))
		return throttled("RequestRate", until_free(t));
	if (mode(MODE_LIMIT_UPLOAD) > 0 &&
	    bytes > (uint64_t)mode(MODE_LIMIT_UPLOAD))
		return throttled("IncomingBytes", until_free(t));
	return NULL;
}

/* Seconds in a Retry-After that is a number or a date; 0 for others. */
static double
wait_of(const char *text)
{
	char *end;
	double seconds = strtod(text, &end);
	char date[WHEN_TEXT];

	if (end != text && *end == '\0')
		return seconds;
	for (int64_t s = 0; s < 7200; s++) {
		when_format_http(world_now() + s, date);
		if (strcmp(date, text) == 0)
			return (double)s;
	}
	return 0;
}

void
limit_note(const struct request *r, struct user *u, const struct reply *reply)
{
	const char *text = reply_get_header(reply, "Retry-After");
	struct throttle *t;
	double wait;

	if (text == NULL || (reply->status != 429 && reply->status != 503) ||
	    (json_object_get(reply->json, "error") != NULL &&
		strstr(json_string_value(json_object_get(
			   json_object_get(reply->json, "error"), "message")),
		    "MailboxConcurrency") != NULL))
		return;
	wait = wait_of(text);
	t = find(r->app, u);
	t->wait_until = world_now() + (int64_t)(wait + 0.999);
	t->wait_real_ms = real_ms() + (int64_t)(wait * 1000) - 20;
}
