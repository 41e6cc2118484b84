#include "serve.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "auth.h"
#include "buf.h"
#include "control.h"
#include "graph.h"
#include "ids.h"
#include "limit.h"
#include "room.h"
#include "store.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static bool
is_write(const struct request *r)
{
	return strcmp(r->method, "GET") != 0 && strcmp(r->method, "HEAD") != 0;
}

/* The event that a path names, for the write log. */
static void
log_event(json_t *o, const struct request *r, struct user *u)
{
	struct item it;

	for (size_t i = 3; u != NULL && i + 1 < r->nsegments; i++) {
		if (!request_is(r, i, "events") &&
		    !request_is(r, i, "calendarView"))
			continue;
		if (!ids_find(u, request_segment(r, i + 1), &it))
			return;
		json_object_set_new(
		    o, "isOrganizer", json_boolean(it.event->is_organizer));
		json_object_set_new(
		    o, "iCalUId", json_string(it.event->meeting->uid));
		json_object_set_new(o, "subject", json_string(it.c->subject));
		return;
	}
}

static json_t *
log_line(const struct request *r)
{
	struct user *u = graph_mailbox(r);
	const char *client = request_get_header(r, "client-request-id");
	char now[WHEN_TEXT];
	json_t *o;

	when_format_utc(world_now(), now);
	o = json_pack("{s:I, s:s, s:s, s:s}", "n",
	    (json_int_t)++sim()->requests, "time", now, "method", r->method,
	    "target", r->target);
	if (u != NULL)
		json_object_set_new(o, "mailbox", json_string(u->upn));
	if (r->in_batch)
		json_object_set_new(o, "inBatch", json_true());
	if (client != NULL)
		json_object_set_new(o, "clientRequestId", json_string(client));
	if (request_get_header(r, "if-match") != NULL)
		json_object_set_new(o, "ifMatch",
		    json_string(request_get_header(r, "if-match")));
	if (is_write(r))
		log_event(o, r, u);
	return o;
}

static bool
is_login(const struct request *r)
{
	return strcasecmp(request_segment(r, 1), "oauth2") == 0;
}

static void
write_logs(const struct request *r, json_t *line, const struct reply *reply,
    const struct fault *f)
{
	json_object_set_new(line, "status", json_integer(reply->status));
	if (f != NULL)
		json_object_set_new(line, "fault", json_integer(f->id));
	log_add(LOG_REQUESTS, json_dumps(line, JSON_COMPACT));
	if (is_write(r) && !is_login(r) && !request_is(r, 1, "$batch")) {
		json_t *body = json_loadb(
		    r->body_len > 0 ? r->body : "", r->body_len, 0, NULL);

		json_object_set_new(
		    line, "body", body != NULL ? body : json_null());
		log_add(LOG_WRITES, json_dumps(line, JSON_COMPACT));
	}
	json_decref(line);
}

/* Now and then the server touches an event for reasons of its own. */
static void
housekeeping(struct user *u)
{
	struct event *e;

	if (u == NULL || u->nitems == 0 ||
	    !random_percent(mode(MODE_HOUSEKEEPING)))
		return;
	e = u->items[random_below(u->nitems)];
	if (!e->deleted)
		store_touch(e, false);
}

static struct reply *
conflict(const struct request *r, const struct user *u)
{
	if (u == NULL || !is_write(r) ||
	    !random_percent(mode(MODE_CONFLICT_RATE)))
		return NULL;
	return reply_error(409, "ErrorIrresolvableConflict",
	    "The send or update operation could not be performed because of "
	    "a concurrent save of an item in the mailbox.");
}

/* Faults replace the answer before or after the request is executed. */
static struct reply *
execute(struct request *r, const struct fault *f)
{
	struct reply *instead = f == NULL ? NULL : fault_reply(f, r);
	struct user *u = is_login(r) ? NULL : graph_mailbox(r);
	struct reply *reply;

	if (instead != NULL && !f->after)
		return instead;
	if (f != NULL && f->kind == FAULT_STUCK)
		request_header(r, "x-sim-stuck", "1");
	reply = is_login(r) ? auth_token(r) : conflict(r, u);
	if (reply == NULL)
		reply = graph_serve(r);
	housekeeping(u);
	if (instead == NULL)
		return reply;
	reply_free(reply);
	return instead;
}

struct reply *
serve_inner(struct request *r)
{
	struct user *u = graph_mailbox(r);
	json_t *line = log_line(r);
	struct fault *f = fault_match(r);
	struct reply *reply = u == NULL ? NULL : limit_enter(r, u);
	struct wire unused = { 0 };

	if (reply == NULL)
		reply = execute(r, f);
	if (f != NULL)
		fault_spoil(f, reply, &unused);
	if (u != NULL)
		limit_note(r, u, reply);
	write_logs(r, line, reply, f);
	return reply;
}

static void
sleep_ms(int64_t ms)
{
	struct timespec t = { .tv_sec = ms / 1000,
		.tv_nsec = ms % 1000 * 1000000 };

	nanosleep(&t, NULL);
}

/* The time a request takes is real, and others are served meanwhile. */
static struct reply *
take_time(struct request *r)
{
	int64_t ms = mode(MODE_LATENCY);

	if (ms <= 0)
		return NULL;
	pthread_mutex_unlock(&lock);
	sleep_ms(ms);
	pthread_mutex_lock(&lock);
	/* The world may have been replaced: look everything up again. */
	return auth_check(r);
}

static struct reply *
graph_request(struct request *r, const struct fault *f, struct reply *reply)
{
	const struct app *app = r->app;
	struct user *u = graph_mailbox(r);

	if (reply != NULL)
		return reply;
	if (u == NULL) {
		reply = take_time(r);
		return reply != NULL ? reply : execute(r, f);
	}
	reply = limit_enter(r, u);
	if (reply == NULL)
		reply = take_time(r);
	if (reply == NULL)
		reply = execute(r, f);
	limit_leave(app, u);
	if (graph_mailbox(r) == u)
		limit_note(r, u, reply);
	return reply;
}

static void
add_headers(const struct request *r, struct reply *reply)
{
	const char *client = request_get_header(r, "client-request-id");
	char guid[37], date[WHEN_TEXT];

	random_guid(guid);
	when_format_http(world_now(), date);
	reply_header(reply, "Date", date);
	reply_header(reply, "request-id", guid);
	reply_header(
	    reply, "client-request-id", client != NULL ? client : guid);
	reply_header(reply, "x-ms-ags-diagnostic",
	    "{\"ServerInfo\":{\"DataCenter\":\"Simulated\",\"Slice\":\"E\","
	    "\"Ring\":\"5\",\"ScaleUnit\":\"001\","
	    "\"RoleInstance\":\"SIM00000001\"}}");
	if (reply_get_header(reply, "Cache-Control") == NULL)
		reply_header(reply, "Cache-Control", "private");
	if (reply->json != NULL && !is_login(r))
		reply_header(reply, "OData-Version", "4.0");
}

struct reply *
serve(struct request *r, struct wire *w)
{
	struct reply *reply;
	struct fault *f;
	json_t *line;
	bool is_graph;

	pthread_mutex_lock(&lock);
	w->no_gzip = mode(MODE_GZIP) == 1;
	w->lower_case = mode(MODE_HTTP_LOWERCASE) == 1;
	w->chunk_mode = mode(MODE_CHUNKED);
	if (r->too_large) {
		reply = reply_error(413, "RequestEntityTooLarge",
		    "The request is larger than 4 MB.");
		add_headers(r, reply);
		pthread_mutex_unlock(&lock);
		return reply;
	}
	if (strcmp(request_segment(r, 0), "__sim") == 0) {
		reply = control_serve(r);
		pthread_mutex_unlock(&lock);
		return reply;
	}
	room_tick();
	is_graph =
	    strcasecmp(request_segment(r, 0), "v1.0") == 0 && !is_login(r);
	/* Only the token tells whom "me" means. */
	reply = is_graph ? auth_check(r) : NULL;
	line = log_line(r);
	f = fault_match(r);
	if (is_login(r))
		reply = execute(r, f);
	else if (is_graph)
		reply = graph_request(r, f, reply);
	else
		reply = graph_unknown(r, 0);
	if (f != NULL)
		fault_spoil(f, reply, w);
	add_headers(r, reply);
	write_logs(r, line, reply, f);
	pthread_mutex_unlock(&lock);
	return reply;
}
