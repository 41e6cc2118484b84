/*
 * match: give each change its context.
 *
 * Reads normalized sections and asks the database, per batch, first which
 * events are known with this digest: they stop here, and a re-read in which
 * nothing changed costs one question per 500 events.  The rest becomes
 * candidates, each with its link, the bases, the CRM's present state and who
 * is who, so that reconcile can decide without asking anybody.  So do the
 * CRM's own changes: of a linked event with its Graph event, else alone.
 *
 * One decision to question: a batch that is not full is asked about when the
 * input pauses for a moment.  Small changes do not wait for company, and a
 * stage in front that is a little slower does not make the batches tiny.
 */
#include <inttypes.h>

#include "candidate.h"
#include "changed.h"
#include "context.h"
#include "log.h"
#include "members.h"
#include "opts.h"
#include "owner.h"
#include "tool.h"
#include "turned.h"

#define PAUSE_MS 20

struct match {
	struct stream_in *in;
	struct stream_out *out;
	struct db *db;
	struct owner *owner;
	struct people *people;
	struct section section;
	struct batch batch;
	struct changed changed;
	struct block block;
	struct arena end_arena;
	struct str line;
	uint64_t unchanged, unknown; /* of the open section */
	uint64_t candidates, dropped;
};

static const char *conninfo;

static const struct opt options[] = {
	{ 'd', "db", OPT_TEXT, &conninfo,
	    "CONNINFO|the CRM's database (default: $CALSYNC_DB)" },
	{ 0, NULL, OPT_FLAG, NULL, NULL },
};

/* For apply: so that fetch can leave it out the next time. */
static void
put_known(struct match *m, const struct item *i)
{
	struct jsonw w;

	str_reset(&m->line);
	jw_start(&w, &m->line);
	jw_object(&w, NULL);
	jw_cstr(&w, "type", "known");
	jw_str(&w, "id", i->id);
	jw_str(&w, "digest", json_str(i->part[PART_DIGEST]));
	jw_str(&w, "raw", json_str(i->part[PART_MARK]));
	jw_end(&w);
	stream_put(m->out, str_slice(&m->line));
}

static void
put_candidate(struct match *m, const struct item *i)
{
	if (i->known) {
		m->unchanged++;
		if (i->stale)
			put_known(m, i);
	} else if (i->kind != ITEM_CRM && !candidate_needed(i)) {
		m->unknown++;
	} else {
		candidate_write(
		    &m->line, i, owner_policy(m->owner, &m->section, i));
		stream_put(m->out, str_slice(&m->line));
		m->candidates++;
	}
}

static void
put_bad(struct match *m, const struct item *i)
{
	struct problem_key key = problem_key(i->record);

	if (i->crm_id.data == NULL)
		key.id = i->id;
	stream_put_problem_of(m->out, "bad_record", &key,
	    i->why ? i->why : "a member that match needs is missing",
	    i->record->raw);
}

/* Ask about what was gathered, and pass it on in its order. */
static void
finish_batch(struct match *m)
{
	struct batch *b = &m->batch;

	context_ask(b, m->db, &m->section, m->people);
	for (size_t n = 0; n < b->count; n++) {
		const struct item *i = &b->item[n];

		if (i->kind == ITEM_PASS)
			stream_put(m->out, i->line);
		else if (i->kind == ITEM_BAD)
			put_bad(m, i);
		else
			put_candidate(m, i);
	}
	batch_reset(b);
}

/* What stopped in fetch already. */
static uint64_t
left_out(const struct json *end)
{
	int64_t n;

	return json_int(json_get(json_get(end, "counts"), "fetch.same"), 0,
		   INT64_MAX / 2, &n)
		   ? (uint64_t)n
		   : 0;
}

static void
end_section(struct match *m, const struct record *r)
{
	const struct json *end = stream_parse(m->in, r, &m->end_arena);
	struct str counts = { 0 };

	finish_batch(m);
	m->unchanged += left_out(end);
	str_addf(&counts,
	    "\"counts\":{\"match.unchanged\":%" PRIu64
	    ",\"match.unknown\":%" PRIu64 "}",
	    m->unchanged, m->unknown);
	stream_put_mailbox_end(m->out, end, true, str_slice(&counts));
	m->dropped += m->unchanged + m->unknown;
	m->unchanged = m->unknown = 0;
	changed_reset(&m->changed);
	block_close(&m->block);
	str_free(&counts);
	arena_reset(&m->end_arena);
}

/* True if nothing is left to be done with it. */
static bool
add_group(struct match *m, struct slice line)
{
	if (!section_group(&m->section, line))
		return false;
	finish_batch(m);
	members_write(&m->section, m->db, &m->line);
	stream_put(m->out, str_slice(&m->line));
	return true;
}

static void
add_record(struct match *m, const struct record *r)
{
	struct item *i;

	if (r->type == REC_SERIES)
		block_open(&m->block, r->line);
	if (r->type == REC_SERIES_END)
		block_close(&m->block);
	if (r->type == REC_SERIES || r->type == REC_SERIES_END)
		return;
	if (!r->in_section) {
		stream_put(m->out, r->line);
		return;
	}
	if (r->type == REC_GROUP && add_group(m, r->line))
		return;
	if (!batch_add(&m->batch, m->in, r))
		return;
	i = &m->batch.item[m->batch.count - 1];
	turned_note(&m->block, &m->batch.arena, &m->section, i);
	if (changed_take(&m->changed, i))
		m->batch.count--;
	else if (i->kind == ITEM_EVENT || i->kind == ITEM_REMOVED)
		changed_mark(&m->changed, i);
	if (r->type == REC_PAGE || batch_full(&m->batch))
		finish_batch(m);
}

static void
handle(struct match *m, enum rec_type type, const struct record *r)
{
	if (type == REC_RUN)
		section_run(&m->section, r->line);
	if (type == REC_MAILBOX)
		section_open(&m->section, r->line);
	if (type == REC_MAILBOX_END)
		end_section(m, r);
	else if (type == REC_END)
		stream_put_end(m->out);
	else if (type == REC_RUN || type == REC_MAILBOX)
		stream_put(m->out, r->line);
	else
		add_record(m, r);
}

static int
run(struct match *m)
{
	struct record r;
	enum rec_type type;

	for (;;) {
		if (m->batch.count > 0 && !stream_wait(m->in, PAUSE_MS))
			finish_batch(m);
		type = stream_next(m->in, m->out, &r);
		if (type == REC_EOF)
			return EXIT_OK;
		if (type == REC_BROKEN)
			break;
		handle(m, type, &r);
	}
	/* What stands before the damage is good; the open section stays
	 * without its end, so that nobody takes it for a whole one. */
	stream_flush(m->out);
	return EXIT_DATA;
}

int
main(int argc, char *argv[])
{
	static struct match m = { .batch.arena.max = PAGE_ARENA_MAX };
	int n, status;

	tool_start("match");
	n = opts_parse("[option ...] [file]",
	    "Adds links, bases, the CRM's state and people to normalized "
	    "sections.",
	    options, 1, argc, argv);
	m.in = stream_open(argv[n]);
	m.out = stream_stdout("match");
	m.db = db_open(conninfo, DB_READ, "match");
	m.owner = owner_open();
	m.people = people_open();
	status = run(&m);
	db_close(m.db);
	owner_close(m.owner);
	people_close(m.people);
	stream_close(m.in);
	section_free(&m.section);
	changed_free(&m.changed);
	arena_free(&m.batch.arena);
	arena_free(&m.block.arena);
	arena_free(&m.end_arena);
	str_free(&m.line);
	return tool_finish(status,
	    "candidates=%" PRIu64 " dropped=%" PRIu64 " problems=%" PRIu64,
	    m.candidates, m.dropped, stream_problems(m.out));
}
