/*
 * same: a baseline brings all of a calendar again, and nearly all of it as it
 * was.  So that this costs next to nothing, a hash of the bytes that Graph sent
 * is kept with what was made of them (calsync.copy.raw, calsync.seen.raw), and
 * what came as the same bytes goes no further than here: it is counted, and
 * counts as delivered.
 *
 * Not etags: the bytes are right whatever Graph does with those.  What an event
 * becomes depends, beside its bytes, on this version, the rules of time zones,
 * the mailbox's zone and the extension that policy names; all of that is in the
 * hash (the stamp), so that of another version nothing is the same.
 *
 * The database gives only what match would stop as well: known, with the digest
 * that these bytes have, present in this calendar.  Never left out is what is
 * looked at for another reason (`again`, changes of the CRM) or was read by id, as
 * such answers differ from those of a round.  What a member of a series becomes
 * depends on its master as well, whose bytes are in its mark; a series is left out
 * as a whole.
 */
#include <stdio.h>
#include <stdlib.h>

#include "bounds.h"
#include "mailbox.h"
#include "siphash.h"
#include "tool.h"
#include "xalloc.h"

/* Events that the database is asked about together. */
#define AT_ONCE 500

struct same_ask {
	struct str ids, marks; /* as parameters */
	uint32_t entry[AT_ONCE];
	size_t count;
};

static uint64_t
stamped(uint64_t stamp, struct slice text)
{
	return siphash(stamp, text.data != NULL ? text : SLICE(""));
}

void
same_run(struct fetch *f, const struct json *run)
{
	f->stamp = stamped(0, slice_of(tool_version));
	f->stamp = stamped(f->stamp, json_text(run, "tzdata"));
	f->stamp = stamped(
	    f->stamp, json_str(json_path(run, "policy", "marker", NULL)));
}

void
same_mailbox(struct mailbox *m)
{
	m->stamp = stamped(m->fetch->stamp, json_text(m->record, "zone"));
}

static uint64_t
mark_of(uint64_t stamp, struct slice data)
{
	uint64_t mark = siphash(stamp, data) >> 1; /* SQL's have a sign */

	return mark > 0 ? mark : 1;
}

uint64_t
same_mark(const struct mailbox *m, struct slice data)
{
	return m->fetch->db != NULL ? mark_of(m->stamp, data) : 0;
}

static void
ask(struct mailbox *m)
{
	struct same_ask *q = m->same_ask;
	char account[24];
	const char *values[4] = { account, mailbox_keep(m, m->calendar).data,
		db_array_text(&q->ids), db_array_text(&q->marks) };
	int64_t n;

	snprintf(account, sizeof account, "%lld", (long long)m->account);
	db_query(m->fetch->db,
	    "select calsync.fetch_same($1::bigint, $2, $3::text[], "
	    "$4::bigint[])",
	    4, values);
	while (db_next_row(m->fetch->db))
		if (slice_int64(
			db_column(m->fetch->db, 0), 1, (int64_t)q->count, &n))
			m->section.entry[q->entry[n - 1]].is_same = true;
	same_reset(m);
}

static void
note(struct mailbox *m, struct slice id, uint32_t entry)
{
	struct same_ask *q = m->same_ask;
	char text[24];
	int n = snprintf(text, sizeof text, "%llu",
	    (unsigned long long)m->section.entry[entry].mark);

	if (q == NULL) {
		q = m->same_ask = xcalloc(1, sizeof *q);
		q->ids.max = q->marks.max = PAGE_ARENA_MAX;
		same_reset(m);
	}
	db_array_add(&q->ids, id);
	db_array_add(&q->marks, (struct slice){ text, (size_t)n });
	q->entry[q->count++] = entry;
	if (q->count == AT_ONCE)
		ask(m);
}

/* Only where all is brought again: of a round from a link nearly all has changed. */
void
same_note(struct mailbox *m, struct slice id)
{
	uint32_t last = m->section.count - 1;

	if (m->section.entry[last].mark != 0 && m->baseline)
		note(m, id, last);
}

/* A member of a series, or its master: its id is in its bytes alone. */
static void
note_member(struct mailbox *m, uint32_t n, uint64_t stamp, struct str *buf)
{
	struct entry *e = &m->section.entry[n];
	struct scan_member member[SCAN_MEMBERS_MAX];
	struct scan_item scanned;
	struct arena a = { .max = PAGE_ARENA_MAX };
	struct item item = { 0 };
	struct slice bytes;

	if (e->kind != KIND_EVENT || e->read_by_id)
		return;
	bytes = spool_read(&m->section.spool, e->at, e->len, buf);
	if (scan_value(bytes, &scanned, member) != SCAN_CUT)
		page_item(&a, &scanned, &item);
	if (item.id.len > 0) {
		e->mark = mark_of(stamp, bytes);
		note(m, item.id, n);
	}
	arena_free(&a);
}

/* What a member becomes depends on the master's bytes and its own.  One that was read
 * by requests of its own is of other bytes than a round's. */
static void
note_series(struct mailbox *m, const struct series *series, struct str *buf)
{
	const struct entry *master;
	uint64_t stamp;

	if (series->gone || !series->complete || series->asks ||
	    series->master == NO_RECORD)
		return;
	master = &m->section.entry[series->master];
	stamp = stamped(m->stamp,
	    spool_read(&m->section.spool, master->at, master->len, buf));
	note_member(m, series->master, stamp, buf);
	for (uint32_t n = series->first; n != NO_RECORD;
	     n = m->section.entry[n].next)
		note_member(m, n, stamp, buf);
}

static bool
needs_no_look(const struct entry *e)
{
	return e->kind != KIND_EVENT ||
	       (e->is_same && !e->is_changed && e->again == 0);
}

static void
leave_out(struct mailbox *m, struct entry *e)
{
	if (e->kind != KIND_EVENT)
		return;
	e->kind = KIND_SAME;
	m->same++;
	m->fetch->same++;
}

/* As a block, or not at all: nobody can read a member without its master. */
static void
leave_out_series(struct mailbox *m, const struct series *series)
{
	struct entry *entry = m->section.entry;
	uint32_t n = series->master;

	if (n == NO_RECORD || !needs_no_look(&entry[n]))
		return;
	for (n = series->first; n != NO_RECORD; n = entry[n].next)
		if (!needs_no_look(&entry[n]))
			return;
	leave_out(m, &entry[series->master]);
	for (n = series->first; n != NO_RECORD; n = entry[n].next)
		leave_out(m, &entry[n]);
}

void
same_leave_out(struct mailbox *m)
{
	struct section *s = &m->section;
	struct str buf = { .max = HTTP_BODY_MAX };

	if (m->asked_same || !m->baseline || m->fetch->db == NULL)
		return;
	m->asked_same = true;
	for (uint32_t n = 0; n < s->series_count; n++)
		note_series(m, &s->series[n], &buf);
	str_free(&buf);
	if (m->same_ask != NULL && m->same_ask->count > 0)
		ask(m);
	for (uint32_t n = 0; n < s->count; n++)
		if (s->entry[n].series == NO_SERIES && s->entry[n].is_same &&
		    needs_no_look(&s->entry[n]))
			leave_out(m, &s->entry[n]);
	for (uint32_t n = 0; n < s->series_count; n++)
		leave_out_series(m, &s->series[n]);
}

void
same_reset(struct mailbox *m)
{
	struct same_ask *q = m->same_ask;

	if (q == NULL)
		return;
	db_array_reset(&q->ids);
	db_array_reset(&q->marks);
	q->count = 0;
}

void
same_close(struct mailbox *m)
{
	if (m->same_ask == NULL)
		return;
	str_free(&m->same_ask->ids);
	str_free(&m->same_ask->marks);
	free(m->same_ask);
	m->same_ask = NULL;
}
