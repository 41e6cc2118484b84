/*
 * gates_out: which CRM events go out for the first time (policy page, section
 * 5, "Outbound, not linked").  They stand before linking and are asked once
 * (U9).
 */
#ifndef GATES_OUT_H
#define GATES_OUT_H

#include "decision.h"

/* True: nothing stops it.  False: *d is the skip. */
bool gates_out_pass(const struct candidate *c, struct decision *d);

/* The zone that the event is written in: the CRM's if it names one other than
 * UTC, else the mailbox's (mapping page, 2.4). */
struct slice zone_outward(const struct candidate *c);

#endif
