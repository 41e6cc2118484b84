/*
 * auth: the token endpoint, and the check of tokens.
 *
 * A token carries what it says (app, expiry, epoch) under a seal; nothing is
 * stored, so that tokens survive a rollback of the world.
 */
#ifndef GRAPHSIM_AUTH_H
#define GRAPHSIM_AUTH_H

#include "http.h"

/* POST /{tenant}/oauth2/v2.0/token */
struct reply *auth_token(struct request *r);

/* Sets r->app, or returns the 401 answer. */
struct reply *auth_check(struct request *r);

#endif
