/*
 * canon_fields: an event has some 45 members, of which 35 are wanted.  Asking for
 * each by name would compare a thousand names for each event, so the members
 * are walked once and each name is looked up in a small hash table.
 */
#include <string.h>

#include "canon_fields.h"

/* A power of two; with this hash no two names of ours share a slot often. */
#define SLOTS 128

static const char *const names[F_COUNT] = {
	[F_ALL_DAY] = "isAllDay",
	[F_ATTENDEES] = "attendees",
	[F_BODY] = "body",
	[F_CANCELLED] = "isCancelled",
	[F_CATEGORIES] = "categories",
	[F_CHANGE_KEY] = "changeKey",
	[F_CREATED] = "createdDateTime",
	[F_DRAFT] = "isDraft",
	[F_END] = "end",
	[F_ETAG] = "@odata.etag",
	[F_EXTENSIONS] = "extensions",
	[F_HAS_ATTACHMENTS] = "hasAttachments",
	[F_ID] = "id",
	[F_IS_ONLINE] = "isOnlineMeeting",
	[F_IS_ORGANIZER] = "isOrganizer",
	[F_LOCATION] = "location",
	[F_LOCATIONS] = "locations",
	[F_MASTER_ID] = "seriesMasterId",
	[F_MODIFIED] = "lastModifiedDateTime",
	[F_ONLINE_MEETING] = "onlineMeeting",
	[F_ONLINE_PROVIDER] = "onlineMeetingProvider",
	[F_ONLINE_URL] = "onlineMeetingUrl",
	[F_ORGANIZER] = "organizer",
	[F_ORIGINAL_START] = "originalStart",
	[F_RECURRENCE] = "recurrence",
	[F_REMINDER] = "reminderMinutesBeforeStart",
	[F_REMINDER_ON] = "isReminderOn",
	[F_RESPONSE] = "responseStatus",
	[F_SENSITIVITY] = "sensitivity",
	[F_SHOW_AS] = "showAs",
	[F_START] = "start",
	[F_SUBJECT] = "subject",
	[F_TRANSACTION] = "transactionId",
	[F_TYPE] = "type",
	[F_UID] = "iCalUId",
	[F_ZONE] = "originalStartTimeZone",
};

/* Field + 1 in each used slot. */
static unsigned char slots[SLOTS];

static size_t
hash(struct slice name)
{
	const unsigned char *p = (const unsigned char *)name.data;
	size_t first = p[0], middle = p[name.len / 2], last = p[name.len - 1];

	return (name.len * 31 + first * 7 + middle * 3 + last) & (SLOTS - 1);
}

static void
fill_slots(void)
{
	size_t i, at;

	for (i = 0; i < F_COUNT; i++) {
		at = hash(slice_of(names[i]));
		while (slots[at] != 0)
			at = (at + 1) & (SLOTS - 1);
		slots[at] = (unsigned char)(i + 1);
	}
}

static bool
find_field(struct slice name, enum field *field)
{
	size_t at;

	if (name.len == 0)
		return false;
	at = hash(name);
	for (; slots[at] != 0; at = (at + 1) & (SLOTS - 1)) {
		*field = (enum field)(slots[at] - 1);
		if (slice_is(name, names[*field]))
			return true;
	}
	return false;
}

void
fields_find(struct fields *f, const struct json *item)
{
	const struct json *m;
	enum field field;

	if (slots[hash(slice_of(names[0]))] == 0)
		fill_slots();
	memset(f->at, 0, sizeof f->at);
	for (m = item->child; m != NULL; m = m->next)
		if (find_field(m->key, &field))
			f->at[field] = m;
}

bool
fields_refuse(struct fields *f, const char *code, const char *detail)
{
	if (f->fault.code == NULL)
		f->fault = (struct fault){ code, detail };
	return false;
}

static bool
refuse_type(struct fields *f, const char *name, const char *what)
{
	struct str text = { .max = 256 };

	str_addf(&text, "%s is no %s", name, what);
	fields_refuse(
	    f, "bad_record", arena_copy(f->arena, text.data, text.len));
	str_free(&text);
	return false;
}

static bool
take_text(
    struct fields *f, const struct json *v, const char *name, struct slice *out)
{
	if (json_is_null(v))
		return true;
	if (v->type != JSON_STRING)
		return refuse_type(f, name, "text");
	*out = v->text;
	return true;
}

static bool
take_int(struct fields *f, const struct json *v, const char *name, int64_t *out)
{
	if (json_is_null(v))
		return true;
	if ((v->type != JSON_NUMBER && v->type != JSON_STRING) ||
	    !slice_int64(v->text, INT32_MIN, INT32_MAX, out))
		return refuse_type(f, name, "number");
	return true;
}

static bool
take_nested(struct fields *f, const struct json *v, const char *name,
    enum json_type type, const struct json **out)
{
	if (json_is_null(v))
		return true;
	if (v->type != type)
		return refuse_type(
		    f, name, type == JSON_OBJECT ? "object" : "array");
	*out = v;
	return true;
}

bool
fields_text(struct fields *f, enum field field, struct slice *out)
{
	return take_text(f, f->at[field], names[field], out);
}

bool
fields_bool(struct fields *f, enum field field, bool *out)
{
	const struct json *v = f->at[field];

	if (json_is_null(v))
		return true;
	if (v->type == JSON_TRUE || slice_is_nocase(json_str(v), "true"))
		*out = true;
	else if (v->type == JSON_FALSE || slice_is_nocase(json_str(v), "false"))
		*out = false;
	else
		return refuse_type(f, names[field], "truth value");
	return true;
}

bool
fields_int(struct fields *f, enum field field, int64_t *out)
{
	return take_int(f, f->at[field], names[field], out);
}

bool
fields_object(struct fields *f, enum field field, const struct json **out)
{
	return take_nested(f, f->at[field], names[field], JSON_OBJECT, out);
}

bool
fields_array(struct fields *f, enum field field, const struct json **out)
{
	return take_nested(f, f->at[field], names[field], JSON_ARRAY, out);
}

bool
member_text(struct fields *f, const struct json *object, const char *name,
    struct slice *out)
{
	return take_text(f, json_get(object, name), name, out);
}

bool
member_int(
    struct fields *f, const struct json *object, const char *name, int64_t *out)
{
	return take_int(f, json_get(object, name), name, out);
}

bool
member_object(struct fields *f, const struct json *object, const char *name,
    const struct json **out)
{
	return take_nested(f, json_get(object, name), name, JSON_OBJECT, out);
}

bool
member_array(struct fields *f, const struct json *object, const char *name,
    const struct json **out)
{
	return take_nested(f, json_get(object, name), name, JSON_ARRAY, out);
}
