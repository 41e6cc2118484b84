/*
 * base: what base.graph holds: the exchanged fields in Graph's terms with
 * body_digest in place of the body, and beside them what the next comparison
 * needs: `sensitivity` and `categories` (always, for U21 and the marks),
 * `picked` (by hand: whom the event is first about, and what beside them),
 * `relations` and `resources` (what was made of people and rooms), `account`
 * (whose copy it was), `digest` (of the whole event) and `body_of` ("crm": the
 * body's text is the CRM's own, however Exchange has rewritten it since).  Of a
 * group's calendar also `added`: addresses of those whose sign-in was used to
 * write; Graph puts them on the event, and they are nobody's guests.
 */
#ifndef BASE_H
#define BASE_H

#include "decision.h"
#include "fields.h"
#include "relations.h"

/* {"graph":{...}} of the event as it is now.  Fields that are not exchanged,
 * and units in `pending`, keep the value they had in the old base. */
struct slice base_write(const struct candidate *c,
    const struct relations *relations, const bool pending[UNIT_COUNT]);
/* The same without the object around it. */
struct slice base_graph(const struct candidate *c,
    const struct relations *relations, const bool pending[UNIT_COUNT]);
/* Is the body that the CRM had at the base only the head of Graph's? */
bool base_body_was_cut(const struct candidate *c);
/* {"graph":...} of the old base, untouched; NO_SLICE without one. */
struct slice base_keep(const struct candidate *c);

/* Was the base made from this copy?  Another one may have decided before. */
bool base_is_of_this_copy(const struct candidate *c);

/* Was category.mark on this same copy, or known not to be?  Both are false
 * when the base was made from another copy: categories are per mailbox. */
bool base_was_marked(const struct candidate *c);
bool base_was_unmarked(const struct candidate *c);
/* Is anything of Graph's event other than it was at the base? */
bool base_has_moved(const struct candidate *c);

#endif
