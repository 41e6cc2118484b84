/*
 * fuzz_candidate: {"policy":{...},"candidate":{...}} through the whole of
 * reconcile.  Whatever it says, the answer is one well-formed record, the same
 * each time, and some things never happen: what is gone is not written, and
 * what is private does not come in where the policy says skip.
 *
 * fuzz-sources: reconcile/adopt.c reconcile/answer.c reconcile/base.c reconcile/blocked.c reconcile/candidate.c reconcile/cleanup.c reconcile/context.c reconcile/create.c reconcile/crm_gone.c reconcile/day.c reconcile/decide.c reconcile/decision.c reconcile/edits.c reconcile/expand.c reconcile/fields.c reconcile/files.c reconcile/gates.c reconcile/gates_out.c reconcile/gates_tell.c reconcile/kept.c reconcile/kept_out.c reconcile/linked.c reconcile/mail.c reconcile/mail_count.c reconcile/makes.c reconcile/marks.c reconcile/merge.c reconcile/merge_in.c reconcile/merge_out.c reconcile/mirrors.c reconcile/names.c reconcile/ops.c reconcile/ops_out.c reconcile/order.c reconcile/out_base.c reconcile/out_people.c reconcile/out_set.c reconcile/outward.c reconcile/people.c reconcile/picks.c reconcile/reason.c reconcile/relations.c reconcile/required.c reconcile/rooms.c reconcile/series_gone.c reconcile/swings.c reconcile/turned.c reconcile/unsynced.c reconcile/window.c
 */
#include <assert.h>
#include <stdint.h>

#include "instant.h"
#include "reconcile/decide.h"
#include "reconcile/ops.h"
#include "reconcile/ops_out.h"
#include "tz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Another's meeting is not written, nobody is mailed because of a copy, and
 * what policy keeps private is not made in Graph. */
static void
answer_out(
    struct str *line, const struct candidate *c, const struct decision *d)
{
	const struct outgoing *o = &d->out;

	assert(candidate_goes_out(c));
	if (o->op != OP_POST && !c->is_organizer)
		assert(o->set.data == NULL && o->attendees.data == NULL &&
		       o->mail.count == 0);
	assert(o->op != OP_POST || !c->from_crm || !c->private ||
	       !policy_is(c->policy, POL_PRIVATE_MODE, "skip"));
	assert(ops_out_digest(c, o).len == 32);
	str_addc(line, '[');
	ops_out_head(line, c, d);
	str_adds(line, "},");
	ops_out_held(line, c, d, ops_out_digest(c, o));
	str_adds(line, "},");
	str_add_slice(line, ops_out_why(c, o));
	str_addc(line, ']');
}

static void
answer(struct str *line, const struct json *record, struct run *run,
    struct section *section)
{
	struct arena a = { .max = 0 };
	struct policy owner;
	struct candidate c = { .run = run,
		.section = section,
		.policy = &section->policy,
		.arena = &a };
	struct decision d;

	if (candidate_read(&c, record, &owner) == NULL) {
		decide(&c, &d);
		str_addc(line, '[');
		ops_write(line, &c, &d);
		str_addc(line, ',');
		if (d.out.op != OP_SKIP)
			answer_out(line, &c, &d);
		str_adds(line, d.out.op != OP_SKIP ? "]" : "null]");
		assert(c.event != NULL ||
		       (d.op != OP_CREATE && d.op != OP_UPDATE));
		assert(d.op != OP_CREATE || !c.private ||
		       !policy_is(c.policy, POL_PRIVATE_MODE, "skip"));
		assert((d.op == OP_SKIP && d.out.op == OP_SKIP) ==
		       (d.reason != R_NONE));
	}
	arena_free(&a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = { .max = 0 };
	struct str why = { 0 }, one = { 0 }, two = { 0 };
	struct slice text = { (const char *)data, size };
	const struct json *v = json_parse(&a, text, JSON_STRICT, NULL);
	const struct json *record = json_get(v, "candidate");
	struct run run = { .now = INT64_C(1795251600) * SECOND_US,
		.held = UINT32_MAX };
	struct section section = { .account = 1,
		.user = SLICE("1"),
		.mailbox = SLICE("ann@firm.test"),
		.zone = SLICE("Europe/Berlin"),
		.since = INT64_C(1772323200) * SECOND_US,
		.has_since = true };

	tz_load_all();
	policy_init(&run.policy);
	if (record != NULL && record->type == JSON_OBJECT &&
	    policy_read(&run.policy, &a, json_get(v, "policy"), &why)) {
		section.policy = run.policy;
		answer(&one, record, &run, &section);
		answer(&two, record, &run, &section);
		assert(slice_eq(str_slice(&one), str_slice(&two)));
		assert(one.len == 0 ||
		       json_parse(&a, str_slice(&one), JSON_STRICT, NULL));
	}
	str_free(&why);
	str_free(&one);
	str_free(&two);
	arena_free(&a);
	return 0;
}
