/*
 * connect: somebody signs in to their mailbox, by the device code flow of the
 * identity platform ("v2-oauth2-device-code").  The person gets an address and
 * a code, and signs in with any browser; what comes of it is sealed in the
 * account's file (lib/signin.h).
 *
 * One JSON object on stdin says which connection and account; nothing secret
 * is in it, in the arguments, in a message or on stdout.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bounds.h"
#include "connect_login.h"
#include "graph.h"
#include "instant.h"
#include "json.h"
#include "log.h"
#include "network.h"
#include "opts.h"
#include "tool.h"

static bool setup, disconnect;

static const struct opt options[] = {
	{ 0, "setup", OPT_FLAG, &setup,
	    "only make the directory and the key, if they are missing" },
	{ 0, "disconnect", OPT_FLAG, &disconnect,
	    "only remove the account's sign-in" },
	NETWORK_OPTIONS,
	{ 0, NULL, OPT_FLAG, NULL, NULL },
};

/* What stdin says. */
struct wish {
	struct arena arena;
	struct graph_connection connection;
	struct signin_store store;
	int64_t account;
	struct slice mailbox, user;
	bool personal, writes;
};

static const char *
text_of(struct wish *w, const struct json *v, const char *key)
{
	struct slice text = json_text(v, key);

	if (text.len == 0)
		die(EXIT_DATA, NULL, "the connection lacks %s", key);
	return arena_copy(&w->arena, text.data, text.len);
}

static const struct json *
read_stdin(struct wish *w)
{
	struct str text = { .max = RECORD_ARENA_MAX };
	const struct json *v;
	char buf[4096];
	size_t n;

	while ((n = fread(buf, 1, sizeof buf, stdin)) > 0)
		str_add(&text, buf, n);
	v = json_parse(&w->arena,
	    (struct slice){
		arena_copy(&w->arena, text.data, text.len), text.len },
	    JSON_STRICT, NULL);
	str_free(&text);
	if (v == NULL || v->type != JSON_OBJECT)
		die(EXIT_DATA, NULL, "stdin holds no JSON object");
	return v;
}

static void
read_wish(struct wish *w)
{
	const struct json *v = read_stdin(w), *c = json_get(v, "connection");
	const char *dir = text_of(w, c, "token_dir"),
		   *key = text_of(w, c, "token_key");

	if (setup) {
		signin_setup(dir, key);
		return;
	}
	if (!json_int(json_get(v, "account"), 0, INT64_MAX, &w->account))
		die(EXIT_DATA, NULL, "stdin names no account");
	w->connection.tenant = text_of(w, c, "tenant");
	w->connection.client_id = text_of(w, c, "client_id");
	w->connection.root = text_of(w, c, "graph");
	w->connection.login = text_of(w, c, "login");
	if (json_text(c, "secret_file").len > 0)
		w->connection.secret_file = text_of(w, c, "secret_file");
	w->mailbox = json_text(v, "mailbox");
	w->user = json_text(v, "graph_user");
	w->personal = json_true(v, "personal");
	w->writes = json_true(v, "writes");
	signin_open(&w->store, dir, disconnect ? NULL : key);
}

/* Another process uses it for the time of one request. */
static int
wait_for_lock(const struct wish *w)
{
	struct timespec nap = { 0, 100000000 };
	int lock, tries;

	for (tries = 0; tries < 1200; tries++) {
		lock = signin_lock(&w->store, w->account);
		if (lock != -1)
			return lock;
		nanosleep(&nap, NULL);
	}
	die(EXIT_TEMPFAIL, NULL, "a run uses this sign-in; try again");
}

static void
store(const struct wish *w, const struct graph_signin *signin)
{
	struct str text = { .max = SIGNIN_MAX }, why = { 0 };
	int lock = wait_for_lock(w);

	graph_signin_write(signin, &text);
	if (!signin_write(&w->store, w->account, str_slice(&text), &why))
		die(EXIT_IO, NULL, "%s", why.data);
	signin_unlock(lock);
	str_free(&text);
}

static void
remove_signin(const struct wish *w)
{
	struct str why = { 0 };
	int lock = wait_for_lock(w);

	if (!signin_remove(&w->store, w->account, &why))
		die(EXIT_IO, NULL, "%s", why.data);
	signin_unlock(lock);
}

/* The mailbox that this account stands for, and no other: an access token
 * reaches whoever signed in.  A group's calendar any member can show. */
static void
check_person(const struct wish *w, const struct login_person *p)
{
	if (graph_signin_is_personal(&p->signin) && !w->personal)
		die(EXIT_NOPERM, "sign in with the account of the firm",
		    "%.*s is a personal account; auth = delegated takes"
		    " business accounts only",
		    SLICE_ARG(p->address));
	if (graph_group_id(w->user).len > 0 ||
	    slice_is_nocase(w->mailbox, p->address_text) ||
	    slice_is_nocase(w->mailbox, p->name_text) ||
	    slice_is_nocase(w->user, p->name_text) ||
	    slice_eq(w->user, p->signin.user))
		return;
	die(EXIT_NOPERM, "nothing was stored; sign in as that person",
	    "it was %.*s who signed in, not %.*s", SLICE_ARG(p->address),
	    SLICE_ARG(w->mailbox));
}

static void
sign_in(struct wish *w)
{
	struct login login = { .connection = &w->connection,
		.group = graph_group_id(w->user),
		.writes = w->writes,
		.http = network_http() };
	struct login_person person;

	login.http.connections = 1;
	login_open(&login);
	login_begin(&login);
	fprintf(stderr,
	    "To connect %.*s: open %.*s in a browser, enter the code %.*s and"
	    " sign in.\n",
	    SLICE_ARG(w->mailbox), SLICE_ARG(login.page),
	    SLICE_ARG(login.user_code));
	login_wait(&login, &person);
	check_person(w, &person);
	store(w, &person.signin);
	login_close(&login);
}

int
main(int argc, char *argv[])
{
	struct wish w = { .arena = { .max = RECORD_ARENA_MAX } };

	tool_start("connect");
	opts_parse("[option ...]",
	    "Let somebody sign in to the mailbox that stdin names.", options, 0,
	    argc, argv);
	network_check(0);
	read_wish(&w);
	if (disconnect)
		remove_signin(&w);
	else if (!setup)
		sign_in(&w);
	signin_close(&w.store);
	arena_free(&w.arena);
	return tool_finish(EXIT_OK, NULL);
}
