#include "day.h"
#include "instant.h"
#include "names.h"
#include "xalloc.h"

#include <stdlib.h>

struct day {
	int64_t passed;
	struct names *keys; /* of what was passed: no more than the limit */
};

struct day *
day_open(void)
{
	struct day *n = xcalloc(1, sizeof *n);

	n->keys = names_open();
	return n;
}

void
day_close(struct day *n)
{
	names_close(n->keys);
	free(n);
}

static int64_t
limit(const struct run *run)
{
	return policy_number(&run->policy, POL_LIMIT_PER_DAY);
}

bool
day_is_limited(const struct run *run)
{
	return limit(run) != POLICY_UNLIMITED;
}

bool
day_counts(const struct run *run, enum op op)
{
	return day_is_limited(run) &&
	       (op == OP_CREATE || op == OP_UPDATE || op == OP_DELETE ||
		   op == OP_POST || op == OP_PATCH || op == OP_REMOVE ||
		   op == OP_RESPOND || op == OP_LOCATION);
}

void
day_add(struct day *n, const struct run *run, struct slice key)
{
	if (day_is_limited(run) &&
	    (key.data == NULL || names_add(n->keys, key)))
		n->passed++;
}

void
day_take_back(struct day *n, struct slice key)
{
	if (names_drop(n->keys, key))
		n->passed--;
}

bool
day_has_room(const struct day *n, const struct run *run, struct slice key)
{
	return run->ops + n->passed < limit(run) ||
	       (key.data != NULL && names_have(n->keys, key));
}

int64_t
day_next(const struct run *run)
{
	int64_t into = run->now % DAY_US;

	return run->now - (into < 0 ? into + DAY_US : into) + DAY_US;
}

void
day_write_limit(struct jsonw *w, const struct run *run, enum op op)
{
	if (day_counts(run, op))
		jw_int(w, "day", limit(run));
}

void
day_write_limits(struct jsonw *w, const struct run *run, enum op op)
{
	if (!day_counts(run, op))
		return;
	jw_object(w, "limits");
	day_write_limit(w, run, op);
	jw_end(w);
}
