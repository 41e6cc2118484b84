/*
 * outward_people: lists that Graph replaces as a whole.  What is written is
 * the list that Graph has now, with additions and without removals: whoever
 * the CRM does not know stays.
 */
#include "canon_people.h"
#include "outward.h"

static const struct json *
names(const struct outward *o, const char *list, const char *which)
{
	const struct json *v = json_get(json_get(o->op, list), which);

	return v != NULL ? v->child : NULL;
}

/* An element is an address, or a person who has one. */
static struct slice
address_of(const struct outward *o, const struct json *v)
{
	struct slice text =
	    v->type == JSON_STRING ? v->text : json_text(v, "address");

	return people_address(o->arena, text);
}

static bool
is_among(const struct outward *o, const struct json *first, struct slice who)
{
	const struct json *v;

	if (who.data == NULL)
		return false;
	for (v = first; v != NULL; v = v->next)
		if (slice_eq(address_of(o, v), who))
			return true;
	return false;
}

static struct slice
recipient(const struct outward *o, const struct json *attendee)
{
	return people_address(
	    o->arena, json_text(json_get(attendee, "emailAddress"), "address"));
}

static const struct json *
attendees_now(const struct outward *o)
{
	const struct json *v = json_get(o->event, "attendees");

	return v != NULL && v->type == JSON_ARRAY ? v->child : NULL;
}

static bool
is_invited(const struct outward *o, struct slice who)
{
	const struct json *v;

	for (v = attendees_now(o); v != NULL; v = v->next)
		if (slice_eq(recipient(o, v), who))
			return true;
	return false;
}

static bool
people_change(const struct outward *o)
{
	const struct json *v;

	for (v = names(o, "attendees", "add"); v != NULL; v = v->next)
		if (!is_invited(o, address_of(o, v)))
			return true;
	for (v = names(o, "attendees", "remove"); v != NULL; v = v->next)
		if (is_invited(o, address_of(o, v)))
			return true;
	return false;
}

/* Whoever stays: his answer is not ours to write. */
static void
put_present(const struct json *attendee, struct jsonw *w)
{
	const struct json *type = json_get(attendee, "type"),
			  *mail = json_get(attendee, "emailAddress");

	jw_object(w, NULL);
	if (type != NULL)
		jw_raw(w, "type", type->raw);
	jw_raw(w, "emailAddress", mail != NULL ? mail->raw : NO_SLICE);
	jw_end(w);
}

static void
put_new(const struct json *who, struct slice address, struct jsonw *w)
{
	struct slice role = json_text(who, "role"),
		     name = json_text(who, "name");

	jw_object(w, NULL);
	jw_str(w, "type", role.len > 0 ? role : SLICE("required"));
	jw_object(w, "emailAddress");
	jw_str(w, "address", address);
	if (name.len > 0)
		jw_str(w, "name", name);
	jw_end(w);
	jw_end(w);
}

void
outward_people(const struct outward *o, struct jsonw *w)
{
	const struct json *v, *removed = names(o, "attendees", "remove");

	if (!people_change(o))
		return;
	jw_array(w, "attendees");
	for (v = attendees_now(o); v != NULL; v = v->next)
		if (v->type == JSON_OBJECT &&
		    !is_among(o, removed, recipient(o, v)))
			put_present(v, w);
	for (v = names(o, "attendees", "add"); v != NULL; v = v->next)
		if (!is_invited(o, address_of(o, v)))
			put_new(v, address_of(o, v), w);
	jw_end(w);
}

static bool
has_text(const struct json *first, struct slice text)
{
	for (; first != NULL; first = first->next)
		if (slice_eq(json_str(first), text))
			return true;
	return false;
}

static void
put_categories(const struct json *now, const struct json *add,
    const struct json *removed, struct jsonw *w)
{
	const struct json *v;

	jw_array(w, "categories");
	for (v = now; v != NULL; v = v->next)
		if (!has_text(removed, json_str(v)))
			jw_str(w, NULL, json_str(v));
	for (v = add; v != NULL; v = v->next)
		if (!has_text(now, json_str(v)))
			jw_str(w, NULL, json_str(v));
	jw_end(w);
}

void
outward_categories(const struct outward *o, struct jsonw *w)
{
	const struct json *list = json_get(o->event, "categories"),
			  *set = json_get(json_get(o->op, "set"), "categories");
	const struct json *now = list != NULL ? list->child : NULL, *v;
	const struct json *add = names(o, "categories", "add"),
			  *removed = names(o, "categories", "remove");
	bool changes = false;

	if (o->event == NULL && set != NULL && add == NULL)
		add = set->child;
	for (v = add; v != NULL; v = v->next)
		changes |= !has_text(now, json_str(v));
	for (v = removed; v != NULL; v = v->next)
		changes |= has_text(now, json_str(v));
	if (changes)
		put_categories(now, add, removed, w);
}

/* What of the op Exchange keeps to the mailbox. */
static bool
is_private(struct slice member)
{
	return slice_is(member, "show_as") || slice_is(member, "reminder") ||
	       slice_is(member, "categories");
}

static bool
is_predicted(const struct outward *o, struct slice who)
{
	const struct json *mail = json_get(o->op, "mail");

	return who.data == NULL ||
	       is_among(o, mail != NULL ? mail->child : NULL, who);
}

/* The op expects mail to somebody besides those who are added or removed: in
 * the model by which it was made, everybody is mailed. */
static bool
expects_everybody(const struct outward *o)
{
	const struct json *mail = json_get(o->op, "mail"), *v;
	struct slice who;

	for (v = mail != NULL ? mail->child : NULL; v != NULL; v = v->next) {
		who = people_address(o->arena, json_str(v));
		if (!is_among(o, names(o, "attendees", "add"), who) &&
		    !is_among(o, names(o, "attendees", "remove"), who))
			return true;
	}
	return false;
}

static bool
mails_everybody(const struct outward *o)
{
	const struct json *set = json_get(o->op, "set"), *v;

	if (json_is(json_get(o->op, "op"), "graph.delete") ||
	    expects_everybody(o))
		return true;
	for (v = set != NULL ? set->child : NULL; v != NULL; v = v->next)
		if (!is_private(v->key))
			return true;
	return false;
}

static bool
is_mailed(const struct outward *o, struct slice who)
{
	const struct json *organizer = json_get(o->now, "organizer");

	return !is_predicted(o, who) &&
	       !slice_eq(json_text(organizer, "address"), who);
}

bool
outward_mails_more(const struct outward *o)
{
	const struct json *people = json_get(o->now, "attendees"), *v;

	/* A new event is its mailbox's own. */
	if (o->now != NULL && !json_true(o->now, "is_organizer"))
		return false;
	for (v = names(o, "attendees", "add"); v != NULL; v = v->next)
		if (!is_invited(o, address_of(o, v)) &&
		    !json_is(json_get(v, "role"), "resource") &&
		    is_mailed(o, address_of(o, v)))
			return true;
	if (people == NULL)
		return false;
	for (v = names(o, "attendees", "remove"); v != NULL; v = v->next)
		if (is_among(o, people->child, address_of(o, v)) &&
		    is_mailed(o, address_of(o, v)))
			return true;
	if (!mails_everybody(o))
		return false;
	for (v = people->child; v != NULL; v = v->next)
		if (is_mailed(o, json_text(v, "address")))
			return true;
	return false;
}
