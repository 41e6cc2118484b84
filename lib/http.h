/*
 * http: many HTTP requests at a time over few connections, on libcurl's multi
 * interface.  This is the one wrapper for libcurl.  It sends, collects and
 * tells; it does not judge: who may be asked, when, and how often, is said by
 * graph.  The text functions (URLs, dates, Retry-After) need no network.
 *
 * Only https is spoken, to certificates of the system's or of a given CA file;
 * redirects are not followed (a token must not travel to a host that an
 * answer names); answers are at most HTTP_BODY_MAX bytes after decompression.
 * Nothing is logged: URLs and errors of libcurl may hold tokens.
 *
 * libcurl itself may send a request twice, when a connection that was kept
 * open turns out to be dead.  A request that must not be done twice has to
 * carry a key by which the server knows it.
 *
 * Times are microseconds of a monotonic clock (http_now) unless said
 * otherwise.
 */
#ifndef HTTP_H
#define HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "str.h"

struct http;

struct http_options {
	const char *ca_file;  /* NULL: the system's certificates */
	const char *proxy;    /* NULL: what the environment says */
	bool plain_loopback;  /* also http:// to 127.0.0.1, for tests */
	bool http1;	      /* never HTTP/2 */
	unsigned connections; /* at most, per host and kept open */
	int64_t connect_us;   /* to connect */
	int64_t stall_us;     /* without a byte */
};

/* The texts are needed during http_send only, the body until the answer was
 * released. */
struct http_call {
	const char *method; /* "GET", "POST" ... */
	const char *url;
	const char *bearer;	   /* access token or NULL */
	const char *const *header; /* "Name: value" ..., NULL; or NULL */
	struct slice body;	   /* NO_SLICE: none */
	int64_t timeout_us;	   /* for all of it */
	bool fresh;		   /* on a new connection */
	void *owner;		   /* comes back with the answer */
};

enum http_fault {
	HTTP_WHOLE,	/* an answer came, whole */
	HTTP_NO_WAY,	/* not connected: nothing was sent */
	HTTP_UNTRUSTED, /* the certificate was refused: nothing was sent */
	HTTP_TIMEOUT,	/* too slow, or nothing for too long */
	HTTP_BROKEN,	/* broke off: whether it was done is unknown */
	HTTP_TOO_BIG,	/* the answer is larger than HTTP_BODY_MAX */
	HTTP_BAD_URL	/* no URL, or one that is not spoken to */
};

struct http_answer {
	void *owner;
	enum http_fault fault;
	int status;	   /* 0: none came */
	struct slice body; /* never NULL; as far as it came */
	/* Headers, "" when absent, cut when longer. */
	char retry_after[64], date[48], request_id[64];
};

struct http *http_open(const struct http_options *options);
/* Ends what is under way without an answer. */
void http_close(struct http *h);
int64_t http_now(void);

/* Start a request at once; http_active counts those without answer. */
void http_send(struct http *h, const struct http_call *call);
unsigned http_active(const struct http *h);
/* Move data until an answer is there, `until` has come, or `fd` (-1: none) can
 * be read: true in the last case. */
bool http_wait(struct http *h, int64_t until, int fd);
/* The next answer, or NULL; valid until released. */
const struct http_answer *http_next(struct http *h);
void http_release(struct http *h, const struct http_answer *answer);
/* End the requests of this owner without an answer. */
void http_cancel(struct http *h, const void *owner);
/* Bytes of all bodies received so far, after decompression. */
uint64_t http_bytes(const struct http *h);

/*
 * URLs.  The origin is "scheme://host:port" in lower case with the port always
 * there.  False: no absolute http(s) URL of printable ASCII, or one with user
 * information, a backslash, or a port that is none.
 */
bool http_origin(struct slice url, struct str *origin);
bool http_same_origin(struct slice a, struct slice b);
/* The scheme is https, or http to a loopback address. */
bool http_is_secure(struct slice url);
bool http_is_loopback(struct slice url);
/* Append text as one path segment or form value: all but A-Z a-z 0-9 - . _ ~
 * as %XX. */
void http_escape(struct str *out, struct slice text);

/* "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, 5.6.7) as an instant.  The two
 * obsolete forms are not read. */
bool http_date(struct slice text, int64_t *us);
/*
 * How long the server asks to wait: Retry-After as seconds (with a fraction
 * or not; rounded up to milliseconds) or as a date, which is compared with the
 * server's own Date header, since clocks differ, else with `now_us`.  False:
 * absent, zero, past or unreadable: it gives no hint.  What exceeds a year
 * becomes a year.
 */
bool http_retry_after(struct slice retry_after, struct slice date,
    int64_t now_us, int64_t *wait_us);

/*
 * Whether to repeat, and how long to wait before: two questions.  `safe`: the
 * request only reads, or the server knows repetitions.  If it is not, only
 * what was certainly not done is repeated.
 */
bool http_may_repeat(const struct http_answer *answer, bool safe);
/* Before repetition `attempt` (1, 2, ...): what the server asks for, else
 * base_us * 2^(attempt-1) with a spread of a quarter either way that depends on
 * `seed` alone, at most two minutes. */
int64_t http_repeat_wait(const struct http_answer *answer, unsigned attempt,
    uint64_t seed, int64_t base_us);

#endif
