/*
 * fields: the exchanged fields, and Graph's terms in the CRM's (mapping page,
 * sections 2.1 and 2.2).  A field is exchanged when the policy's `fields`
 * names its group and the CRM can keep it; other fields are never read,
 * written or compared.
 *
 * Fields that make sense only together form a unit: they are merged as one,
 * or a meeting could end before it starts.
 */
#ifndef FIELDS_H
#define FIELDS_H

#include "candidate.h"

/* Characters of a join URL; a cut URL is worse than none (P-096). */
#define JOIN_URL_MAX 255

enum unit {
	UNIT_SUBJECT,
	UNIT_BODY,
	UNIT_TIME,
	UNIT_LOCATION,
	UNIT_SHOW_AS,
	UNIT_SENSITIVITY,
	UNIT_REMINDER,
	UNIT_ONLINE,
	UNIT_RECURRENCE,
	UNIT_COUNT
};

struct field {
	const char *name; /* the same in Graph's and in CRM terms */
	enum unit unit;
	const char *group; /* of the policy key `fields` */
};

/* In the order of the table. */
enum field_place {
	FIELD_SUBJECT,
	FIELD_BODY,
	FIELD_START,
	FIELD_END,
	FIELD_ZONE,
	FIELD_ALL_DAY,
	FIELD_LOCATION,
	FIELD_SHOW_AS,
	FIELD_SENSITIVITY,
	FIELD_REMINDER,
	FIELD_ONLINE,
	FIELD_RECURRENCE,
	FIELD_RECURRENCE_TEXT,
	FIELD_SERIES,
	FIELD_COUNT
};

extern const struct field fields[FIELD_COUNT];

/* A bit for each field, and for the lists, that is among the names of what an
 * adapter keeps; NULL: it keeps all. */
uint32_t fields_held(const struct json *holds);

bool field_exchanged(const struct candidate *c, const struct field *f);
/* One of several copies of an event whose owner does not sync: the user's own,
 * without people and rooms (owner.unsynced_out = copies). */
bool is_own_copy(const struct candidate *c);
/* Of this (body, people) the CRM has more than the record shows. */
bool crm_is_cut(const struct candidate *c, const char *what);
/* Do relations and rooms belong to the exchanged fields? */
bool attendees_exchanged(const struct candidate *c);
bool online_exchanged(const struct candidate *c);
bool rooms_exchanged(const struct candidate *c);

/*
 * The CRM terms of `graph`: an event, or base.graph (which has no body).  The
 * object has every field that `graph` has, exchanged or not; its own raw bytes
 * are none.  It lives in the candidate's arena.
 */
const struct json *fields_map(
    const struct candidate *c, const struct json *graph);

/* Equal as values: null and "" are one, instants are compared as such. */
bool field_equal(const struct json *a, const struct json *b);

/* The body as the CRM gets it: with the From/To header, if that is on. */
struct slice body_with_header(const struct candidate *c, struct slice body);
/* The body without such a header: what is compared. */
struct slice body_without_header(struct slice body);
/*
 * The CRM holds only the head of `was`, and `now` has the same head: what
 * was cut off is no reason to write (mapping page, section 9).
 */
bool text_is_cut(struct slice crm, struct slice now);
/* `crm`, without "..." at its end, is what `text` begins with. */
bool text_is_head(struct slice crm, struct slice text);

#endif
