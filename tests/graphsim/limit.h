/*
 * limit: throttling for each app and mailbox, and the log of clients who
 * did not wait.
 */
#ifndef GRAPHSIM_LIMIT_H
#define GRAPHSIM_LIMIT_H

#include "http.h"

/*
 * A request begins.  NULL, or the 429 answer.  Even a refused request counts,
 * and even a refused one must be ended with limit_leave.
 */
struct reply *limit_enter(const struct request *r, struct user *u);
void limit_leave(const struct app *app, const struct user *u);

/* How many requests of the pair are in flight. */
int limit_in_flight(const struct app *app, const struct user *u);

/* An answer goes out: if it throttles, remember until when. */
void limit_note(
    const struct request *r, struct user *u, const struct reply *reply);

#endif
