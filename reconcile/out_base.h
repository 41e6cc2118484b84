/*
 * out_base: the bases as they will be when a write to Graph went as written.
 * base.graph is made of the event as it will be, by the same code that makes
 * it of one that was read (base.h); apply puts in what Graph answers.
 */
#ifndef OUT_BASE_H
#define OUT_BASE_H

#include "base.h"
#include "out_people.h"

/*
 * The whole base.graph.  set: what is written, NO_SLICE for nothing;
 * categories: the list as it will be, raw, NO_SLICE: as it is.  Units in
 * `pending` keep their old base.
 */
struct slice out_base_graph(const struct candidate *c, struct slice set,
    const struct guests *g, struct slice categories,
    const bool pending[UNIT_COUNT]);

/* base.crm of a new pair: all that the CRM shows. */
struct slice out_base_crm(const struct candidate *c);
/* The member `body_digest` of base.crm, or any other one as it is. */
void out_base_crm_member(
    struct jsonw *w, const struct candidate *c, const char *name);

#endif
