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
 * such answers differ from those of a round.  Members of a series are not marked:
 * what they become depends on their master.
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

uint64_t
same_mark(const struct mailbox *m, struct slice data)
{
	uint64_t mark;

	if (m->fetch->db == NULL)
		return 0;
	mark = siphash(m->stamp, data) >> 1; /* SQL's integers have a sign */
	return mark > 0 ? mark : 1;
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

/* Only where all is brought again: of a round from a link nearly all has changed. */
void
same_note(struct mailbox *m, struct slice id, uint64_t mark)
{
	struct same_ask *q = m->same_ask;
	char text[24];
	int n;

	if (mark == 0 || !m->baseline)
		return;
	if (q == NULL) {
		q = m->same_ask = xcalloc(1, sizeof *q);
		q->ids.max = q->marks.max = PAGE_ARENA_MAX;
		same_reset(m);
	}
	n = snprintf(text, sizeof text, "%llu", (unsigned long long)mark);
	db_array_add(&q->ids, id);
	db_array_add(&q->marks, (struct slice){ text, (size_t)n });
	q->entry[q->count++] = m->section.count - 1;
	if (q->count == AT_ONCE)
		ask(m);
}

void
same_leave_out(struct mailbox *m)
{
	struct section *s = &m->section;

	if (m->same_ask != NULL && m->same_ask->count > 0)
		ask(m);
	for (uint32_t n = 0; n < s->count; n++) {
		struct entry *e = &s->entry[n];

		if (e->kind != KIND_EVENT || !e->is_same || e->is_changed ||
		    e->again != 0)
			continue;
		e->kind = KIND_SAME;
		m->same++;
	}
	m->fetch->same += m->same;
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
