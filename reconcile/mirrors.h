/*
 * mirrors: two events of a mailbox that are one, as another program that copies
 * calendars made the second (F008).  They have different uids; subject, start, end,
 * all_day and guests are equal, and there are guests.  One of them comes in, the
 * others are `suspected_mirror`: what is linked goes first, then what was created
 * first.  So what would be made waits for the end of its page, and everything that
 * is put behind it with it.
 *
 * What is linked already match tells (`alike`), as the database has it; what this
 * section says of the same events holds instead.  Of earlier pages of the section
 * as much is remembered as match and apply may be apart.
 */
#ifndef MIRRORS_H
#define MIRRORS_H

#include "decision.h"
#include "digest.h"
#include "stream.h"

struct mirrors;

struct mirrors *mirrors_open(void);
void mirrors_close(struct mirrors *m);
/* Another section begins. */
void mirrors_section(struct mirrors *m);

/* A candidate that is linked, adopted or picked, or of which nothing is made. */
void mirrors_note(
    struct mirrors *m, const struct candidate *c, const struct decision *d);
/* It is to be made by the next line that is put, unless it is a mirror: what is put
 * from here on has to be held (the first line is the `held`-th), until the page
 * ends.  `line` is its record.  False: no event can be its mirror. */
bool mirrors_wait(struct mirrors *m, const struct candidate *c,
    const struct decision *d, struct slice line, size_t held);
/* What was put up to here belongs to the candidate that waits. */
void mirrors_waits(struct mirrors *m, size_t held);
/* It is enough for a page, although no mark has come. */
bool mirrors_full(const struct mirrors *m, size_t held);
/* Nothing more comes in this page: find out. */
void mirrors_settle(struct mirrors *m);
/* The n-th line that was held, asked in this order: */
enum mirrored {
	MIRROR_NONE, /* it is put */
	MIRROR_REFUSED, /* it is not: `record` is decided anew, with the other two as
			   `mirror` and `mirror_crm` of the candidate */
	MIRROR_DROPPED /* nor is it, as it was said of a refused one */
};
struct refused {
	struct slice record, mirror_crm;
	char mirror[TEXT_DIGEST_LEN + 1];
};
enum mirrored mirrors_ask(struct mirrors *m, size_t n, struct refused *r);
/* The page is done. */
void mirrors_page(struct mirrors *m);

#endif
