/*
 * graph_state: what the files of graph share.  Nobody else includes it.
 */
#ifndef GRAPH_STATE_H
#define GRAPH_STATE_H

#include "graph.h"

#define GRAPH_CODE_MAX	   64
#define GRAPH_IN_FLIGHT	   3  /* of a mailbox; Graph allows 4 */
#define GRAPH_ATTEMPTS_MAX 5  /* of a request that fails without a reason */
#define GRAPH_BATCH_MAX	   20 /* items, by Graph's documentation */
#define GRAPH_BATCH_SMALL  4  /* what Graph does at once in one mailbox */

#define GRAPH_LOCK_AGAIN_US 50000 /* another process has a person's lock */

enum token_state {
	TOKEN_NONE,
	TOKEN_ASKED,
	TOKEN_THERE,
	TOKEN_REFUSED,	  /* for good */
	TOKEN_UNREACHABLE /* for this run */
};

struct graph_tenant {
	struct graph *graph;
	struct graph_tenant *next;
	const struct graph_connection *connection;
	struct str secret; /* or the key, PEM */
	struct str token;
	struct str form; /* of the token request under way: holds the secret */
	enum token_state state;
	unsigned generation; /* counts tokens */
	int64_t skew_us;     /* the login's clock minus ours, if that matters */
	int64_t renew_at;    /* ask for a new token from then on */
	bool answered;	     /* Graph took a token of ours once */
	size_t batch_max;
	/* Of a person: */
	bool person, needs_signin, alarmed;
	bool member; /* it is for a group's calendar */
	int64_t account;
	int lock;		   /* while the sign-in is used; else -1 */
	int64_t again_at;	   /* try to get the lock then */
	struct str signin;	   /* what its file said */
	struct graph_mailbox *own; /* for token requests */
	struct graph_mailbox *mailbox;
};

struct graph_mailbox {
	struct graph_tenant *tenant;
	struct graph_mailbox *next; /* of the tenant */
	unsigned users;		    /* how often it is open */
	struct str url;		    /* root + path */
	size_t path_at;
	uint64_t seed;
	unsigned in_flight;
	bool exclusive;	    /* a request that wants no other beside it */
	int64_t not_before; /* the server named this time */
	int64_t last_good;
};

struct graph_request {
	struct graph_mailbox *mailbox;
	const char *method, *content_type, *if_match;
	struct str url;
	struct slice body;
	graph_done *done;
	void *ctx;
	bool foreign;  /* its URL is not of the tenant's origin */
	bool safe;     /* may be repeated */
	bool is_write; /* what gives no definite answer is UNKNOWN */
	bool is_token; /* to the login host, without a token */
	bool is_batch; /* exclusive, and 424 has a body to read */
	bool renewed;  /* a new token was asked for on its behalf */
	bool fresh;    /* next time on a new connection */
	bool alone;    /* always on a new connection */
	bool in_flight;
	unsigned generation; /* of the token it was sent with */
	unsigned attempts;   /* failures, but for the throttled ones */
	unsigned throttled;
	int64_t not_before, first_sent;
	struct graph_request *next;
};

struct graph {
	struct graph_options options;
	struct http *http;
	struct str prefer; /* "Prefer: ..." */
	struct graph_tenant *tenant;
	struct graph_request *request, **tail;
	struct graph_counts counts;
};

struct graph_request *graph_request_new(struct graph_mailbox *m,
    const char *method, struct slice url, graph_done *done, void *ctx);
void graph_request_free(struct graph_request *r);
/* Into and out of the list. */
void graph_put(struct graph *g, struct graph_request *r);
void graph_take(struct graph *g, struct graph_request *r);
/* The mailbox must not be asked before `when`. */
void graph_mailbox_hold(struct graph_mailbox *m, int64_t when);
/* True if a repetition at `when` is still within patience and deadline. */
bool graph_may_wait(const struct graph_mailbox *m, int64_t since, int64_t when);

/* The tenant has a token that is good for now; else it is asked for. */
bool graph_token_ready(struct graph_tenant *t);
/* Graph has refused the token of that generation. */
void graph_token_drop(struct graph_tenant *t, unsigned generation);
void graph_token_free(struct graph_tenant *t);
/* Ask for a token with the form that was filled. */
void graph_token_ask(struct graph_tenant *t, struct slice url);

/* Take the person's sign-in and ask for a token; or, while another process has
 * it, nothing. */
void graph_person_ask(struct graph_tenant *t);
/* The login has answered.  Stores the new refresh token; false: it could not. */
bool graph_person_store(struct graph_tenant *t, struct slice refresh_token);
/* The answer was dealt with: whoever waits may have the sign-in. */
void graph_person_release(struct graph_tenant *t);
/* The login's word that it wants to see the person. */
bool graph_person_refused(struct slice error);
/* A client assertion (a JWT) for this token URL, as of `now_us`. */
void graph_assertion(const struct graph_tenant *t, struct slice audience,
    int64_t now_us, struct str *jwt);

#endif
