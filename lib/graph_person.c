/*
 * graph_person: the token of somebody who has signed in: OAuth 2.0's grant by
 * refresh token.  Each use may give a new one and make the old one worthless.
 * So the person's lock is held from before the old one is read until the new
 * one is on the disk, and no access token is used before that.
 */
#include <string.h>

#include <openssl/crypto.h>

#include "graph.h"
#include "graph_state.h"
#include "log.h"
#include "tool.h"

bool
graph_person_refused(struct slice error)
{
	static const char *const known[] = { "invalid_grant",
		"interaction_required", "consent_required", "login_required",
		"access_denied" };
	size_t i;

	for (i = 0; i < sizeof known / sizeof known[0]; i++)
		if (slice_is(error, known[i]))
			return true;
	return false;
}

static void
forget(struct str *text)
{
	if (text->data != NULL)
		OPENSSL_cleanse(text->data, text->len);
	str_reset(text);
}

void
graph_person_release(struct graph_tenant *t)
{
	signin_unlock(t->lock);
	t->lock = -1;
	forget(&t->signin);
	forget(&t->form);
}

static void
need_signin(struct graph_tenant *t, const char *why)
{
	t->state = TOKEN_REFUSED;
	t->needs_signin = true;
	log_error("no token: this person has to sign in",
	    "account=%lld why=\"%s\" hint=\"calsync account connect\"",
	    (long long)t->account, why);
	graph_person_release(t);
}

/* The file's content; false: there is nothing that could be used. */
static bool
read_signin(struct graph_tenant *t, struct arena *a, struct graph_signin *s)
{
	const struct graph_connection *c = t->connection;
	struct str why = { 0 };
	enum signin_state state;
	bool good = false;

	state = signin_read(c->people, t->account, &t->signin, &why);
	t->alarmed = t->alarmed || state == SIGNIN_DAMAGED;
	if (state != SIGNIN_THERE)
		need_signin(t, why.data);
	else if (!graph_signin_read(a, str_slice(&t->signin), s))
		need_signin(t, "the sign-in says nothing");
	else if (graph_signin_is_personal(s) && !c->personal)
		need_signin(t, "a personal account, and auth = delegated");
	else
		good = true;
	str_free(&why);
	return good;
}

static void
fill_form(struct graph_tenant *t, const struct graph_signin *s)
{
	const struct graph_connection *c = t->connection;
	struct str scope = { 0 };

	/* What they have agreed to, and no less. */
	graph_login_scope(c,
	    !t->member	? RIGHTS_PERSON
	    : s->writes ? RIGHTS_MEMBER_WRITE
			: RIGHTS_MEMBER,
	    &scope);
	str_reset(&t->form);
	graph_login_field(&t->form, "grant_type", SLICE("refresh_token"));
	graph_login_field(&t->form, "client_id", slice_of(c->client_id));
	graph_login_field(&t->form, "scope", str_slice(&scope));
	graph_login_field(&t->form, "refresh_token", s->refresh_token);
	if (c->secret_file != NULL)
		graph_login_field(
		    &t->form, "client_secret", str_slice(&t->secret));
	str_free(&scope);
}

void
graph_person_ask(struct graph_tenant *t)
{
	struct arena a = { .max = 16 * SIGNIN_MAX };
	struct str url = { 0 };
	struct graph_signin s;

	if (http_now() < t->again_at)
		return;
	t->lock = signin_lock(t->connection->people, t->account);
	if (t->lock == -1) {
		t->again_at = http_now() + GRAPH_LOCK_AGAIN_US;
		return;
	}
	t->again_at = 0;
	if (read_signin(t, &a, &s)) {
		fill_form(t, &s);
		graph_login_url(t->connection, "token", &url);
		graph_token_ask(t, str_slice(&url));
		str_free(&url);
	}
	arena_free(&a);
}

bool
graph_person_store(struct graph_tenant *t, struct slice refresh_token)
{
	struct arena a = { .max = 16 * SIGNIN_MAX };
	struct str text = { .max = SIGNIN_MAX }, why = { 0 };
	struct graph_signin s;
	bool good = true;

	step("signin.answered");
	if (refresh_token.len > 0 &&
	    graph_signin_read(&a, str_slice(&t->signin), &s)) {
		s.refresh_token = refresh_token;
		graph_signin_write(&s, &text);
		good = signin_write(
		    t->connection->people, t->account, str_slice(&text), &why);
	}
	if (!good) {
		t->alarmed = true;
		t->state = TOKEN_UNREACHABLE;
		log_error("the new refresh token is not stored",
		    "account=%lld why=\"%s\" hint=\"the old one is good for 90 "
		    "days at most; put this right\"",
		    (long long)t->account, why.data);
	}
	forget(&text);
	str_free(&text);
	str_free(&why);
	arena_free(&a);
	return good;
}
