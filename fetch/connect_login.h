/*
 * connect_login: the device code flow, step by step.  Whatever ends it ends the
 * program with a message and a status: refused by the person or the login
 * (EXIT_NOPERM), the code has expired (EXIT_TEMPFAIL), no way to the login
 * (EXIT_UNAVAILABLE), answers that make no sense (EXIT_PROTOCOL).
 */
#ifndef CONNECT_LOGIN_H
#define CONNECT_LOGIN_H

#include "arena.h"
#include "graph.h"
#include "http.h"

struct login {
	const struct graph_connection *connection;
	struct slice group; /* whose calendar it is for; NO_SLICE: their own */
	bool writes;	    /* to that of the group */
	struct http_options http;
	/* After login_begin, for the person: */
	struct slice page, user_code;
	/* Ours: */
	struct http *wire;
	struct arena arena;
	struct slice device_code;
	int64_t interval_us, expires; /* (http_now) */
	struct str secret;
};

struct login_person {
	struct graph_signin signin;
	struct slice address; /* or the name, if there is no address */
	const char *address_text, *name_text;
};

void login_open(struct login *l);
void login_close(struct login *l);
/* Get a code. */
void login_begin(struct login *l);
/* Until the person has signed in; then ask who it is, and whether they see the
 * group's calendar (else EXIT_NOPERM).  Texts are kept in the login's arena. */
void login_wait(struct login *l, struct login_person *person);

#endif
