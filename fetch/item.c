/*
 * item: putting a resource into its place in the section.  Nearly all are
 * clean, and their bytes go on as they are; of the others json_parse makes
 * what it can.  One that cannot be read becomes a problem and costs nothing
 * but itself (law L5).
 *
 * What it is, is said by `type`, and by seriesMasterId where the type is none
 * that is known: an event of a new kind in a series is still in it.
 */
#include "bounds.h"
#include "mailbox.h"

bool
item_settle(struct mailbox *m, struct arena *a, struct item *item)
{
	bool readable = true;

	if (item->doubted) {
		readable = page_repair(a, item);
		m->fetch->repaired += readable;
	}
	if (readable && item->id.len > 0 && item->id.len < URL_MAX_BYTES)
		return true;
	section_add_problem(&m->section, "bad_record", NO_SLICE, 0,
	    readable ? "an item without an id" : "an item that is no JSON");
	return false;
}

static uint32_t
touch_series(struct mailbox *m, struct slice master)
{
	uint32_t before = m->section.series_count;
	uint32_t n = section_series(&m->section, master);

	/* Its master is gone: the item stands alone, and normalize judges. */
	if (m->section.series[n].gone)
		return NO_SERIES;
	m->section.series[n].in_round |= !m->round_done;
	/* One item of it came by id: the round has not brought the rest. */
	if (m->round_done && n == before)
		m->section.series[n].asks = true;
	return n;
}

bool
item_take(struct mailbox *m, const struct item *item, uint16_t again)
{
	struct delivery d = { .id = item->id,
		.etag = item->etag,
		.data = item->data,
		.series = NO_SERIES,
		.by_id = m->round_done,
		.again = again };
	bool news, marked;

	if (item->removed) {
		news = section_drop(&m->section, item->id);
		return confirm_want(m, item->id, WANT_REMOVED, 0) || news;
	}
	confirm_forget(m, item->id);
	if (item_is_master(item)) {
		d.series = touch_series(m, item->id);
		d.is_master = true;
	} else if (item->master.len > 0 && item->master.len < URL_MAX_BYTES &&
		   !slice_is_nocase(item->type, "singleInstance")) {
		d.series = touch_series(m, item->master);
		d.is_exception = slice_is_nocase(item->type, "exception");
	}
	if (d.series == NO_SERIES)
		links_note_single(m, item->id);
	if (!m->round_done)
		markers_note(m, item);
	marked = !m->round_done && d.series == NO_SERIES;
	if (marked)
		d.mark = same_mark(m, item->data);
	news = section_add(&m->section, &d);
	if (marked)
		same_note(m, item->id);
	return news;
}

bool
item_read(
    struct mailbox *m, struct arena *a, struct slice body, struct item *item)
{
	struct scan_member member[SCAN_MEMBERS_MAX];
	struct scan_item scanned;

	if (scan_value(body, &scanned, member) == SCAN_CUT)
		return false;
	page_item(a, &scanned, item);
	return item_settle(m, a, item) && !item->removed;
}

bool
item_take_body(struct mailbox *m, struct slice body, uint16_t again)
{
	struct arena a = { .max = PAGE_ARENA_MAX };
	struct item item = { 0 };
	bool good = item_read(m, &a, body, &item);

	if (good)
		item_take(m, &item, again);
	arena_free(&a);
	return good;
}
