/*
 * gates: the entry gates for events that are not linked, in the order of the
 * policy page, section 5.  The table at the end of gates.c is that section.
 */
#ifndef GATES_H
#define GATES_H

#include "decision.h"

/* Walk the gates.  True: the event gets through (or `marked_off` asks whether
 * it would without its mark).  False: *d says which gate stopped it. */
bool gates_pass(const struct candidate *c, struct decision *d);
/* Would it get through by rule, from step 13 on, without its mark? */
bool gates_pass_unmarked(const struct candidate *c);
/* Does it leave when it turns private (U21)?  Under `manual` a mark keeps it, but
 * not one that we may have put there ourselves: what came in by rule nobody has
 * marked by hand. */
bool gates_refuse_private(const struct candidate *c);

#endif
