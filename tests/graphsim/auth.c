#include "auth.h"

#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "arena.h"
#include "assertion.h"
#include "buf.h"
#include "signin.h"
#include "text.h"

static const char key[] = "graphsim token seal";

struct reply *
auth_error(int status, const char *error, int code, const char *message)
{
	char now[WHEN_TEXT], trace[37], correlation[37], *text;
	struct reply *reply;

	when_format(world_now(), now);
	now[10] = ' ';
	strcat(now, "Z");
	random_guid(trace);
	random_guid(correlation);
	text = xasprintf("AADSTS%d: %s\r\nTrace ID: %s\r\nCorrelation ID: "
			 "%s\r\nTimestamp: %s",
	    code, message, trace, correlation, now);
	reply = reply_new(status,
	    json_pack("{s:s, s:s, s:[i], s:s, s:s, s:s}", "error", error,
		"error_description", text, "error_codes", code, "timestamp",
		now, "trace_id", trace, "correlation_id", correlation));
	free(text);
	return reply;
}

static void
seal(const char *text, char out[65])
{
	unsigned char mac[EVP_MAX_MD_SIZE];
	unsigned int len = 0;

	HMAC(EVP_sha256(), key, sizeof(key), (const unsigned char *)text,
	    strlen(text), mac, &len);
	for (unsigned int i = 0; i < 32; i++)
		snprintf(out + 2 * i, 3, "%02x", (unsigned)mac[i]);
}

char *
auth_seal(const char *head, const char *claims)
{
	char mac[65], *body = text_base64(claims, strlen(claims), true), *token;

	body[strcspn(body, "=")] = '\0';
	seal(body, mac);
	token = xasprintf("%s.%s.%s", head, body, mac);
	free(body);
	return token;
}

char *
auth_access(const struct app *app, const struct user *u, const char *scope)
{
	int64_t expires = world_now() + mode(MODE_TOKEN_LIFETIME);
	char *claims = xasprintf("%s|%lld|%u|%s|%s%s%s%s.", app->client_id,
	    (long long)expires, app->epoch, u == NULL ? "" : u->guid,
	    scope != NULL && strstr(scope, "/Calendars.") ? "c" : "",
	    scope != NULL && strstr(scope, "/Group.") ? "g" : "",
	    scope != NULL && strstr(scope, "/Group.ReadWrite.") ? "w" : "",
	    scope != NULL && strstr(scope, "/User.ReadBasic.") ? "b" : "");
	char *token = auth_seal("eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9", claims);
	struct buf b = { 0 };

	buf_printf(&b, "%s", token);
	while ((int64_t)b.len < mode(MODE_TOKEN_SIZE))
		buf_printf(&b, "%016llx", (unsigned long long)random_next());
	free(claims);
	free(token);
	return b.data;
}

static struct reply *
grant(struct app *app)
{
	int64_t life = mode(MODE_TOKEN_LIFETIME);
	char *token = auth_access(app, NULL, NULL);
	struct reply *reply = reply_new(
	    200, json_pack("{s:s, s:I, s:I, s:s}", "token_type", "Bearer",
		     "expires_in", (json_int_t)life, "ext_expires_in",
		     (json_int_t)life, "access_token", token));

	free(token);
	reply_header(reply, "Cache-Control", "no-store, no-cache");
	return reply;
}

/* Client id and secret may also come as HTTP Basic. */
static void
read_basic(const struct request *r, struct pairs *form)
{
	const char *h = request_get_header(r, "authorization");
	unsigned char *plain;
	char *colon, *id, *secret;
	size_t len;

	if (h == NULL || strncasecmp(h, "Basic ", 6) != 0)
		return;
	plain = text_unbase64(h + 6, &len);
	if (plain == NULL)
		return;
	plain[len] = '\0';
	colon = strchr((char *)plain, ':');
	if (colon != NULL) {
		*colon = '\0';
		id = text_unescape((char *)plain, strlen((char *)plain), true);
		secret = text_unescape(colon + 1, strlen(colon + 1), true);
		pairs_add(form, "client_id", id);
		pairs_add(form, "client_secret", secret);
		free(id);
		free(secret);
	}
	free(plain);
}

static struct reply *
check_form(const struct request *r, const struct pairs *form)
{
	const char *type = request_get_header(r, "content-type");
	const char *grant_type = pairs_get(form, "grant_type");
	const char *scope = pairs_get(form, "scope");
	char *wanted = xasprintf("%s/.default", r->root), message[300];
	bool scope_ok = scope != NULL && strcmp(scope, wanted) == 0;

	free(wanted);
	if (strcmp(r->method, "POST") != 0)
		return auth_error(400, "invalid_request", 900561,
		    "The endpoint only accepts POST requests.");
	if (type == NULL ||
	    strncasecmp(type, "application/x-www-form-urlencoded", 33) != 0)
		return auth_error(400, "invalid_request", 900144,
		    "The request body must be form-urlencoded.");
	if (grant_type == NULL || strcmp(grant_type, "client_credentials") != 0)
		return auth_error(400, "unsupported_grant_type", 70003,
		    "The app requested an unsupported grant type.");
	if (!scope_ok) {
		snprintf(message, sizeof(message),
		    "The provided value for the input parameter 'scope' is "
		    "not valid. The scope %.150s is not valid.",
		    scope == NULL ? "" : scope);
		return auth_error(400, "invalid_scope", 70011, message);
	}
	return NULL;
}

/* Secret or signed assertion. */
static struct reply *
check_proof(struct request *r, struct app *app, const struct pairs *form)
{
	const char *secret = pairs_get(form, "client_secret");
	const char *signed_text = pairs_get(form, "client_assertion");
	const char *type = pairs_get(form, "client_assertion_type");
	char *audience;
	const char *wrong;

	if (signed_text == NULL) {
		if (secret != NULL && app->secret != NULL &&
		    strcmp(secret, app->secret) == 0)
			return NULL;
		return auth_error(401, "invalid_client", 7000215,
		    "Invalid client secret provided.");
	}
	if (type == NULL ||
	    strcmp(type, "urn:ietf:params:oauth:"
			 "client-assertion-type:jwt-bearer") != 0)
		return auth_error(400, "invalid_request", 900144,
		    "The client_assertion_type is not supported.");
	audience = xasprintf("%s%s", r->root, r->path);
	wrong = assertion_check(signed_text, app, audience);
	free(audience);
	if (wrong == NULL)
		return NULL;
	return auth_error(401, "invalid_client",
	    strstr(wrong, "time range") != NULL ? 700024 : 700027, wrong);
}

static struct reply *
no_app(void)
{
	return auth_error(400, "unauthorized_client", 700016,
	    "Application was not found in the directory.");
}

/* What is asked for a person, by an application without a secret.  NULL: it is
 * another grant. */
static struct reply *
person_grant(struct request *r, const struct pairs *form, struct tenant *t,
    struct app *app)
{
	const char *secret = pairs_get(form, "client_secret");

	if (app == NULL || (t != NULL && app->tenant != t))
		return no_app();
	if (secret != NULL &&
	    (app->secret == NULL || strcmp(secret, app->secret) != 0))
		return auth_error(401, "invalid_client", 7000215,
		    "Invalid client secret provided.");
	if (request_is(r, 3, "devicecode"))
		return signin_devicecode(r, form, t, app);
	return signin_token(r, form, t, app);
}

static struct reply *
app_grant(struct request *r, const struct pairs *form, struct tenant *t,
    struct app *app)
{
	struct reply *reply = check_form(r, form);

	if (reply != NULL)
		return reply;
	if (app == NULL || app->tenant != t)
		return no_app();
	reply = check_proof(r, app, form);
	return reply != NULL ? reply : grant(app);
}

static bool
is_for_person(const struct request *r, const struct pairs *form)
{
	const char *type = pairs_get(form, "grant_type");

	return request_is(r, 3, "devicecode") ||
	       (type != NULL && (strcmp(type, "refresh_token") == 0 ||
				    strstr(type, "device_code") != NULL));
}

struct reply *
auth_token(struct request *r)
{
	struct pairs form = { 0 };
	struct tenant *t = world_tenant(request_segment(r, 0));
	bool any = request_is(r, 0, "common") ||
		   request_is(r, 0, "consumers") ||
		   request_is(r, 0, "organizations");
	const char *client;
	struct app *app;
	struct reply *reply;

	if (t == NULL && !any)
		return auth_error(
		    400, "invalid_request", 90002, "Tenant not found.");
	pairs_parse(&form, r->body_len > 0 ? r->body : "");
	read_basic(r, &form);
	client = pairs_get(&form, "client_id");
	app = client == NULL ? NULL : world_app(client);
	reply = is_for_person(r, &form) ? person_grant(r, &form, t, app)
					: app_grant(r, &form, t, app);
	pairs_free(&form);
	return reply;
}

static struct reply *
refuse(const struct request *r, const char *code, const char *message)
{
	struct reply *reply = reply_error(401, code, "%s", message);

	(void)r;
	reply_header(reply, "WWW-Authenticate",
	    "Bearer realm=\"\", authorization_uri="
	    "\"https://login.invalid/common/oauth2/authorize\", "
	    "client_id=\"00000003-0000-0000-c000-000000000000\"");
	return reply;
}

char *
auth_unseal(const char *begin, const char *token)
{
	const char *first, *second;
	char *body, mac[65], *claims = NULL;
	unsigned char *bytes;
	size_t len;

	if (strncmp(token, begin, strlen(begin)) != 0)
		return NULL;
	first = strchr(token + strlen(begin), '.');
	second = first == NULL ? NULL : strchr(first + 1, '.');
	if (second == NULL)
		return NULL;
	body = xasprintf("%.*s", (int)(second - first - 1), first + 1);
	seal(body, mac);
	if (strncmp(second + 1, mac, 64) == 0) {
		bytes = text_unbase64(body, &len);
		claims = xasprintf("%.*s", (int)len, (char *)bytes);
		free(bytes);
	}
	free(body);
	return claims;
}

struct reply *
auth_check(struct request *r)
{
	const char *h = request_get_header(r, "authorization");
	char *claims, client[128] = "", who[64] = "", may[8] = "";
	long long expires = 0;
	unsigned epoch = 0;
	int n;

	if (h == NULL || strncasecmp(h, "Bearer ", 7) != 0 || h[7] == '\0')
		return refuse(
		    r, "InvalidAuthenticationToken", "Access token is empty.");
	claims = auth_unseal("eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9", h + 7);
	n = claims == NULL ? 0
			   : sscanf(claims, "%127[^|]|%lld|%u|%63[^|]|%7s",
				 client, &expires, &epoch, who, may);
	free(claims);
	if (n < 3)
		return refuse(r, "InvalidAuthenticationToken",
		    "CompactToken parsing failed with error code: 80049217");
	r->app = world_app(client);
	r->me = who[0] == '\0' ? NULL : world_user(who);
	if (r->app == NULL)
		return refuse(r, "InvalidAuthenticationToken",
		    "Access token validation failure.");
	if (expires <= world_now() || epoch != r->app->epoch)
		return refuse(r, "InvalidAuthenticationToken",
		    "Access token has expired or is not yet valid.");
	r->may_calendars = r->me == NULL || strchr(may, 'c') != NULL;
	r->may_groups = r->me != NULL && strchr(may, 'g') != NULL;
	r->may_write_groups = r->me != NULL && strchr(may, 'w') != NULL;
	r->may_names = r->me == NULL || strchr(may, 'b') != NULL;
	if (r->me != NULL)
		request_me(r, r->me->guid);
	return NULL;
}
