#include "scope.h"

#include <string.h>

#include "ids.h"

struct calendar *
scope_calendar(const struct scope *s)
{
	return s->calendar != NULL ? s->calendar
				   : world_default_calendar(s->user);
}

struct reply *
scope_check_write(const struct scope *s)
{
	if (s->r->app->permissions & PERMIT_WRITE)
		return NULL;
	return reply_error(403, "ErrorAccessDenied",
	    "Access is denied. Check credentials and try again.");
}

struct reply *
scope_find(const struct scope *s, const char *id, struct item *it)
{
	if (!ids_well_formed(id))
		return reply_error(
		    400, "ErrorInvalidIdMalformed", "Id is malformed.");
	if (!ids_find(s->user, id, it) || !item_visible(it->event))
		return reply_error(404, "ErrorItemNotFound",
		    "The specified object was not found in the store.");
	/* A shared calendar's events are found only through the calendar. */
	if (s->calendar == NULL && it->event->calendar->owner_address != NULL)
		return reply_error(404, "ErrorItemNotFound",
		    "The specified object was not found in the store.");
	if (s->calendar != NULL && it->event->calendar != s->calendar)
		return reply_error(404, "ErrorItemNotFound",
		    "The specified object was not found in the store., The "
		    "process failed to get the correct properties.");
	return NULL;
}

struct reply *
scope_window(const struct request *r, int64_t *from, int64_t *to)
{
	const char *start = request_query(r, "startDateTime");
	const char *end = request_query(r, "endDateTime");

	if (start == NULL || end == NULL)
		return reply_error(400, "ErrorInvalidParameter",
		    "This request requires a time window specified by the "
		    "query string parameters StartDateTime and "
		    "EndDateTime.");
	if (!when_parse_utc(start, from) || !when_parse_utc(end, to))
		return reply_error(400, "ErrorInvalidParameter",
		    "The value of a time window parameter is invalid.");
	if (*to < *from)
		return reply_error(400, "ErrorInvalidParameter",
		    "EndDateTime must be after StartDateTime.");
	return NULL;
}
