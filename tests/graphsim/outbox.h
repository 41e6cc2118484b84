/*
 * outbox: the mails that Exchange would have sent.
 */
#ifndef GRAPHSIM_OUTBOX_H
#define GRAPHSIM_OUTBOX_H

#include <jansson.h>

#include "meeting.h"

/* kind: invitation, update, cancellation, response, forward, notice. */
void outbox_add(const struct event *e, int64_t day, const char *recipient,
    const char *kind, const struct actor *a);

/* The list and its counters. */
json_t *outbox_json(void);

void outbox_clear(void);

#endif
