/*
 * fetch: read what changed in the calendars of the mailboxes that roster
 * names.  Many mailboxes are read at a time, each as a section that is written
 * when it is whole; a mailbox that waits (Graph named a time) makes room for
 * another.
 *
 * Nothing is written anywhere but on stdout, and nothing is believed gone
 * without a proof by id.
 */
#include <poll.h>
#include <stdlib.h>

#include "calendars.h"
#include "connections.h"
#include "log.h"
#include "mailbox.h"
#include "network.h"
#include "opts.h"
#include "spool.h"
#include "stream.h"
#include "tool.h"

/* Mailboxes that may be open because others wait; each may cost a file. */
#define WAITING_MAX 128

static bool no_db;
static const char *db_text, *body = "html";
static int64_t page_size = 500, deadline_s = 780;

static const struct opt options[] = {
	{ 0, "db", OPT_TEXT, &db_text,
	    "CONNINFO|the database (CALSYNC_DB, else PGHOST and the like)" },
	{ 0, "no-db", OPT_FLAG, &no_db,
	    "ask no database: nothing is read again or found missing" },
	{ 0, "page-size", OPT_NUMBER, &page_size,
	    "N|events to ask for per page (500)" },
	{ 0, "body", OPT_TEXT, &body, "TYPE|ask for bodies as html or text" },
	{ 0, "deadline", OPT_NUMBER, &deadline_s,
	    "SECS|end after SECS seconds, with what is there (780)" },
	NETWORK_OPTIONS,
	NETWORK_GRAPH_OPTIONS,
	{ 0, NULL, OPT_FLAG, NULL, NULL },
};

struct all {
	struct fetch fetch;
	struct stream_in *in;
	struct connections connections;
	struct mailbox *open, **open_tail;
	size_t opened, closed; /* mailboxes */
	bool ended, broken;    /* the input */
};

static void
check_options(void)
{
	network_check(deadline_s);
	if (page_size < 1 || page_size > 1000)
		die(EXIT_USAGE, NULL, "--page-size takes 1 to 1000");
	if (!slice_is(slice_of(body), "html") &&
	    !slice_is(slice_of(body), "text"))
		die(EXIT_USAGE, NULL, "--body takes html or text");
}

/* What decides where requests go; never the values, which may hold secrets. */
static void
tell_network(void)
{
	log_debug("network", "ca_file=%s proxy=%s https_proxy=%s all_proxy=%s",
	    network.ca_file != NULL ? "given" : "system",
	    network.proxy != NULL ? "given" : "no",
	    getenv("https_proxy") != NULL || getenv("HTTPS_PROXY") != NULL
		? "set"
		: "unset",
	    getenv("all_proxy") != NULL || getenv("ALL_PROXY") != NULL
		? "set"
		: "unset");
}

static void
open_all(struct all *all, const char *path)
{
	struct fetch *f = &all->fetch;
	struct graph_options o =
	    network_graph(http_now() + deadline_s * SECOND_US);

	o.page_size = (unsigned)page_size;
	o.text_bodies = slice_is(slice_of(body), "text");
	all->in = stream_open_roster(path);
	f->out = stream_stdout("fetch");
	f->arena.max = RUN_ARENA_MAX;
	f->graph = graph_open(&o);
	if (!no_db)
		f->db = db_open(db_text, DB_READ, "fetch");
}

static void
begin_run(struct all *all, const struct record *r)
{
	struct fetch *f = &all->fetch;
	struct slice line = { arena_copy(&f->arena, r->line.data, r->line.len),
		r->line.len };
	const struct json *run =
	    json_parse(&f->arena, line, JSON_IS_UTF8, NULL);

	f->now = json_text(run, "now");
	if (f->now.len == 0)
		die(EXIT_DATA, NULL, "the run record has no now");
	connections_open(&all->connections, f->graph, run, &f->arena);
	routes_open(&f->routes, run);
	groups_run(&f->groups, run);
	markers_run(f, run);
	same_run(f, run);
	stream_put(f->out, line);
}

static void
begin_mailbox(struct all *all, const struct record *r)
{
	struct mailbox *m = mailbox_open(&all->fetch, r->line);
	struct graph_tenant *tenant;
	int64_t id;

	*all->open_tail = m;
	all->open_tail = &m->next;
	all->opened++;
	if (!mailbox_connection(m, &id)) {
		m->done = true;
		return;
	}
	tenant = connections_find(&all->connections, id, m->account);
	if (tenant == NULL)
		die(EXIT_DATA, NULL,
		    "account %lld: the run has no connection %lld",
		    (long long)m->account, (long long)id);
	groups_mailbox(m);
	mailbox_start(m, tenant);
}

/* Reads one record, which may wait for it. */
static void
read_record(struct all *all)
{
	struct record r;

	switch (stream_next(all->in, all->fetch.out, &r)) {
	case REC_RUN:
		begin_run(all, &r);
		break;
	case REC_MAILBOX:
		begin_mailbox(all, &r);
		break;
	case REC_END:
		break;
	case REC_BROKEN:
		all->broken = all->ended = true;
		break;
	case REC_EOF:
		all->ended = true;
		break;
	case REC_MAILBOX_END:
	case REC_PAGE:
	case REC_SERIES:
	case REC_SERIES_END:
	case REC_GRAPH_EVENT:
	case REC_GRAPH_REMOVED:
	case REC_CRM_EVENT:
	case REC_GROUP:
	case REC_EVENT:
	case REC_KNOWN:
	case REC_CANDIDATE:
	case REC_OP:
	case REC_SKIP:
	case REC_RESULT:
	case REC_PROBLEM:
	case REC_OTHER:
		stream_put(all->fetch.out, r.line);
		break;
	}
}

/* Room for one more mailbox: those that wait do not count at first. */
static bool
has_room(const struct all *all)
{
	const struct mailbox *m;
	size_t busy = 0, open = 0;

	for (m = all->open; m != NULL; m = m->next) {
		open++;
		busy += m->graph == NULL || !graph_mailbox_waits(m->graph);
	}
	return busy < (size_t)network.concurrency &&
	       open < (size_t)network.concurrency + WAITING_MAX;
}

static bool
would_wait(const struct all *all)
{
	struct pollfd p = { .fd = stream_fd(all->in), .events = POLLIN };

	return stream_idle(all->in) && poll(&p, 1, 0) == 0;
}

static void
admit(struct all *all)
{
	while (!all->ended && has_room(all)) {
		if (all->open != NULL && would_wait(all))
			return;
		read_record(all);
	}
}

/* A mailbox's next calendar takes the place of the one that is read. */
static void
open_next(struct all *all, struct mailbox *m)
{
	struct mailbox *next = calendars_next(m);

	if (next == NULL)
		return;
	*all->open_tail = next;
	all->open_tail = &next->next;
	all->opened++;
}

/* Write the sections that are whole. */
static void
sweep(struct all *all)
{
	struct mailbox **link = &all->open, *m;

	while ((m = *link) != NULL) {
		if (!m->done) {
			link = &m->next;
			continue;
		}
		*link = m->next;
		if (all->open_tail == &m->next)
			all->open_tail = link;
		mailbox_write(m);
		open_next(all, m);
		mailbox_close(m);
		all->closed++;
	}
}

static void
work(struct all *all)
{
	struct fetch *f = &all->fetch;
	bool listens;

	for (;;) {
		admit(all);
		sweep(all);
		if (all->open == NULL) {
			if (all->ended)
				return;
			continue;
		}
		stream_flush(f->out);
		log_progress("%zu mailboxes read, %llu requests", all->closed,
		    (unsigned long long)graph_counts(f->graph).requests);
		listens = !all->ended && has_room(all);
		graph_turn(f->graph, http_now() + SECOND_US,
		    listens ? stream_fd(all->in) : -1);
		sweep(all);
	}
}

static int
status_of(const struct all *all)
{
	struct graph_counts c = graph_counts(all->fetch.graph);
	int status = connections_status(&all->connections);

	if (all->broken)
		return EXIT_DATA;
	if (status != EXIT_OK)
		return status;
	if (all->fetch.late)
		return EXIT_TEMPFAIL;
	if (c.requests > 0 && !c.reached)
		return EXIT_UNAVAILABLE;
	return EXIT_OK;
}

static int
finish(struct all *all)
{
	struct fetch *f = &all->fetch;
	struct graph_counts c = graph_counts(f->graph);
	int status = status_of(all);

	log_progress(NULL);
	/* Without a mailbox nothing is asked: what is left over has no hurry. */
	if (!all->broken && f->db != NULL && f->routes.now != NULL &&
	    f->sections > 0)
		f->sections += feed_write_rest(f->db, &f->routes, f->out);
	if (!all->broken)
		stream_put_end(f->out);
	else
		stream_flush(f->out);
	graph_close(f->graph);
	connections_close(&all->connections);
	db_close(f->db);
	page_free(&f->page);
	routes_free(&f->routes);
	bundles_free(&f->waiting);
	groups_free(&f->groups);
	spool_release();
	arena_free(&f->arena);
	stream_close(all->in);
	return tool_finish(status,
	    "sections=%llu incomplete=%llu baselines=%llu by_id=%llu "
	    "same=%llu unknown=%llu repaired=%llu requests=%llu repeated=%llu "
	    "throttled=%llu bytes=%llu",
	    (unsigned long long)f->sections, (unsigned long long)f->incomplete,
	    (unsigned long long)f->baselines, (unsigned long long)f->by_id,
	    (unsigned long long)f->same, (unsigned long long)f->unknown,
	    (unsigned long long)f->repaired, (unsigned long long)c.requests,
	    (unsigned long long)c.repeated, (unsigned long long)c.throttled,
	    (unsigned long long)c.bytes);
}

int
main(int argc, char *argv[])
{
	struct all all = { .open_tail = &all.open };
	int n;

	tool_start("fetch");
	n = opts_parse("[option ...] [file]",
	    "Read what changed in the calendars of the mailboxes on stdin.",
	    options, 1, argc, argv);
	check_options();
	tell_network();
	open_all(&all, argv[n]);
	work(&all);
	return finish(&all);
}
