#include "fields.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "arena.h"
#include "content.h"
#include "names.h"
#include "text.h"

void
fields_fail(struct fields *f, int status, const char *code, const char *message)
{
	if (f->error == NULL)
		f->error = reply_error(status, code, "%s", message);
}

static void
wrong_type(struct fields *f, const char *name)
{
	char message[160];

	snprintf(message, sizeof(message),
	    "Cannot convert the literal given for '%.80s' to the expected "
	    "type.",
	    name);
	fields_fail(f, 400, "RequestBodyRead", message);
}

static void
read_bool(struct fields *f, const char *name, json_t *v, bool *out)
{
	if (json_is_boolean(v))
		*out = json_is_true(v);
	else if (!json_is_null(v))
		wrong_type(f, name);
}

static void
read_enum(struct fields *f, const char *name, json_t *v,
    const char *const *names, uint8_t *out)
{
	int n = names_find(names, json_string_value(v));

	if (n >= 0)
		*out = (uint8_t)n;
	else if (!json_is_null(v))
		wrong_type(f, name);
}

static void
read_subject(struct fields *f, const char *name, json_t *v)
{
	if (!json_is_string(v) && !json_is_null(v)) {
		wrong_type(f, name);
		return;
	}
	arena_set(
	    &f->c->subject, json_is_string(v) ? json_string_value(v) : "");
	text_truncate(f->c->subject, 255);
}

static void
read_body(struct fields *f, const char *name, json_t *v)
{
	if (json_is_object(v) || json_is_null(v))
		fields_body(f, v);
	else
		wrong_type(f, name);
}

static void
read_flags(struct fields *f, const char *name, json_t *v)
{
	struct content *c = f->c;

	if (strcasecmp(name, "isAllDay") == 0)
		read_bool(f, name, v, &c->all_day);
	else if (strcasecmp(name, "isReminderOn") == 0)
		read_bool(f, name, v, &c->reminder_on);
	else if (strcasecmp(name, "responseRequested") == 0)
		read_bool(f, name, v, &c->response_requested);
	else if (strcasecmp(name, "allowNewTimeProposals") == 0)
		read_bool(f, name, v, &c->allow_new_time);
	else
		read_bool(f, name, v, &c->hide_attendees);
}

static void
read_enums(struct fields *f, const char *name, json_t *v)
{
	struct content *c = f->c;

	if (strcasecmp(name, "importance") == 0)
		read_enum(f, name, v, names_importance, &c->importance);
	else if (strcasecmp(name, "sensitivity") == 0)
		read_enum(f, name, v, names_sensitivity, &c->sensitivity);
	else if (strcasecmp(name, "showAs") == 0)
		read_enum(f, name, v, names_show_as, &c->show_as);
	else
		read_enum(f, name, v, names_provider, &c->provider);
}

static void
read_reminder(struct fields *f, const char *name, json_t *v)
{
	if (json_is_integer(v))
		f->c->reminder = (int)json_integer_value(v);
	else if (!json_is_null(v))
		wrong_type(f, name);
}

static char *
json_text(json_t *v)
{
	char *text =
	    json_object_size(v) == 0 ? NULL : json_dumps(v, JSON_COMPACT);
	char *copy = arena_strdup(text);

	free(text);
	return copy;
}

static void
add_place(struct fields *f, json_t *v)
{
	const char *name = json_string_value(json_object_get(v, "displayName"));
	struct place *p = content_add_place(f->c, name);
	int type, unique;

	if (p == NULL)
		return;
	type = names_find(
	    names_place, json_string_value(json_object_get(v, "locationType")));
	unique = names_find(names_unique,
	    json_string_value(json_object_get(v, "uniqueIdType")));
	p->type = type >= 0 ? type : 0;
	p->unique_type = unique > 0 ? unique : 3;
	if (json_object_get(v, "uniqueId") != NULL)
		arena_set(&p->unique,
		    json_string_value(json_object_get(v, "uniqueId")));
	p->email = arena_strdup(
	    json_string_value(json_object_get(v, "locationEmailAddress")));
	p->uri =
	    arena_strdup(json_string_value(json_object_get(v, "locationUri")));
	p->address = json_text(json_object_get(v, "address"));
	p->coordinates = json_text(json_object_get(v, "coordinates"));
}

/* Writing location replaces all of locations by one entry. */
static void
read_location(struct fields *f, const char *name, json_t *v)
{
	size_t i;
	json_t *one;

	if (!json_is_object(v) && !json_is_array(v) && !json_is_null(v)) {
		wrong_type(f, name);
		return;
	}
	content_free_places(f->c);
	if (json_is_object(v))
		add_place(f, v);
	json_array_foreach(v, i, one) add_place(f, one);
}

static void
add_attendee(struct fields *f, json_t *v, const struct content *before)
{
	json_t *mail = json_object_get(v, "emailAddress");
	const char *address =
	    json_string_value(json_object_get(mail, "address"));
	const char *name = json_string_value(json_object_get(mail, "name"));
	int type = names_find(
	    names_attendee, json_string_value(json_object_get(v, "type")));
	struct attendee a = { .responded = WHEN_NEVER }, *old;
	const struct user *u;

	if (address == NULL || !text_is_address(address)) {
		fields_fail(f, 400, "ErrorInvalidRecipients",
		    "At least one recipient is not valid.");
		return;
	}
	if (content_attendee(f->c, address) != NULL)
		return;
	old = content_attendee(before, address);
	if (old != NULL)
		a = *old;
	u = world_user(address);
	/* A JSON string outlives the copy that add_attendee makes. */
	union {
		const char *in;
		char *out;
	} n = { name != NULL ? name
		: u != NULL  ? u->name
			     : address },
	  m = { address };
	a.name = n.out;
	a.address = m.out;
	if (type >= 0)
		a.type = (enum attendee_type)type;
	else if (old == NULL && u != NULL && u->room)
		a.type = ATTENDEE_RESOURCE;
	content_add_attendee(f->c, &a);
}

/* The list is replaced; who stays keeps the answer. */
static void
read_attendees(struct fields *f, const char *name, json_t *v)
{
	struct content before = { .attendees = f->c->attendees,
		.nattendees = f->c->nattendees };
	size_t i;
	json_t *one;

	if (!json_is_array(v) && !json_is_null(v)) {
		wrong_type(f, name);
		return;
	}
	f->c->attendees = NULL;
	f->c->nattendees = 0;
	json_array_foreach(v, i, one) add_attendee(f, one, &before);
	content_free_attendees(&before);
	if (f->c->nattendees > 500)
		fields_fail(f, 400, "ErrorInvalidArgument",
		    "The number of attendees exceeds the limit of 500.");
}

static void
read_categories(struct fields *f, const char *name, json_t *v)
{
	size_t i;
	json_t *one;

	if (!json_is_array(v) && !json_is_null(v)) {
		wrong_type(f, name);
		return;
	}
	while (f->c->ncategories > 0)
		content_drop_category(f->c, f->c->categories[0]);
	json_array_foreach(v, i, one) if (json_is_string(one))
	    content_add_category(f->c, json_string_value(one));
	else wrong_type(f, name);
}

static void
read_recurrence(struct fields *f, const char *name, json_t *v)
{
	if (json_is_object(v))
		f->series = fields_series(f, v);
	else if (!json_is_null(v))
		wrong_type(f, name);
}

static void
read_online(struct fields *f, const char *name, json_t *v)
{
	bool on = false;

	read_bool(f, name, v, &on);
	fields_online(f, on);
}

static void
read_properties(struct fields *f, const char *name, json_t *v)
{
	size_t i;
	json_t *one;

	(void)name;
	json_array_foreach(v, i, one)
	{
		const char *id = json_string_value(json_object_get(one, "id"));
		const char *value =
		    json_string_value(json_object_get(one, "value"));

		if (id == NULL || value == NULL)
			fields_fail(f, 400, "ErrorInvalidProperty",
			    "The property has no id or no value.");
		else
			content_set_property(f->c, id, value);
	}
}

static void
read_extensions(struct fields *f, const char *name, json_t *v)
{
	size_t i;
	json_t *one;

	(void)name;
	json_array_foreach(v, i, one)
	{
		const char *id =
		    json_string_value(json_object_get(one, "extensionName"));
		char *text = json_dumps(one, JSON_COMPACT);

		if (id != NULL && text != NULL)
			content_set_extension(f->c, id, text);
		free(text);
	}
}

static void
read_transaction(struct fields *f, const char *name, json_t *v)
{
	(void)name;
	if (f->creating)
		f->transaction = json_string_value(v);
}

static const struct {
	const char *name;
	void (*read)(struct fields *f, const char *name, json_t *v);
	unsigned field;
} members[] = {
	{ "subject", read_subject, FIELD_SUBJECT },
	{ "body", read_body, FIELD_BODY },
	{ "importance", read_enums, FIELD_IMPORTANCE },
	{ "sensitivity", read_enums, FIELD_SENSITIVITY },
	{ "showAs", read_enums, FIELD_SHOW_AS },
	{ "start", fields_time, FIELD_START },
	{ "end", fields_time, FIELD_END },
	{ "location", read_location, FIELD_LOCATION },
	{ "locations", read_location, FIELD_LOCATION },
	{ "attendees", read_attendees, FIELD_ATTENDEES },
	{ "isAllDay", read_flags, FIELD_ALL_DAY },
	{ "isOnlineMeeting", read_online, FIELD_ONLINE },
	{ "onlineMeetingProvider", read_enums, FIELD_ONLINE },
	{ "responseRequested", read_flags, FIELD_OPTIONS },
	{ "allowNewTimeProposals", read_flags, FIELD_OPTIONS },
	{ "hideAttendees", read_flags, FIELD_OPTIONS },
	{ "categories", read_categories, FIELD_CATEGORIES },
	{ "isReminderOn", read_flags, FIELD_REMINDER },
	{ "reminderMinutesBeforeStart", read_reminder, FIELD_REMINDER },
	{ "recurrence", read_recurrence, FIELD_RECURRENCE },
	{ "singleValueExtendedProperties", read_properties, FIELD_PROPERTY },
	{ "extensions", read_extensions, FIELD_PROPERTY },
	{ "transactionId", read_transaction, 0 },
};

static bool
is_read_only(const char *name)
{
	static const char *const names[] = { "id", "changeKey",
		"createdDateTime", "lastModifiedDateTime", "iCalUId",
		"hasAttachments", "bodyPreview", "isCancelled", "isDraft",
		"isOrganizer", "organizer", "responseStatus", "seriesMasterId",
		"type", "webLink", "onlineMeeting", "onlineMeetingUrl",
		"originalStart", "originalStartTimeZone", "originalEndTimeZone",
		"cancelledOccurrences", "exceptionOccurrences", NULL };

	return names_find(names, name) >= 0;
}

static void
read_member(struct fields *f, const char *name, json_t *v)
{
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (strcasecmp(members[i].name, name) == 0) {
			f->sent |= members[i].field;
			members[i].read(f, name, v);
			return;
		}
	if (strchr(name, '@') != NULL || f->lenient)
		return;
	if (is_read_only(name) && mode(MODE_READONLY_PROPERTY) == 1)
		fields_fail(f, 400, "ErrorInvalidPropertySet",
		    "The property is read-only and can't be set.");
	else if (!is_read_only(name) && mode(MODE_UNKNOWN_PROPERTY) == 1)
		fields_fail(f, 400, "RequestBodyRead",
		    "The property does not exist on type "
		    "'microsoft.graph.event'.");
}

bool
fields_read(struct fields *f, json_t *body)
{
	const char *name;
	json_t *v;

	json_object_foreach(body, name, v) read_member(f, name, v);
	return f->error == NULL;
}
