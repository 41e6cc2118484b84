/*
 * auth: the token endpoint, and the check of tokens.
 *
 * A token carries what it says (app, expiry, epoch) under a seal; nothing is
 * stored, so that tokens survive a rollback of the world.
 */
#ifndef GRAPHSIM_AUTH_H
#define GRAPHSIM_AUTH_H

#include "http.h"

/* POST /{tenant}/oauth2/v2.0/token and .../devicecode */
struct reply *auth_token(struct request *r);

/* Sets r->app, or returns the 401 answer. */
struct reply *auth_check(struct request *r);

/* The errors of the login service have a form of their own. */
struct reply *auth_error(
    int status, const char *error, int code, const char *message);

/* HEAD.claims.seal, to be freed; and the claims of such a text, NULL if the
 * seal is wrong. */
char *auth_seal(const char *head, const char *claims);
char *auth_unseal(const char *head, const char *token);

/* An access token for an app itself (u NULL), or for a person with the rights in
 * `scope`; to be freed. */
char *auth_access(
    const struct app *app, const struct user *u, const char *scope);

#endif
