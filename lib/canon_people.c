/*
 * canon_people: lists in, lists without doubles out.
 *
 * Doubles are found by comparing each with all before it; PEOPLE_MAX keeps
 * that short.  The first one's name, role and response count.
 */
#include "canon_people.h"
#include "canon_words.h"

/* Outlook writes it into the location of an online meeting: no room. */
#define TEAMS_LOCATION "Microsoft Teams Meeting"

static bool
drop_prefix(struct slice *s, const char *prefix, size_t n)
{
	if (s->len < n || s->data[n - 1] != ':' ||
	    !slice_is_nocase((struct slice){ s->data, n }, prefix))
		return false;
	s->data += n;
	s->len -= n;
	return true;
}

struct slice
people_address(struct arena *a, struct slice raw)
{
	struct slice s = slice_trim(raw);
	char *lower;
	size_t i;

	if (drop_prefix(&s, "mailto:", 7) || drop_prefix(&s, "smtp:", 5))
		s = slice_trim(s);
	if (s.len == 0)
		return NO_SLICE;
	lower = arena_alloc(a, s.len);
	for (i = 0; i < s.len; i++)
		lower[i] = ascii_lower(s.data[i]);
	return (struct slice){ lower, s.len };
}

/* {"emailAddress":{"name","address"}} */
static bool
read_recipient(struct fields *f, const struct json *v, struct person *p)
{
	const struct json *address = NULL;

	p->name = SLICE("");
	p->address = NO_SLICE;
	if (!member_object(f, v, "emailAddress", &address) ||
	    !member_text(f, address, "name", &p->name) ||
	    !member_text(f, address, "address", &p->address))
		return false;
	p->address = people_address(f->arena, p->address);
	return true;
}

static bool
read_attendee(struct fields *f, const struct json *v, struct person *p)
{
	const struct json *status = NULL;
	struct slice role = NO_SLICE, response = NO_SLICE;

	if (v->type != JSON_OBJECT)
		return fields_refuse(
		    f, "bad_record", "an attendee is no object");
	if (!read_recipient(f, v, p) || !member_text(f, v, "type", &role) ||
	    !member_object(f, v, "status", &status) ||
	    !member_text(f, status, "response", &response))
		return false;
	p->role = words_find(WORDS_ROLE, role);
	p->response = words_find(WORDS_RESPONSE, response);
	return true;
}

static bool
is_known(const struct people *p, const struct person *who)
{
	size_t i;

	if (who->address.data == NULL)
		return false;
	if (p->has_organizer && slice_eq(p->organizer.address, who->address))
		return true;
	for (i = 0; i < p->person_count; i++)
		if (slice_eq(p->person[i].address, who->address))
			return true;
	return false;
}

/* By address where both have one, else by name. */
static bool
same_room(const struct room *a, const struct room *b)
{
	if (a->address.data != NULL && b->address.data != NULL)
		return slice_eq(a->address, b->address);
	return slice_eq(a->name, b->name);
}

static void
add_room(struct people *p, struct slice name, struct slice address)
{
	struct room room = { address, slice_trim(name) };
	size_t i;

	if (room.name.len == 0 && address.data == NULL)
		return;
	if (slice_is_nocase(room.name, TEAMS_LOCATION))
		return;
	for (i = 0; i < p->room_count; i++) {
		if (!same_room(&p->room[i], &room))
			continue;
		if (p->room[i].address.data == NULL)
			p->room[i].address = address;
		if (p->room[i].name.len == 0)
			p->room[i].name = room.name;
		return;
	}
	p->room[p->room_count++] = room;
}

static bool
add_attendee(struct fields *f, const struct json *v, struct people *p)
{
	struct person who = { .role = NULL };

	if (v->type == JSON_NULL)
		return true;
	if (!read_attendee(f, v, &who))
		return false;
	if (slice_is(slice_of(who.role), "resource"))
		add_room(p, who.name, who.address);
	else if (!is_known(p, &who) &&
		 (who.address.data != NULL || who.name.len > 0))
		p->person[p->person_count++] = who;
	return true;
}

/* A directory's room has its address as id; what people typed has none. */
static bool
add_location(struct fields *f, const struct json *v, struct people *p)
{
	struct slice name = SLICE(""), address = NO_SLICE, id = NO_SLICE;
	struct slice id_type = NO_SLICE;

	if (v->type == JSON_NULL)
		return true;
	if (v->type != JSON_OBJECT)
		return fields_refuse(
		    f, "bad_record", "a location is no object");
	if (!member_text(f, v, "displayName", &name) ||
	    !member_text(f, v, "locationEmailAddress", &address) ||
	    !member_text(f, v, "uniqueId", &id) ||
	    !member_text(f, v, "uniqueIdType", &id_type))
		return false;
	if (slice_trim(address).len == 0 &&
	    slice_is_nocase(id_type, "directory"))
		address = id;
	add_room(p, name, people_address(f->arena, address));
	return true;
}

static bool
read_lists(struct fields *f, const struct json *attendees,
    const struct json *locations, struct people *p)
{
	size_t people = attendees != NULL ? attendees->count : 0;
	size_t places = locations != NULL ? locations->count : 0;
	const struct json *v;

	if (people > PEOPLE_MAX || places > PEOPLE_MAX)
		return fields_refuse(
		    f, "too_big", "more than 2000 attendees or locations");
	p->person = arena_array(f->arena, people, sizeof *p->person);
	p->room = arena_array(f->arena, people + places + 1, sizeof *p->room);
	if (attendees != NULL)
		for (v = attendees->child; v != NULL; v = v->next)
			if (!add_attendee(f, v, p))
				return false;
	if (locations != NULL)
		for (v = locations->child; v != NULL; v = v->next)
			if (!add_location(f, v, p))
				return false;
	return true;
}

bool
people_read(struct fields *f, struct people *p)
{
	const struct json *organizer = NULL, *attendees = NULL;
	const struct json *locations = NULL, *location = NULL;

	*p = (struct people){ .has_organizer = false };
	if (!fields_object(f, F_ORGANIZER, &organizer) ||
	    !fields_array(f, F_ATTENDEES, &attendees) ||
	    !fields_array(f, F_LOCATIONS, &locations) ||
	    !fields_object(f, F_LOCATION, &location))
		return false;
	if (organizer != NULL && !read_recipient(f, organizer, &p->organizer))
		return false;
	p->has_organizer = organizer != NULL;
	if (!read_lists(f, attendees, locations, p))
		return false;
	/* A list that is not there at all says nothing. */
	if (locations == NULL && location != NULL)
		return add_location(f, location, p);
	return true;
}

void
people_write_organizer(const struct people *p, struct jsonw *w)
{
	if (!p->has_organizer) {
		jw_null(w, "organizer");
		return;
	}
	jw_object(w, "organizer");
	jw_str(w, "address", p->organizer.address);
	jw_str(w, "name", p->organizer.name);
	jw_end(w);
}

void
people_write_attendees(const struct people *p, struct jsonw *w)
{
	const struct person *who = p->person;
	size_t i;

	jw_array(w, "attendees");
	for (i = 0; i < p->person_count; i++, who++) {
		jw_object(w, NULL);
		jw_str(w, "address", who->address);
		jw_str(w, "name", who->name);
		jw_cstr(w, "role", who->role);
		jw_cstr(w, "response", who->response);
		jw_end(w);
	}
	jw_end(w);
}

void
people_write_rooms(const struct people *p, struct jsonw *w)
{
	size_t i;

	jw_array(w, "rooms");
	for (i = 0; i < p->room_count; i++) {
		jw_object(w, NULL);
		jw_str(w, "name", p->room[i].name);
		jw_str(w, "address", p->room[i].address);
		jw_end(w);
	}
	jw_end(w);
}
