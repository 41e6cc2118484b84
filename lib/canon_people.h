/*
 * canon_people: organizer, attendees and rooms (requirements P-074, P-082, P-100).
 *
 * An address is lower case, without blanks around it and without "mailto:" or
 * "SMTP:".  It need not be one of the Internet: Exchange's own
 * "/o=ExchangeLabs/..." stays, and who has none has null.
 */
#ifndef CANON_PEOPLE_H
#define CANON_PEOPLE_H

#include <stdbool.h>

#include "canon_fields.h"
#include "json.h"

/* Graph allows 500 attendees; more than this of anything is refused. */
#define PEOPLE_MAX 2000

struct person {
	struct slice address; /* NO_SLICE: none */
	struct slice name;
	const char *role, *response;
};

struct room {
	struct slice address; /* NO_SLICE: none */
	struct slice name;
};

struct people {
	bool has_organizer;
	struct person organizer;
	struct person *person; /* without organizer and rooms, each once */
	size_t person_count;
	struct room *room; /* resource attendees, then locations, each once */
	size_t room_count;
};

/* An address as it is compared; NO_SLICE: none. */
struct slice people_address(struct arena *a, struct slice raw);

/* False: a fault.  Everything lives in f's arena or its line. */
bool people_read(struct fields *f, struct people *p);

/* The members organizer, attendees and rooms. */
void people_write_attendees(const struct people *p, struct jsonw *w);
void people_write_rooms(const struct people *p, struct jsonw *w);
void people_write_organizer(const struct people *p, struct jsonw *w);

#endif
