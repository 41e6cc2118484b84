/*
 * people: one array in the order of asking, found through a map of hashes.  When it
 * is full, all of it is forgotten: the few who are on many events are soon there
 * again, and the others would seldom have been asked for.
 */
#include <stdlib.h>

#include "idmap.h"
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
};

static const char people_sql[] =
    "SELECT n, entry, crm_user, synced FROM calsync.match_people($1::text[])";

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
people_find(const struct people *p, struct slice address)
{
	uint32_t n = idmap_get(&p->index, address);

	if (n == IDMAP_NONE || !slice_eq(p->person[n].address, address))
		return NULL;
	return &p->person[n];
}

static void
add_person(void *arg, struct slice address)
{
	struct people *p = arg;

	if (people_find(p, address) != NULL)
		return;
	if (p->count == p->room) {
		p->room = p->room > 0 ? p->room * 2 : 1024;
		p->person =
		    xreallocarray(p->person, p->room, sizeof *p->person);
	}
	address.data = arena_copy(&p->arena, address.data, address.len);
	p->person[p->count] = (struct person){ .address = address };
	idmap_set(&p->index, address, (uint32_t)p->count++);
}

static void
each_member(const struct json *members,
    void (*fn)(void *arg, struct slice address), void *arg)
{
	const struct json *i = members ? members->child : NULL;

	for (; i != NULL; i = i->next)
		if (json_text(i, "address").data != NULL)
			fn(arg, json_text(i, "address"));
}

static void
each_of(const struct json *people, const struct section *s,
    void (*fn)(void *arg, struct slice address), void *arg)
{
	struct slice address;

	for (people = people ? people->child : NULL; people != NULL;
	     people = people->next) {
		address = json_text(people, "address");
		if (address.data == NULL)
			continue;
		fn(arg, address);
		if (s->groups != NULL)
			each_member(section_members(s, address), fn, arg);
	}
}

void
people_each(const struct json *event, const struct section *s,
    void (*fn)(void *arg, struct slice address), void *arg)
{
	struct slice organizer =
	    json_text(json_get(event, "organizer"), "address");

	if (organizer.data != NULL)
		fn(arg, organizer);
	each_of(json_get(event, "attendees"), s, fn, arg);
	/* What an exception's master says of its date, where that differs. */
	each_of(json_path(event, "series", "planned", "attendees", NULL), s, fn,
	    arg);
}

/* One row for each entry of a person, those of one person together. */
static void
take_rows(struct people *p, struct db *db, size_t from, size_t to)
{
	struct str entries = { 0 };

	while (db_next_row(db)) {
		struct person *i;
		int64_t n;

		if (!slice_int64(db_column(db, 0), 1, (int64_t)(to - from), &n))
			die(EXIT_SOFTWARE, NULL,
			    "the database numbers no such address");
		i = &p->person[from + (size_t)n - 1];
		str_reset(&entries);
		str_add_slice(&entries, i->entries);
		if (i->entries.len > 0)
			str_addc(&entries, ',');
		json_squeeze(&entries, db_column(db, 1));
		i->entries = str_slice(&entries);
		i->entries.data =
		    arena_copy(&p->arena, i->entries.data, i->entries.len);
		if (i->user.data == NULL && db_column(db, 2).data != NULL) {
			i->user = db_column(db, 2);
			i->user.data =
			    arena_copy(&p->arena, i->user.data, i->user.len);
			i->synced = slice_is(db_column(db, 3), "t");
		}
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

struct who {
	const struct people *people;
	struct str text;
};

static void
add_who(void *arg, struct slice address)
{
	struct who *w = arg;
	const struct person *i = people_find(w->people, address);

	if (i == NULL || i->entries.len == 0)
		return;
	if (w->text.len > 1)
		str_addc(&w->text, ',');
	str_add_slice(&w->text, i->entries);
}

static void
put_who(const struct people *p, struct batch *b, const struct section *s)
{
	struct who w = { .people = p };

	for (size_t n = 0; n < b->count; n++) {
		struct item *i = &b->item[n];

		if (!item_is_question(i))
			continue;
		str_reset(&w.text);
		str_addc(&w.text, '[');
		people_each(i->event, s, add_who, &w);
		str_addc(&w.text, ']');
		i->who = str_slice(&w.text);
		i->who.data = arena_copy(&b->arena, i->who.data, i->who.len);
	}
	str_free(&w.text);
}

void
people_ask(
    struct people *p, struct batch *b, struct db *db, const struct section *s)
{
	size_t from;

	if (p->count > PEOPLE_MAX)
		forget(p);
	from = p->count;
	for (size_t n = 0; n < b->count; n++)
		if (item_is_question(&b->item[n]))
			people_each(b->item[n].event, s, add_person, p);
	/* One that the database refuses is nobody's; its event is refused, too. */
	if (from < p->count && !ask(p, db, from, p->count))
		for (size_t n = from; n < p->count; n++)
			ask(p, db, n, n + 1);
	put_who(p, b, s);
}
