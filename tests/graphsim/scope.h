/*
 * scope: which mailbox and calendar a Graph address means, and what follows
 * behind it.
 */
#ifndef GRAPHSIM_SCOPE_H
#define GRAPHSIM_SCOPE_H

#include "http.h"
#include "item.h"

struct scope {
	struct request *r;
	struct user *user;
	struct calendar *calendar; /* NULL: the mailbox, .../users/x/events */
	size_t next;		   /* the segment behind */
};

/* The calendar whose items a list shows. */
struct calendar *scope_calendar(const struct scope *s);

/* May the app write?  If not, the 403 answer. */
struct reply *scope_check_write(const struct scope *s);

/* The item with an id, or the answer that says why there is none. */
struct reply *scope_find(
    const struct scope *s, const char *id, struct item *it);

/* startDateTime and endDateTime; or the 400 answer. */
struct reply *scope_window(const struct request *r, int64_t *from, int64_t *to);

#endif
