/*
 * http: see the header.  A transfer owns all that libcurl only borrows (body,
 * headers, error text) and is used again, so that memory is bounded by the
 * number of requests under way and the largest answer.
 *
 * A handle is given to libcurl only when its request may start: libcurl counts
 * the time that a handle waits for a connection against its time limit.
 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include <curl/curl.h>

#include "bounds.h"
#include "http.h"
#include "instant.h"
#include "log.h"
#include "tool.h"
#include "xalloc.h"

#define WAIT_MS_MAX 60000

struct transfer {
	struct http_answer answer; /* first: an answer is its transfer */
	struct http *http;
	CURL *easy;
	struct curl_slist *header;
	struct str body;
	bool too_big;
	bool active, answered; /* with libcurl; not yet released */
	struct transfer *next; /* of all */
};

struct http {
	struct http_options options;
	char *ca_file, *proxy;
	char agent[64];
	CURLM *multi;
	struct transfer *all;
	unsigned active;
	bool added; /* a handle that was not looked at yet */
	uint64_t bytes;
};

int64_t
http_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * SECOND_US + t.tv_nsec / 1000;
}

static char *
copy_text(const char *text)
{
	return text == NULL ? NULL : xstrdup(text);
}

struct http *
http_open(const struct http_options *options)
{
	struct http *h = xcalloc(1, sizeof *h);

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		die(EXIT_SYSTEM, NULL, "libcurl cannot be started");
	h->options = *options;
	h->ca_file = copy_text(options->ca_file);
	if (h->ca_file != NULL && access(h->ca_file, R_OK) != 0)
		die(EXIT_CONFIG, NULL, "cannot read the CA file %s: %s",
		    h->ca_file, strerror(errno));
	h->proxy = copy_text(options->proxy);
	snprintf(h->agent, sizeof h->agent, "calsync/%s", tool_version);
	h->multi = curl_multi_init();
	if (h->multi == NULL)
		die(EXIT_SYSTEM, NULL, "libcurl cannot be started");
	curl_multi_setopt(h->multi, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
	curl_multi_setopt(h->multi, CURLMOPT_MAX_HOST_CONNECTIONS,
	    (long)options->connections);
	curl_multi_setopt(
	    h->multi, CURLMOPT_MAXCONNECTS, (long)options->connections);
	return h;
}

static void
free_transfer(struct transfer *t)
{
	if (t->active)
		curl_multi_remove_handle(t->http->multi, t->easy);
	curl_easy_cleanup(t->easy);
	curl_slist_free_all(t->header);
	str_free(&t->body);
	free(t);
}

void
http_close(struct http *h)
{
	struct transfer *t, *next;

	for (t = h->all; t != NULL; t = next) {
		next = t->next;
		free_transfer(t);
	}
	curl_multi_cleanup(h->multi);
	curl_global_cleanup();
	free(h->ca_file);
	free(h->proxy);
	free(h);
}

unsigned
http_active(const struct http *h)
{
	return h->active;
}

uint64_t
http_bytes(const struct http *h)
{
	return h->bytes;
}

static size_t
on_body(char *data, size_t size, size_t n, void *ctx)
{
	struct transfer *t = ctx;

	n *= size;
	if (n > HTTP_BODY_MAX - t->body.len) {
		t->too_big = true;
		return 0;
	}
	t->http->bytes += n;
	str_add(&t->body, data, n);
	return n;
}

/* The value of header `name` in this line, if it is that one. */
static void
take_header(const char *name, struct slice line, char *value, size_t size)
{
	size_t n = strlen(name);

	if (line.len <= n || line.data[n] != ':' ||
	    strncasecmp(line.data, name, n) != 0)
		return;
	line =
	    slice_trim((struct slice){ line.data + n + 1, line.len - n - 1 });
	n = line.len < size ? line.len : size - 1;
	memcpy(value, line.data, n);
	value[n] = '\0';
}

/* libcurl gives the type. */
static size_t
/* NOLINTNEXTLINE(readability-non-const-parameter) */
on_header(char *data, size_t size, size_t n, void *ctx)
{
	struct transfer *t = ctx;
	struct http_answer *a = &t->answer;
	struct slice line = { data, n * size };

	if (slice_starts(line, "HTTP/")) {
		/* Another answer to the same request (100, a repetition):
		 * the one before it does not count. */
		a->retry_after[0] = a->date[0] = a->request_id[0] = '\0';
		str_reset(&t->body);
	}
	take_header("retry-after", line, a->retry_after, sizeof a->retry_after);
	take_header("date", line, a->date, sizeof a->date);
	take_header("request-id", line, a->request_id, sizeof a->request_id);
	return line.len;
}

static struct transfer *
free_slot(struct http *h)
{
	struct transfer *t;

	for (t = h->all; t != NULL; t = t->next)
		if (!t->active && !t->answered)
			return t;
	t = xcalloc(1, sizeof *t);
	t->http = h;
	t->easy = curl_easy_init();
	if (t->easy == NULL)
		xdie(EXIT_SYSTEM, "calsync: error: out of memory\n");
	t->body.max = HTTP_BODY_MAX;
	t->next = h->all;
	h->all = t;
	return t;
}

static void
must(CURLcode code)
{
	if (code == CURLE_OUT_OF_MEMORY)
		xdie(EXIT_SYSTEM, "calsync: error: out of memory\n");
	assert(code == CURLE_OK);
}

/* What is the same for all requests. */
static void
set_common(struct transfer *t)
{
	const struct http_options *o = &t->http->options;
	CURL *e = t->easy;

	must(curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body));
	must(curl_easy_setopt(e, CURLOPT_WRITEDATA, t));
	must(curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header));
	must(curl_easy_setopt(e, CURLOPT_HEADERDATA, t));
	must(curl_easy_setopt(e, CURLOPT_PRIVATE, t));
	must(curl_easy_setopt(e, CURLOPT_USERAGENT, t->http->agent));
	must(curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L));
	must(curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR,
	    o->plain_loopback ? "https,http" : "https"));
	must(curl_easy_setopt(e, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2));
	must(curl_easy_setopt(e, CURLOPT_HTTP_VERSION,
	    o->http1 ? CURL_HTTP_VERSION_1_1 : CURL_HTTP_VERSION_2TLS));
	must(curl_easy_setopt(e, CURLOPT_PIPEWAIT, 1L));
	must(curl_easy_setopt(e, CURLOPT_ACCEPT_ENCODING, "gzip"));
	must(curl_easy_setopt(
	    e, CURLOPT_CONNECTTIMEOUT_MS, (long)(o->connect_us / 1000)));
	must(curl_easy_setopt(e, CURLOPT_LOW_SPEED_LIMIT, 1L));
	must(curl_easy_setopt(e, CURLOPT_LOW_SPEED_TIME,
	    (long)((o->stall_us + SECOND_US - 1) / SECOND_US)));
	if (t->http->ca_file != NULL)
		must(curl_easy_setopt(e, CURLOPT_CAINFO, t->http->ca_file));
	if (t->http->proxy != NULL)
		must(curl_easy_setopt(e, CURLOPT_PROXY, t->http->proxy));
}

static void
set_body(struct transfer *t, const struct http_call *call)
{
	CURL *e = t->easy;

	if (call->body.data != NULL) {
		must(curl_easy_setopt(e, CURLOPT_POSTFIELDS, call->body.data));
		must(curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE,
		    (curl_off_t)call->body.len));
	}
	must(curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, call->method));
}

static void
add_header(struct transfer *t, const char *line)
{
	struct curl_slist *list = curl_slist_append(t->header, line);

	if (list == NULL)
		xdie(EXIT_SYSTEM, "calsync: error: out of memory\n");
	t->header = list;
}

static void
set_call(struct transfer *t, const struct http_call *call)
{
	CURL *e = t->easy;
	int64_t ms = call->timeout_us / 1000;
	size_t i;

	must(curl_easy_setopt(e, CURLOPT_URL, call->url));
	set_body(t, call);
	for (i = 0; call->header != NULL && call->header[i] != NULL; i++)
		add_header(t, call->header[i]);
	/* libcurl would wait a second for a 100 that Graph never sends. */
	add_header(t, "Expect:");
	must(curl_easy_setopt(e, CURLOPT_HTTPHEADER, t->header));
	must(curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, ms > 0 ? (long)ms : 1L));
	must(curl_easy_setopt(e, CURLOPT_FRESH_CONNECT, call->fresh ? 1L : 0L));
	if (call->bearer != NULL) {
		/* Not as a header text, which could end up in a message. */
		must(curl_easy_setopt(e, CURLOPT_HTTPAUTH, CURLAUTH_BEARER));
		must(curl_easy_setopt(e, CURLOPT_XOAUTH2_BEARER, call->bearer));
	}
}

static bool
may_speak_to(const struct http *h, const char *url)
{
	struct slice u = slice_of(url);

	return http_is_secure(u) &&
	       (h->options.plain_loopback || slice_starts(u, "https"));
}

void
http_send(struct http *h, const struct http_call *call)
{
	struct transfer *t = free_slot(h);

	assert(call->url != NULL && call->method != NULL);
	t->answer = (struct http_answer){ .owner = call->owner };
	str_reset(&t->body);
	t->too_big = false;
	t->active = h->added = true;
	h->active++;
	curl_slist_free_all(t->header);
	t->header = NULL;
	curl_easy_reset(t->easy);
	set_common(t);
	set_call(t, call);
	if (!may_speak_to(h, call->url))
		must(curl_easy_setopt(t->easy, CURLOPT_URL, "refused://"));
	if (curl_multi_add_handle(h->multi, t->easy) != CURLM_OK)
		xdie(EXIT_SYSTEM, "calsync: error: out of memory\n");
}

static void
perform(struct http *h)
{
	int running;

	if (curl_multi_perform(h->multi, &running) != CURLM_OK)
		die(EXIT_SOFTWARE, NULL, "libcurl failed");
}

static bool
has_answer(struct http *h)
{
	struct transfer *t;

	for (t = h->all; t != NULL; t = t->next)
		if (t->answered)
			return true;
	return false;
}

/* False: the time was up before anything could be sent. */
static bool
was_sent(const struct transfer *t)
{
	curl_off_t us = 0;

	must(curl_easy_getinfo(t->easy, CURLINFO_PRETRANSFER_TIME_T, &us));
	return us > 0;
}

static enum http_fault
fault_of(const struct transfer *t, CURLcode code)
{
	switch ((int)code) {
	case CURLE_OK:
		return HTTP_WHOLE;
	case CURLE_URL_MALFORMAT:
	case CURLE_UNSUPPORTED_PROTOCOL:
		return HTTP_BAD_URL;
	case CURLE_COULDNT_RESOLVE_PROXY:
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_CONNECT:
	case CURLE_SSL_CONNECT_ERROR:
		return HTTP_NO_WAY;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_ISSUER_ERROR:
		return HTTP_UNTRUSTED;
	case CURLE_OPERATION_TIMEDOUT:
		return was_sent(t) ? HTTP_TIMEOUT : HTTP_NO_WAY;
	default:
		return t->too_big ? HTTP_TOO_BIG : HTTP_BROKEN;
	}
}

/* Take over what libcurl has finished; the message dies with its handle. */
static void
collect(struct http *h)
{
	CURLMsg *m;
	CURLcode code;
	struct transfer *t;
	char *private;
	long status;
	int left;

	while ((m = curl_multi_info_read(h->multi, &left)) != NULL) {
		if (m->msg != CURLMSG_DONE)
			continue;
		code = m->data.result;
		must(curl_easy_getinfo(
		    m->easy_handle, CURLINFO_PRIVATE, &private));
		must(curl_easy_getinfo(
		    m->easy_handle, CURLINFO_RESPONSE_CODE, &status));
		t = (struct transfer *)(void *)private;
		curl_multi_remove_handle(h->multi, t->easy);
		h->active--;
		t->active = false;
		t->answered = true;
		t->answer.fault = fault_of(t, code);
		t->answer.status = (int)status;
		str_add(&t->body, "", 0);
		t->answer.body =
		    (struct slice){ t->body.data != NULL ? t->body.data : "",
			    t->body.len };
	}
}

bool
http_wait(struct http *h, int64_t until, int fd)
{
	struct curl_waitfd extra = { .fd = fd, .events = CURL_WAIT_POLLIN };
	int64_t ms;

	/* Begin what was put down; the rest has nothing to do yet. */
	if (h->added)
		perform(h);
	h->added = false;
	collect(h);
	if (has_answer(h))
		return false;
	ms = (until - http_now() + 999) / 1000;
	if (ms < 0)
		ms = 0;
	if (ms > WAIT_MS_MAX)
		ms = WAIT_MS_MAX;
	if (curl_multi_poll(h->multi, &extra, fd >= 0 ? 1 : 0, (int)ms, NULL) !=
	    CURLM_OK)
		die(EXIT_SOFTWARE, NULL, "libcurl failed");
	perform(h);
	collect(h);
	return fd >= 0 && extra.revents != 0;
}

const struct http_answer *
http_next(struct http *h)
{
	struct transfer *t;

	for (t = h->all; t != NULL; t = t->next)
		if (t->answered)
			return &t->answer;
	return NULL;
}

void
http_release(struct http *h, const struct http_answer *answer)
{
	struct transfer *t;

	for (t = h->all; t != NULL; t = t->next)
		if (&t->answer == answer)
			t->answered = false;
}

void
http_cancel(struct http *h, const void *owner)
{
	struct transfer *t;

	for (t = h->all; t != NULL; t = t->next) {
		if (t->answer.owner != owner)
			continue;
		if (t->active) {
			curl_multi_remove_handle(h->multi, t->easy);
			h->active--;
		}
		t->active = t->answered = false;
	}
}
