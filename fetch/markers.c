/*
 * markers: an event that the CRM created carries the guid of its record in an
 * open extension, by which it is known when no link says so.  A round brings no
 * extensions, and not all events can be read by id in each run.  So it is done
 * for those that the database does not know: new ones, and all of a mailbox
 * whose links were lost.  Of these only single events and masters of this
 * mailbox's own user: we create nothing else.
 *
 * What was read takes the event's place in the section.  What cannot be read
 * is left out, and comes again: it might be made a second time in the CRM.
 */
#include <stdio.h>
#include <stdlib.h>

#include "bounds.h"
#include "mailbox.h"
#include "xalloc.h"

struct markers_ask {
	struct waiting ids;
	struct inquiry inquiry;
};

void
markers_run(struct fetch *f, const struct json *run)
{
	struct slice name = json_str(json_path(run, "policy", "marker", NULL));
	struct str filter = { 0 }, query = { 0 };

	f->expand = NO_SLICE;
	if (name.len == 0 || slice_is(name, "none"))
		return;
	str_adds(&filter, "Extensions($filter=id eq ");
	mailbox_add_quoted(&filter, name);
	str_addc(&filter, ')');
	str_adds(&query, "$expand=");
	http_escape(&query, str_slice(&filter));
	f->expand =
	    (struct slice){ arena_copy(&f->arena, query.data, query.len),
		    query.len };
	str_free(&filter);
	str_free(&query);
}

void
markers_note(struct mailbox *m, const struct item *item)
{
	struct markers_ask *q = m->markers;

	if (m->fetch->expand.len == 0 || m->fetch->db == NULL || item->guest ||
	    m->shared || (item->master.len > 0 && !item_is_master(item)))
		return;
	if (q == NULL)
		q = m->markers = xcalloc(1, sizeof *q);
	waiting_add(&q->ids, item->id);
}

void
markers_reset(struct mailbox *m)
{
	if (m->markers != NULL)
		waiting_reset(&m->markers->ids);
}

void
markers_close(struct mailbox *m)
{
	struct markers_ask *q = m->markers;

	if (q == NULL)
		return;
	waiting_free(&q->ids);
	inquiry_free(&q->inquiry);
	free(q);
	m->markers = NULL;
}

static void
on_item(struct mailbox *m, size_t n, const struct graph_answer *answer)
{
	struct slice id = m->markers->ids.id[n];
	struct arena a = { .max = PAGE_ARENA_MAX };
	struct item item = { 0 };

	if (answer->verdict == GRAPH_GONE) {
		section_drop(&m->section, id); /* the next round says so */
	} else if (answer->verdict == GRAPH_OK &&
		   item_read(m, &a, answer->body, &item)) {
		m->fetch->by_id++;
		section_replace(&m->section, id, item.data);
	} else if (mailbox_is_lasting(answer)) {
		section_drop(&m->section, id);
		section_add_problem(&m->section, "graph_error", id,
		    answer->status, "its extension cannot be read");
	} else {
		mailbox_fail_by(m, answer);
	}
	arena_free(&a);
}

/* It came, and it was not read by id meanwhile, as the master of a series is; what is
 * in `again` is not if the round brings it. */
static bool
is_open(const struct mailbox *m, struct slice id)
{
	uint32_t n = section_find(&m->section, id), series;

	if (n == NO_RECORD || m->section.entry[n].read_by_id)
		return false;
	series = m->section.entry[n].series;
	return series == NO_SERIES || !m->section.series[series].asks;
}

/* Known or not, it is looked at as if it was read by id. */
static bool
is_again(const struct mailbox *m, struct slice id)
{
	return m->section.entry[section_find(&m->section, id)].again != 0;
}

enum { KNOWN = 1, ASKED };

/* Those of the next ids that are open and not known, into the batch. */
static void
choose(struct mailbox *m, size_t from, size_t to)
{
	struct markers_ask *q = m->markers;
	struct str ids = { .max = PAGE_ARENA_MAX };
	struct idmap known = { 0 };
	char account[24];
	const char *values[2] = { account, NULL };

	snprintf(account, sizeof account, "%lld", (long long)m->account);
	db_array_reset(&ids);
	for (size_t n = from; n < to; n++)
		db_array_add(&ids, q->ids.id[n]);
	values[1] = db_array_text(&ids);
	db_query(m->fetch->db,
	    "select calsync.fetch_known($1::bigint, $2::text[])", 2, values);
	while (db_next_row(m->fetch->db))
		idmap_set(&known, db_column(m->fetch->db, 0), KNOWN);
	for (size_t n = from; n < to; n++) {
		uint32_t mark = idmap_get(&known, q->ids.id[n]);

		if (!is_open(m, q->ids.id[n]) || mark == ASKED ||
		    (mark == KNOWN && !is_again(m, q->ids.id[n])))
			continue;
		/* It may have come twice. */
		idmap_set(&known, q->ids.id[n], ASKED);
		inquiry_add_event(&q->inquiry, q->ids.id[n], n);
	}
	idmap_free(&known);
	str_free(&ids);
}

bool
markers_start(struct mailbox *m)
{
	struct markers_ask *q = m->markers;
	size_t count;

	while (q != NULL && (count = waiting_some(&q->ids)) > 0) {
		inquiry_begin(&q->inquiry, m, count, on_item);
		choose(m, q->ids.next, q->ids.next + count);
		q->ids.next += count;
		if (inquiry_send(&q->inquiry))
			return true;
	}
	return false;
}
