/*
 * signin: people who sign in by themselves: the device code flow, refresh
 * tokens and their rotation.
 *
 * A refresh token says under a seal whose it is, when it was given and which
 * one of this person's it is; nothing is stored but how many there were.
 */
#ifndef GRAPHSIM_SIGNIN_H
#define GRAPHSIM_SIGNIN_H

#include "http.h"

/* The tenant of personal accounts, in id tokens. */
#define PERSONAL_TENANT "9188040d-6c67-4c5b-b112-36a304b66dad"

/* POST /{tenant}/oauth2/v2.0/devicecode; t NULL: of any tenant. */
struct reply *signin_devicecode(const struct request *r,
    const struct pairs *form, struct tenant *t, struct app *app);

/* The grants device_code and refresh_token; NULL: it is neither. */
struct reply *signin_token(const struct request *r, const struct pairs *form,
    struct tenant *t, struct app *app);

/* What a person does with the code (NULL: the newest) in the browser.  NULL,
 * or what the page says instead. */
const char *signin_person(struct user *u, const char *user_code, bool declines);

#endif
