/*
 * asked: a row of an event.  The fields are written in the order of the type, here and
 * nowhere else: whoever changes one changes the other.
 */
#include "asked.h"

/* Of calsync.asked. */
#define FIELDS 21

static void
add_part(struct db_rows *r, const struct item *i, enum part part)
{
	db_row_text(r, json_str(i->part[part]));
}

static void
add_true(struct db_rows *r, bool yes)
{
	if (yes)
		db_row_bool(r, true);
	else
		db_row_null(r, DB_TYPE_BOOL);
}

static void
add_slots(struct db_rows *r, const struct section *s)
{
	db_row_list(r);
	if (s->slot_shared)
		db_row_element(r, SLICE(""));
	if (s->slot_own)
		db_row_element(r, str_slice(&s->account_text));
	db_row_list_end(r);
}

/* Who is on it is only said where it is more than the organizer and the guests: members
 * of lists, and those of the master's plan. */
static void
add_addresses(struct db_rows *r, const struct item *i, const struct section *s,
    const struct people *people)
{
	if (s->groups == NULL &&
	    json_get(i->part[PART_PLANNED], "attendees") == NULL) {
		db_row_null(r, DB_TYPE_TEXTS);
		return;
	}
	db_row_list(r);
	for (size_t n = 0; n < i->on_count; n++)
		db_row_element(r, people_get(people, i->on[n])->address);
	db_row_list_end(r);
}

/* By the bytes that they came as. */
static void
add_rooms(struct db_rows *r, const struct item *item)
{
	const struct json *lists[] = { item->part[PART_ROOMS],
		json_get(item->part[PART_PLANNED], "rooms") };
	struct str rooms = { .max = PAGE_BYTES_MAX * 2 };

	for (size_t n = 0; n < 2; n++)
		for (const struct json *i = lists[n] ? lists[n]->child : NULL;
		     i != NULL; i = i->next) {
			str_addc(&rooms, rooms.len > 0 ? ',' : '[');
			str_add_slice(&rooms, i->raw);
		}
	if (rooms.len > 0)
		str_addc(&rooms, ']');
	db_row_json(r, rooms.len > 0 ? str_slice(&rooms) : NO_SLICE);
	str_free(&rooms);
}

static void
add_organizer(
    struct db_rows *r, const struct item *i, const struct people *people)
{
	struct slice address = json_text(i->part[PART_ORGANIZER], "address");
	const struct person *p =
	    address.data != NULL ? people_get(people, i->on[0]) : NULL;

	db_row_text(r, address);
	db_row_text(r, p != NULL ? p->user : NO_SLICE);
	add_true(r, p != NULL && p->synced);
}

static void
add_guests(struct db_rows *r, const struct json *attendees)
{
	struct slice address;

	db_row_list(r);
	for (const struct json *i = attendees != NULL ? attendees->child : NULL;
	     i != NULL; i = i->next) {
		address = json_text(i, "address");
		if (address.len > 0)
			db_row_element(r, address);
	}
	db_row_list_end(r);
}

/* What an event is known by when no uid tells: a twin in the CRM, or a mirror of it
 * in the mailbox, for which the guests count as well. */
static void
add_signature(struct db_rows *r, const struct item *i, const struct section *s)
{
	const struct json *attendees = i->part[PART_ATTENDEES];

	if (i->event == NULL ||
	    (!s->first && (attendees == NULL || attendees->count == 0))) {
		db_row_null(r, DB_TYPE_TEXT);
		db_row_null(r, DB_TYPE_TEXT);
		db_row_null(r, DB_TYPE_BOOL);
		db_row_null(r, DB_TYPE_TEXT);
		db_row_null(r, DB_TYPE_TEXTS);
		return;
	}
	add_part(r, i, PART_START);
	add_part(r, i, PART_END);
	db_row_bool(r, json_is_true(i->part[PART_ALL_DAY]));
	add_part(r, i, PART_SUBJECT);
	add_guests(r, attendees);
}

void
asked_add(struct db_rows *r, const struct item *i, size_t n,
    const struct section *s, const struct people *people)
{
	struct slice transaction = json_str(i->part[PART_TRANSACTION]);
	bool may_turn = i->first.len > 0;

	db_row(r, FIELDS);
	db_row_int(r, (int32_t)n);
	db_row_text(r, i->id);
	add_part(r, i, PART_UID);
	add_part(r, i, PART_ORIGINAL_DATE);
	add_slots(r, s);
	add_addresses(r, i, s, people);
	add_rooms(r, i);
	add_organizer(r, i, people);
	db_row_text(r, slice_of(s->owner_from));
	add_signature(r, i, s);
	db_row_text(r, s->marks ? json_str(i->part[PART_MARKER]) : NO_SLICE);
	db_row_text(r, transaction.len > 0 ? transaction : NO_SLICE);
	/* It may be made again. */
	add_true(r, s->marks && i->event == NULL);
	db_row_text(r, may_turn ? i->first : NO_SLICE);
	db_row_text(r, may_turn ? json_str(i->part[PART_MASTER]) : NO_SLICE);
}
