/*
 * reason: the codes of the policy page, sections 5 and 6, and those that this
 * stage adds.  A skip carries exactly one.  A silent one says that there was
 * nothing to decide; an error asks for somebody to put something right.
 */
#ifndef REASON_H
#define REASON_H

#include <stdbool.h>

enum reason {
	R_NONE,
	/* entry gates */
	R_USER_OFF,
	R_DIRECTION,
	R_ENDED,
	R_REMOVED,
	R_CANCELLED,
	R_SERIES_MASTER,
	R_DRAFT,
	R_TIMEZONE,
	R_WINDOW_PAST,
	R_WINDOW_FUTURE,
	R_BACKFILL,
	R_PRIVATE,
	R_PRIVATE_CONTACT,
	R_RECURRING,
	R_RECURRING_ALLDAY,
	R_TOO_LONG,
	R_ORGANIZER_EXTERNAL,
	R_WAITING_ORGANIZER,
	R_NOT_ORGANIZER,
	R_NOT_MARKED,
	R_KIND_OFF,
	R_NOT_ACCEPTED,
	R_BLOCKED,
	R_INTERNAL,
	R_TYPE_NOT_SELECTED,
	R_UNMATCHED,
	R_MISSING_FIELDS,
	R_SUSPECTED_MIRROR,
	/* the same, outbound */
	R_IMPORTED,
	R_RECURRING_OUT,
	R_OWNER_OFF,
	/* linked pairs */
	R_UNCHANGED,
	R_INACTIVE,
	R_CRM_CHANGED,
	R_CONFLICT,
	/* the way out */
	R_IN_FLIGHT,
	R_OWN_POST,
	R_MATCH_AMBIGUOUS,
	R_FIRST_RUN,
	R_PAST,
	R_BODY_CUT,
	R_PEOPLE_CUT,
	R_OSCILLATION,
	R_EQUAL_SHIFTS,
	R_MAIL_HELD,
	/* the section's end */
	R_INCOMPLETE,
	R_DELETE_MAX,
	R_LIMIT,
	REASON_COUNT
};

const char *reason_name(enum reason r);
bool reason_is_error(enum reason r);
/* What was to be done is still to be done: the CRM's changes stay pending. */
bool reason_keeps_changes(enum reason r);

#endif
