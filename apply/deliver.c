/*
 * deliver: the loop.  Answers of Graph only move intents to their next stage;
 * what needs the database is done between two turns, for as many intents as
 * there are.
 *
 * Order: of a mailbox, open intents come first and are all settled before
 * anything planned is begun; planned ones are journaled in the journal's
 * order, so that a budget that ends meets the same ones each time.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "accounts.h"
#include "bounds.h"
#include "box.h"
#include "connections.h"
#include "deliver.h"
#include "exchange.h"
#include "instant.h"
#include "journal.h"
#include "log.h"
#include "xalloc.h"

struct deliver {
	struct deliver_options options;
	struct arena arena; /* for the run */
	const struct json *run;
	struct journal journal;
	struct graph *graph; /* NULL: nothing was due */
	struct connections connections;
	struct canon canon;
	struct stream_out *out;
	struct accounts accounts;
	struct box *box;
	struct intent *first, **tail;
	int64_t *seen; /* numbers of intents that this run has had */
	size_t seen_count, seen_max;
	size_t fresh; /* in the last answer of the journal */
	struct deliver_counts counts;
};

struct deliver *
deliver_open(const struct deliver_options *options)
{
	struct deliver *d = xcalloc(1, sizeof *d);

	d->options = *options;
	d->arena.max = RUN_ARENA_MAX;
	d->tail = &d->first;
	return d;
}

void
deliver_close(struct deliver *d)
{
	struct box *b;

	while ((b = d->box) != NULL) {
		d->box = b->next;
		palette_free(&b->palette);
		reads_free(&b->reads);
		arena_free(&b->arena);
		free(b);
	}
	if (d->graph != NULL) {
		graph_close(d->graph);
		connections_close(&d->connections);
	}
	journal_free(&d->journal);
	canon_free(&d->canon);
	arena_free(&d->arena);
	accounts_free(&d->accounts);
	free(d->seen);
	free(d);
}

static struct slice
keep(struct arena *a, struct slice text)
{
	return (struct slice){ arena_copy(a, text.data != NULL ? text.data : "",
				   text.len),
		text.len };
}

void
deliver_run(struct deliver *d, struct slice line)
{
	struct slice marker;

	d->run =
	    json_parse(&d->arena, keep(&d->arena, line), JSON_LAST_WINS, NULL);
	str_add_slice(&d->journal.run, json_text(d->run, "id"));
	str_add_slice(&d->journal.now, json_text(d->run, "now"));
	marker = json_text(json_get(d->run, "policy"), "marker");
	d->canon.context.marker = NO_SLICE;
	if (marker.len > 0 && !slice_is(marker, "none"))
		d->canon.context.marker = marker;
}

void
deliver_mailbox(struct deliver *d, const struct json *mailbox)
{
	accounts_add(&d->accounts, mailbox);
}

static bool
has_number(const int64_t *list, size_t n, int64_t number)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (list[i] == number)
			return true;
	return false;
}

struct box *
box_of(struct deliver *d, const struct json *row)
{
	struct box *b;
	int64_t account;

	if (!json_int(json_get(row, "account"), 0, INT64_MAX, &account))
		die(EXIT_SOFTWARE, NULL, "an intent without an account");
	for (b = d->box; b != NULL; b = b->next)
		if (b->account == account)
			return b;
	b = xcalloc(1, sizeof *b);
	b->account = account;
	b->connection = -1;
	json_int(json_get(row, "connection"), 0, INT64_MAX, &b->connection);
	b->mailbox = keep(&b->arena, json_text(row, "mailbox"));
	b->user = keep(&b->arena, json_text(row, "graph_user"));
	if (b->user.len == 0)
		b->user = b->mailbox;
	b->may_write = accounts_find(&d->accounts, account)->writes;
	b->next = d->box;
	d->box = b;
	return b;
}

struct canon *
deliver_canon(struct deliver *d, struct slice zone)
{
	d->canon.context.mailbox_zone = tz_find(zone);
	return &d->canon;
}

static void
take_row(void *ctx, struct slice row)
{
	struct deliver *d = ctx;
	struct intent *in = intent_new(d, row);

	if (has_number(d->seen, d->seen_count, in->id)) {
		intent_free(in);
		return;
	}
	if (d->seen_count == d->seen_max) {
		d->seen_max = d->seen_max * 2 + 64;
		d->seen = xreallocarray(d->seen, d->seen_max, sizeof *d->seen);
	}
	d->seen[d->seen_count++] = in->id;
	d->fresh++;
	*d->tail = in;
	d->tail = &in->next;
	in->box->open += in->open;
}

/* The journal's next intents; false: there are none. */
static bool
load(struct deliver *d)
{
	d->fresh = 0;
	journal_due(&d->journal, accounts_text(&d->accounts), take_row, d);
	return d->fresh > 0;
}

static void
open_graph(struct deliver *d)
{
	if (d->graph != NULL)
		return;
	d->graph = graph_open(&d->options.graph);
	connections_open(&d->connections, d->graph, d->run, &d->arena);
}

struct graph *
deliver_graph(struct deliver *d)
{
	open_graph(d);
	return d->graph;
}

struct graph_tenant *
deliver_tenant(struct deliver *d, int64_t connection, int64_t account)
{
	open_graph(d);
	return connections_find(&d->connections, connection, account);
}

/* Its lock and its connection; false: neither now. */
static bool
open_box(struct deliver *d, struct box *b)
{
	struct graph_tenant *t;

	if (b->asked)
		return b->locked && b->graph != NULL;
	b->asked = true;
	b->locked = journal_lock(&d->journal, b->account);
	if (!b->locked) {
		log_warn("the mailbox is being worked on", "account=%" PRId64,
		    b->account);
		return false;
	}
	t = connections_find(&d->connections, b->connection, b->account);
	if (t == NULL)
		log_error("the run has no such connection",
		    "account=%" PRId64 " connection=%" PRId64, b->account,
		    b->connection);
	else if (b->graph == NULL)
		b->graph = graph_mailbox_open(t, b->user);
	return t != NULL;
}

static void
close_box(struct deliver *d, struct box *b)
{
	if (b->locked)
		journal_unlock(&d->journal, b->account);
	if (b->graph != NULL)
		graph_mailbox_close(b->graph);
	b->graph = NULL;
	b->asked = b->locked = false;
}

static void
tell(struct deliver *d, struct intent *in)
{
	struct str line = { .max = 2 * LINE_MAX_BYTES };

	intent_result(in, &line);
	stream_put(d->out, str_slice(&line));
	str_free(&line);
	d->counts.all++;
	d->counts.by[in->outcome]++;
	d->counts.errors += in->error;
}

/* Nothing has happened and nothing is stored: the journal's entry is void when
 * the account's next section is committed. */
static void
leave(struct deliver *d, struct intent *in, enum delivery outcome,
    const char *code)
{
	accounts_find(&d->accounts, in->box->account)->off = true;
	in->box->open -= in->open;
	intent_end(in, in->open ? DELIVERY_UNKNOWN : outcome, 0, code);
	in->stage = STAGE_DONE;
	tell(d, in);
}

static void
begin_one(struct deliver *d, struct intent *in)
{
	struct box *b = in->box;

	if (graph_is_late(d->graph)) {
		leave(d, in, DELIVERY_LATE, "deadline");
	} else if (!open_box(d, b)) {
		leave(d, in, b->locked ? DELIVERY_LATE : DELIVERY_LOCKED,
		    b->locked ? "no_connection" : "locked");
	} else if (b->room > 0 && (in->open || b->open == 0)) {
		b->active++;
		b->room--;
		b->palette.graph = b->graph;
		b->palette.mailbox = b->mailbox;
		palette_want(&b->palette, json_get(in->doc, "colors"));
		exchange_begin(in);
	}
}

static void
begin(struct deliver *d)
{
	struct intent *in;
	struct box *b;

	for (b = d->box; b != NULL; b = b->next)
		box_refill(b);
	for (in = d->first; in != NULL; in = in->next)
		if (in->stage == STAGE_NEW)
			begin_one(d, in);
}

/* One before it, of the same mailbox, may still become ready. */
static bool
has_turn(const struct deliver *d, const struct intent *in)
{
	const struct intent *other;

	for (other = d->first; other != in; other = other->next)
		if (other->box == in->box &&
		    (other->stage == STAGE_NEW || other->stage == STAGE_ASKED))
			return false;
	return true;
}

static void
write_journal(struct deliver *d)
{
	struct intent *list[JOURNAL_MAX], *in = d->first;
	size_t n;

	while (in != NULL) {
		for (n = 0; in != NULL && n < JOURNAL_MAX; in = in->next)
			if (in->stage == STAGE_READY && has_turn(d, in))
				list[n++] = in;
		if (n > 0)
			journal_begin(&d->journal, list, n);
	}
}

static void
send_ready(struct deliver *d)
{
	struct intent *in;

	if (graph_is_late(d->graph)) {
		for (in = d->first; in != NULL; in = in->next)
			if (in->stage == STAGE_READY)
				intent_end(in, DELIVERY_LATE, 0, "deadline");
		return;
	}
	write_journal(d);
	for (in = d->first; in != NULL; in = in->next)
		if (in->stage == STAGE_GO)
			exchange_send(in);
}

static void
settle_some(struct deliver *d, struct intent *const *list, size_t n)
{
	size_t i;

	journal_settle(&d->journal, list, n);
	for (i = 0; i < n; i++) {
		list[i]->box->active--;
		list[i]->box->open -= list[i]->open;
		tell(d, list[i]);
	}
}

static void
settle(struct deliver *d)
{
	struct intent *list[JOURNAL_MAX], *in = d->first;
	size_t n;

	while (in != NULL) {
		for (n = 0; in != NULL && n < JOURNAL_MAX; in = in->next)
			if (in->stage == STAGE_SETTLED)
				list[n++] = in;
		if (n > 0)
			settle_some(d, list, n);
	}
}

static bool
paints(const struct deliver *d)
{
	const struct box *b;

	for (b = d->box; b != NULL; b = b->next)
		if (palette_is_busy(&b->palette))
			return true;
	return false;
}

static bool
is_left(const struct deliver *d)
{
	const struct intent *in;

	for (in = d->first; in != NULL; in = in->next)
		if (in->stage != STAGE_DONE)
			return true;
	return paints(d);
}

static bool
waits_for_graph(const struct deliver *d)
{
	const struct intent *in;

	for (in = d->first; in != NULL; in = in->next)
		if (in->stage == STAGE_ASKED || in->stage == STAGE_SENT)
			return true;
	return paints(d);
}

static void
drop_all(struct deliver *d)
{
	struct intent *in;
	struct box *b;

	while ((in = d->first) != NULL) {
		d->first = in->next;
		intent_free(in);
	}
	d->tail = &d->first;
	for (b = d->box; b != NULL; b = b->next)
		close_box(d, b);
}

static void
send_reads(struct deliver *d)
{
	for (struct box *b = d->box; b != NULL; b = b->next)
		reads_send(&b->reads, b->graph, box_is_group(b));
}

static void
work(struct deliver *d)
{
	while (is_left(d)) {
		begin(d);
		send_ready(d);
		settle(d);
		send_reads(d);
		stream_flush(d->out);
		log_progress("%zu changes delivered", d->counts.all);
		if (waits_for_graph(d))
			graph_turn(d->graph, http_now() + SECOND_US, -1);
	}
}

void
deliver_all(struct deliver *d, struct db *db, struct stream_out *out)
{
	if (d->run == NULL || d->accounts.writers == 0)
		return;
	d->journal.db = db;
	d->out = out;
	while (load(d)) {
		open_graph(d);
		work(d);
		drop_all(d);
	}
}

const struct deliver_counts *
deliver_counts(const struct deliver *d)
{
	return &d->counts;
}

int
deliver_status(const struct deliver *d)
{
	const size_t *by = d->counts.by;
	int status =
	    d->graph != NULL ? connections_status(&d->connections) : EXIT_OK;

	if (status != EXIT_OK)
		return status;
	if (by[DELIVERY_UNKNOWN] > 0 || by[DELIVERY_LATE] > 0 ||
	    by[DELIVERY_LOCKED] > 0)
		return EXIT_TEMPFAIL;
	return d->counts.errors > 0 ? EXIT_REFUSED : EXIT_OK;
}
