/*
 * changed: the Graph events of a section whose meeting was changed in the CRM,
 * as fetch tells at the section's beginning.  When such an event comes, its
 * candidate stands for these changes too, and is looked at although Graph's
 * side may be unchanged.
 */
#ifndef CHANGED_H
#define CHANGED_H

#include "arena.h"
#include "batch.h"

struct change {
	struct slice id;
	struct slice changes, origin; /* raw; origin may be missing */
};

struct changed {
	struct arena arena;
	struct change *change;
	size_t count, cap;
	bool sorted;
};

/* Take the item if it is such a note; false: it is something else. */
bool changed_take(struct changed *c, const struct item *i);
/* Tell the item what it stands for. */
void changed_mark(struct changed *c, struct item *i);
void changed_reset(struct changed *c);
void changed_free(struct changed *c);

#endif
