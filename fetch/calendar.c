/*
 * calendar: a round of calendarView/delta, from a window or a link to the next
 * delta link (Graph's page "delta-query-events").  The window is frozen in the
 * token: a new one needs a new baseline.  So that this is rare, a baseline
 * reads further into the future than policy asks for, by 28 to 55 days; which
 * one depends on the account, so that a firm's baselines do not fall on one
 * day.
 *
 * The calendar of a group has no delta.  Its window is listed in each run: a
 * baseline, of which all that has not changed ends in match, and after which
 * what is missing is asked for by id.
 *
 * A page counts only when it is whole: all of its JSON, and exactly one of the
 * two links; the last one of a group has none.
 */
#include <stdio.h>

#include "bounds.h"
#include "log.h"
#include "mailbox.h"

#define EXTRA_DAYS_MIN	  28
#define EXTRA_DAYS_SPREAD 28

/* A round that turns in circles: pages in a row without anything new. */
#define IDLE_PAGES_MAX 25
#define PAGES_MAX      20000
#define GROUP_PAGE     "250" /* events */
/* Dead tokens in one run: a resume link, a delta link, two baselines. */
#define RESTARTS_MAX 4

static bool on_page(void *ctx, const struct graph_answer *answer);

static void
ask(struct mailbox *m, struct slice url)
{
	m->outstanding++;
	graph_get(m->graph, url, on_page, m);
}

static struct slice
instant_text(struct mailbox *m, int64_t us)
{
	char buf[INSTANT_TEXT_MAX];
	size_t n = instant_print(us, buf);

	return mailbox_keep(m, (struct slice){ buf, n });
}

static void
choose_window(struct mailbox *m)
{
	struct window before = m->window;
	int64_t days = EXTRA_DAYS_MIN + m->account % EXTRA_DAYS_SPREAD;

	m->window = m->need;
	if (m->group)
		return;
	m->window.end_us += days * DAY_US;
	if (m->window.end_us > INSTANT_MAX)
		m->window.end_us = m->need.end_us;
	/* It must not be taken for the window of the token that is dead: the
	 * database keeps a link as long as the window is the same. */
	if (m->window.end_us == before.end_us)
		m->window.end_us += SECOND_US;
	m->window.end = instant_text(m, m->window.end_us);
}

static void
begin_baseline(struct mailbox *m)
{
	struct str url = { .max = 4 * URL_MAX_BYTES };

	m->source = FROM_WINDOW;
	m->baseline = true;
	m->fetch->baselines++;
	choose_window(m);
	m->round = m->fetch->now;
	str_add_slice(&url, graph_mailbox_url(m->graph));
	mailbox_add_calendar(m, &url);
	str_adds(&url, m->group ? "/calendarView?startDateTime="
				: "/calendarView/delta?startDateTime=");
	http_escape(&url, m->window.start);
	str_adds(&url, "&endDateTime=");
	http_escape(&url, m->window.end);
	/* Only delta looks at the page size that is preferred. */
	if (m->group)
		str_adds(&url, "&$top=" GROUP_PAGE);
	ask(m, str_slice(&url));
	str_free(&url);
}

static void
begin_from(struct mailbox *m, enum source source, struct slice link)
{
	m->source = source;
	ask(m, link);
}

/* The stored window holds all that policy needs now. */
static bool
covers(const struct window *have, const struct window *need)
{
	return have->start_us <= need->start_us && have->end_us >= need->end_us;
}

void
calendar_begin(struct mailbox *m)
{
	const struct json *cursor = json_get(m->record, "cursor");
	const struct json *window = json_get(cursor, "window");
	struct slice resume = json_text(cursor, "resume");
	struct slice link = json_text(cursor, "link");
	struct slice round = json_text(cursor, "round");

	m->first_page = true;
	m->window.start = json_text(window, "start");
	m->window.end = json_text(window, "end");
	if (!instant_parse(m->window.start, &m->window.start_us) ||
	    !instant_parse(m->window.end, &m->window.end_us) ||
	    !covers(&m->window, &m->need) || m->group) {
		begin_baseline(m);
		return;
	}
	/* The window stays also for a link whose round began before. */
	m->round = round.len > 0 ? round : m->fetch->now;
	m->baseline = link.len == 0;
	if (resume.len > 0 && m->source == FROM_RESUME) {
		begin_from(m, FROM_RESUME, resume);
	} else if (link.len > 0) {
		m->round = m->fetch->now;
		begin_from(m, FROM_LINK, link);
	} else {
		begin_baseline(m);
	}
}

static void
forget_round(struct mailbox *m)
{
	section_reset(&m->section);
	confirm_reset(m);
	markers_reset(m);
	same_reset(m);
	m->pages = m->idle_pages = 0;
	m->first_page = true;
}

/* The token is of no use any more: the next best source. */
static void
start_over(struct mailbox *m)
{
	enum source was = m->source;

	forget_round(m);
	if (++m->restarts > RESTARTS_MAX) {
		mailbox_fail(m, "graph_error", 410,
		    "each delta token is refused at once");
	} else if (was == FROM_RESUME) {
		m->source = FROM_LINK;
		calendar_begin(m);
	} else {
		begin_baseline(m);
	}
}

static void
on_stuck(struct mailbox *m)
{
	log_warn("a round turns in circles", "account=%lld pages=%u",
	    (long long)m->account, m->pages);
	if (m->was_stuck) {
		mailbox_fail(m, "graph_error", 200,
		    "rounds have no end: pages without anything new");
		return;
	}
	m->was_stuck = true;
	m->source = FROM_LINK;
	start_over(m);
}

/* Answers other than a page. */
static void
on_failure(struct mailbox *m, const struct graph_answer *answer)
{
	bool had_token = m->source != FROM_WINDOW || !m->first_page;

	if (answer->verdict == GRAPH_DEAD_LINK ||
	    (answer->verdict == GRAPH_BAD_ID && had_token)) {
		log_info("delta token refused", "account=%lld status=%d",
		    (long long)m->account, answer->status);
		start_over(m);
	} else if (answer->verdict == GRAPH_GONE && m->calendar.len > 0) {
		/* Deleted since it was listed: the next list says so. */
		log_warn("a calendar is not there", "account=%lld",
		    (long long)m->account);
		mailbox_fail(m, "graph_error", answer->status, NULL);
	} else {
		mailbox_fail_by(m, answer);
	}
}

static void
take_items(struct mailbox *m, struct page *p)
{
	bool news = false;
	size_t i;

	for (i = 0; i < p->count; i++)
		if (item_settle(m, &p->arena, &p->item[i]) &&
		    item_take(m, &p->item[i], 0))
			news = true;
	m->idle_pages = news ? 0 : m->idle_pages + 1;
	m->pages++;
	m->first_page = false;
}

static bool
is_whole(const struct mailbox *m, const struct page *p)
{
	return m->group ? p->delta.len == 0
			: (p->next.len == 0) != (p->delta.len == 0);
}

static bool
on_page(void *ctx, const struct graph_answer *answer)
{
	struct mailbox *m = ctx;
	struct page *p = &m->fetch->page;

	if (answer->verdict == GRAPH_OK &&
	    (!page_read(p, answer->body) || !is_whole(m, p)))
		return false;
	m->outstanding--;
	if (answer->verdict != GRAPH_OK) {
		on_failure(m, answer);
		mailbox_advance(m);
		return true;
	}
	take_items(m, p);
	if (p->next.len == 0) {
		if (!m->group)
			m->delta_link = mailbox_keep(m, p->delta);
		m->round_done = true;
	} else if (m->idle_pages >= IDLE_PAGES_MAX || m->pages >= PAGES_MAX) {
		on_stuck(m);
	} else {
		section_mark(&m->section, p->next);
		ask(m, p->next);
	}
	mailbox_advance(m);
	return true;
}
