/*
 * mailbox: see the header.  What comes next is decided in one place
 * (mailbox_advance), after each answer, from what is there; so it does not
 * matter in which order answers come.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bounds.h"
#include "calendars.h"
#include "log.h"
#include "mailbox.h"
#include "xalloc.h"

struct slice
mailbox_keep(struct mailbox *m, struct slice text)
{
	return (
	    struct slice){ arena_copy(&m->arena,
			       text.data != NULL ? text.data : "", text.len),
		text.len };
}

struct mailbox *
mailbox_open(struct fetch *f, struct slice line)
{
	struct mailbox *m = xcalloc(1, sizeof *m);
	const struct json *window;

	m->fetch = f;
	m->arena.max = PAGE_ARENA_MAX;
	/* The reader has parsed it before. */
	m->record =
	    json_parse(&m->arena, mailbox_keep(m, line), JSON_IS_UTF8, NULL);
	json_int(json_get(m->record, "account"), 0, INT64_MAX, &m->account);
	m->user = json_text(m->record, "graph_user");
	if (m->user.len == 0)
		m->user = json_text(m->record, "mailbox");
	m->group = graph_group_id(m->user).len > 0;
	m->calendar = json_text(m->record, "calendar");
	m->policy_digest = json_text(m->record, "policy_digest");
	m->shared = json_text(m->record, "shared").len > 0;
	/* Of a calendar that is gone, or not wanted, there is nothing to read. */
	m->asked_again =
	    json_true(m->record, "gone") || json_true(m->record, "rests");
	m->by_id = json_get(m->record, "only") != NULL ||
		   json_true(m->record, "off") || m->asked_again;
	window = json_get(m->record, "window");
	m->need.start = json_text(window, "start");
	m->need.end = json_text(window, "end");
	same_mailbox(m);
	return m;
}

bool
mailbox_connection(const struct mailbox *m, int64_t *id)
{
	return m->user.len > 0 && json_is_null(json_get(m->record, "gate")) &&
	       !json_is_null(json_get(m->record, "window")) &&
	       json_int(json_get(m->record, "connection"), 0, INT64_MAX, id);
}

void
mailbox_start(struct mailbox *m, struct graph_tenant *tenant)
{
	if (!instant_parse(m->need.start, &m->need.start_us) ||
	    !instant_parse(m->need.end, &m->need.end_us) ||
	    m->need.start_us >= m->need.end_us)
		die(EXIT_DATA, NULL, "account %lld: window is no window",
		    (long long)m->account);
	m->graph = graph_mailbox_open(tenant, m->user);
	if (!m->by_id) {
		calendars_start(m, tenant);
		calendar_begin(m);
		return;
	}
	m->window = m->need;
	m->round = m->fetch->now;
	m->round_done = true;
	mailbox_advance(m);
}

void
mailbox_add_calendar(const struct mailbox *m, struct str *url)
{
	if (m->calendar.len == 0)
		return;
	str_adds(url, "/calendars/");
	http_escape(url, m->calendar);
}

void
mailbox_add_place(const struct mailbox *m, struct str *url)
{
	if (m->shared)
		mailbox_add_calendar(m, url);
}

void
mailbox_fail(
    struct mailbox *m, const char *code, int status, const char *detail)
{
	if (m->failed)
		return;
	m->failed = true;
	m->error = code;
	m->error_status = status;
	if (detail != NULL)
		section_add_problem(
		    &m->section, code, NO_SLICE, status, detail);
}

/* For people: which answer it was.  Ids of requests are what Microsoft's
 * support asks for. */
static void
describe(const struct graph_answer *answer, struct str *text)
{
	const char *p;

	str_adds(text, graph_verdict_name(answer->verdict));
	if (answer->status != 0)
		str_addf(text, ", status %d", answer->status);
	if (answer->code[0] != '\0')
		str_addf(text, ", code %s", answer->code);
	if (answer->request_id[0] != '\0')
		str_adds(text, ", request-id ");
	for (p = answer->request_id; *p != '\0'; p++)
		if (ascii_is_digit(*p) || *p == '-' ||
		    (ascii_lower(*p) >= 'a' && ascii_lower(*p) <= 'z'))
			str_addc(text, *p);
}

void
mailbox_fail_by(struct mailbox *m, const struct graph_answer *answer)
{
	struct str detail = { 0 };
	const char *code = "graph_error";

	if (answer->verdict == GRAPH_LATE) {
		m->fetch->late = true;
		mailbox_fail(m, "limit", 0, NULL);
		return;
	}
	if (answer->verdict == GRAPH_NO_MAILBOX)
		code = "no_mailbox";
	else if (graph_mailbox_needs_signin(m->graph))
		code = "auth_needed";
	else if (answer->verdict == GRAPH_DENIED)
		code = "auth";
	describe(answer, &detail);
	mailbox_fail(m, code, answer->status, detail.data);
	str_free(&detail);
}

bool
mailbox_is_lasting(const struct graph_answer *answer)
{
	return answer->status != 0 && answer->verdict != GRAPH_BUSY &&
	       answer->verdict != GRAPH_DENIED &&
	       answer->verdict != GRAPH_NO_MAILBOX;
}

void
mailbox_add_quoted(struct str *filter, struct slice text)
{
	str_addc(filter, '\'');
	for (size_t i = 0; i < text.len; i++) {
		str_addc(filter, text.data[i]);
		if (text.data[i] == '\'')
			str_addc(filter, '\'');
	}
	str_addc(filter, '\'');
}

static bool
wants_more(const struct mailbox *m)
{
	return m->wants > m->wants_sent;
}

/* The questions for the database, one after the other; each may bring ids that
 * are to be read.  False: there is none left. */
static bool
ask_database(struct mailbox *m)
{
	links_want_members(m);
	if (wants_more(m))
		return true;
	if (!m->baseline || m->asked_absent)
		return false;
	m->asked_absent = true;
	links_want_absent(m);
	return wants_more(m);
}

/* True if answers are waited for. */
static bool
has_work(struct mailbox *m)
{
	if (m->outstanding > 0) {
		if (m->round_done && !m->failed &&
		    !inquiry_is_busy(&m->inquiry))
			series_start(m);
		return true;
	}
	if (m->failed || !m->round_done)
		return false;
	if (!m->asked_again) {
		m->asked_again = true;
		links_want_only(m);
		if (!m->by_id)
			links_want_again(m);
		links_want_changed(m);
		links_drop_unknown(m);
	}
	do {
		if (confirm_start(m) || lost_start(m) || series_start(m))
			return true;
	} while (ask_database(m));
	same_leave_out(m);
	return markers_start(m) || groups_start(m) || followers_start(m);
}

void
mailbox_advance(struct mailbox *m)
{
	m->done = !has_work(m);
}

static void
window_text(const struct window *w, struct str *text)
{
	struct jsonw j;

	jw_start(&j, text);
	jw_object(&j, NULL);
	jw_str(&j, "start", w->start);
	jw_str(&j, "end", w->end);
	jw_end(&j);
}

static void
add_cursor(const struct mailbox *m, struct jsonw *w, struct slice window)
{
	jw_object(w, "cursor");
	jw_str(w, "link", m->delta_link);
	jw_raw(w, "window", window);
	jw_str(w, "issued", m->fetch->now);
	jw_null(w, "resume");
	jw_str(w, "round", m->round);
	jw_end(w);
}

static void
add_error(const struct mailbox *m, struct jsonw *w)
{
	jw_object(w, "error");
	jw_cstr(w, "code", m->error);
	if (m->error_status != 0)
		jw_int(w, "status", m->error_status);
	jw_end(w);
}

/* mailbox.end */
static void
put_end(const struct mailbox *m, struct slice window, bool complete)
{
	struct str line = { 0 };
	struct jsonw w;

	jw_start(&w, &line);
	jw_object(&w, NULL);
	jw_cstr(&w, "type", "mailbox.end");
	jw_str(&w, "mailbox", json_text(m->record, "mailbox"));
	jw_int(&w, "records", (int64_t)stream_records(m->fetch->out));
	jw_bool(&w, "complete", complete);
	if (complete && !m->by_id)
		add_cursor(m, &w, window);
	if (m->error != NULL)
		add_error(m, &w);
	if (m->window.start.len > 0 && m->graph != NULL) {
		jw_object(&w, "coverage");
		jw_str(&w, "start", m->window.start);
		jw_str(&w, "end", m->window.end);
		jw_bool(&w, "baseline", m->baseline);
		jw_end(&w);
	}
	if (m->same > 0) {
		jw_object(&w, "counts");
		jw_int(&w, "fetch.same", (int64_t)m->same);
		jw_end(&w);
	}
	jw_end(&w);
	stream_put(m->fetch->out, str_slice(&line));
	str_free(&line);
}

/* As roster wrote it, and what is known of the CRM's changes as a whole. */
static struct slice
opening_line(const struct mailbox *m, struct str *line)
{
	struct slice raw = m->record->raw;

	raw.len--; /* its closing brace */
	str_add_slice(line, raw);
	routes_add_shifts(&m->fetch->routes, line);
	str_addc(line, '}');
	return str_slice(line);
}

/* What could not be found out about other calendars leaves this one whole; but
 * not a first section, after which things go out: they might stand in another. */
static void
tell_list_failed(struct mailbox *m)
{
	const struct list_failed *f = &m->list_failed;

	if (f->code == NULL)
		return;
	section_add_problem(
	    &m->section, f->code, NO_SLICE, f->status, f->detail);
	if (json_true(m->record, "first") && json_true(m->record, "outward"))
		mailbox_fail(m, f->code, f->status, NULL);
}

void
mailbox_write(struct mailbox *m)
{
	bool complete;
	struct str window = { 0 }, opening = { 0 };
	struct str groups = { .max = PAGE_ARENA_MAX };
	struct str followers = { .max = LINE_MAX_BYTES };
	struct section_frame frame = { .feed = &m->feed,
		.round = m->round,
		.reason = m->fetch->reason,
		.outward = json_true(m->record, "outward"),
		.tells_by_id = m->calendar.len > 0 || m->by_id ||
			       json_get(m->record, "calendars") != NULL };

	tell_list_failed(m);
	complete = m->round_done && !m->failed;
	followers_line(m, &followers);
	frame.followers = str_slice(&followers);
	groups_lines(m, &groups);
	frame.groups = str_slice(&groups);
	window_text(&m->window, &window);
	frame.window = str_slice(&window);
	frame.mailbox_line = opening_line(m, &opening);
	section_write(&m->section, m->fetch->out, &frame);
	put_end(m, str_slice(&window), complete);
	m->fetch->sections++;
	m->fetch->incomplete += !complete;
	str_free(&window);
	str_free(&opening);
	str_free(&groups);
	str_free(&followers);
}

void
mailbox_close(struct mailbox *m)
{
	if (m->graph != NULL)
		graph_mailbox_close(m->graph);
	groups_close(m);
	followers_close(m);
	calendars_close(m);
	markers_close(m);
	same_close(m);
	lost_close(m);
	section_free(&m->section);
	feed_free(&m->feed);
	idmap_free(&m->wanted);
	free(m->want);
	inquiry_free(&m->inquiry);
	arena_free(&m->arena);
	free(m);
}
