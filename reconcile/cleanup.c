/*
 * cleanup: the side on which a meeting was born has the original, the other one
 * the copy.
 */
#include "cleanup.h"
#include "base.h"
#include "outward.h"

static bool
is_born(const struct candidate *c, const char *side)
{
	return json_is(json_get(c->link, "born"), side);
}

/* Is the copy on a side that policy names? */
static bool
has_copy_there(const struct candidate *c)
{
	bool both = policy_is(c->policy, POL_CLEANUP, "both");

	if (is_born(c, "crm"))
		return both || policy_is(c->policy, POL_CLEANUP, "graph");
	return is_born(c, "graph") &&
	       (both || policy_is(c->policy, POL_CLEANUP, "crm"));
}

/* The user's own links, as far as they were there when it was asked for. */
bool
cleanup_covers(const struct candidate *c)
{
	return c->link != NULL && c->section->cleanup > 0 &&
	       c->meeting <= c->section->cleanup && c->state != LINK_ENDED &&
	       slice_eq(json_text(c->link, "owner"), c->section->user) &&
	       has_copy_there(c);
}

static struct slice
tell_request(const struct candidate *c)
{
	struct str s = { 0 };

	if (c->section->request > 0)
		str_addf(&s, "request %lld", (long long)c->section->request);
	return candidate_keep_if(c, &s, s.len > 0);
}

void
cleanup_decide(const struct candidate *c, struct decision *d)
{
	d->is_asked = true;
	d->rule = "cleanup";
	d->key = POL_CLEANUP;
	d->evidence = tell_request(c);
	if (is_born(c, "crm") && c->event != NULL) {
		outward_remove(c, d, "cleanup", POL_CLEANUP);
		d->out.evidence = d->evidence;
	} else if (is_born(c, "graph") && !candidate_crm_is_gone(c)) {
		d->op = OP_DELETE;
		d->how = "delete";
		d->base = base_keep(c);
		d->needs_crm = true;
	} else {
		decision_end_late(d, "cleanup", POL_CLEANUP);
	}
}
