/*
 * series: reading series whole.  A delta round brings occurrences bare, says
 * nothing at all of a deleted one, and may leave the master out.  So after an
 * incremental round the master of each touched series is read by id, with
 * its cancelled dates, and its instances in the window with all they have.
 * After a fresh baseline the delivered members are all there are.
 *
 * A series that cannot be read for a lasting reason becomes a problem with the
 * master's id, is left out, and comes again; a passing reason makes the section
 * incomplete.
 */
#include <stdlib.h>
#include <string.h>

#include "bounds.h"
#include "log.h"
#include "mailbox.h"
#include "xalloc.h"

/* Of one series; Graph gives at least ten instances a page. */
#define INSTANCE_PAGES_MAX 500
/* Series of a mailbox that are asked for together: what a mailbox may have
 * under way, and one more. */
#define AHEAD 4

/* All that normalize reads, and what only $select brings. */
#define MASTER_MEMBERS                                                        \
	"id,type,iCalUId,subject,body,start,end,originalStartTimeZone,"       \
	"originalEndTimeZone,isAllDay,location,locations,showAs,sensitivity," \
	"reminderMinutesBeforeStart,isReminderOn,organizer,isOrganizer,"      \
	"responseStatus,responseRequested,attendees,isOnlineMeeting,"         \
	"onlineMeetingProvider,onlineMeeting,onlineMeetingUrl,recurrence,"    \
	"categories,hasAttachments,isDraft,isCancelled,createdDateTime,"      \
	"lastModifiedDateTime,seriesMasterId,originalStart,transactionId,"    \
	"importance,webLink,bodyPreview,changeKey,hideAttendees,"             \
	"allowNewTimeProposals,cancelledOccurrences"
/* Where we write: how many there are, also outside of the window, as each is
 * mailed about when its master is changed. */
#define EXCEPTIONS	  "exceptionOccurrences"
#define EXPAND_EXCEPTIONS EXCEPTIONS "($select=id)"

/* One series that is asked for. */
struct asking {
	struct mailbox *m;
	uint32_t nth;
	unsigned pages;
	bool selected;
};

static bool on_master(void *ctx, const struct graph_answer *answer);
static bool on_instances(void *ctx, const struct graph_answer *answer);

static struct series *
series_of(const struct asking *a)
{
	return &a->m->section.series[a->nth];
}

static void
finish(struct asking *a)
{
	struct mailbox *m = a->m;

	series_of(a)->resolved = true;
	free(a);
	m->outstanding--;
	mailbox_advance(m);
}

static void
add_event_url(const struct asking *a, struct str *url)
{
	url->max = 4 * URL_MAX_BYTES;
	str_add_slice(url, graph_mailbox_url(a->m->graph));
	mailbox_add_place(a->m, url);
	str_adds(url, "/events/");
	http_escape(url, series_of(a)->id);
}

static void
ask_master(struct asking *a)
{
	bool counted = json_true(a->m->record, "outward");
	struct str url = { 0 };

	a->selected = !a->m->fetch->no_select;
	add_event_url(a, &url);
	if (a->selected)
		str_adds(&url, "?$select=" MASTER_MEMBERS);
	if (a->selected && counted)
		str_adds(&url, "," EXCEPTIONS);
	if (a->m->fetch->expand.len > 0)
		str_addc(&url, a->selected ? '&' : '?');
	str_add_slice(&url, a->m->fetch->expand);
	if (a->selected && counted)
		str_adds(&url, a->m->fetch->expand.len > 0
				   ? "," EXPAND_EXCEPTIONS
				   : "&$expand=" EXPAND_EXCEPTIONS);
	graph_get(a->m->graph, str_slice(&url), on_master, a);
	str_free(&url);
}

static void
ask_instances(struct asking *a)
{
	struct str url = { 0 };

	add_event_url(a, &url);
	str_adds(&url, "/instances?startDateTime=");
	http_escape(&url, a->m->window.start);
	str_adds(&url, "&endDateTime=");
	http_escape(&url, a->m->window.end);
	graph_get(a->m->graph, str_slice(&url), on_instances, a);
	str_free(&url);
}

/* Passing reasons end the section; lasting ones cost this series only. */
static void
give_up(struct asking *a, const struct graph_answer *answer)
{
	struct mailbox *m = a->m;
	bool passing = answer->verdict == GRAPH_UNREACHABLE ||
		       answer->verdict == GRAPH_LATE ||
		       answer->verdict == GRAPH_DENIED ||
		       answer->verdict == GRAPH_NO_MAILBOX ||
		       (answer->verdict == GRAPH_BUSY && answer->status != 500);

	if (passing)
		mailbox_fail_by(m, answer);
	else
		section_add_problem(&m->section,
		    series_of(a)->master == NO_RECORD ? "no_master"
						      : "graph_error",
		    series_of(a)->id, answer->status,
		    "its series cannot be read");
	finish(a);
}

static void
keep_cancelled(struct asking *a, const struct json *dates)
{
	struct section *s = &a->m->section;
	struct series *series = series_of(a);
	const struct json *d;
	struct slice text, date;
	int32_t days;

	if (dates == NULL || dates->type != JSON_ARRAY)
		return;
	series->knows_cancelled = true;
	series->cancelled =
	    arena_array(&s->arena, dates->count + 1, sizeof *series->cancelled);
	series->cancelled_count = 0;
	for (d = dates->child; d != NULL; d = d->next) {
		/* "OID.<master's id>.2026-12-01"; ids may hold dots. */
		text = json_str(d);
		if (text.len < 10)
			continue;
		date = (struct slice){ text.data + text.len - 10, 10 };
		if (!date_parse(date, &days))
			continue;
		date.data = arena_copy(&s->arena, date.data, date.len);
		series->cancelled[series->cancelled_count++] = date;
	}
}

/* What is told of a master beside the event. */
static void
read_dates(struct asking *a, struct slice data)
{
	struct arena arena = { .max = PAGE_ARENA_MAX };
	const struct json *v = json_parse(&arena, data, JSON_LAST_WINS, NULL);
	const struct json *exceptions = json_get(v, EXCEPTIONS);

	if (exceptions != NULL && exceptions->type == JSON_ARRAY)
		series_of(a)->exceptions = (uint32_t)exceptions->count;
	keep_cancelled(a, json_get(v, "cancelledOccurrences"));
	arena_free(&arena);
}

/* The body of the master, or of what has become of it. */
static bool
take_master(struct asking *a, const struct graph_answer *answer)
{
	struct scan_member member[SCAN_MEMBERS_MAX];
	struct scan_item scanned;
	struct arena arena = { .max = PAGE_ARENA_MAX };
	struct mailbox *m = a->m;
	struct item item = { 0 };
	bool good;

	good = scan_value(answer->body, &scanned, member) != SCAN_CUT;
	if (good)
		page_item(&arena, &scanned, &item);
	good = good && item_settle(m, &arena, &item) && !item.removed;
	if (good && item_is_master(&item)) {
		section_add(&m->section, &(struct delivery){ .id = item.id,
					     .etag = item.etag,
					     .data = item.data,
					     .series = a->nth,
					     .is_master = true,
					     .by_id = true });
		read_dates(a, item.data);
	} else if (good) {
		/* A single event by now: its members are in doubt. */
		series_drop(m, series_of(a)->id);
		item_take(m, &item, 0);
	}
	arena_free(&arena);
	return good;
}

static bool
on_master(void *ctx, const struct graph_answer *answer)
{
	struct asking *a = ctx;

	if (answer->verdict == GRAPH_OK) {
		if (!take_master(a, answer))
			return false;
		if (series_of(a)->asks && !series_of(a)->gone && !a->m->failed)
			ask_instances(a);
		else
			finish(a);
	} else if (answer->verdict == GRAPH_GONE) {
		section_add_removed(
		    &a->m->section, series_of(a)->id, KIND_REMOVED, 0);
		series_drop(a->m, series_of(a)->id);
		finish(a);
	} else if (a->selected &&
		   (answer->status == 400 || answer->status == 500)) {
		log_info("masters are read without $select", "status=%d",
		    answer->status);
		a->m->fetch->no_select = true;
		ask_master(a);
	} else {
		give_up(a, answer);
	}
	return true;
}

static void
take_instances(struct asking *a, struct page *p)
{
	struct mailbox *m = a->m;
	struct item *item;
	size_t i;

	for (i = 0; i < p->count; i++) {
		item = &p->item[i];
		if (!item_settle(m, &p->arena, item) || item->removed)
			continue;
		if (item->master.len == 0)
			item->master = series_of(a)->id;
		item_take(m, item, 0);
	}
}

static bool
on_instances(void *ctx, const struct graph_answer *answer)
{
	struct asking *a = ctx;
	struct page *p = &a->m->fetch->page;

	if (answer->verdict == GRAPH_GONE) {
		series_drop(a->m, series_of(a)->id);
		finish(a);
		return true;
	}
	if (answer->verdict != GRAPH_OK) {
		give_up(a, answer);
		return true;
	}
	if (!page_read(p, answer->body))
		return false;
	take_instances(a, p);
	if (p->next.len == 0) {
		series_of(a)->complete = true;
		finish(a);
	} else if (++a->pages < INSTANCE_PAGES_MAX) {
		graph_get(a->m->graph, p->next, on_instances, a);
	} else {
		give_up(a, &(struct graph_answer){
			       .verdict = GRAPH_NONSENSE, .status = 200 });
	}
	return true;
}

/* Drop one member of a series that is gone, and want it by id. */
static void
drop_member(struct mailbox *m, struct slice data)
{
	struct scan_member member[SCAN_MEMBERS_MAX];
	struct scan_item scanned;
	struct arena a = { .max = PAGE_ARENA_MAX };
	struct item item = { 0 };

	if (scan_value(data, &scanned, member) != SCAN_CUT) {
		page_item(&a, &scanned, &item);
		if (item_settle(m, &a, &item)) {
			section_drop(&m->section, item.id);
			confirm_want(m, item.id, WANT_KNOWN, 0);
		}
	}
	arena_free(&a);
}

void
series_drop(struct mailbox *m, struct slice master)
{
	struct section *s = &m->section;
	uint32_t nth = section_find_series(s, master), n;
	struct str text = { 0 };

	if (nth == NO_SERIES)
		return;
	s->series[nth].gone = s->series[nth].resolved = true;
	for (n = s->series[nth].first; n != NO_RECORD; n = s->entry[n].next) {
		if (s->entry[n].kind != KIND_EVENT)
			continue;
		drop_member(m, spool_read(&s->spool, s->entry[n].at,
				   s->entry[n].len, &text));
	}
	str_free(&text);
}

/* After a fresh baseline the series is all there, if its master is. */
static bool
needs_requests(const struct mailbox *m, struct series *series)
{
	if (!m->baseline || m->source != FROM_WINDOW)
		series->asks = true;
	if (series->asks || series->master == NO_RECORD) {
		series->complete = !series->asks;
		return true;
	}
	series->complete = series->resolved = true;
	return false;
}

bool
series_start(struct mailbox *m)
{
	struct series *series;
	struct asking *a;
	bool started = false;

	for (; m->series_asked < m->section.series_count; m->series_asked++) {
		if (m->outstanding >= AHEAD)
			return true;
		series = &m->section.series[m->series_asked];
		if (series->resolved || !needs_requests(m, series))
			continue;
		a = xcalloc(1, sizeof *a);
		a->m = m;
		a->nth = m->series_asked;
		m->outstanding++;
		ask_master(a);
		started = true;
	}
	return started || m->outstanding > 0;
}
