/*
 * ops_out: the records of the way out (docs/stream.md, section 9): writes to
 * Graph, what is held of them, and adoptions.
 *
 * A write is kept as its content; whether it goes is known at the section's
 * end, and only then its last members are written.
 */
#ifndef OPS_OUT_H
#define OPS_OUT_H

#include "decision.h"
#include "mail.h"

/* The record of d->out up to its last members, without closing brace. */
void ops_out_head(
    struct str *line, const struct candidate *c, const struct decision *d);
/* What people know the event by, as JSON: its subject; null: it is private. */
struct slice ops_out_title(const struct candidate *c);
/* The members of a hold record that say what is held, likewise. */
void ops_out_held(struct str *line, const struct candidate *c,
    const struct decision *d, struct slice digest);
/* Of what a hold is known by: op, set, attendees, categories, mail. */
struct slice ops_out_digest(
    const struct candidate *c, const struct outgoing *o);
/* {"rule":...} */
struct slice ops_out_why(const struct candidate *c, const struct outgoing *o);
struct slice ops_out_why_held(
    const struct candidate *c, const struct policy *p, const struct verdict *v);

#endif
