/*
 * kept: what must not leave before the section's end.  Deletions and dropped
 * copies need a complete read (L2); writes to Graph need it too, and their
 * budgets are spent in a fixed order; a pair is adopted only when no other
 * event of the section could be the same.
 *
 * What is kept is bounded; what goes beyond is put off to the next run, as a
 * skip with reason `limit`.
 */
#ifndef KEPT_H
#define KEPT_H

#include "day.h"
#include "mail.h"
#include "ops.h"
#include "stream.h"

struct kept; /* of the open section */

struct kept *kept_open(void);
void kept_close(struct kept *k);

/* Does the decision have to wait?  d->out always has. */
bool kept_wants(const struct decision *d);
/* Keep the op, d->op.  False: no room; the caller writes a skip. */
bool kept_add(
    struct kept *k, const struct candidate *c, const struct decision *d);
/* The same for d->out. */
bool kept_add_out(
    struct kept *k, const struct candidate *c, const struct decision *d);
/* The same for d->mark: also none in a mailbox's first section, and beside an
 * adoption, which is not sure yet.  It never takes the room of content. */
bool kept_add_mark(
    struct kept *k, const struct candidate *c, const struct decision *d);

/* The link of what had another Graph id goes on as this event's: it does not end. */
void kept_goes_on(
    struct kept *k, const struct candidate *c, const struct decision *d);

/* The event is not made after all: nor is its d->mark. */
void kept_forget_mark(struct kept *k, struct slice id);

struct section_end {
	const struct run *run;
	const struct section *section;
	struct stream_out *out;
	struct tally *tally;
	struct mail_count *mails;
	struct day *day;
	bool complete;
	int64_t allowed;     /* deletions, by delete.max */
	int64_t allowed_day; /* and by delete.max_day */
};

/*
 * A page mark: its cursor passes what is kept, and if the rest of the section
 * never reaches apply, neither does that.  So a skip, due at once, stands for
 * each entry of a Graph event; apply forgets it when the op is done.
 */
void kept_mark(struct kept *k, const struct section_end *mark);
/* The section ends: write the ops, or what stands for them: in an incomplete
 * one, with too many deletions, without budget. */
void kept_flush(struct kept *k, const struct section_end *end);
/* The section was cut off: forget it. */
void kept_drop(struct kept *k);

#endif
