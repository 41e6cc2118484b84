/*
 * crm_gone: expand works from the master.  One date that the CRM deletes stays in
 * Graph and is not made again (O-026); with the last one the series goes (O-080).
 */
#include "crm_gone.h"
#include "edits.h"
#include "expand.h"
#include "outward.h"

static bool
is_last_of_expanded(const struct candidate *c)
{
	return is_date_of_expanded(c) && c->series_left == 0 &&
	       json_text(json_get(c->event, "series"), "master").len > 0 &&
	       policy_is(c->policy, POL_DELETE_TO_GRAPH, "delete");
}

/* What is in another's calendar stays there. */
static bool
may_go(const struct candidate *c)
{
	return candidate_goes_out(c) && !c->section->shared;
}

static void
decide(const struct candidate *c, struct decision *d)
{
	if (may_go(c) && is_last_of_expanded(c)) {
		outward_remove_series(c, d);
		return;
	}
	if (may_go(c) && !is_date_of_expanded(c)) {
		if (policy_is(c->policy, POL_DELETE_TO_GRAPH, "delete")) {
			outward_remove(
			    c, d, "deleted_in_crm", POL_DELETE_TO_GRAPH);
			return;
		}
		if (policy_is(c->policy, POL_DELETE_TO_GRAPH, "uncategorise") &&
		    outward_uncategorise(c, d))
			return;
	}
	decision_end_late(d, "deleted_in_crm", POL_DELETE_TO_GRAPH);
}

void
crm_gone_decide(const struct candidate *c, struct decision *d)
{
	decide(c, d);
	edits_in_graph(c, d);
}
