/*
 * adopt: pairs that exist on both sides without a link: a CRM event with the
 * same uid, one whose guid the event carries (policy's `marker`), one that a
 * write of ours made the event from (its key) although it was taken for refused,
 * or, in a mailbox's first section, one with the same time and subject.  A uid is
 * the strongest sign: a copy that somebody made in Outlook carries the guid too.
 * A pair is linked as it stands and nothing is written; the entry gates are not
 * asked (both sides have it), but for what is no event: drafts, cancelled ones,
 * masters that stand beside their occurrences.
 *
 * What is not one to one is not guessed: neither event is made on the other
 * side.  That is known only when the section is complete.
 */
#ifndef ADOPT_H
#define ADOPT_H

#include "decision.h"

/* False: this event has no twin.  True: *d says what adopting it would be. */
bool adopt_decide(const struct candidate *c, struct decision *d);
/* By what an event and a CRM event are taken for one: weakest first. */
enum sign { SIGN_SIGNATURE, SIGN_KEY, SIGN_MARKER, SIGN_UID };

/* The CRM events that it may be, by the strongest sign only. */
size_t adopt_twins(
    const struct candidate *c, const struct json **twins, enum sign *sign);

/* An event of the section says that it is this CRM event. */
struct claim {
	struct slice crm_id;
	size_t event;	  /* the claimant's number */
	size_t event_has; /* so many claims */
	enum sign sign;
	bool adopts; /* filled in: it is the only one, both ways */
};

/* Sort and decide. */
void claims_settle(struct claim *list, size_t count);

enum claimed { UNCLAIMED, ADOPTED, AMBIGUOUS };

/* Of a sorted list: what is with this CRM event? */
enum claimed claims_ask(
    const struct claim *list, size_t count, struct slice crm_id);

#endif
