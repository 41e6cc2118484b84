/*
 * confirm: reading items by id.  That Graph calls an item removed, or leaves
 * it out, proves nothing: events that moved out of the window look the same.
 * Only a 404 by Exchange itself, for this id, is a proof (law L2).
 */
#include "bounds.h"
#include "mailbox.h"
#include "xalloc.h"

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
on_item(struct mailbox *m, size_t n, const struct graph_answer *answer)
{
	const struct want *w = &m->want[n];

	if (w->unknown && (answer->verdict == GRAPH_GONE ||
			      answer->verdict == GRAPH_BAD_ID)) {
		section_add_problem(&m->section, "no_event", w->id,
		    answer->status,
		    "records were picked for it, and there is no such event "
		    "in this mailbox: the picks are dropped");
	} else if (answer->verdict == GRAPH_GONE) {
		on_gone(m, n);
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

bool
confirm_start(struct mailbox *m)
{
	size_t end;

	while (m->wants_sent < m->wants) {
		end = m->wants - m->wants_sent > INQUIRY_MAX
			  ? m->wants_sent + INQUIRY_MAX
			  : m->wants;
		inquiry_begin(&m->inquiry, m, end - m->wants_sent, on_item);
		for (; m->wants_sent < end; m->wants_sent++)
			if (!m->want[m->wants_sent].off)
				inquiry_add_event(&m->inquiry,
				    m->want[m->wants_sent].id, m->wants_sent);
		if (inquiry_send(&m->inquiry))
			return true;
	}
	return false;
}

void
confirm_reset(struct mailbox *m)
{
	m->wants = m->wants_sent = 0;
	idmap_reset(&m->wanted);
}
