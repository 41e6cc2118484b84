#include "signin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "arena.h"
#include "auth.h"
#include "buf.h"
#include "text.h"

#define DEVICE_GRANT   "urn:ietf:params:oauth:grant-type:device_code"
#define CODE_SECONDS   900
#define REFRESH_DAYS   90
#define SLOW_DOWN_MORE 5

static int64_t
host_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Rights of one resource, and what every client may ask for. */
static bool
scope_is_good(const char *scope, const char *root, bool *offline)
{
	size_t len, root_len = strlen(root);
	bool rights = false;

	*offline = false;
	for (; scope != NULL && *scope != '\0'; scope += len) {
		scope += strspn(scope, " ");
		len = strcspn(scope, " ");
		if (len == 14 && strncmp(scope, "offline_access", len) == 0)
			*offline = true;
		else if (len > root_len + 1 &&
			 strncmp(scope, root, root_len) == 0 &&
			 scope[root_len] == '/')
			rights = true;
		else if (len > 0 && strncmp(scope, "openid", len) != 0 &&
			 strncmp(scope, "profile", len) != 0)
			return false;
	}
	return rights;
}

struct reply *
signin_devicecode(const struct request *r, const struct pairs *form,
    struct tenant *t, struct app *app)
{
	struct world *w = sim();
	struct device *d;
	char code[64], message[300];
	bool offline;

	if (!scope_is_good(pairs_get(form, "scope"), r->root, &offline))
		return auth_error(400, "invalid_scope", 70011,
		    "The provided value for the input parameter 'scope' is "
		    "not valid.");
	d = *world_push(w->devices, w->ndevices) = arena_alloc(sizeof(*d));
	snprintf(code, sizeof(code), "D%016llx%016llx",
	    (unsigned long long)random_next(),
	    (unsigned long long)random_next());
	d->code = arena_strdup(code);
	snprintf(code, sizeof(code), "%08llX",
	    (unsigned long long)(random_next() & 0xffffffff));
	d->user_code = arena_strdup(code);
	d->app = app;
	d->tenant = t;
	d->scope = arena_strdup(pairs_get(form, "scope"));
	d->expires = world_now() + CODE_SECONDS;
	d->interval = mode(MODE_DEVICE_INTERVAL);
	snprintf(message, sizeof(message),
	    "To sign in, use a web browser to open the page "
	    "%s/link and enter the code %s to authenticate.",
	    r->root, d->user_code);
	return reply_new(200,
	    json_pack("{s:s, s:s, s:o, s:i, s:I, s:s}", "user_code",
		d->user_code, "device_code", d->code, "verification_uri",
		json_sprintf("%s/link", r->root), "expires_in", CODE_SECONDS,
		"interval", (json_int_t)d->interval, "message", message));
}

static struct device *
find_device(const char *code)
{
	struct world *w = sim();

	for (size_t i = 0; code != NULL && i < w->ndevices; i++)
		if (strcmp(w->devices[i]->code, code) == 0)
			return w->devices[i];
	return NULL;
}

const char *
signin_person(struct user *u, const char *user_code, bool declines)
{
	struct world *w = sim();
	struct device *d = NULL;

	for (size_t i = 0; i < w->ndevices; i++)
		if (w->devices[i]->state == DEVICE_PENDING &&
		    (user_code == NULL ||
			strcasecmp(w->devices[i]->user_code, user_code) == 0))
			d = w->devices[i];
	if (d == NULL || d->expires <= world_now())
		return "That code didn't work:";
	if (d->tenant != NULL && (u->personal || u->tenant != d->tenant))
		return "AADSTS50020: the account is not of this tenant:";
	if (d->app->no_consent)
		return "AADSTS90094: need admin approval:";
	d->user = u;
	d->state = declines ? DEVICE_DECLINED : DEVICE_APPROVED;
	return NULL;
}

/* Who it was; nobody checks the signature of what came from the login. */
static char *
id_token(const struct app *app, const struct user *u)
{
	const char *tid = u->personal ? PERSONAL_TENANT : u->tenant->id;
	json_t *claims = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "aud",
	    app->client_id, "tid", tid, "oid", u->guid, "sub", u->guid,
	    "preferred_username", u->upn, "ver", "2.0");
	char *json = json_dumps(claims, JSON_COMPACT);
	char *body = text_base64(json, strlen(json), true), *token;

	body[strcspn(body, "=")] = '\0';
	token = xasprintf("eyJ0eXAiOiJKV1QiLCJhbGciOiJub25lIn0.%s.c2ln", body);
	json_decref(claims);
	free(json);
	free(body);
	return token;
}

static char *
refresh_token(const struct app *app, struct user *u)
{
	char *claims = xasprintf("%s|%s|%lld|%u|%u", app->client_id, u->guid,
	    (long long)world_now(), ++u->refresh_serial, u->refresh_epoch);
	char *token = auth_seal("0.R", claims);

	free(claims);
	return token;
}

static struct reply *
grant(const struct app *app, struct user *u, const char *scope,
    bool gives_refresh)
{
	int64_t life = mode(MODE_TOKEN_LIFETIME);
	char *access = auth_access(app, u, scope), *id = id_token(app, u),
	     *refresh;
	json_t *o = json_pack("{s:s, s:s, s:I, s:s, s:s}", "token_type",
	    "Bearer", "scope", "Calendars.ReadWrite User.Read openid profile",
	    "expires_in", (json_int_t)life, "access_token", access, "id_token",
	    id);
	struct reply *reply;

	if (gives_refresh) {
		refresh = refresh_token(app, u);
		json_object_set_new(o, "refresh_token", json_string(refresh));
		free(refresh);
	}
	free(access);
	free(id);
	reply = reply_new(200, o);
	reply_header(reply, "Cache-Control", "no-store, no-cache");
	return reply;
}

static struct reply *
device_grant(const struct pairs *form, struct tenant *t, struct app *app)
{
	struct device *d = find_device(pairs_get(form, "device_code"));
	int64_t before;

	if (d == NULL || d->app != app || d->tenant != t ||
	    d->state == DEVICE_USED)
		return auth_error(400, "bad_verification_code", 70018,
		    "The device code is not known.");
	if (d->expires <= world_now())
		return auth_error(
		    400, "expired_token", 70020, "The code has expired.");
	before = d->asked_ms;
	d->asked_ms = host_ms();
	if (before != 0 && d->asked_ms - before < d->interval * 1000 - 50) {
		d->interval += SLOW_DOWN_MORE;
		return auth_error(400, "slow_down", 70016, "Not so often.");
	}
	if (d->state == DEVICE_PENDING)
		return auth_error(400, "authorization_pending", 70016,
		    "OAuth 2.0 device flow error. Authorization is pending. "
		    "Continue polling.");
	if (d->state == DEVICE_DECLINED)
		return auth_error(400, "authorization_declined", 70017,
		    "The user has declined.");
	d->state = DEVICE_USED;
	return grant(app, d->user, d->scope, true);
}

/* Whose token it is, and why it is of no use: NULL if it is. */
static const char *
check_refresh(const struct app *app, const char *token, struct user **u)
{
	char *claims = token == NULL ? NULL : auth_unseal("0.R", token);
	char client[128] = "", guid[64] = "";
	long long given = 0;
	unsigned serial = 0, epoch = 0;
	int n = claims == NULL ? 0
			       : sscanf(claims, "%127[^|]|%63[^|]|%lld|%u|%u",
				     client, guid, &given, &serial, &epoch);

	free(claims);
	*u = n == 5 ? world_user(guid) : NULL;
	if (*u == NULL || strcmp(client, app->client_id) != 0)
		return "AADSTS9002313: the token is malformed.";
	if (epoch != (*u)->refresh_epoch)
		return "AADSTS50173: the grant was revoked.";
	if (world_now() - given > (int64_t)REFRESH_DAYS * 86400)
		return "AADSTS700082: the token has expired.";
	if (mode(MODE_REFRESH_ROTATION) == 1 && serial != (*u)->refresh_serial)
		return "AADSTS54005: the token was already redeemed.";
	if (app->no_consent)
		return "AADSTS65001: consent is missing.";
	return NULL;
}

static struct reply *
refresh_grant(
    const struct request *r, const struct pairs *form, struct app *app)
{
	bool offline;
	struct user *u;
	const char *wrong =
	    check_refresh(app, pairs_get(form, "refresh_token"), &u);

	if (!scope_is_good(pairs_get(form, "scope"), r->root, &offline))
		return auth_error(400, "invalid_scope", 70011,
		    "The provided value for the input parameter 'scope' is "
		    "not valid.");
	if (wrong != NULL)
		return auth_error(400, "invalid_grant", 70000, wrong);
	if (u->must_interact)
		return auth_error(400, "interaction_required", 50076,
		    "Multifactor authentication is needed.");
	return grant(app, u, pairs_get(form, "scope"),
	    offline && mode(MODE_REFRESH_ROTATION) != 2);
}

struct reply *
signin_token(const struct request *r, const struct pairs *form,
    struct tenant *t, struct app *app)
{
	const char *type = pairs_get(form, "grant_type");

	if (type == NULL)
		return NULL;
	if (strcmp(type, DEVICE_GRANT) == 0)
		return device_grant(form, t, app);
	if (strcmp(type, "refresh_token") == 0)
		return refresh_grant(r, form, app);
	return NULL;
}
