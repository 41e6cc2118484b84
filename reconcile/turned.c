/*
 * turned: that no first date has come is no proof that there is none (L2): it may
 * lie before the window.  Then the record stays, and so does not end with the link.
 */
#include "turned.h"
#include "fields.h"

static bool
follows(const struct candidate *c, const char *word)
{
	return policy_is(c->policy, POL_DELETE_TO_CRM, word);
}

bool
turned_into_series(const struct candidate *c)
{
	return c->event != NULL && c->kind == SERIES_MASTER &&
	       c->base != NULL &&
	       !policy_is(c->policy, POL_RECURRING_MODE, "series") &&
	       !json_is(
		   json_get(json_get(c->base, "series"), "kind"), "master");
}

void
turned_decide(const struct candidate *c, struct decision *d)
{
	if (policy_is(c->policy, POL_RECURRING_MODE, "skip")) {
		decision_skip(d, R_RECURRING, POL_RECURRING_MODE);
	} else if (!c->is_known_copy || c->is_noted_gone) {
		decision_skip(d, R_SERIES_MASTER, POL_RECURRING_MODE);
	} else if (!c->deciding) {
		d->op = OP_DROP;
		d->rule = "became_series";
	} else if (c->first_cancelled && !is_own_copy(c) &&
		   !candidate_crm_is_gone(c) &&
		   (follows(c, "delete") || follows(c, "mark"))) {
		d->op = OP_DELETE;
		d->rule = "became_series";
		d->key = POL_DELETE_TO_CRM;
		d->how = follows(c, "mark") ? "mark" : "delete";
		d->needs_crm = true;
	} else {
		decision_end_late(d, "became_series", POL_NONE);
	}
}

bool
turned_has_key(const struct candidate *c, const struct decision *d)
{
	return c->turned && c->deciding &&
	       (d->op == OP_UPDATE || d->op == OP_BASE || d->op == OP_DELETE ||
		   d->op == OP_END);
}
