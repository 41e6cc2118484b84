/*
 * kept: what must not leave before the section's end: deletions and dropped
 * copies, which need a complete read (L2), and deletions that delete.max may
 * hold.  What is kept is small and bounded (KEPT_BYTES_MAX); what goes beyond
 * is put off to the next run, as a skip with reason `limit`.
 */
#ifndef KEPT_H
#define KEPT_H

#include "decision.h"
#include "ops.h"
#include "stream.h"

struct kept; /* of the open section */

struct kept *kept_open(void);
void kept_close(struct kept *k);

/* Keep the op.  False: no room; the caller writes a skip. */
bool kept_add(
    struct kept *k, const struct candidate *c, const struct decision *d);
struct section_end {
	const struct run *run;
	const struct section *section;
	struct stream_out *out;
	struct tally *tally;
	bool complete;
	int64_t allowed; /* deletions, by delete.max */
};

/*
 * A page mark: its cursor passes what is kept, and if the rest of the section
 * never reaches apply, neither does that.  So a skip, due at once, stands for
 * each entry; apply forgets it when the op is done.
 */
void kept_mark(struct kept *k, const struct section_end *mark);
/* The section ends: write the ops, or, when it is incomplete or there are more
 * deletions than are allowed, the skips that stand for them. */
void kept_flush(struct kept *k, const struct section_end *end);
/* The section was cut off: forget it. */
void kept_drop(struct kept *k);

#endif
