/*
 * connect_login: one request at a time.  Answers are told apart by the member
 * `error` alone.
 */
#include <string.h>
#include <time.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "bounds.h"
#include "connect_login.h"
#include "instant.h"
#include "json.h"
#include "log.h"

#define GRANT "urn:ietf:params:oauth:grant-type:device_code"
/* RFC 8628, 3.2 and 3.5. */
#define INTERVAL_S  5
#define SLOW_DOWN_S 5
#define EXPIRES_MAX 86400
#define REQUEST_S   60

void
login_open(struct login *l)
{
	l->wire = http_open(&l->http);
	l->arena.max = PAGE_ARENA_MAX;
	if (l->connection->secret_file != NULL)
		graph_secret_read(l->connection->secret_file, &l->secret);
}

void
login_close(struct login *l)
{
	http_close(l->wire);
	if (l->secret.data != NULL)
		OPENSSL_cleanse(l->secret.data, l->secret.len);
	str_free(&l->secret);
	arena_free(&l->arena);
}

static struct slice
keep(struct login *l, struct slice text)
{
	return (
	    struct slice){ arena_copy(&l->arena,
			       text.data != NULL ? text.data : "", text.len),
		text.len };
}

/* The answer as JSON, kept; NULL: none came.  `status` may be NULL. */
static const struct json *
call(struct login *l, const struct http_call *call, int *status)
{
	const struct http_answer *a;
	const struct json *v;

	http_send(l->wire, call);
	while ((a = http_next(l->wire)) == NULL)
		http_wait(l->wire, http_now() + SECOND_US, -1);
	if (a->fault == HTTP_UNTRUSTED)
		die(EXIT_UNAVAILABLE, "see --ca-file",
		    "the server's certificate is not trusted");
	if (a->fault == HTTP_BAD_URL)
		die(EXIT_CONFIG, NULL, "the login address is none");
	*status = a->fault == HTTP_WHOLE ? a->status : 0;
	v = json_parse(&l->arena, keep(l, a->body), JSON_LAST_WINS, NULL);
	http_release(l->wire, a);
	return *status == 0 ? NULL : v;
}

static const struct json *
post(struct login *l, const char *what, const struct str *form, int *status)
{
	static const char *const header[] = {
		"Content-Type: application/x-www-form-urlencoded",
		"Accept: application/json", NULL
	};
	struct str url = { 0 };
	const struct json *v;
	struct http_call c = { .method = "POST",
		.header = header,
		.body = str_slice(form),
		.timeout_us = REQUEST_S * SECOND_US };

	graph_login_url(l->connection, what, &url);
	c.url = url.data;
	v = call(l, &c, status);
	str_free(&url);
	return v;
}

/* Names of errors are for people, too; nothing else of an answer is. */
_Noreturn static void
refuse(struct slice error)
{
	if (slice_is(error, "authorization_declined") ||
	    slice_is(error, "access_denied"))
		die(EXIT_NOPERM, NULL, "the sign-in was declined");
	if (slice_is(error, "expired_token"))
		die(EXIT_TEMPFAIL, "run this again for a new one",
		    "nobody signed in before the code expired");
	if (error.len > 0)
		die(EXIT_NOPERM,
		    "is the connection right? calsync connection list",
		    "the login refuses: %.*s", SLICE_ARG(error));
	die(EXIT_PROTOCOL, NULL, "the login's answer makes no sense");
}

void
login_begin(struct login *l)
{
	struct str form = { 0 }, scope = { 0 };
	const struct json *v;
	int64_t expires_s, interval_s;
	int status;

	graph_login_scope(l->connection,
	    l->group.len == 0 ? RIGHTS_PERSON
	    : l->writes	      ? RIGHTS_MEMBER_WRITE
			      : RIGHTS_MEMBER,
	    &scope);
	graph_login_field(
	    &form, "client_id", slice_of(l->connection->client_id));
	graph_login_field(&form, "scope", str_slice(&scope));
	v = post(l, "devicecode", &form, &status);
	if (status == 0)
		die(EXIT_UNAVAILABLE, NULL, "the login cannot be reached");
	l->device_code = json_text(v, "device_code");
	l->user_code = json_text(v, "user_code");
	l->page = json_text(v, "verification_uri");
	if (l->device_code.len == 0 || l->user_code.len == 0 ||
	    l->page.len == 0 ||
	    !json_int(json_get(v, "expires_in"), 1, EXPIRES_MAX, &expires_s))
		refuse(json_text(v, "error"));
	if (!json_int(json_get(v, "interval"), 1, 3600, &interval_s))
		interval_s = INTERVAL_S;
	l->interval_us = interval_s * SECOND_US;
	l->expires = http_now() + expires_s * SECOND_US;
	str_free(&form);
	str_free(&scope);
}

static void
sleep_us(int64_t us)
{
	struct timespec t = { .tv_sec = (time_t)(us / SECOND_US),
		.tv_nsec = (long)(us % SECOND_US) * 1000 };

	nanosleep(&t, NULL);
}

/* The answer that settles it. */
static const struct json *
poll_login(struct login *l)
{
	struct str form = { 0 };
	const struct json *v;
	struct slice error;
	int status;

	graph_login_field(&form, "grant_type", SLICE(GRANT));
	graph_login_field(
	    &form, "client_id", slice_of(l->connection->client_id));
	graph_login_field(&form, "device_code", l->device_code);
	if (l->secret.len > 0)
		graph_login_field(
		    &form, "client_secret", str_slice(&l->secret));
	for (;;) {
		sleep_us(l->interval_us);
		if (http_now() >= l->expires)
			refuse(SLICE("expired_token"));
		v = post(l, "token", &form, &status);
		error = json_text(v, "error");
		if (slice_is(error, "slow_down") || status == 0 ||
		    status == 429 || status >= 500)
			l->interval_us += SLOW_DOWN_S * SECOND_US;
		else if (!slice_is(error, "authorization_pending"))
			break;
	}
	str_free(&form);
	return v;
}

static struct slice
decode(struct login *l, struct slice part)
{
	size_t len = (part.len + 3) / 4 * 4, i;
	char *text = arena_alloc(&l->arena, len + 1);
	unsigned char *out = arena_alloc(&l->arena, len + 1);
	int n;

	if (part.len == 0)
		return NO_SLICE;
	memset(text, '=', len);
	memcpy(text, part.data, part.len);
	for (i = 0; i < part.len; i++) {
		if (text[i] == '-')
			text[i] = '+';
		else if (text[i] == '_')
			text[i] = '/';
	}
	n = EVP_DecodeBlock(out, (const unsigned char *)text, (int)len);
	n -= (int)(len - part.len);
	return n <= 0 ? NO_SLICE
		      : (struct slice){ (const char *)out, (size_t)n };
}

/* The tenant that the id token names.  It came from the login itself, by TLS:
 * its signature proves nothing more. */
static struct slice
tenant_of(struct login *l, struct slice token)
{
	struct slice rest, payload;
	const struct json *v;

	slice_cut(token, '.', &rest);
	payload = slice_cut(rest, '.', &rest);
	v = json_parse(&l->arena, decode(l, payload), JSON_LAST_WINS, NULL);
	return json_text(v, "tid");
}

/* GET before + id + after, of Graph. */
static const struct json *
get(struct login *l, const char *access, const char *before, struct slice id,
    const char *after, int *status)
{
	struct str url = { .max = URL_MAX_BYTES };
	struct slice root = slice_of(l->connection->root);
	struct http_call c = { .method = "GET",
		.bearer = access,
		.timeout_us = REQUEST_S * SECOND_US };
	const struct json *v;

	while (slice_ends(root, "/"))
		root.len--;
	str_add_slice(&url, root);
	str_adds(&url, before);
	http_escape(&url, id);
	str_adds(&url, after);
	c.url = url.data;
	v = call(l, &c, status);
	str_free(&url);
	return v;
}

static void
ask_group(struct login *l, const char *access)
{
	int status;

	if (l->group.len == 0)
		return;
	get(l, access, "/groups/", l->group, "/events?$top=1&$select=id",
	    &status);
	if (status != 200)
		die(EXIT_NOPERM,
		    "nothing was stored; sign in as a member of the group",
		    "who signed in does not see the group's calendar (status "
		    "%d)",
		    status);
}

static void
ask_who(struct login *l, const char *access, struct login_person *person)
{
	struct slice name;
	const struct json *v;
	int status;

	v = get(l, access, "/me?$select=id,mail,userPrincipalName", NO_SLICE,
	    "", &status);
	person->signin.user = json_text(v, "id");
	person->signin.writes = l->writes;
	if (status != 200 || person->signin.user.len == 0)
		die(EXIT_UNAVAILABLE, "run this again",
		    "Graph does not say who signed in (status %d)", status);
	person->address = json_text(v, "mail");
	name = json_text(v, "userPrincipalName");
	if (person->address.len == 0)
		person->address = name;
	person->address_text = keep(l, person->address).data;
	person->name_text = keep(l, name).data;
}

void
login_wait(struct login *l, struct login_person *person)
{
	const struct json *v = poll_login(l);
	struct slice access = json_text(v, "access_token");

	if (access.len == 0)
		refuse(json_text(v, "error"));
	memset(person, 0, sizeof *person);
	person->signin.refresh_token = json_text(v, "refresh_token");
	if (person->signin.refresh_token.len == 0)
		die(EXIT_NOPERM, "the application must allow offline_access",
		    "the login gives no refresh token");
	person->signin.tid = tenant_of(l, json_text(v, "id_token"));
	ask_who(l, keep(l, access).data, person);
	ask_group(l, keep(l, access).data);
}
