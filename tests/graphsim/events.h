/*
 * events: reading events; the writes are in write.h, delta in delta.h.
 */
#ifndef GRAPHSIM_EVENTS_H
#define GRAPHSIM_EVENTS_H

#include "scope.h"

struct reply *events_list(struct scope *s);
struct reply *events_view(struct scope *s);
struct reply *events_get(struct scope *s, const char *id);
struct reply *events_instances(struct scope *s, const char *id);

/* One event as the answer to a read or a write. */
struct reply *events_answer(
    const struct scope *s, const struct item *it, int status);

#endif
