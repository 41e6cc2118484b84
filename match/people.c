/*
 * people: one array in the order of asking, found through a map of hashes.  When it
 * is full, all of it is forgotten: the few who are on many events are soon there
 * again, and the others would seldom have been asked for.
 */
#include <stdlib.h>
#include <string.h>

#include "idmap.h"
#include "json.h"
#include "log.h"
#include "people.h"
#include "xalloc.h"

/* Some 6 MiB.  A batch is not cut: its people come on top. */
#define PEOPLE_MAX 20000

struct people {
	struct arena arena; /* what the slices point to */
	struct idmap index;
	struct person *person;
	size_t count, room;
	uint32_t *on; /* of the item at hand */
	size_t on_count, on_room;
};

enum {
	ROW_N,
	ROW_PERSON,
	ROW_ID,
	ROW_NAME,
	ROW_TYPE,
	ROW_PRIVATE,
	ROW_FIELD,
	ROW_ACCOUNT,
	ROW_SYNCED
};
static const char people_sql[] =
    "SELECT n, person, id, name, type, private, field, account, synced"
    " FROM calsync.match_people($1::text[])";

struct people *
people_open(void)
{
	struct people *p = xcalloc(1, sizeof *p);

	p->arena.max = RUN_ARENA_MAX;
	return p;
}

void
people_close(struct people *p)
{
	arena_free(&p->arena);
	idmap_free(&p->index);
	free(p->person);
	free(p->on);
	free(p);
}

static void
forget(struct people *p)
{
	arena_reset(&p->arena);
	idmap_reset(&p->index);
	p->count = 0;
}

const struct person *
people_get(const struct people *p, uint32_t n)
{
	return &p->person[n];
}

/* The number of this address, which may be a new one. */
static uint32_t
number_of(struct people *p, struct slice address)
{
	uint32_t n = idmap_get(&p->index, address);

	if (n != IDMAP_NONE && slice_eq(p->person[n].address, address))
		return n;
	if (p->count == p->room) {
		p->room = p->room > 0 ? p->room * 2 : 1024;
		p->person =
		    xreallocarray(p->person, p->room, sizeof *p->person);
	}
	address.data = arena_copy(&p->arena, address.data, address.len);
	n = (uint32_t)p->count++;
	p->person[n] = (struct person){ .address = address };
	idmap_set(&p->index, address, n);
	return n;
}

static void
add(struct people *p, struct slice address)
{
	if (address.data == NULL)
		return;
	if (p->on_count == p->on_room) {
		p->on_room = p->on_room > 0 ? p->on_room * 2 : 64;
		p->on = xreallocarray(p->on, p->on_room, sizeof *p->on);
	}
	p->on[p->on_count++] = number_of(p, address);
}

/* Of a distribution list its members too. */
static void
add_all(struct people *p, const struct json *list, const struct section *s)
{
	const struct json *i = list ? list->child : NULL, *member;

	for (; i != NULL; i = i->next) {
		struct slice address = json_text(i, "address");

		add(p, address);
		if (address.data == NULL || s->groups == NULL)
			continue;
		member = section_members(s, address);
		for (member = member ? member->child : NULL; member != NULL;
		     member = member->next)
			add(p, json_text(member, "address"));
	}
}

static void
find_people(
    struct people *p, struct item *i, struct batch *b, const struct section *s)
{
	p->on_count = 0;
	add(p, json_text(i->part[PART_ORGANIZER], "address"));
	add_all(p, i->part[PART_ATTENDEES], s);
	add_all(p, json_get(i->part[PART_PLANNED], "attendees"), s);
	i->on_count = p->on_count;
	i->on = arena_array(&b->arena, p->on_count, sizeof *p->on);
	if (p->on_count > 0)
		memcpy(i->on, p->on, p->on_count * sizeof *p->on);
}

static void
put_text(struct jsonw *w, const char *key, const struct db *db, int column)
{
	struct slice text = db_column(db, column);

	if (text.data != NULL)
		jw_str(w, key, text);
}

/* An entry of `who`, as docs/stream.md has it; where the user's mailbox is, too. */
static void
put_entry(struct str *entries, const struct person *i, const struct db *db)
{
	bool user = slice_is(db_column(db, ROW_PERSON), "user");
	struct jsonw w;

	jw_start(&w, entries);
	jw_object(&w, NULL);
	jw_str(&w, "address", i->address);
	if (user) {
		struct slice account = db_column(db, ROW_ACCOUNT);

		put_text(&w, "user", db, ROW_ID);
		if (account.data != NULL)
			jw_raw(&w, "account", account);
		else
			jw_null(&w, "account");
		jw_bool(&w, "synced", slice_is(db_column(db, ROW_SYNCED), "t"));
	} else {
		put_text(&w, "person", db, ROW_PERSON);
		put_text(&w, "id", db, ROW_ID);
		put_text(&w, "name", db, ROW_NAME);
		put_text(&w, "type", db, ROW_TYPE);
		if (db_column(db, ROW_PRIVATE).data != NULL)
			jw_bool(&w, "private",
			    slice_is(db_column(db, ROW_PRIVATE), "t"));
	}
	put_text(&w, "field", db, ROW_FIELD);
	jw_end(&w);
}

static void
take_user(struct people *p, struct person *i, const struct db *db)
{
	struct slice id = db_column(db, ROW_ID);

	i->user = id;
	i->user.data = arena_copy(&p->arena, id.data, id.len);
	i->synced = slice_is(db_column(db, ROW_SYNCED), "t");
}

/* One row for each entry of a person, those of one person together. */
static void
take_rows(struct people *p, struct db *db, size_t from, size_t to)
{
	struct str entries = { 0 };

	while (db_next_row(db)) {
		struct person *i;
		int64_t n;

		if (!slice_int64(
			db_column(db, ROW_N), 1, (int64_t)(to - from), &n))
			die(EXIT_SOFTWARE, NULL,
			    "the database numbers no such address");
		i = &p->person[from + (size_t)n - 1];
		str_reset(&entries);
		str_add_slice(&entries, i->entries);
		if (i->entries.len > 0)
			str_addc(&entries, ',');
		put_entry(&entries, i, db);
		i->entries = str_slice(&entries);
		i->entries.data =
		    arena_copy(&p->arena, i->entries.data, i->entries.len);
		if (i->user.data == NULL &&
		    slice_is(db_column(db, ROW_PERSON), "user"))
			take_user(p, i, db);
	}
	str_free(&entries);
}

/* False: the database refuses one of these addresses. */
static bool
ask(struct people *p, struct db *db, size_t from, size_t to)
{
	struct str addresses = { .max = PAGE_BYTES_MAX * 2 };
	const char *value;
	bool answered;

	db_array_reset(&addresses);
	for (size_t n = from; n < to; n++)
		db_array_add(&addresses, p->person[n].address);
	value = db_array_text(&addresses);
	answered = db_try(db, people_sql, 1, &value);
	if (answered)
		take_rows(p, db, from, to);
	str_free(&addresses);
	return answered;
}

static void
put_who(const struct people *p, struct item *i, struct batch *b)
{
	struct str who = { 0 };

	str_addc(&who, '[');
	for (size_t n = 0; n < i->on_count; n++) {
		struct slice entries = p->person[i->on[n]].entries;

		if (entries.len == 0)
			continue;
		if (who.len > 1)
			str_addc(&who, ',');
		str_add_slice(&who, entries);
	}
	str_addc(&who, ']');
	i->who = str_slice(&who);
	i->who.data = arena_copy(&b->arena, who.data, who.len);
	str_free(&who);
}

void
people_ask(
    struct people *p, struct batch *b, struct db *db, const struct section *s)
{
	struct item *i, *end = b->item + b->count;
	size_t from;

	if (p->count > PEOPLE_MAX)
		forget(p);
	from = p->count;
	for (i = b->item; i < end; i++)
		if (item_is_question(i))
			find_people(p, i, b, s);
	/* One that the database refuses is nobody's; its event is refused, too. */
	if (from < p->count && !ask(p, db, from, p->count))
		for (size_t n = from; n < p->count; n++)
			ask(p, db, n, n + 1);
	for (i = b->item; i < end; i++)
		if (item_is_question(i))
			put_who(p, i, b);
}
