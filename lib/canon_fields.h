/*
 * canon_fields: the members of one Graph item that calsync reads, found in one walk
 * and taken out with their types checked.
 *
 * Null is the same as missing, except that a member of a series does not get
 * the master's value for it.  A value of another type than Graph documents is
 * refused, with two exceptions that cost nothing: a number and a truth value
 * may stand in quotes.
 */
#ifndef CANON_FIELDS_H
#define CANON_FIELDS_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "json.h"

enum field {
	F_ALL_DAY,
	F_ATTENDEES,
	F_BODY,
	F_CANCELLED,
	F_CATEGORIES,
	F_CHANGE_KEY,
	F_CREATED,
	F_DRAFT,
	F_END,
	F_ETAG,
	F_EXTENSIONS,
	F_HAS_ATTACHMENTS,
	F_ID,
	F_IS_ONLINE,
	F_IS_ORGANIZER,
	F_LOCATION,
	F_LOCATIONS,
	F_MASTER_ID,
	F_MODIFIED,
	F_ONLINE_MEETING,
	F_ONLINE_PROVIDER,
	F_ONLINE_URL,
	F_ORGANIZER,
	F_ORIGINAL_START,
	F_RECURRENCE,
	F_REMINDER,
	F_REMINDER_ON,
	F_RESPONSE,
	F_SENSITIVITY,
	F_SHOW_AS,
	F_START,
	F_SUBJECT,
	F_TRANSACTION,
	F_TYPE,
	F_UID,
	F_ZONE,
	F_COUNT
};

/* What keeps an item from being understood: a problem's code and detail. */
struct fault {
	const char *code; /* NULL: nothing yet */
	const char *detail;
};

struct fields {
	const struct json *at[F_COUNT]; /* NULL: not there */
	struct arena *arena;		/* for details and copies */
	struct fault fault;
};

/* Point at[] into `item`, an object. */
void fields_find(struct fields *f, const struct json *item);

/* Note the fault (the first one stays) and return false. */
bool fields_refuse(struct fields *f, const char *code, const char *detail);

/*
 * One value each, by field or as a member of a nested object.  Missing: the
 * value given in *out stays.  Wrong type: bad_record, and false.
 */
bool fields_text(struct fields *f, enum field field, struct slice *out);
bool fields_bool(struct fields *f, enum field field, bool *out);
bool fields_int(struct fields *f, enum field field, int64_t *out);
bool fields_object(struct fields *f, enum field field, const struct json **out);
bool fields_array(struct fields *f, enum field field, const struct json **out);

bool member_text(struct fields *f, const struct json *object, const char *name,
    struct slice *out);
bool member_int(struct fields *f, const struct json *object, const char *name,
    int64_t *out);
bool member_object(struct fields *f, const struct json *object,
    const char *name, const struct json **out);
bool member_array(struct fields *f, const struct json *object, const char *name,
    const struct json **out);

#endif
