/*
 * decision: what becomes of a candidate: one op, or one skip.  The rules fill
 * it in, ops.c writes it.  Members that an op does not need stay zero.  The
 * raw JSON lives in the candidate's arena.
 */
#ifndef DECISION_H
#define DECISION_H

#include "candidate.h"
#include "reason.h"

enum op {
	OP_SKIP,
	OP_CREATE,
	OP_UPDATE,
	OP_DELETE, /* kept back until the section's end */
	OP_BASE,
	OP_COPY,
	OP_DROP, /* kept back, too */
	OP_END,
	OP_COUNT
};

struct decision {
	enum op op;
	enum reason reason; /* of a skip */

	/* why */
	const char *rule; /* NULL: the reason's name */
	struct slice evidence;
	enum policy_key key; /* the line that decided; POL_NONE: no policy */
	const struct policy *policy; /* NULL: the candidate's */
	bool has_key;
	struct slice notes; /* array of codes to be logged beside the op */

	/* a skip, or an op whose answer time or people may change */
	int64_t due; /* 0: never */
	struct slice waits;
	int64_t waits_account; /* 0: nobody */

	/* an op */
	const char *how;   /* crm.delete */
	const char *state; /* of the link afterwards; NULL: as it is */
	bool revives;	   /* crm.create: over the tombstone of the link */
	bool needs_crm;	   /* it depends on the CRM's state */
	struct slice set, attendees, rooms, base, lost, pending;
};

#endif
