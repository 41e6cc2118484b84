/*
 * apply: carry out what was decided.
 *
 * Reads sections of ops and writes each into the database, page by page, one
 * transaction each: the CRM's events, the links, and, in the section's last
 * page, its cursor.  It takes no decision of its own: an op whose meeting is
 * no longer in the state that it was made from is not done, and comes again.
 *
 * When all sections are committed it delivers what they have planned: deliver.
 *
 * One decision to question: the work of several connections is done in one
 * thread, which reads the next section while the database writes the last
 * one.  The database is what takes time, not this program.
 */
#include <inttypes.h>

#include "bounds.h"
#include "check.h"
#include "deliver.h"
#include "exits.h"
#include "files.h"
#include "instant.h"
#include "lanes.h"
#include "log.h"
#include "network.h"
#include "opts.h"
#include "outlet.h"
#include "stream.h"
#include "tool.h"

/* After so long without input, locks that were kept are given back. */
#define REST_MS 200

struct apply {
	struct stream_in *in;
	struct lanes *lanes;
	struct outlet *outlet;
	struct deliver *deliver;
	struct files *files;
	struct section *section; /* the open one */
	struct arena arena;	 /* one record */
	struct str run_members;	 /* "run" and "now", raw */
	struct str run_id;	 /* raw */
};

static const char *conninfo;
static int64_t connections = 2;
static bool dry_run;
static int64_t started; /* http_now */
static int64_t deadline_s = 810;

static const struct opt options[] = {
	{ 'd', "db", OPT_TEXT, &conninfo,
	    "CONNINFO|the CRM's database (default: $CALSYNC_DB)" },
	{ 'c', "connections", OPT_NUMBER, &connections,
	    "N|write N sections at a time (default: 2, at most 16)" },
	{ 'n', "dry-run", OPT_FLAG, &dry_run,
	    "write nothing: say what would be done" },
	{ 0, "deadline", OPT_NUMBER, &deadline_s,
	    "SECS|send nothing to Graph after SECS seconds (810)" },
	NETWORK_OPTIONS,
	NETWORK_GRAPH_OPTIONS,
	{ 0, NULL, OPT_FLAG, NULL, NULL },
};

static void
begin_run(struct apply *a, const struct record *r)
{
	const struct json *run = stream_parse(a->in, r, &a->arena);
	const struct json *id = json_get(run, "id"),
			  *now = json_get(run, "now");
	struct jsonw w;
	struct str object = { 0 };
	int64_t us;

	if (!instant_parse(json_text(run, "now"), &us))
		die(EXIT_DATA, NULL, "the run record has no time");
	jw_start(&w, &object);
	jw_object(&w, NULL);
	jw_raw(&w, "run", id != NULL ? id->raw : NO_SLICE);
	jw_raw(&w, "now", now != NULL ? now->raw : NO_SLICE);
	jw_end(&w);
	str_add(&a->run_members, object.data + 1, object.len - 2);
	str_add_slice(&a->run_id, id != NULL ? id->raw : SLICE("null"));
	str_free(&object);
	lanes_run(a->lanes, r->line);
	deliver_run(a->deliver, r->line);
	files_run(a->files, r->line);
	outlet_pass(a->outlet, r->line);
}

static void
begin_section(struct apply *a, const struct record *r)
{
	a->section = section_open(str_slice(&a->run_members), r->line);
	outlet_add(a->outlet, a->section);
	deliver_mailbox(a->deliver, a->section->mailbox);
	files_mailbox(a->files, a->section->mailbox);
}

static void
show_progress(const struct apply *a)
{
	const struct outlet_sums *sums = outlet_sums(a->outlet);

	log_progress("%zu mailboxes, %zu events written", sums->sections,
	    sums->counts[OUTCOME_DONE] + sums->counts[OUTCOME_JOINED] +
		sums->counts[OUTCOME_TOOK_OVER]);
}

static void
submit(struct apply *a, struct page *p)
{
	lanes_submit(a->lanes, a->section, p);
	outlet_write(a->outlet);
	show_progress(a);
	while (outlet_crowded(a->outlet) && lanes_busy(a->lanes)) {
		lanes_settle(a->lanes, true, -1);
		outlet_write(a->outlet);
	}
}

static void
end_section(struct apply *a, const struct json *end)
{
	struct section *s = a->section;
	struct page *p;

	while ((p = section_end(s, end)) != NULL)
		submit(a, p);
	s->closed = true;
	a->section = NULL;
	outlet_write(a->outlet);
}

/* False: malformed; the stream is broken. */
static bool
handle(struct apply *a, enum rec_type type, const struct record *r)
{
	const struct json *v;
	const char *member;

	if (type == REC_RUN)
		begin_run(a, r);
	else if (type == REC_MAILBOX)
		begin_section(a, r);
	else if (type != REC_END && a->section == NULL)
		outlet_pass(a->outlet, r->line);
	if (a->section == NULL || type == REC_MAILBOX)
		return true;
	v = stream_parse(a->in, r, &a->arena);
	if (v == NULL)
		return false;
	member = check_record(type, v);
	if (member != NULL) {
		stream_refuse(a->in, r, member);
		return false;
	}
	if (type == REC_MAILBOX_END)
		end_section(a, v);
	else if (type == REC_PAGE)
		submit(a, section_mark(a->section, v));
	else if (type == REC_OP)
		section_add_op(a->section, v);
	else if (type == REC_SKIP)
		section_add_skip(a->section, v);
	else if (type == REC_KNOWN)
		section_add_known(a->section, v);
	else if (type == REC_PROBLEM)
		section_add_problem(a->section, v);
	else
		section_pass(a->section, r->line);
	return true;
}

/* Before the input is waited for: settle what the database has answered. */
static void
while_waiting(struct apply *a)
{
	if (!stream_idle(a->in))
		return;
	while (lanes_busy(a->lanes) && !stream_wait(a->in, 0)) {
		lanes_settle(a->lanes, true, stream_fd(a->in));
		outlet_write(a->outlet);
	}
	if (!stream_wait(a->in, REST_MS))
		lanes_rest(a->lanes);
}

static enum rec_type
read_all(struct apply *a, struct stream_out *out)
{
	struct record r;
	enum rec_type type;

	do {
		while_waiting(a);
		type = stream_next(a->in, out, &r);
		if (type != REC_EOF && type != REC_BROKEN)
			handle(a, type, &r);
		arena_reset(&a->arena);
	} while (type != REC_EOF && type != REC_BROKEN);
	while (lanes_busy(a->lanes)) {
		lanes_settle(a->lanes, true, -1);
		outlet_write(a->outlet);
	}
	outlet_write(a->outlet);
	return type;
}

static enum exits
verdict(
    const struct apply *a, const struct outlet_sums *sums, enum rec_type last)
{
	int delivered = deliver_status(a->deliver);
	enum exits pages = lanes_status(a->lanes);

	if (last == REC_BROKEN)
		return EXIT_DATA;
	if (delivered == EXIT_NOPERM)
		return EXIT_NOPERM;
	if (pages == EXIT_TEMPFAIL || delivered == EXIT_TEMPFAIL ||
	    files_status(a->files) == EXIT_TEMPFAIL)
		return EXIT_TEMPFAIL;
	return sums->counts[OUTCOME_FAILED] > 0 || pages == EXIT_REFUSED ||
		       files_status(a->files) == EXIT_REFUSED
		   ? EXIT_REFUSED
		   : (enum exits)delivered;
}

static void
count_delivered(const struct apply *a, struct jsonw *w)
{
	const struct deliver_counts *counts = deliver_counts(a->deliver);

	if (counts->all == 0)
		return;
	jw_object(w, "delivered");
	for (int i = 0; i < DELIVERY_COUNT; i++)
		if (counts->by[i] > 0)
			jw_int(w, delivery_names[i], (int64_t)counts->by[i]);
	jw_end(w);
}

static void
end_run(struct apply *a, const struct outlet_sums *sums, enum exits status)
{
	struct str summary = { 0 };
	struct jsonw w;

	jw_start(&w, &summary);
	jw_object(&w, NULL);
	jw_raw(&w, "id", str_slice(&a->run_id));
	jw_int(&w, "status", status);
	jw_cstr(&w, "verdict",
	    status == EXIT_DATA	      ? "broken"
	    : status == EXIT_NOPERM   ? "denied"
	    : status == EXIT_TEMPFAIL ? "again"
	    : status == EXIT_REFUSED  ? "refused"
				      : "complete");
	jw_object(&w, "counts");
	jw_int(&w, "sections", (int64_t)sums->sections);
	jw_int(&w, "committed", (int64_t)sums->committed);
	jw_int(&w, "skips", (int64_t)sums->skips);
	jw_int(&w, "problems", (int64_t)sums->problems);
	for (int i = 0; i < OUTCOME_COUNT; i++)
		if (sums->counts[i] > 0)
			jw_int(&w, outcome_names[i], (int64_t)sums->counts[i]);
	count_delivered(a, &w);
	jw_end(&w);
	jw_end(&w);
	lanes_run_end(a->lanes, summary.data);
	str_free(&summary);
}

static void
check_options(void)
{
	if (connections < 1 || connections > LANES_MAX)
		die(EXIT_USAGE, NULL, "--connections is 1 to 16");
	network_check(deadline_s);
}

static struct deliver *
open_deliver(void)
{
	struct deliver_options o = {
		.graph = network_graph(started + deadline_s * SECOND_US),
	};

	return deliver_open(&o);
}

static int
finish(struct apply *a, const struct outlet_sums *sums, enum exits status)
{
	const struct deliver_counts *counts = deliver_counts(a->deliver);

	return tool_finish(status,
	    "sections=%zu committed=%zu done=%zu moved=%zu failed=%zu "
	    "sent=%zu unknown=%zu refused=%zu",
	    sums->sections, sums->committed,
	    sums->counts[OUTCOME_DONE] + sums->counts[OUTCOME_JOINED] +
		sums->counts[OUTCOME_TOOK_OVER],
	    sums->counts[OUTCOME_MOVED], sums->counts[OUTCOME_FAILED],
	    counts->by[DELIVERY_DONE], counts->by[DELIVERY_UNKNOWN],
	    counts->by[DELIVERY_REFUSED]);
}

int
main(int argc, char *argv[])
{
	struct apply a = { .arena.max = RECORD_ARENA_MAX };
	struct stream_out *out;
	struct outlet_sums sums;
	enum rec_type last;
	enum exits status;
	int n;

	tool_start("apply");
	started = http_now();
	n = opts_parse("[option ...] [file]",
	    "Writes the ops of its input into the CRM, calsync's state, and "
	    "Graph.",
	    options, 1, argc, argv);
	check_options();
	a.in = stream_open(argv[n]);
	out = stream_stdout("apply");
	a.outlet = outlet_open(out);
	a.lanes = lanes_open(conninfo, connections, dry_run);
	a.deliver = open_deliver();
	a.files = files_open(a.deliver);

	last = read_all(&a, out);
	sums = *outlet_sums(a.outlet);
	outlet_close(a.outlet);
	if (!dry_run) {
		deliver_all(a.deliver, lanes_db(a.lanes), out);
		files_all(a.files, lanes_db(a.lanes), out);
	}
	status = verdict(&a, &sums, last);
	end_run(&a, &sums, status);
	if (last == REC_EOF)
		stream_put_end(out);

	status = (enum exits)finish(&a, &sums, status);
	files_close(a.files);
	deliver_close(a.deliver);
	lanes_close(a.lanes);
	stream_close(a.in);
	arena_free(&a.arena);
	str_free(&a.run_members);
	str_free(&a.run_id);
	return status;
}
