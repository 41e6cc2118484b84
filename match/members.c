/*
 * members: whoever is in the group is mailed when its calendar is written to, so
 * reconcile has to know which of them are users (mail.allow = users), and how many
 * mails they got before.
 */
#include "members.h"
#include "bounds.h"

static const char sql[] =
    "SELECT address, usr, mails FROM calsync.match_members($1::text[], "
    "$2::timestamptz)";

struct known {
	struct slice address, user, mails;
};

struct list {
	struct arena arena;
	struct known *known;
	size_t count;
};

static struct slice
keep(struct list *l, struct slice text)
{
	if (text.data != NULL)
		text.data = arena_copy(&l->arena, text.data, text.len);
	return text;
}

static void
ask(struct list *l, const struct section *s, struct db *db,
    const struct json *members)
{
	struct str addresses = { .max = LINE_MAX_BYTES };
	const char *values[] = { NULL, s->now_text.data };
	const struct json *i;

	l->known = arena_array(&l->arena, members->count + 1, sizeof *l->known);
	db_array_reset(&addresses);
	for (i = members->child; i != NULL; i = i->next)
		db_array_add(&addresses, json_text(i, "address"));
	values[0] = db_array_text(&addresses);
	db_query(db, sql, 2, values);
	while (l->count < members->count && db_next_row(db))
		l->known[l->count++] = (struct known){ keep(
							   l, db_column(db, 0)),
			keep(l, db_column(db, 1)), keep(l, db_column(db, 2)) };
	str_free(&addresses);
}

static void
put_member(struct jsonw *w, const struct list *l, const struct json *member)
{
	struct slice address = json_text(member, "address");

	jw_object(w, NULL);
	for (const struct json *i = member->child; i != NULL; i = i->next)
		jw_key_raw(w, i->key, i->raw);
	for (size_t n = 0; n < l->count; n++) {
		const struct known *k = &l->known[n];

		if (!slice_eq(k->address, address))
			continue;
		if (k->user.len > 0)
			jw_str(w, "user", k->user);
		if (k->mails.len > 0)
			jw_raw(w, "spent", k->mails);
	}
	jw_end(w);
}

void
members_write(const struct section *s, struct db *db, struct str *line)
{
	static const char *const without[] = { "members", NULL };
	const struct json *members = json_get(s->own, "members");
	struct list l = { .arena.max = PAGE_ARENA_MAX };
	struct jsonw w;

	str_reset(line);
	if (members == NULL || members->type != JSON_ARRAY) {
		str_add_slice(line, s->own->raw);
		return;
	}
	ask(&l, s, db, members);
	jw_extend_without(&w, line, s->own, without);
	jw_array(&w, "members");
	for (const struct json *i = members->child; i != NULL; i = i->next)
		put_member(&w, &l, i);
	jw_end(&w);
	jw_end(&w);
	arena_free(&l.arena);
}
