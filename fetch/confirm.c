/*
 * confirm: reading items by id.  That Graph calls an item removed, or leaves
 * it out, proves nothing: events that moved out of the window look the same.
 * Only a 404 by Exchange itself, for this id, is a proof (law L2).
 */
#include "bounds.h"
#include "mailbox.h"
#include "xalloc.h"

/* Ids whose requests are made together; they are sent 20 at a time. */
#define AT_ONCE ((size_t)500)

bool
confirm_want(
    struct mailbox *m, struct slice id, enum want_why why, uint16_t again)
{
	uint32_t n = idmap_get(&m->wanted, id);

	/* A baseline with a database asks for what it has not seen. */
	if (why == WANT_REMOVED && m->baseline && m->fetch->db != NULL)
		return false;
	if (n == NO_WANT)
		return false;
	if (n != IDMAP_NONE) {
		if (again != 0)
			m->want[n].again = again;
		m->want[n].off = false;
		return false;
	}
	if (m->wants == m->wants_cap) {
		m->wants_cap = m->wants_cap == 0 ? 16 : m->wants_cap * 2;
		m->want = xreallocarray(m->want, m->wants_cap, sizeof *m->want);
	}
	m->want[m->wants] = (struct want){
		.id = mailbox_keep(m, id), .why = why, .again = again
	};
	idmap_set(&m->wanted, id, (uint32_t)m->wants);
	m->wants++;
	return true;
}

void
confirm_forget(struct mailbox *m, struct slice id)
{
	uint32_t n = idmap_get(&m->wanted, id);

	if (n != IDMAP_NONE && n != NO_WANT)
		m->want[n].off = true;
}

static void
on_gone(struct mailbox *m, size_t n)
{
	struct slice id = m->want[n].id;

	m->want[n].gone = true;
	section_add_removed(&m->section, id, KIND_REMOVED, m->want[n].again);
	/* If it was a master, what is left of its series is in doubt too. */
	series_drop(m, id);
}

static void
on_item(void *ctx, size_t nth, const struct graph_answer *answer)
{
	struct mailbox *m = ctx;
	const struct want *w = &m->want[m->batch_want[nth]];

	if (w->unknown && (answer->verdict == GRAPH_GONE ||
			      answer->verdict == GRAPH_BAD_ID)) {
		section_add_problem(&m->section, "no_event", w->id,
		    answer->status,
		    "records were picked for it, and there is no such event "
		    "in this mailbox: the picks are dropped");
	} else if (answer->verdict == GRAPH_GONE) {
		on_gone(m, m->batch_want[nth]);
	} else if (answer->verdict == GRAPH_OK &&
		   item_take_body(m, answer->body, w->again)) {
		m->fetch->by_id++;
	} else if (w->why == WANT_AGAIN && mailbox_is_lasting(answer)) {
		/* It stays in `again`; nothing else depends on it.  What
		 * somebody asked for they may ask for again. */
		section_add_problem(&m->section, "graph_error",
		    m->by_id ? NO_SLICE : w->id, answer->status,
		    "it cannot be read by id");
	} else {
		mailbox_fail_by(m, answer);
	}
}

static void
free_batch(struct mailbox *m)
{
	arena_reset(&m->batch_arena);
	m->batch = (struct graph_batch){ 0 };
}

static void
on_finished(void *ctx)
{
	struct mailbox *m = ctx;

	m->outstanding--;
	free_batch(m);
	mailbox_advance(m);
}

static void
add_item(struct mailbox *m, size_t n)
{
	struct str url = { .max = 4 * URL_MAX_BYTES };
	char *kept;

	str_add_slice(&url, graph_mailbox_path(m->graph));
	mailbox_add_place(m, &url);
	str_adds(&url, "/events/");
	http_escape(&url, m->want[n].id);
	if (m->fetch->expand.len > 0)
		str_addc(&url, '?');
	str_add_slice(&url, m->fetch->expand);
	kept = arena_copy(&m->batch_arena, url.data, url.len);
	m->batch.item[m->batch.count] =
	    (struct graph_item){ .url = { kept, url.len } };
	m->batch_want[m->batch.count++] = n;
	str_free(&url);
}

bool
confirm_start(struct mailbox *m)
{
	size_t n, left = m->wants - m->wants_sent;

	if (left == 0)
		return false;
	if (left > AT_ONCE)
		left = AT_ONCE;
	m->batch = (struct graph_batch){ .mailbox = m->graph,
		.item =
		    arena_array(&m->batch_arena, left, sizeof *m->batch.item),
		.ctx = m,
		.answer = on_item,
		.finished = on_finished };
	m->batch_want =
	    arena_array(&m->batch_arena, left, sizeof *m->batch_want);
	for (n = m->wants_sent; n < m->wants_sent + left; n++)
		if (!m->want[n].off)
			add_item(m, n);
	m->wants_sent += left;
	if (m->batch.count == 0) {
		free_batch(m);
		return confirm_start(m);
	}
	m->outstanding++;
	graph_batch_get(&m->batch);
	return true;
}

void
confirm_reset(struct mailbox *m)
{
	m->wants = m->wants_sent = 0;
	idmap_reset(&m->wanted);
}
