/*
 * lost: events of the CRM that people changed, that say which event of Graph
 * they are, and of which no link knows.  Without a look they would be made a
 * second time.  So they are looked for by that uid, and what is found stands in
 * the section: match sees that the two are one.
 *
 * A baseline brings all there is, and nothing is looked for.
 */
#include <stdlib.h>

#include "bounds.h"
#include "mailbox.h"
#include "xalloc.h"

struct lost_ask {
	struct waiting uids;
	uint16_t again;
	struct inquiry inquiry;
};

void
lost_note(struct mailbox *m, struct slice uid, uint16_t again)
{
	struct lost_ask *q = m->lost;

	if (m->baseline || uid.len == 0 || uid.len > URL_MAX_BYTES / 4)
		return;
	if (q == NULL)
		q = m->lost = xcalloc(1, sizeof *q);
	q->again = again;
	waiting_add(&q->uids, uid);
}

void
lost_close(struct mailbox *m)
{
	struct lost_ask *q = m->lost;

	if (q == NULL)
		return;
	waiting_free(&q->uids);
	inquiry_free(&q->inquiry);
	free(q);
	m->lost = NULL;
}

static void
take_found(struct mailbox *m, struct page *p)
{
	for (size_t i = 0; i < p->count; i++) {
		if (!item_settle(m, &p->arena, &p->item[i]) ||
		    p->item[i].removed ||
		    section_find(&m->section, p->item[i].id) != NO_RECORD)
			continue;
		m->fetch->by_id++;
		item_take(m, &p->item[i], m->lost->again);
	}
}

static void
on_list(struct mailbox *m, size_t n, const struct graph_answer *answer)
{
	struct page *p = &m->fetch->page;

	(void)n;
	if (answer->verdict == GRAPH_OK && page_read(p, answer->body))
		take_found(m, p);
	else if (mailbox_is_lasting(answer))
		section_add_problem(&m->section, "graph_error", NO_SLICE,
		    answer->status, "no event can be looked for by its uid");
	else
		mailbox_fail_by(m, answer);
}

static void
add_uid(struct lost_ask *q, size_t n)
{
	struct str after = { .max = 4 * URL_MAX_BYTES }, filter = { 0 };

	str_adds(&filter, "iCalUId eq ");
	mailbox_add_quoted(&filter, q->uids.id[n]);
	str_adds(&after, "?$filter=");
	http_escape(&after, str_slice(&filter));
	inquiry_add_events(&q->inquiry, str_slice(&after), n);
	str_free(&after);
	str_free(&filter);
}

bool
lost_start(struct mailbox *m)
{
	struct lost_ask *q = m->lost;
	size_t count = q == NULL ? 0 : waiting_some(&q->uids);

	if (count == 0)
		return false;
	inquiry_begin(&q->inquiry, m, count, on_list);
	while (count-- > 0)
		add_uid(q, q->uids.next++);
	return inquiry_send(&q->inquiry);
}
