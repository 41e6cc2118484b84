/*
 * outward: the writes to Graph.  Each fills in d->out: what is written, the
 * bases afterwards, and whom Exchange will mail.  Whether it may go is asked
 * when the section is complete (kept.h).
 */
#ifndef OUTWARD_H
#define OUTWARD_H

#include "decision.h"
#include "out_people.h"

/* Make it: an event that is new in Graph, or gone from there (recreate). */
void outward_post(
    const struct candidate *c, struct decision *d, const char *rule);
/* Delete this copy; the link ends. */
void outward_remove(const struct candidate *c, struct decision *d,
    const char *rule, enum policy_key key);
/* The same of the whole series, of which this is a date. */
void outward_remove_series(const struct candidate *c, struct decision *d);
/* Take our categories off; the link ends.  False: there are none of ours. */
bool outward_uncategorise(const struct candidate *c, struct decision *d);
/* The CRM made it private: the copy becomes private, the link ends (U21). */
void outward_private(const struct candidate *c, struct decision *d);

/* What every write needs beside its content: `was`, the recipients, the time. */
void outward_finish(
    const struct candidate *c, struct outgoing *o, const struct guests *g);

#endif
