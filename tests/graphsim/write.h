/*
 * write: creating, changing and deleting events on behalf of an app or of a
 * person.
 */
#ifndef GRAPHSIM_WRITE_H
#define GRAPHSIM_WRITE_H

#include "meeting.h"
#include "scope.h"

struct reply *write_post(struct scope *s);
struct reply *write_patch(struct scope *s, const char *id);
struct reply *write_delete(struct scope *s, const char *id, bool permanent);

/* Does If-Match allow the write?  NULL, or the 412 answer. */
struct reply *write_check_match(const struct request *r, const struct item *it);

/*
 * Change an item by a Graph body.  NULL, or the error answer; *it follows
 * the change (an occurrence becomes an exception).
 */
struct reply *write_apply(struct item *it, json_t *body, bool lenient,
    const struct actor *a, bool *text_body);

/* Make an event out of a Graph body; NULL, or the error answer. */
struct reply *write_create(struct calendar *cal, json_t *body, bool lenient,
    struct event **made, bool *text_body);

/* Delete as organizer or attendee. */
void write_remove(struct item *it, const struct actor *a);

#endif
