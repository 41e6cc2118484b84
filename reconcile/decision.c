/*
 * decision: the two ends that rules of every kind come to.
 */
#include "decision.h"

void
decision_skip(struct decision *d, enum reason reason, enum policy_key key)
{
	d->op = OP_SKIP;
	d->reason = reason;
	d->key = key;
}

void
decision_end(struct decision *d, const char *rule, enum policy_key key)
{
	d->op = OP_END;
	d->rule = rule;
	d->state = "ended";
	d->key = key;
}

void
decision_end_late(struct decision *d, const char *rule, enum policy_key key)
{
	decision_end(d, rule, key);
	d->is_late = true;
}
