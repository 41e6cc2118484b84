/*
 * reason: names, and which of them are errors.  The names are what users see,
 * what the log is searched by and what tests are named after; they never
 * change their meaning.
 */
#include <stddef.h>

#include "reason.h"

static const struct {
	const char *name;
	bool error;
} reasons[REASON_COUNT] = {
	[R_NONE] = { "", false },
	[R_USER_OFF] = { "user_off", false },
	[R_DIRECTION] = { "direction", false },
	[R_ENDED] = { "ended", false },
	[R_REMOVED] = { "removed", false },
	[R_CANCELLED] = { "cancelled", false },
	[R_SERIES_MASTER] = { "series_master", false },
	[R_DRAFT] = { "draft", false },
	[R_TIMEZONE] = { "timezone", true },
	[R_WINDOW_PAST] = { "window_past", false },
	[R_WINDOW_FUTURE] = { "window_future", false },
	[R_BACKFILL] = { "backfill", false },
	[R_PRIVATE] = { "private", false },
	[R_PRIVATE_CONTACT] = { "private_contact", false },
	[R_RECURRING] = { "recurring", false },
	[R_RECURRING_ALLDAY] = { "recurring_allday", true },
	[R_TOO_LONG] = { "too_long", true },
	[R_ORGANIZER_EXTERNAL] = { "organizer_external", false },
	[R_WAITING_ORGANIZER] = { "waiting_organizer", false },
	[R_NOT_ORGANIZER] = { "not_organizer", false },
	[R_NOT_MARKED] = { "not_marked", false },
	[R_KIND_OFF] = { "kind_off", false },
	[R_NOT_ACCEPTED] = { "not_accepted", false },
	[R_BLOCKED] = { "blocked", false },
	[R_INTERNAL] = { "internal", false },
	[R_TYPE_NOT_SELECTED] = { "type_not_selected", false },
	[R_UNMATCHED] = { "unmatched", false },
	[R_MISSING_FIELDS] = { "missing_fields", true },
	[R_SUSPECTED_MIRROR] = { "suspected_mirror", false },
	[R_IMPORTED] = { "imported", false },
	[R_RECURRING_OUT] = { "recurring_out", false },
	[R_OWNER_OFF] = { "owner_off", false },
	[R_UNCHANGED] = { "unchanged", false },
	[R_INACTIVE] = { "inactive", false },
	[R_CRM_CHANGED] = { "crm_changed", false },
	[R_CONFLICT] = { "conflict", false },
	[R_IN_FLIGHT] = { "in_flight", false },
	[R_OWN_POST] = { "own_post", false },
	[R_MATCH_AMBIGUOUS] = { "match_ambiguous", false },
	[R_FIRST_RUN] = { "first_run", false },
	[R_PAST] = { "past", false },
	[R_BODY_CUT] = { "body_cut", false },
	[R_PEOPLE_CUT] = { "people_cut", false },
	[R_OSCILLATION] = { "oscillation", false },
	[R_EQUAL_SHIFTS] = { "equal_shifts", false },
	[R_MAIL_HELD] = { "mail_held", false },
	[R_INCOMPLETE] = { "incomplete", false },
	[R_DELETE_MAX] = { "delete_max", true },
	[R_LIMIT] = { "limit", false },
};

const char *
reason_name(enum reason r)
{
	return reasons[r].name;
}

bool
reason_is_error(enum reason r)
{
	return reasons[r].error;
}

bool
reason_keeps_changes(enum reason r)
{
	return r == R_IN_FLIGHT || r == R_OWN_POST || r == R_FIRST_RUN ||
	       r == R_PAST || r == R_BODY_CUT || r == R_PEOPLE_CUT ||
	       r == R_OSCILLATION || r == R_EQUAL_SHIFTS || r == R_MAIL_HELD ||
	       r == R_INCOMPLETE || r == R_DELETE_MAX || r == R_LIMIT;
}
