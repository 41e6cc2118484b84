/*
 * graph_token: OAuth 2.0 client credentials.  One token per connection,
 * renewed five minutes before it ends.  A token is opaque text of any length.
 *
 * Refusals are told apart by the member `error` alone, as the identity
 * platform asks for: its numbers and texts may change.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bounds.h"
#include "graph.h"
#include "graph_state.h"
#include "instant.h"
#include "json.h"
#include "log.h"
#include "xalloc.h"

#define SECRET_MAX	((size_t)64 * 1024)
#define RENEW_BEFORE_US (300 * SECOND_US)
#define LIFETIME_MAX_S	INT64_C(86400)
/* Less than this is within what an assertion allows for. */
#define SKEW_MIN_US (30 * SECOND_US)

static void
check_private(const char *path, int fd)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		die(EXIT_CONFIG, NULL, "cannot read %s: %s", path,
		    strerror(errno));
	if (!S_ISREG(st.st_mode))
		die(EXIT_CONFIG, NULL, "%s is no file", path);
	if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		die(EXIT_CONFIG, "chmod 600 the file",
		    "the secret in %s can be read by others (mode %03o)", path,
		    (unsigned)(st.st_mode & 0777));
}

void
graph_secret_read(const char *path, struct str *secret)
{
	char buf[4096];
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd == -1)
		die(EXIT_CONFIG, NULL, "cannot open %s: %s", path,
		    strerror(errno));
	check_private(path, fd);
	secret->max = SECRET_MAX;
	while ((n = read(fd, buf, sizeof buf)) > 0) {
		if (secret->len + (size_t)n > SECRET_MAX)
			die(EXIT_CONFIG, NULL, "%s is too long", path);
		str_add(secret, buf, (size_t)n);
	}
	if (n == -1)
		die(EXIT_CONFIG, NULL, "cannot read %s: %s", path,
		    strerror(errno));
	close(fd);
	while (secret->len > 0 && ascii_is_space(secret->data[secret->len - 1]))
		secret->data[--secret->len] = '\0';
	if (secret->len == 0)
		die(EXIT_CONFIG, NULL, "%s is empty", path);
}

static void
check_host(const struct graph_tenant *t, const char *what, const char *url)
{
	struct slice u = slice_of(url);
	bool plain = t->graph->options.http.plain_loopback;

	if (!http_is_secure(u) || (!plain && !slice_starts(u, "https")))
		die(EXIT_CONFIG, NULL,
		    "connection %lld: the %s address must begin with https://",
		    (long long)t->connection->id, what);
}

static struct graph_tenant *
tenant_new(struct graph *g, const struct graph_connection *connection)
{
	struct graph_tenant *t = xcalloc(1, sizeof *t);

	t->graph = g;
	t->connection = connection;
	t->batch_max = GRAPH_BATCH_MAX;
	t->lock = -1;
	check_host(t, "Graph", connection->root);
	check_host(t, "login", connection->login);
	if (connection->secret_file != NULL)
		graph_secret_read(connection->secret_file, &t->secret);
	else if (connection->people != NULL)
		; /* a public client: it has none */
	else if (connection->key_file != NULL &&
		 connection->certificate_file != NULL)
		graph_secret_read(connection->key_file, &t->secret);
	else
		die(EXIT_CONFIG, NULL,
		    "connection %lld names neither secret nor certificate",
		    (long long)connection->id);
	t->own = graph_mailbox_open(t, slice_of(connection->client_id));
	t->next = g->tenant;
	g->tenant = t;
	return t;
}

struct graph_tenant *
graph_tenant_open(struct graph *g, const struct graph_connection *connection)
{
	return tenant_new(g, connection);
}

struct graph_tenant *
graph_person_open(
    struct graph *g, const struct graph_connection *connection, int64_t account)
{
	struct graph_tenant *t = tenant_new(g, connection);

	t->person = true;
	t->account = account;
	return t;
}

void
graph_token_free(struct graph_tenant *t)
{
	graph_person_release(t);
	graph_mailbox_close(t->own);
	str_free(&t->secret);
	str_free(&t->token);
	str_free(&t->form);
	str_free(&t->signin);
	free(t);
}

int64_t
graph_tenant_id(const struct graph_tenant *t)
{
	return t->connection->id;
}

bool
graph_tenant_refused(const struct graph_tenant *t)
{
	return t->state == TOKEN_REFUSED && !t->needs_signin;
}

bool
graph_tenant_alarmed(const struct graph_tenant *t)
{
	return t->alarmed;
}

/* An access token and for how long. */
static bool
read_token(const struct json *v, struct slice *token, int64_t *lifetime_s)
{
	size_t i;

	*token = json_text(v, "access_token");
	if (token->len == 0 ||
	    !json_int(json_get(v, "expires_in"), 1, INT64_MAX, lifetime_s))
		return false;
	for (i = 0; i < token->len; i++)
		if (token->data[i] <= 0x20 || token->data[i] >= 0x7f)
			return false; /* it goes into a header */
	return true;
}

/* False: it is not what was asked for. */
static bool
take_token(struct graph_tenant *t, const struct json *v)
{
	struct slice token;
	int64_t lifetime_s, margin_us;

	if (!read_token(v, &token, &lifetime_s))
		return false;
	/* F155: first the new refresh token, then what came with it. */
	if (t->person && !graph_person_store(t, json_text(v, "refresh_token")))
		return true;
	if (lifetime_s > LIFETIME_MAX_S)
		lifetime_s = LIFETIME_MAX_S;
	margin_us = lifetime_s * SECOND_US / 2;
	if (margin_us > RENEW_BEFORE_US)
		margin_us = RENEW_BEFORE_US;
	str_reset(&t->token);
	str_add_slice(&t->token, token);
	t->renew_at = http_now() + lifetime_s * SECOND_US - margin_us;
	t->generation++;
	t->state = TOKEN_THERE;
	return true;
}

/* Errors that asking again cannot change. */
static bool
is_refusal(struct slice error)
{
	static const char *const known[] = { "invalid_client",
		"unauthorized_client", "invalid_scope", "invalid_request",
		"invalid_grant", "invalid_resource", "access_denied",
		"unsupported_grant_type", "interaction_required",
		"consent_required", "login_required" };
	size_t i;

	for (i = 0; i < sizeof known / sizeof known[0]; i++)
		if (slice_is(error, known[i]))
			return true;
	return false;
}

static void
refuse(struct graph_tenant *t, struct slice error, const struct json *v)
{
	const struct json *codes = json_get(v, "error_codes");
	const struct json *first = codes != NULL ? codes->child : NULL;
	struct slice number = first != NULL && first->type == JSON_NUMBER
				  ? first->text
				  : SLICE("none");

	t->state = TOKEN_REFUSED;
	t->needs_signin = t->person && graph_person_refused(error);
	if (t->person)
		log_error(t->needs_signin
			      ? "no token: this person has to sign in again"
			      : "no token: the login refuses this connection",
		    "connection=%lld account=%lld error=%.*s code=%.*s",
		    (long long)t->connection->id, (long long)t->account,
		    SLICE_ARG(error), SLICE_ARG(number));
	else
		log_error("no token: the login refuses this connection",
		    "connection=%lld error=%.*s code=%.*s",
		    (long long)t->connection->id, SLICE_ARG(error),
		    SLICE_ARG(number));
}

static int64_t
wall_clock_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * SECOND_US + now.tv_nsec / 1000;
}

/* An assertion is refused when the clocks differ.  True if they do: then it is
 * made once more, by the login's clock. */
static bool
clock_was_wrong(struct graph_tenant *t, const struct graph_answer *answer)
{
	int64_t theirs, skew;

	if (t->connection->secret_file != NULL || t->person ||
	    t->skew_us != 0 || !http_date(slice_of(answer->date), &theirs))
		return false;
	skew = theirs - wall_clock_us();
	if (skew > -SKEW_MIN_US && skew < SKEW_MIN_US)
		return false;
	log_warn("the clock of this machine is wrong",
	    "seconds=%lld hint=\"compared with the login host\"",
	    (long long)(skew / SECOND_US));
	t->skew_us = skew;
	return true;
}

static bool
on_token(void *ctx, const struct graph_answer *answer)
{
	struct graph_tenant *t = ctx;
	struct arena a = { 0 };
	const struct json *v;
	struct slice error;
	bool settled = true;

	v = json_parse(&a, answer->body, JSON_LAST_WINS, NULL);
	error = json_text(v, "error");
	if (answer->verdict == GRAPH_OK && take_token(t, v)) {
		log_debug(
		    "token", "connection=%lld", (long long)t->connection->id);
	} else if (is_refusal(error) && clock_was_wrong(t, answer)) {
		t->state = TOKEN_NONE;
	} else if (is_refusal(error)) {
		refuse(t, error, v);
	} else if (answer->verdict == GRAPH_OK) {
		settled = false; /* cut, or no token in it */
	} else {
		t->state = TOKEN_UNREACHABLE;
		log_error("no token: the login cannot be reached",
		    "connection=%lld status=%d why=%s",
		    (long long)t->connection->id, answer->status,
		    graph_verdict_name(answer->verdict));
	}
	if (settled && t->person)
		graph_person_release(t);
	arena_free(&a);
	return settled;
}

static void
fill_form(struct graph_tenant *t, struct slice url)
{
	const struct graph_connection *c = t->connection;
	struct str scope = { 0 }, jwt = { 0 };

	str_reset(&t->form);
	graph_login_scope(c, RIGHTS_APPLICATION, &scope);
	graph_login_field(&t->form, "grant_type", SLICE("client_credentials"));
	graph_login_field(&t->form, "client_id", slice_of(c->client_id));
	graph_login_field(&t->form, "scope", str_slice(&scope));
	if (c->secret_file != NULL) {
		graph_login_field(
		    &t->form, "client_secret", str_slice(&t->secret));
	} else {
		graph_assertion(t, url, wall_clock_us() + t->skew_us, &jwt);
		graph_login_field(&t->form, "client_assertion_type",
		    SLICE("urn:ietf:params:oauth:client-assertion-type:"
			  "jwt-bearer"));
		graph_login_field(
		    &t->form, "client_assertion", str_slice(&jwt));
	}
	str_free(&scope);
	str_free(&jwt);
}

void
graph_token_ask(struct graph_tenant *t, struct slice url)
{
	struct graph_request *r =
	    graph_request_new(t->own, "POST", url, on_token, t);

	r->content_type = "application/x-www-form-urlencoded";
	r->body = str_slice(&t->form);
	r->safe = r->is_token = true;
	t->state = TOKEN_ASKED;
}

static void
ask(struct graph_tenant *t)
{
	struct str url = { 0 };

	graph_login_url(t->connection, "token", &url);
	fill_form(t, str_slice(&url));
	graph_token_ask(t, str_slice(&url));
	str_free(&url);
}

bool
graph_token_ready(struct graph_tenant *t)
{
	if (t->state == TOKEN_THERE && http_now() < t->renew_at)
		return true;
	if (t->state != TOKEN_NONE && t->state != TOKEN_THERE)
		return false;
	if (t->person)
		graph_person_ask(t);
	else
		ask(t);
	return false;
}

void
graph_token_drop(struct graph_tenant *t, unsigned generation)
{
	/* Several requests learn of it; one of them is the first. */
	if (t->state == TOKEN_THERE && t->generation == generation)
		t->state = TOKEN_NONE;
}
