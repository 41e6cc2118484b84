/*
 * graph: Microsoft Graph as calsync uses it: tokens, throttling, repetition,
 * batches, and what an answer means.  Sources: Graph's documentation pages
 * "throttling", "json-batching", "errors", "delta-query-overview", and the
 * identity platform's "v2-oauth2-client-creds-grant-flow".
 *
 * A program opens one `graph`; in it a `graph_tenant` for each connection (one
 * token serves all its mailboxes), and in that a `graph_mailbox` for each
 * mailbox it works on, which is what Graph throttles: at most 3 requests of a
 * mailbox are under way (Graph allows 4), and none before the time that Graph
 * named.  Requests are put down and answered by a call of `done` from
 * graph_turn; nothing blocks, and other mailboxes go on while one waits.
 *
 * What is passing (429, 5xx, a broken connection, an answer cut short, an
 * expired token) is settled here by asking again.  What `done` gets is final.
 *
 * Writes are another matter.  Only what was certainly not done is repeated: a
 * 429, a 401 (with a new token), a connection that was not made.  Everything
 * else that gives no definite answer after something was sent is told as
 * GRAPH_UNKNOWN, and the caller has to look before it writes again.
 *
 * Where people sign in by themselves (graph_connection.people), each of them has
 * a tenant of their own, whose mailboxes are all "/me": their refresh token is
 * taken from its file and, when the login gives a new one, stored before the
 * access token that came with it is used.
 *
 * The token is never sent to another origin than the connection's root, and
 * neither token, secret nor a whole URL is ever logged.
 */
#ifndef GRAPH_H
#define GRAPH_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "http.h"
#include "signin.h"
#include "str.h"

struct graph;
struct graph_tenant;
struct graph_mailbox;

struct graph_options {
	struct http_options http;
	unsigned concurrency; /* requests under way, of all mailboxes */
	unsigned page_size;   /* items asked for per page */
	bool text_bodies;     /* ask for bodies as text, not HTML */
	int64_t timeout_us;   /* for one request */
	/* A mailbox without one good answer for so long is given up. */
	int64_t patience_us;
	int64_t backoff_us; /* first pause when the server names none */
	int64_t deadline;   /* (http_now) when all that is left ends LATE */
};

/* The texts live as long as the tenant. */
struct graph_connection {
	int64_t id;
	const char *tenant; /* GUID or domain */
	const char *client_id;
	const char *root;  /* "https://graph.microsoft.com/v1.0" */
	const char *login; /* "https://login.microsoftonline.com" */
	/* One of the two ways to prove who we are: */
	const char *secret_file;
	const char *certificate_file, *key_file; /* PEM */
	/* Or people sign in themselves; a secret may stand beside it. */
	const struct signin_store *people;
	bool personal; /* also with accounts of no tenant */
};

enum graph_verdict {
	GRAPH_OK,	   /* 2xx */
	GRAPH_DEAD_LINK,   /* this delta token is not known any more */
	GRAPH_BAD_ID,	   /* 400: an id that cannot be read; of a stored link
			      it means the same as GRAPH_DEAD_LINK */
	GRAPH_GONE,	   /* 404 by Exchange itself: the item does not exist */
	GRAPH_NO_MAILBOX,  /* no such user, or no mailbox in the cloud */
	GRAPH_DENIED,	   /* 401, 403, or no token */
	GRAPH_STALE,	   /* 412, 409: the item has changed meanwhile */
	GRAPH_BUSY,	   /* throttled or failing for longer than patience */
	GRAPH_REFUSED,	   /* any other status that repetition cannot change */
	GRAPH_UNREACHABLE, /* no answer */
	GRAPH_NONSENSE,	   /* answers that cannot be read */
	GRAPH_FOREIGN,	   /* the URL leads elsewhere: nothing was sent */
	GRAPH_LATE,	   /* the deadline came first; nothing was done */
	GRAPH_UNKNOWN	   /* a write that may have been done, or not */
};

struct graph_answer {
	enum graph_verdict verdict;
	int status;		/* 0: none */
	struct slice body;	/* during `done` */
	const char *code;	/* Graph's error code (letters, digits) or "" */
	const char *request_id; /* or "" */
	const char *date;	/* the server's clock, or "" */
};

/* False: the body is damaged; the request is repeated if that may still help,
 * and `done` is called again.  After true the request is gone. */
typedef bool graph_done(void *ctx, const struct graph_answer *answer);

struct graph *graph_open(const struct graph_options *options);
void graph_close(struct graph *g);

/* Reads the secret; EXIT_CONFIG if it cannot be read, or by others too. */
struct graph_tenant *graph_tenant_open(
    struct graph *g, const struct graph_connection *connection);
/* The tenant of one person on a connection with `people`. */
struct graph_tenant *graph_person_open(struct graph *g,
    const struct graph_connection *connection, int64_t account);
int64_t graph_tenant_id(const struct graph_tenant *t);
/* Credentials or rights were refused for the whole tenant. */
bool graph_tenant_refused(const struct graph_tenant *t);
/* A person's refresh token could not be read or stored: an alarm. */
bool graph_tenant_alarmed(const struct graph_tenant *t);

/* user: Graph id or address; a person's tenant does not look at it; or groups/ID, the
 * calendar of a group that the person is a member of.  The same user again gives the
 * same mailbox, which is closed as often as it was opened. */
struct graph_mailbox *graph_mailbox_open(
    struct graph_tenant *t, struct slice user);
/* The id in groups/ID; NO_SLICE: it is no group. */
static inline struct slice
graph_group_id(struct slice user)
{
	size_t n = sizeof "groups/" - 1;

	return slice_starts(user, "groups/")
		   ? (struct slice){ user.data + n, user.len - n }
		   : NO_SLICE;
}

/* The last time drops its requests without calling `done`. */
void graph_mailbox_close(struct graph_mailbox *m);
/* "https://.../v1.0/users/USER" and "/users/USER" */
struct slice graph_mailbox_url(const struct graph_mailbox *m);
struct slice graph_mailbox_path(const struct graph_mailbox *m);
/* Nothing will help but that the person signs in (again). */
bool graph_mailbox_needs_signin(const struct graph_mailbox *m);
/* True while all its requests wait for a time that the server named. */
bool graph_mailbox_waits(const struct graph_mailbox *m);

/* Put down a GET of an absolute URL. */
void graph_get(
    struct graph_mailbox *m, struct slice url, graph_done *done, void *ctx);

/* The body and if_match are the caller's until `done`. */
struct graph_write {
	const char *method;   /* "POST", "PATCH", "DELETE" */
	struct slice url;     /* absolute */
	struct slice body;    /* JSON; NO_SLICE: none */
	const char *if_match; /* NULL: none */
};
/*
 * Put down a write.  An answer of 2xx whose body cannot be used is UNKNOWN
 * too: `done` returns false for it, and is called again with that verdict.
 * PATCH and DELETE go out on a connection of their own, which libcurl does not
 * repeat by itself; a POST needs a key by which the server knows it, and goes
 * out so as well where nobody knows whether it does: to a group's calendar.
 */
void graph_send(struct graph_mailbox *m, const struct graph_write *write,
    graph_done *done, void *ctx);

/*
 * Items by id, up to 20 in one request.  `url` of each item is relative
 * ("/users/..."); `answer` is called once for each, in any order, and
 * `finished` after the last.  Throttled and missing ones are asked for again.
 */
struct graph_item {
	struct slice url;
	unsigned attempts; /* ours */
	bool settled;	   /* ours */
};
struct graph_batch {
	struct graph_mailbox *mailbox;
	struct graph_item *item;
	size_t count; /* at least 1 */
	void *ctx;
	/* n: which item */
	void (*answer)(void *ctx, size_t n, const struct graph_answer *answer);
	void (*finished)(void *ctx);
	struct str body; /* ours; freed before `finished` is called */
	size_t asked[20], asked_count;
};
/* The batch and its items live until `finished`. */
void graph_batch_get(struct graph_batch *b);

/* One turn: start what may start, wait at most until `until` (or until `fd`
 * can be read: true), and call `done` for what is final. */
bool graph_turn(struct graph *g, int64_t until, int fd);
/* The deadline has come. */
bool graph_is_late(const struct graph *g);

/* What a person's sign-in gave, as it stands in its file (see signin.h). */
struct graph_signin {
	struct slice tid;  /* tenant of the account */
	struct slice user; /* Graph's id */
	struct slice refresh_token;
	bool writes; /* to the calendar of a group of theirs */
};
void graph_signin_write(const struct graph_signin *s, struct str *text);
bool graph_signin_read(
    struct arena *a, struct slice text, struct graph_signin *s);
/* It is an account of no tenant. */
bool graph_signin_is_personal(const struct graph_signin *s);

/* The login's address for `what` ("token"), the rights that are asked for (of
 * the application, or for a person), and one more field of a form. */
void graph_login_url(
    const struct graph_connection *c, const char *what, struct str *url);
enum graph_rights {
	RIGHTS_APPLICATION,
	RIGHTS_PERSON,
	RIGHTS_MEMBER, /* a person, for the calendar of a group of theirs */
	RIGHTS_MEMBER_WRITE /* the same, to write to it */
};
void graph_login_scope(const struct graph_connection *c,
    enum graph_rights rights, struct str *scope);
/* A secret from a file that only its owner may read; else EXIT_CONFIG. */
void graph_secret_read(const char *path, struct str *secret);
void graph_login_field(struct str *form, const char *name, struct slice value);

struct graph_counts {
	uint64_t requests, repeated, throttled, bytes;
	bool reached; /* any answer by a Graph host came */
};
struct graph_counts graph_counts(const struct graph *g);

/* What a status and the body of an error mean.  `code` gets the error code
 * with all but letters, digits, '.', '_' and '-' left out. */
enum graph_verdict graph_judge(int status, struct slice body, char code[64]);
/* For messages: "no_mailbox" and the like. */
const char *graph_verdict_name(enum graph_verdict v);

#endif
