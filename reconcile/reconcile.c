/*
 * reconcile: decide.
 *
 * Reads candidates, each with all that is known about it, and writes for each
 * one op or one skip, with its reason.  It is a function of its input: time,
 * policy and facts travel in the stream, and once started it can open no file
 * and no socket, so a captured stream gives the same bytes on any day.
 *
 * One decision to question: ops leave at once, but deletions wait for the end
 * of their section, because only then is it known whether the mailbox was
 * read completely and how many of them there are.
 */
#include <inttypes.h>

#include "context.h"
#include "decide.h"
#include "digest.h"
#include "kept.h"
#include "log.h"
#include "mail.h"
#include "makes.h"
#include "mirrors.h"
#include "ops.h"
#include "opts.h"
#include "order.h"
#include "relations.h"
#include "tool.h"
#include "tz.h"

struct reconcile {
	struct stream_in *in;
	struct stream_out *out;
	struct run run;
	struct section section;
	struct kept *kept;
	struct mail_count *mails;
	struct day *day;
	struct makes *makes;
	struct mirrors *mirrors;
	struct order *order;
	bool ordered;	    /* those that wait come in their order now */
	bool holding;	    /* what is put waits for the end of the page */
	struct tally tally; /* of the open section */
	struct tally all;
	struct arena arena; /* of the record */
	int64_t linked;	    /* candidates of the section with a link */
	int64_t links;	    /* of the mailbox, if roster said so; else -1 */
};

static const struct opt options[] = {
	{ 0, NULL, OPT_FLAG, NULL, NULL },
};

static void
open_section(struct reconcile *r, struct slice line)
{
	section_read(&r->section, &r->run, line, &r->links);
	mail_count_section(r->mails);
	makes_page(r->makes);
	mirrors_section(r->mirrors);
	order_drop(r->order);
	r->linked = 0;
	r->tally = (struct tally){ 0 };
	kept_drop(r->kept);
}

/*
 * How many events of this mailbox are linked: what roster said, else what went
 * by in this section.  After a baseline that is all of them; in a round with
 * few changes it is too small, and then the plain number in delete.max counts.
 */
static int64_t
count_links(const struct reconcile *r, const struct json *end)
{
	int64_t unchanged;

	if (r->links >= 0)
		return r->links;
	if (!json_int(json_get(json_get(end, "counts"), "match.unchanged"), 0,
		INT64_MAX / 2, &unchanged))
		unchanged = 0;
	return r->linked + unchanged;
}

static void
close_section(struct reconcile *r, const struct record *rec)
{
	const struct json *end = stream_parse(r->in, rec, &r->arena);
	struct str counts = { 0 };
	struct section_end last = { .run = &r->run,
		.section = &r->section,
		.out = r->out,
		.tally = &r->tally,
		.mails = r->mails,
		.day = r->day,
		.complete = json_true(end, "complete") };
	int64_t links;

	if (end == NULL)
		return;
	links = count_links(r, end);
	last.allowed =
	    policy_delete_max(&r->section.policy, POL_DELETE_MAX, links);
	last.allowed_day =
	    policy_delete_max(&r->section.policy, POL_DELETE_MAX_DAY, links);
	kept_flush(r->kept, &last);
	ops_write_tally(&counts, &r->tally);
	stream_put_mailbox_end(r->out, end, true, str_slice(&counts));
	str_free(&counts);
	for (int i = 0; i < OP_COUNT; i++)
		r->all.ops[i] += r->tally.ops[i];
}

static void
mark_page(struct reconcile *r)
{
	const struct section_end mark = { .run = &r->run,
		.section = &r->section,
		.out = r->out,
		.tally = &r->tally };

	kept_mark(r->kept, &mark);
	makes_page(r->makes);
}

static void
put_off(struct reconcile *r, const struct candidate *c)
{
	const struct decision later = {
		.op = OP_SKIP, .reason = R_LIMIT, .due = r->run.now
	};

	ops_put(r->out, &r->tally, c, &later);
}

/* Our categories, in the next run. */
static void
put_off_mark(
    struct reconcile *r, const struct candidate *c, const struct decision *d)
{
	const struct decision later = { .op = OP_SKIP,
		.reason = r->section.first    ? R_FIRST_RUN
			  : d->op == OP_ADOPT ? R_UNCHANGED
					      : R_LIMIT,
		.due = r->run.now,
		.is_beside = true };

	ops_put(r->out, &r->tally, c, &later);
}

/* A meeting's copies, in whatever mailbox, make it once. */
static struct slice
key_of(const struct candidate *c, const struct decision *d)
{
	struct slice slot = owner_slot(c);
	struct str key = { 0 };

	if (d->op != OP_CREATE)
		return NO_SLICE;
	str_addf(&key, "%.*s\n%.*s\n%.*s", SLICE_ARG(c->uid),
	    SLICE_ARG(c->original_date), SLICE_ARG(slot));
	return candidate_keep(c, &key);
}

/* limit.per_day is used up: the candidate waits, with both its sides. */
static bool
waits_for_tomorrow(
    struct reconcile *r, const struct candidate *c, const struct decision *d)
{
	const struct decision later = { .op = OP_SKIP,
		.reason = R_LIMIT,
		.rule = "limit.per_day",
		.key = POL_LIMIT_PER_DAY,
		.due = day_next(&r->run),
		.sleeps = true };
	struct slice key;

	if (!day_counts(&r->run, d->op) || kept_wants(d))
		return false;
	key = key_of(c, d);
	if (day_has_room(r->day, &r->run, key)) {
		day_add(r->day, &r->run, key);
		return false;
	}
	ops_put(r->out, &r->tally, c, &later);
	return true;
}

/* What goes into the CRM stands before what goes out, and its places before
 * it. */
static void
settle(struct reconcile *r, const struct candidate *c, const struct decision *d,
    struct slice record)
{
	const struct makes_out to = { r->out, &r->tally, r->day };
	bool waits;

	makes_places(r->makes, c, d, &to);
	if (waits_for_tomorrow(r, c, d))
		return;
	makes_people(r->makes, c, d, &to);
	waits = mirrors_wait(r->mirrors, c, d, record, stream_held(r->out));
	if (waits && !r->holding) {
		stream_hold(r->out);
		r->holding = true;
	}
	if (d->op == OP_SKIP && d->reason == R_NONE)
		;
	else if (!kept_wants(d))
		ops_put(r->out, &r->tally, c, d);
	else if (!kept_add(r->kept, c, d))
		put_off(r, c);
	if (d->out.op != OP_SKIP && !kept_add_out(r->kept, c, d))
		put_off(r, c);
	if (d->mark.op != OP_SKIP && !kept_add_mark(r->kept, c, d))
		put_off_mark(r, c, d);
	if (waits)
		mirrors_waits(r->mirrors, stream_held(r->out));
}

static void
handle_candidate(struct reconcile *r, const struct record *rec)
{
	struct json *record = stream_parse(r->in, rec, &r->arena);
	struct candidate c = { .run = &r->run,
		.section = &r->section,
		.policy = &r->section.policy,
		.arena = &r->arena };
	struct policy owner;
	struct decision d;
	struct str detail = { 0 };
	struct problem_key key;
	const char *bad;

	if (record == NULL)
		return;
	bad = candidate_read(&c, record, &owner);
	if (bad != NULL) {
		str_addf(&detail, "candidate: %s is missing or wrong", bad);
		key = problem_key(record);
		stream_put_problem_of(
		    r->out, "bad_record", &key, detail.data, record->raw);
		str_free(&detail);
		return;
	}
	if (!r->ordered && day_is_limited(&r->run)) {
		order_add(r->order, &c, rec);
		return;
	}
	r->linked += c.link != NULL;
	decide(&c, &d);
	mirrors_note(r->mirrors, &c, &d);
	settle(r, &c, &d, rec->line);
}

/* What was said of it so far does not hold; it was read before. */
static void
decide_mirror(struct reconcile *r, const struct refused *what)
{
	struct candidate c = { .run = &r->run,
		.section = &r->section,
		.policy = &r->section.policy,
		.arena = &r->arena,
		.mirror = slice_of(what->mirror),
		.mirror_crm = what->mirror_crm };
	struct policy owner;
	struct decision d;

	candidate_read(&c,
	    json_parse(&r->arena, what->record, JSON_IS_UTF8, NULL), &owner);
	r->tally.ops[OP_CREATE]--;
	day_take_back(
	    r->day, key_of(&c, &(struct decision){ .op = OP_CREATE }));
	kept_forget_mark(r->kept, c.id);
	decide(&c, &d);
	settle(r, &c, &d, what->record);
	arena_reset(&r->arena);
}

static void
put_held(void *with, size_t n, struct slice line)
{
	struct reconcile *r = with;
	struct refused what;

	switch (mirrors_ask(r->mirrors, n, &what)) {
	case MIRROR_NONE:
		stream_put(r->out, line);
		break;
	case MIRROR_REFUSED:
		decide_mirror(r, &what);
		break;
	case MIRROR_DROPPED:
		break;
	}
}

/* The page ends: what waited for it leaves. */
static void
end_page(struct reconcile *r)
{
	if (!r->holding)
		return;
	r->holding = false;
	mirrors_settle(r->mirrors);
	stream_release(r->out, put_held, r);
	mirrors_page(r->mirrors);
}

static void
end_full_page(struct reconcile *r)
{
	if (mirrors_full(r->mirrors, stream_held(r->out)))
		end_page(r);
}

/* limit.per_day takes a page's candidates by start and id (U13). */
static void
handle_ordered(struct reconcile *r)
{
	struct record rec;

	r->ordered = true;
	while (order_next(r->order, &rec)) {
		end_full_page(r);
		handle_candidate(r, &rec);
		arena_reset(&r->arena);
	}
	r->ordered = false;
	order_drop(r->order);
}

/* What is not this stage's concern passes as it came. */
static void
handle(struct reconcile *r, enum rec_type type, const struct record *rec)
{
	if (type == REC_PAGE || type == REC_MAILBOX_END) {
		handle_ordered(r);
		end_page(r);
	}
	end_full_page(r);
	if (type == REC_CANDIDATE) {
		handle_candidate(r, rec);
	} else if (type == REC_MAILBOX_END) {
		close_section(r, rec);
	} else if (type == REC_END) {
		stream_put_end(r->out);
	} else {
		if (type == REC_RUN)
			run_read(&r->run, rec->line);
		if (type == REC_MAILBOX)
			open_section(r, rec->line);
		if (type == REC_PAGE)
			mark_page(r);
		if (type == REC_GROUP)
			section_add_group(&r->section, rec->line);
		stream_put(r->out, rec->line);
	}
}

static int
run_stage(struct reconcile *r)
{
	struct record rec;
	enum rec_type type;

	while ((type = stream_next(r->in, r->out, &rec)) != REC_EOF) {
		if (type == REC_BROKEN)
			return EXIT_DATA;
		handle(r, type, &rec);
		arena_reset(&r->arena);
	}
	return EXIT_OK;
}

int
main(int argc, char *argv[])
{
	struct reconcile r = { .kept = kept_open(),
		.mails = mail_count_open(),
		.day = day_open(),
		.makes = makes_open(),
		.mirrors = mirrors_open(),
		.order = order_open(),
		.links = -1 };
	char hex[TEXT_DIGEST_LEN + 1];
	int n, status;

	tool_start("reconcile");
	n = opts_parse("[option ...] [file]",
	    "Decide what has to be written for each candidate, and why.",
	    options, 1, argc, argv);
	r.in = stream_open(argv[n]);
	r.out = stream_stdout("reconcile");
	tz_load_all();
	/* libcrypto reads its configuration when it is first asked. */
	text_digest(SLICE(""), hex);
	tool_confine();
	status = run_stage(&r);
	stream_flush(r.out);
	kept_close(r.kept);
	mail_count_close(r.mails);
	day_close(r.day);
	makes_close(r.makes);
	mirrors_close(r.mirrors);
	order_close(r.order);
	stream_close(r.in);
	arena_free(&r.arena);
	arena_free(&r.section.arena);
	arena_free(&r.run.arena);
	return tool_finish(status,
	    "creates=%" PRIu64 " updates=%" PRIu64 " deletes=%" PRIu64
	    " outward=%" PRIu64 " held=%" PRIu64 " skips=%" PRIu64,
	    r.all.ops[OP_CREATE], r.all.ops[OP_UPDATE], r.all.ops[OP_DELETE],
	    r.all.ops[OP_POST] + r.all.ops[OP_PATCH] + r.all.ops[OP_REMOVE] +
		r.all.ops[OP_RESPOND],
	    r.all.ops[OP_HOLD], r.all.ops[OP_SKIP]);
}
