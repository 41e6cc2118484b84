/*
 * order: the candidates of one page, which wait for its end to be decided by start
 * and then by id (U13).  Needed only where what comes first counts: limit.per_day.
 */
#ifndef ORDER_H
#define ORDER_H

#include "candidate.h"
#include "stream.h"

struct order;

struct order *order_open(void);
void order_close(struct order *o);
/* The record is copied. */
void order_add(
    struct order *o, const struct candidate *c, const struct record *rec);
/* The next of them; false: none is left. */
bool order_next(struct order *o, struct record *rec);
/* The page is done, or never ended. */
void order_drop(struct order *o);

#endif
