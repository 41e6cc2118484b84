#include <assert.h>
#include <string.h>

#include "bounds.h"
#include "reads.h"

void
reads_want(struct reads *r, struct slice id, graph_done *done, void *ctx)
{
	assert(r->wanted_count < READS_MAX);
	r->wanted[r->wanted_count].id = id;
	r->wanted[r->wanted_count].done = done;
	r->wanted[r->wanted_count].ctx = ctx;
	r->wanted_count++;
}

static void
add_event(struct str *url, struct slice id)
{
	str_adds(url, "/events/");
	http_escape(url, id);
}

static void
send_each(struct reads *r, struct graph_mailbox *m)
{
	struct str url = { .max = 4 * URL_MAX_BYTES };

	for (size_t n = 0; n < r->wanted_count; n++) {
		str_reset(&url);
		str_add_slice(&url, graph_mailbox_url(m));
		add_event(&url, r->wanted[n].id);
		graph_get(
		    m, str_slice(&url), r->wanted[n].done, r->wanted[n].ctx);
	}
	r->wanted_count = 0;
	str_free(&url);
}

static void
on_item(void *ctx, size_t n, const struct graph_answer *answer)
{
	struct reads *r = ctx;
	struct graph_answer nonsense = *answer;

	if (r->asked[n].done(r->asked[n].ctx, answer))
		return;
	/* The batch was whole, so that this one would be no other if it was
	 * asked for again. */
	nonsense.verdict = GRAPH_NONSENSE;
	r->asked[n].done(r->asked[n].ctx, &nonsense);
}

static void
on_finished(void *ctx)
{
	struct reads *r = ctx;

	r->busy = false;
	arena_reset(&r->arena);
}

static void
send_batch(struct reads *r, struct graph_mailbox *m)
{
	struct str url = { .max = 4 * URL_MAX_BYTES };

	r->busy = true;
	memcpy(r->asked, r->wanted, sizeof r->asked);
	r->batch = (struct graph_batch){ .mailbox = m,
		.item = r->item,
		.count = r->wanted_count,
		.ctx = r,
		.answer = on_item,
		.finished = on_finished };
	r->wanted_count = 0;
	for (size_t n = 0; n < r->batch.count; n++) {
		str_reset(&url);
		str_add_slice(&url, graph_mailbox_path(m));
		add_event(&url, r->asked[n].id);
		r->item[n] = (struct graph_item){
			.url = { arena_copy(&r->arena, url.data, url.len),
			    url.len }
		};
	}
	str_free(&url);
	graph_batch_get(&r->batch);
}

void
reads_send(struct reads *r, struct graph_mailbox *m, bool apart)
{
	if (r->busy || r->wanted_count == 0)
		return;
	if (apart || r->wanted_count == 1)
		send_each(r, m);
	else
		send_batch(r, m);
}

void
reads_free(struct reads *r)
{
	arena_free(&r->arena);
}
