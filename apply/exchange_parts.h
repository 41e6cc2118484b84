/*
 * exchange_parts: what exchange.c and exchange_find.c have in common.
 */
#ifndef EXCHANGE_PARTS_H
#define EXCHANGE_PARTS_H

#include "deliver.h"
#include "exchange.h"

/* Of the mailbox's events, or of the intent's. */
void exchange_url(const struct intent *in, struct str *url);
/* The object of an answer, or NULL. */
const struct json *exchange_parse(struct arena *a, struct slice body);
/* A canonical event made of what Graph sent, parsed; NULL: it cannot be. */
const struct json *exchange_event(struct intent *in, const struct json *item,
    struct arena *a, bool *whole, const char **why);

/* Look for the event that an intent made. */
void exchange_find(struct intent *in, enum purpose purpose);
/* It was done before we asked. */
void exchange_found(struct intent *in, const struct json *event,
    const struct json *before, bool whole, const struct graph_answer *a);
void exchange_not_found(struct intent *in, const struct graph_answer *a);
/* The question had no answer.  Of a write that may have been done it stays
 * open; of one that was only planned nothing has happened. */
void exchange_no_answer(struct intent *in, const struct graph_answer *a);

#endif
