/*
 * unsynced: most have no link.  One has if its only copy is gone, or if the
 * POST that should have made the copy was lost for good: then it is made again
 * if it was ours, and nobody else's meeting is.  A link whose copies are there
 * comes here while no mailbox that holds one is synced: its change waits until
 * one is.
 */
#include "unsynced.h"
#include "cleanup.h"
#include "gates_out.h"
#include "outward.h"

static bool
has_role(const struct candidate *c, const char *role)
{
	const struct json *copies = json_get(c->link, "copies"), *i;

	for (i = copies ? copies->child : NULL; i != NULL; i = i->next)
		if (json_is(json_get(i, "role"), role))
			return true;
	return false;
}

static bool
has_present_copy(const struct candidate *c)
{
	const struct json *copies = json_get(c->link, "copies"), *i;

	for (i = copies ? copies->child : NULL; i != NULL; i = i->next)
		if (json_is(json_get(i, "state"), "present"))
			return true;
	return false;
}

static void
skip(const struct candidate *c, struct decision *d, enum reason reason)
{
	d->reason = reason;
	d->is_final = reason == R_ENDED;
	if (reason_keeps_changes(reason))
		d->due = c->run->now;
}

static void
make(const struct candidate *c, struct decision *d)
{
	if (gates_out_pass(c, d))
		outward_post(c, d, "create");
}

static void
decide_linked(const struct candidate *c, struct decision *d)
{
	bool organized = has_role(c, "organizer");

	if (cleanup_covers(c))
		cleanup_decide(c, d);
	else if (c->state == LINK_ENDED)
		skip(c, d, R_ENDED);
	else if (c->state == LINK_INACTIVE)
		skip(c, d, R_INACTIVE);
	else if (has_present_copy(c))
		skip(c, d, R_OWNER_OFF);
	else if (candidate_crm_is_gone(c))
		decision_end_late(d, "deleted_in_crm", POL_DELETE_TO_GRAPH);
	else if (has_role(c, "attendee") && !organized)
		skip(c, d, R_NOT_ORGANIZER);
	else if (organized &&
		 !policy_is(c->policy, POL_DELETE_TO_CRM, "recreate"))
		decision_end_late(d, "deleted", POL_DELETE_TO_CRM);
	else
		make(c, d);
}

void
unsynced_decide(const struct candidate *c, struct decision *d)
{
	if (c->in_flight)
		skip(c, d, R_IN_FLIGHT);
	else if (c->link == NULL)
		make(c, d);
	else
		decide_linked(c, d);
}
