/*
 * graph_login: what is asked of the identity platform, for the application as
 * for people (its pages "v2-oauth2-client-creds-grant-flow" and
 * "v2-oauth2-device-code").
 */
#include "bounds.h"
#include "graph.h"
#include "json.h"

/* The tenant of all personal accounts. */
#define PERSONAL_TENANT "9188040d-6c67-4c5b-b112-36a304b66dad"

void
graph_login_url(
    const struct graph_connection *c, const char *what, struct str *url)
{
	struct slice login = slice_of(c->login);

	while (slice_ends(login, "/"))
		login.len--;
	url->max = URL_MAX_BYTES;
	str_add_slice(url, login);
	str_addc(url, '/');
	http_escape(url, slice_of(c->tenant));
	str_adds(url, "/oauth2/v2.0/");
	str_adds(url, what);
}

/* Rights begin with Graph's origin, without the port that goes without saying. */
static void
add_right(const struct graph_connection *c, const char *right, struct str *text)
{
	struct str origin = { 0 };

	http_origin(slice_of(c->root), &origin);
	if (slice_starts(slice_of(c->root), "https") &&
	    slice_ends(str_slice(&origin), ":443"))
		origin.len -= 4;
	str_adds(text, text->len > 0 ? " " : "");
	str_add_slice(text, str_slice(&origin));
	str_addc(text, '/');
	str_adds(text, right);
	str_free(&origin);
}

void
graph_login_scope(const struct graph_connection *c, enum graph_rights rights,
    struct str *scope)
{
	if (rights == RIGHTS_APPLICATION) {
		add_right(c, ".default", scope);
		return;
	}
	/* Their own calendar, or groups'; of these, to write, whom that mails;
	 * who they are, and to be asked only once. */
	if (rights == RIGHTS_MEMBER_WRITE) {
		add_right(c, "Group.ReadWrite.All", scope);
		add_right(c, "User.ReadBasic.All", scope);
	} else {
		add_right(c,
		    rights == RIGHTS_MEMBER ? "Group.Read.All"
					    : "Calendars.ReadWrite",
		    scope);
	}
	add_right(c, "User.Read", scope);
	str_adds(scope, " openid profile offline_access");
}

void
graph_login_field(struct str *form, const char *name, struct slice value)
{
	if (form->len > 0)
		str_addc(form, '&');
	str_adds(form, name);
	str_addc(form, '=');
	http_escape(form, value);
}

void
graph_signin_write(const struct graph_signin *s, struct str *text)
{
	struct jsonw w;

	jw_start(&w, text);
	jw_object(&w, NULL);
	jw_str(&w, "tid", s->tid);
	jw_str(&w, "user", s->user);
	jw_str(&w, "refresh_token", s->refresh_token);
	if (s->writes)
		jw_bool(&w, "writes", true);
	jw_end(&w);
}

bool
graph_signin_read(struct arena *a, struct slice text, struct graph_signin *s)
{
	const struct json *v = json_parse(a, text, JSON_STRICT, NULL);

	s->tid = json_text(v, "tid");
	s->user = json_text(v, "user");
	s->refresh_token = json_text(v, "refresh_token");
	s->writes = json_true(v, "writes");
	return s->refresh_token.len > 0;
}

bool
graph_signin_is_personal(const struct graph_signin *s)
{
	return slice_is_nocase(s->tid, PERSONAL_TENANT);
}
