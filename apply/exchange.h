/*
 * exchange: one intent's talk with Graph.  Each step puts down at most one
 * request; its answer moves the intent to its next stage.
 */
#ifndef EXCHANGE_H
#define EXCHANGE_H

#include "intent.h"

/* STAGE_NEW: a planned write is checked and made ready, an open one is looked
 * for: a create by its key.  Not found, it is sent again within 20 minutes, while
 * Graph knows its transactionId, and after 30, when it would be there.  If Graph
 * is slower than that, it is made twice. */
void exchange_begin(struct intent *in);
/* STAGE_GO: send what is journaled. */
void exchange_send(struct intent *in);

#endif
