#include "names.h"

#include <stddef.h>
#include <strings.h>

const char *const names_importance[] = { "low", "normal", "high", NULL };
const char *const names_sensitivity[] = { "normal", "personal", "private",
	"confidential", NULL };
const char *const names_show_as[] = { "unknown", "free", "tentative", "busy",
	"oof", "workingElsewhere", NULL };
const char *const names_response[] = { "none", "organizer",
	"tentativelyAccepted", "accepted", "declined", "notResponded", NULL };
const char *const names_attendee[] = { "required", "optional", "resource",
	NULL };
const char *const names_provider[] = { "unknown", "skypeForBusiness",
	"skypeForConsumer", "teamsForBusiness", NULL };
const char *const names_type[] = { "singleInstance", "occurrence", "exception",
	"seriesMaster", NULL };
const char *const names_place[] = { "default", "conferenceRoom", "homeAddress",
	"businessAddress", "geoCoordinates", "streetAddress", "hotel",
	"restaurant", "localBusiness", "postalAddress", NULL };
const char *const names_unique[] = { "unknown", "locationStore", "directory",
	"private", "bing", NULL };
const char *const names_pattern[] = { "daily", "weekly", "absoluteMonthly",
	"relativeMonthly", "absoluteYearly", "relativeYearly", NULL };
const char *const names_range[] = { "endDate", "noEnd", "numbered", NULL };
const char *const names_index[] = { "first", "second", "third", "fourth",
	"last", NULL };
const char *const names_weekday[] = { "sunday", "monday", "tuesday",
	"wednesday", "thursday", "friday", "saturday", NULL };

int
names_find(const char *const *names, const char *text)
{
	for (int i = 0; text != NULL && names[i] != NULL; i++)
		if (strcasecmp(names[i], text) == 0)
			return i;
	return -1;
}
