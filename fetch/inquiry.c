#include <assert.h>
#include <stdlib.h>

#include "bounds.h"
#include "inquiry.h"
#include "mailbox.h"
#include "xalloc.h"

static void
reset(struct inquiry *q)
{
	arena_reset(&q->arena);
	q->batch = (struct graph_batch){ 0 };
}

static void
on_item(void *ctx, size_t nth, const struct graph_answer *answer)
{
	struct inquiry *q = ctx;

	q->answer(q->mailbox, q->about[nth], answer);
}

static void
on_finished(void *ctx)
{
	struct inquiry *q = ctx;

	reset(q);
	q->mailbox->outstanding--;
	mailbox_advance(q->mailbox);
}

void
inquiry_begin(
    struct inquiry *q, struct mailbox *m, size_t max, inquiry_answer *answer)
{
	assert(!inquiry_is_busy(q));
	q->arena.max = PAGE_ARENA_MAX;
	q->mailbox = m;
	q->answer = answer;
	q->batch = (struct graph_batch){ .mailbox = m->graph,
		.item = arena_array(&q->arena, max, sizeof *q->batch.item),
		.ctx = q,
		.answer = on_item,
		.finished = on_finished };
	q->about = arena_array(&q->arena, max, sizeof *q->about);
}

void
inquiry_add(struct inquiry *q, struct slice url, size_t about)
{
	q->about[q->batch.count] = about;
	q->batch.item[q->batch.count++] = (struct graph_item){
		.url = { arena_copy(&q->arena, url.data, url.len), url.len }
	};
}

void
inquiry_add_events(struct inquiry *q, struct slice after, size_t about)
{
	const struct mailbox *m = q->mailbox;
	struct str url = { .max = 4 * URL_MAX_BYTES };

	str_add_slice(&url, graph_mailbox_path(m->graph));
	mailbox_add_place(m, &url);
	str_adds(&url, "/events");
	str_add_slice(&url, after);
	if (m->fetch->expand.len > 0)
		str_addc(&url, after.data[0] == '?' ? '&' : '?');
	str_add_slice(&url, m->fetch->expand);
	inquiry_add(q, str_slice(&url), about);
	str_free(&url);
}

void
inquiry_add_event(struct inquiry *q, struct slice id, size_t about)
{
	struct str after = { .max = 4 * URL_MAX_BYTES };

	str_addc(&after, '/');
	http_escape(&after, id);
	inquiry_add_events(q, str_slice(&after), about);
	str_free(&after);
}

bool
inquiry_send(struct inquiry *q)
{
	if (q->batch.count == 0) {
		reset(q);
		return false;
	}
	q->mailbox->outstanding++;
	graph_batch_get(&q->batch);
	return true;
}

void
inquiry_free(struct inquiry *q)
{
	arena_free(&q->arena);
}

void
waiting_add(struct waiting *w, struct slice id)
{
	if (w->count == w->cap) {
		w->cap = w->cap == 0 ? 64 : w->cap * 2;
		w->id = xreallocarray(w->id, w->cap, sizeof *w->id);
	}
	w->arena.max = PAGE_ARENA_MAX;
	w->id[w->count++] =
	    (struct slice){ arena_copy(&w->arena, id.data, id.len), id.len };
}

void
waiting_reset(struct waiting *w)
{
	arena_reset(&w->arena);
	w->count = w->next = 0;
}

void
waiting_free(struct waiting *w)
{
	arena_free(&w->arena);
	free(w->id);
}

size_t
waiting_some(const struct waiting *w)
{
	size_t left = w->count - w->next;

	return left < INQUIRY_MAX ? left : INQUIRY_MAX;
}
