/*
 * context: what the database knows about a batch.  The first question needs
 * ids and digests only, and is all that an unchanged event costs; people,
 * rooms and the other side are looked up for the rest in one statement.
 */
#include "context.h"
#include "asked.h"
#include "log.h"

static const char known_sql[] =
    "SELECT k FROM calsync.match_known($1::bigint, $2::text[], $3::text[]) k";
static const char moved_sql[] =
    "SELECT k FROM calsync.match_moved($1::bigint, $2, $3::text[]) k";
static const char files_sql[] =
    "SELECT k FROM calsync.match_files($1::bigint, $2::text[], $3::text[]) k";
static const char stale_sql[] =
    "SELECT k FROM calsync.match_stale($1::bigint, $2::text[], $3::text[], "
    "$4::bigint[]) k";
static const char context_sql[] =
    "SELECT n, doc FROM calsync.match_context($1::bigint, "
    "$2::calsync.asked[], $3::boolean, $4::timestamptz) AS c (n, doc)";
static const char crm_sql[] =
    "SELECT n, doc FROM calsync.match_crm($1::bigint, $2::json, "
    "$3::timestamptz) AS c (n, doc)";

/* An item that was asked for by id, or whose other side changed, is looked at
 * even when it is unchanged: something else changed, or time did. */
static bool
may_be_known(const struct item *i)
{
	return i->kind == ITEM_EVENT && i->changes.data == NULL &&
	       i->part[PART_AGAIN] == NULL;
}

static size_t
row_number(struct db *db, size_t count)
{
	int64_t n;

	if (!slice_int64(db_column(db, 0), 1, (int64_t)count, &n))
		die(EXIT_SOFTWARE, NULL, "the database numbers no such item");
	return (size_t)n - 1;
}

static void
ask_known(struct batch *b, struct db *db, const struct section *s)
{
	struct str ids = { .max = PAGE_BYTES_MAX * 2 };
	struct str digests = { .max = PAGE_BYTES_MAX * 2 };
	struct item *place[PAGE_RECORDS_MAX];
	size_t count = 0;

	db_array_reset(&ids);
	db_array_reset(&digests);
	for (size_t n = 0; n < b->count; n++) {
		if (!may_be_known(&b->item[n]))
			continue;
		place[count++] = &b->item[n];
		db_array_add(&ids, b->item[n].id);
		db_array_add(&digests, json_str(b->item[n].part[PART_DIGEST]));
	}
	if (count > 0) {
		const char *const values[] = { s->account_text.data,
			db_array_text(&ids), db_array_text(&digests) };

		db_query(db, known_sql, 3, values);
		while (db_next_row(db))
			place[row_number(db, count)]->known = true;
	}
	str_free(&ids);
	str_free(&digests);
}

/* One that has moved to another calendar of its mailbox is looked at, so that it
 * is known where it lies.  What came by id may lie anywhere. */
static void
ask_moved(struct batch *b, struct db *db, const struct section *s)
{
	struct str ids = { .max = PAGE_BYTES_MAX * 2 };
	struct item *place[PAGE_RECORDS_MAX];
	size_t count = 0;

	db_array_reset(&ids);
	for (size_t n = 0; s->places && n < b->count; n++) {
		if (!b->item[n].known || json_true(b->item[n].record, "by_id"))
			continue;
		place[count++] = &b->item[n];
		db_array_add(&ids, b->item[n].id);
	}
	if (count > 0) {
		const char *const values[] = { s->account_text.data,
			s->calendar.len > 0 ? s->calendar.data : "",
			db_array_text(&ids) };

		db_query(db, moved_sql, 3, values);
		while (db_next_row(db))
			place[row_number(db, count)]->known = false;
	}
	str_free(&ids);
}

/* An event with files is looked at again when its version is another: a file is
 * no part of what the digest is of. */
static void
ask_files(struct batch *b, struct db *db, const struct section *s)
{
	struct str ids = { .max = PAGE_BYTES_MAX * 2 };
	struct str etags = { .max = PAGE_BYTES_MAX * 2 };
	struct item *place[PAGE_RECORDS_MAX];
	size_t count = 0;

	db_array_reset(&ids);
	db_array_reset(&etags);
	for (size_t n = 0; s->files && n < b->count; n++) {
		struct item *i = &b->item[n];

		if (!i->known || !json_true(i->event, "attachments"))
			continue;
		place[count++] = i;
		db_array_add(&ids, i->id);
		db_array_add(&etags, json_text(i->event, "etag"));
	}
	if (count > 0) {
		const char *const values[] = { s->account_text.data,
			db_array_text(&ids), db_array_text(&etags) };

		db_query(db, files_sql, 3, values);
		while (db_next_row(db))
			place[row_number(db, count)]->known = false;
	}
	str_free(&ids);
	str_free(&etags);
}

/* Of what is known, is the mark of its bytes known as well?  fetch leaves out what
 * has the same; so only little is asked about, but after a new version. */
static void
ask_stale(struct batch *b, struct db *db, const struct section *s)
{
	struct str ids = { .max = PAGE_BYTES_MAX * 2 };
	struct str digests = { .max = PAGE_BYTES_MAX * 2 };
	struct str marks = { .max = PAGE_BYTES_MAX * 2 };
	struct item *place[PAGE_RECORDS_MAX];
	size_t count = 0;
	int64_t mark;

	db_array_reset(&ids);
	db_array_reset(&digests);
	db_array_reset(&marks);
	for (size_t n = 0; n < b->count; n++) {
		struct item *i = &b->item[n];

		if (!i->known || !slice_int64(json_str(i->part[PART_MARK]), 1,
				     INT64_MAX, &mark))
			continue;
		place[count++] = i;
		db_array_add(&ids, i->id);
		db_array_add(&digests, json_str(i->part[PART_DIGEST]));
		db_array_add(&marks, json_str(i->part[PART_MARK]));
	}
	if (count > 0) {
		const char *const values[] = { s->account_text.data,
			db_array_text(&ids), db_array_text(&digests),
			db_array_text(&marks) };

		db_query(db, stale_sql, 4, values);
		while (db_next_row(db))
			place[row_number(db, count)]->stale = true;
	}
	str_free(&ids);
	str_free(&digests);
	str_free(&marks);
}

static void
take_context(struct batch *b, struct db *db)
{
	static const struct json nothing = { .type = JSON_OBJECT };
	struct slice doc;
	struct item *i;

	while (db_next_row(db)) {
		i = &b->item[row_number(db, b->count)];
		doc = db_column(db, 1);
		i->context = &nothing;
		if (doc.data == NULL)
			continue;
		doc.data = arena_copy(&b->arena, doc.data, doc.len);
		i->context = json_parse(&b->arena, doc, JSON_LAST_WINS, NULL);
	}
}

static bool
try_context(struct batch *b, struct db *db, const struct section *s,
    const struct people *people, size_t from, size_t to)
{
	bool answered = true;
	struct db_rows rows = { .bytes.max = PAGE_BYTES_MAX * 2 };

	db_rows_start(&rows);
	for (size_t n = from; n < to; n++)
		if (item_is_question(&b->item[n]))
			asked_add(&rows, &b->item[n], n + 1, s, people);
	if (rows.count > 0) {
		const char *const values[] = { s->account_text.data, NULL,
			s->first ? "true" : "false", s->now_text.data };

		answered = db_try_rows(db, context_sql, 4, values, 1, &rows);
		if (answered)
			take_context(b, db);
	}
	db_rows_free(&rows);
	return answered;
}

static void
ask_context(struct batch *b, struct db *db, const struct section *s,
    const struct people *people)
{
	if (try_context(b, db, s, people, 0, b->count))
		return;
	for (size_t n = 0; n < b->count; n++) {
		struct item *i = &b->item[n];

		if (item_is_question(i) &&
		    !try_context(b, db, s, people, n, n + 1)) {
			i->kind = ITEM_BAD;
			i->why = "the CRM's row of it cannot be read";
		}
	}
}

/* False: the database refuses a value of one of them, or what the CRM's adapter
 * made of it. */
static bool
try_crm(struct batch *b, struct db *db, const struct section *s, size_t from,
    size_t to)
{
	struct str items = { .max = PAGE_BYTES_MAX * 2 };
	const char *values[] = { s->account > 0 ? s->account_text.data : NULL,
		NULL, s->now_text.data };
	struct jsonw w;
	bool answered;

	jw_start(&w, &items);
	jw_array(&w, NULL);
	for (size_t n = from; n < to; n++) {
		if (b->item[n].kind != ITEM_CRM)
			continue;
		jw_object(&w, NULL);
		jw_int(&w, "n", (int64_t)n + 1);
		jw_str(&w, "crm_id", b->item[n].crm_id);
		if (s->marks)
			jw_bool(&w, "guid", true);
		jw_end(&w);
	}
	jw_end(&w);
	values[1] = items.data;
	answered = db_try(db, crm_sql, 3, values);
	if (answered)
		take_context(b, db);
	str_free(&items);
	return answered;
}

/* Asked one by one where they cannot be asked together: one bad row, or a key
 * that is none, stops nothing but itself (L5). */
static void
ask_crm(struct batch *b, struct db *db, const struct section *s)
{
	if (try_crm(b, db, s, 0, b->count))
		return;
	for (size_t n = 0; n < b->count; n++) {
		struct item *i = &b->item[n];

		if (i->kind == ITEM_CRM && !try_crm(b, db, s, n, n + 1)) {
			i->kind = ITEM_BAD;
			i->why = "the CRM does not take this key, or its row "
				 "cannot be read";
		}
	}
}

static void
check_answers(const struct batch *b)
{
	const struct item *i;

	for (i = b->item; i < b->item + b->count; i++)
		if (i->context == NULL &&
		    (i->kind == ITEM_CRM || item_is_question(i)))
			die(EXIT_SOFTWARE, NULL,
			    "the database gave no context of an item");
}

void
context_ask(struct batch *b, struct db *db, const struct section *s,
    struct people *people)
{
	if (b->questions > 0) {
		ask_known(b, db, s);
		ask_moved(b, db, s);
		ask_files(b, db, s);
		ask_stale(b, db, s);
		people_ask(people, b, db, s);
		ask_context(b, db, s, people);
	}
	if (b->crm > 0)
		ask_crm(b, db, s);
	check_answers(b);
}
