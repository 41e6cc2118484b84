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

#define AT_ONCE ((size_t)500)

struct lost_ask {
	struct arena arena; /* the uids */
	struct slice *uid;
	size_t count, cap;
	size_t next; /* all before were asked for */
	uint16_t again;
	struct graph_batch batch;
	struct arena batch_arena;
};

void
lost_note(struct mailbox *m, struct slice uid, uint16_t again)
{
	struct lost_ask *q = m->lost;

	if (m->baseline || uid.len == 0 || uid.len > URL_MAX_BYTES / 4)
		return;
	if (q == NULL) {
		q = m->lost = xcalloc(1, sizeof *q);
		q->arena.max = q->batch_arena.max = PAGE_ARENA_MAX;
	}
	if (q->count == q->cap) {
		q->cap = q->cap == 0 ? 16 : q->cap * 2;
		q->uid = xreallocarray(q->uid, q->cap, sizeof *q->uid);
	}
	q->again = again;
	q->uid[q->count++] =
	    (struct slice){ arena_copy(&q->arena, uid.data, uid.len), uid.len };
}

void
lost_close(struct mailbox *m)
{
	struct lost_ask *q = m->lost;

	if (q == NULL)
		return;
	arena_free(&q->arena);
	arena_free(&q->batch_arena);
	free(q->uid);
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
on_list(void *ctx, size_t nth, const struct graph_answer *answer)
{
	struct mailbox *m = ctx;
	struct page *p = &m->fetch->page;

	(void)nth;
	if (answer->verdict == GRAPH_OK && page_read(p, answer->body))
		take_found(m, p);
	else if (mailbox_is_lasting(answer))
		section_add_problem(&m->section, "graph_error", NO_SLICE,
		    answer->status, "no event can be looked for by its uid");
	else
		mailbox_fail_by(m, answer);
}

static void
on_finished(void *ctx)
{
	struct mailbox *m = ctx;

	arena_reset(&m->lost->batch_arena);
	m->lost->batch = (struct graph_batch){ 0 };
	m->outstanding--;
	mailbox_advance(m);
}

static void
add_item(struct mailbox *m, struct slice uid)
{
	struct lost_ask *q = m->lost;
	struct str url = { .max = 4 * URL_MAX_BYTES }, filter = { 0 };

	str_adds(&filter, "iCalUId eq ");
	mailbox_add_quoted(&filter, uid);
	str_add_slice(&url, graph_mailbox_path(m->graph));
	mailbox_add_place(m, &url);
	str_adds(&url, "/events?$filter=");
	http_escape(&url, str_slice(&filter));
	if (m->fetch->expand.len > 0)
		str_addc(&url, '&');
	str_add_slice(&url, m->fetch->expand);
	q->batch.item[q->batch.count++] = (struct graph_item){
		.url = { arena_copy(&q->batch_arena, url.data, url.len),
		    url.len }
	};
	str_free(&url);
	str_free(&filter);
}

bool
lost_start(struct mailbox *m)
{
	struct lost_ask *q = m->lost;
	size_t count;

	if (q == NULL || q->next == q->count)
		return false;
	count = q->count - q->next;
	if (count > AT_ONCE)
		count = AT_ONCE;
	q->batch = (struct graph_batch){ .mailbox = m->graph,
		.item =
		    arena_array(&q->batch_arena, count, sizeof *q->batch.item),
		.ctx = m,
		.answer = on_list,
		.finished = on_finished };
	for (size_t n = 0; n < count; n++)
		add_item(m, q->uid[q->next++]);
	m->outstanding++;
	graph_batch_get(&q->batch);
	return true;
}
