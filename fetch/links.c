/*
 * links: the questions that fetch asks the database (docs/stream.md, section
 * 8), one query each for a mailbox.  Without a database nothing is known to be
 * missing, and nothing is read again.
 */
#include <stdio.h>

#include "bounds.h"
#include "mailbox.h"

/* Numbers of reasons; a text that is one too many is called by the first. */
static uint16_t
reason_number(struct fetch *f, struct slice text)
{
	size_t i;

	for (i = 1; i <= f->reasons; i++)
		if (slice_eq(f->reason[i], text))
			return (uint16_t)i;
	if (f->reasons == REASONS_MAX - 1)
		return 1;
	f->reason[++f->reasons] =
	    (struct slice){ arena_copy(&f->arena, text.data, text.len),
		    text.len };
	return (uint16_t)f->reasons;
}

/* A text as a parameter, in the mailbox's arena. */
static const char *
parameter(struct mailbox *m, struct slice text)
{
	return mailbox_keep(m, text).data;
}

static const char *
account_text(const struct mailbox *m, char buf[24])
{
	snprintf(buf, 24, "%lld", (long long)m->account);
	return buf;
}

/* The row as a tree in `a`. */
static const struct json *
row(struct mailbox *m, struct arena *a)
{
	arena_reset(a);
	return json_parse(a, db_column(m->fetch->db, 0), JSON_LAST_WINS, NULL);
}

static void
want_again(struct mailbox *m, const struct json *v)
{
	struct slice id = json_text(v, "id");
	uint16_t again = reason_number(m->fetch, json_text(v, "reason"));
	uint32_t n;

	if (id.len == 0)
		return;
	n = section_find(&m->section, id);
	if (n != NO_RECORD) {
		m->section.entry[n].again = again;
		return;
	}
	confirm_want(m, id, WANT_AGAIN, again);
	n = idmap_get(&m->wanted, id);
	if (n != IDMAP_NONE && n != NO_WANT)
		m->want[n].unknown = json_true(v, "unknown");
}

/* Once a run, for all mailboxes: a change concerns few of them, and each would have
 * to look through all changes.  What changes after this question is found in the
 * next run. */
static void
ask_waiting(struct fetch *f)
{
	struct str *lines;

	if (f->asked_waiting)
		return;
	f->asked_waiting = true;
	db_stream(f->db,
	    "select account, calendar, item from calsync.fetch_waiting()", 0,
	    NULL);
	while (db_next_row(f->db)) {
		lines = bundles_row(&f->waiting, f->db);
		str_add_slice(lines, db_column(f->db, 2));
		str_addc(lines, '\n');
	}
	bundles_end(&f->waiting);
}

static void
want_waiting(struct mailbox *m, struct arena *a)
{
	struct str buf = { .max = PAGE_ARENA_MAX };
	struct slice line, rest = bundles_find(&m->fetch->waiting, m->account,
			       m->calendar, &buf);

	while (rest.len > 0) {
		line = slice_cut(rest, '\n', &rest);
		arena_reset(a);
		want_again(m, json_parse(a, line, JSON_LAST_WINS, NULL));
	}
	str_free(&buf);
}

void
links_want_again(struct mailbox *m)
{
	struct arena a = { 0 };
	char account[24];
	const char *values[4];

	if (m->fetch->db == NULL)
		return;
	ask_waiting(m->fetch);
	values[0] = account_text(m, account);
	values[1] = parameter(m, m->calendar);
	values[2] = parameter(m, m->policy_digest);
	values[3] = parameter(m, m->fetch->now);
	db_query(m->fetch->db,
	    "select calsync.fetch_again($1::bigint, $2, $3, $4::timestamptz)",
	    4, values);
	while (db_next_row(m->fetch->db))
		want_again(m, row(m, &a));
	want_waiting(m, &a);
	arena_free(&a);
}

static const struct json *
asked_events(const struct mailbox *m)
{
	const struct json *list = json_get(m->record, "only");

	return list != NULL ? list->child : NULL;
}

/* Those that lie in another's calendar, or in one that is read no more: that they
 * are not in the mailbox would prove nothing. */
static void
refuse_shared(struct mailbox *m)
{
	struct str ids = { .max = PAGE_ARENA_MAX };
	const struct json *i;
	char account[24];
	const char *values[2];

	db_array_reset(&ids);
	for (i = asked_events(m); i != NULL; i = i->next)
		db_array_add(&ids, json_str(i));
	values[0] = account_text(m, account);
	values[1] = db_array_text(&ids);
	db_query(m->fetch->db,
	    "select calsync.fetch_shared($1::bigint, $2::text[])", 2, values);
	while (db_next_row(m->fetch->db)) {
		idmap_set(&m->wanted, db_column(m->fetch->db, 0), NO_WANT);
		section_add_problem(&m->section, "limit", NO_SLICE, 0,
		    "it is in a calendar that is shared with the user, or read "
		    "no more: that is read as a whole only");
	}
	str_free(&ids);
}

void
links_want_only(struct mailbox *m)
{
	uint16_t again = reason_number(m->fetch, SLICE("asked"));
	const struct json *i = asked_events(m);

	if (m->fetch->db != NULL && i != NULL)
		refuse_shared(m);
	for (; i != NULL; i = i->next)
		if (json_str(i).len > 0 && json_str(i).len < URL_MAX_BYTES)
			confirm_want(m, json_str(i), WANT_AGAIN, again);
}

/* An event whose meeting was changed in the CRM.  If the round has brought it, or
 * another reason to read it is known, match sees from the CRM's record that it
 * must look at it. */
static void
want_changed(void *ctx, struct slice id)
{
	struct mailbox *m = ctx;
	uint32_t n = idmap_get(&m->wanted, id);
	uint32_t here = section_find(&m->section, id);

	if (here != NO_RECORD)
		m->section.entry[here].is_changed = true;
	if (here != NO_RECORD || (n < m->wants && m->want[n].again != 0))
		return;
	confirm_want(m, id, WANT_AGAIN, reason_number(m->fetch, SLICE("crm")));
}

static void
seek_lost(void *ctx, struct slice uid)
{
	struct mailbox *m = ctx;

	lost_note(m, uid, reason_number(m->fetch, SLICE("crm")));
}

void
links_want_changed(struct mailbox *m)
{
	const struct feed_of of = { .account = m->account,
		.calendar = m->calendar,
		.policy_digest = m->policy_digest,
		.from = m->calendar.len == 0 ? json_text(m->record, "crm_from")
					     : NO_SLICE,
		.cleanup = json_get(m->record, "cleanup"),
		.by_id = m->by_id,
		.want = want_changed,
		.seek = seek_lost,
		.ctx = m };

	if (m->fetch->db != NULL && m->account != NO_ACCOUNT)
		feed_gather(&m->feed, m->fetch->db, &m->fetch->routes, &of);
}

/* The ids that are said to be removed; they are off until they turn out to be
 * known. */
static void
list_removed(struct mailbox *m, struct str *ids)
{
	struct want *w;

	db_array_reset(ids);
	for (w = m->want + m->wants_sent; w < m->want + m->wants; w++) {
		if (w->why != WANT_REMOVED || w->off || w->again != 0)
			continue;
		db_array_add(ids, w->id);
		w->off = true;
		m->fetch->unknown++;
	}
}

void
links_drop_unknown(struct mailbox *m)
{
	struct str ids = { .max = PAGE_ARENA_MAX };
	char account[24];
	const char *values[2];
	uint32_t n;

	if (m->fetch->db == NULL)
		return;
	list_removed(m, &ids);
	if (ids.len > 1) {
		values[0] = account_text(m, account);
		values[1] = db_array_text(&ids);
		db_query(m->fetch->db,
		    "select calsync.fetch_known($1::bigint, $2::text[])", 2,
		    values);
		while (db_next_row(m->fetch->db)) {
			n = idmap_get(&m->wanted, db_column(m->fetch->db, 0));
			if (n >= m->wants)
				continue;
			m->want[n].off = false;
			m->fetch->unknown--;
		}
	}
	str_free(&ids);
}

static bool
is_cancelled(const struct series *series, struct slice date)
{
	size_t i;

	for (i = 0; i < series->cancelled_count; i++)
		if (slice_eq(series->cancelled[i], date))
			return true;
	return false;
}

/* A known member of a series: delivered, proved cancelled, or wanted. */
static void
want_member(struct mailbox *m, const struct json *v)
{
	struct slice id = json_text(v, "id");
	uint32_t n = section_find_series(&m->section, json_text(v, "master"));
	const struct series *series =
	    n == NO_SERIES ? NULL : &m->section.series[n];

	if (id.len == 0 || section_find(&m->section, id) != NO_RECORD ||
	    idmap_get(&m->wanted, id) != IDMAP_NONE)
		return;
	if (series != NULL && !series->gone && !series->complete)
		return; /* what was not read says nothing */
	if (series != NULL && series->complete &&
	    is_cancelled(series, json_text(v, "original_date"))) {
		section_add_removed(&m->section, id, KIND_CANCELLED, 0);
		idmap_set(&m->wanted, id, NO_WANT);
	} else {
		confirm_want(m, id, WANT_KNOWN, 0);
	}
}

/* Ids that may be masters of known events: series that were read, items that
 * are gone, and single events, which may have been series before. */
static void
list_masters(struct mailbox *m, struct str *masters)
{
	struct series *series;
	size_t i;

	db_array_reset(masters);
	for (i = 0; i < m->section.series_count; i++) {
		series = &m->section.series[i];
		if (series->resolved && !series->checked) {
			series->checked = true;
			db_array_add(masters, series->id);
		}
	}
	for (i = 0; i < m->wants_sent; i++) {
		if (m->want[i].gone && !m->want[i].checked) {
			m->want[i].checked = true;
			db_array_add(masters, m->want[i].id);
		}
	}
	for (i = 0; i < m->singles; i++)
		db_array_add(masters, m->single[i]);
	m->singles = 0;
}

void
links_note_single(struct mailbox *m, struct slice id)
{
	if (m->fetch->db == NULL || m->baseline)
		return;
	if (m->single == NULL)
		m->single =
		    arena_array(&m->arena, SINGLES_MAX, sizeof *m->single);
	if (m->singles == SINGLES_MAX)
		links_want_members(m);
	m->single[m->singles++] = mailbox_keep(m, id);
}

void
links_want_members(struct mailbox *m)
{
	struct str masters = { .max = PAGE_ARENA_MAX };
	struct arena a = { 0 };
	char account[24];
	const char *values[4];

	if (m->fetch->db == NULL)
		return;
	list_masters(m, &masters);
	if (masters.len > 1) {
		values[0] = account_text(m, account);
		values[1] = db_array_text(&masters);
		values[2] = parameter(m, m->window.start);
		values[3] = parameter(m, m->window.end);
		db_query(m->fetch->db,
		    "select calsync.fetch_series($1::bigint, $2::text[], "
		    "$3::timestamptz, $4::timestamptz)",
		    4, values);
		while (db_next_row(m->fetch->db))
			want_member(m, row(m, &a));
	}
	arena_free(&a);
	str_free(&masters);
}

void
links_want_absent(struct mailbox *m)
{
	struct arena a = { 0 };
	char account[24];
	const char *values[5];
	const struct json *v;
	struct slice id;

	if (m->fetch->db == NULL)
		return;
	values[0] = account_text(m, account);
	values[1] = parameter(m, m->calendar);
	values[2] = parameter(m, m->window.start);
	values[3] = parameter(m, m->window.end);
	values[4] = parameter(m, m->round);
	db_stream(m->fetch->db,
	    "select calsync.fetch_links($1::bigint, $2, $3::timestamptz, "
	    "$4::timestamptz, $5::timestamptz)",
	    5, values);
	while (db_next_row(m->fetch->db)) {
		v = row(m, &a);
		id = json_text(v, "id");
		if (id.len > 0 && section_find(&m->section, id) == NO_RECORD &&
		    idmap_get(&m->wanted, id) == IDMAP_NONE)
			confirm_want(m, id, WANT_KNOWN, 0);
	}
	arena_free(&a);
}
