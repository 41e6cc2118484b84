/*
 * merge: three ways, unit by unit.  Each side is compared with its own base
 * in its own terms (U1); where both have moved, conflict.events says who
 * wins, and conflict.scope whether that goes for the unit or for the record.
 */
#ifndef MERGE_H
#define MERGE_H

#include "decision.h"
#include "fields.h"

struct unit_state {
	bool graph;   /* Graph's class is another than at the base */
	bool crm;     /* the CRM's value is another than at the base */
	bool unknown; /* no base: it was not exchanged then */
	bool differs; /* the two sides do not agree now */
};

struct merge {
	const struct candidate *c;
	const struct json *now; /* Graph's state in CRM terms */
	const struct json *was; /* base.graph in CRM terms */
	struct unit_state units[UNIT_COUNT];
};

void merge_compare(struct merge *m, const struct candidate *c);
/* Is this field exchanged, compared, and known on both sides? */
bool merge_compares(const struct merge *m, const struct field *f);
/* Has the CRM's value of this field moved from its base? */
bool merge_crm_moved(const struct merge *m, const struct field *f);

/* Compare, decide, fill in the op or skip. */
void merge_decide(const struct candidate *c, struct decision *d);

#endif
