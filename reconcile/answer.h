/*
 * answer: what the user of a mailbox says to somebody else's meeting, as the CRM
 * has it (rsvp).  It goes out through the user's own copy, and without telling the
 * organizer.
 *
 * The CRM's side of the base is the user's line in base.crm's attendees; Graph's is
 * `response` in base.graph, which is kept while rsvp lets answers out.
 */
#ifndef ANSWER_H
#define ANSWER_H

#include "decision.h"
#include "relations.h"

/* Do answers go out of this copy? */
bool answer_is_exchanged(const struct candidate *c);

/*
 * d->out, if the CRM's answer goes out; d->attendees is what comes in beside it.
 * `people` gets the CRM's word, where it wins over one that was given in Outlook.
 */
struct slice answer_out(const struct candidate *c, struct relations *people);
void answer_write(
    const struct candidate *c, struct decision *d, struct slice answer);

/* It was set in the CRM while answers do not go out: it is the CRM's own for ever,
 * or it would go out as soon as policy lets them. */
bool answer_is_idle(const struct candidate *c);

/* An answer was set in the CRM that is not this mailbox's user's, and is nothing
 * to write. */
bool answer_is_anothers(const struct candidate *c);

#endif
