/*
 * delta: calendarView/delta with frozen windows and short-lived tokens.
 *
 * Every answer hands out a token of a new generation for the mailbox's
 * calendar and the app; only the newest few stay valid.  What a round
 * delivers is decided when it begins; what an item says, when its page is
 * asked for.
 */
#ifndef GRAPHSIM_DELTA_H
#define GRAPHSIM_DELTA_H

#include "scope.h"

struct reply *delta_reply(struct scope *s);

/* All tokens of a mailbox die, as when it moves to another server. */
void delta_reset(struct user *u);

/* A 410, or what the mode makes of it, for a fault. */
struct reply *delta_gone(
    const struct request *r, uint32_t generation, uint32_t highest);

#endif
