/*
 * transaction: transactionId, by which a repeated POST makes no second event.
 */
#ifndef GRAPHSIM_TRANSACTION_H
#define GRAPHSIM_TRANSACTION_H

#include "http.h"

/*
 * Is the id in the request's body known?  *known becomes the event that it
 * made, or stays NULL; the answer is an error or NULL.
 */
struct reply *transaction_check(
    struct user *u, const struct request *r, struct event **known);

void transaction_note(
    struct user *u, const struct request *r, const struct event *e);

#endif
