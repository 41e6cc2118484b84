/*
 * load: worlds as JSON.  The format is in README.md.
 */
#ifndef GRAPHSIM_LOAD_H
#define GRAPHSIM_LOAD_H

#include "http.h"

/*
 * Add what a world describes to what exists.  NULL, or the answer that says
 * what is wrong with it.
 */
struct reply *load_world(json_t *world);

/* Make one event, with its copies, without mail. */
struct reply *load_event(json_t *event, struct event **made);

struct reply *load_user(json_t *user, bool room);

/* State, denied, auto-accept and the like of a user that exists. */
void load_user_settings(struct user *u, json_t *settings);

#endif
