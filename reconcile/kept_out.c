/*
 * kept_out: writes to Graph.  What does not depend on the other ops is judged
 * when they are kept; the budgets when they leave.
 *
 * A hold that is open for the same op is not written again; one that was
 * released lets the op pass, with its id.
 */
#include "instant.h"
#include "kept_parts.h"
#include "ops_out.h"

static void
copy_mail(struct kept *k, struct entry *e, const struct recipients *mail)
{
	e->mail.count = mail->count;
	e->mail.list =
	    arena_array(&k->arena, mail->count + 1, sizeof *e->mail.list);
	for (size_t i = 0; i < mail->count; i++)
		e->mail.list[i] = kept_copy(k, mail->list[i]);
}

/* Of those who are mailed only. */
static void
note_spent(struct entry *e, struct slice address, const struct json *times)
{
	struct mailed *m = &e->spent[e->spent_count];

	if (!json_int(times, 0, INT64_MAX / 4, &m->times))
		return;
	for (size_t n = 0; n < e->mail.count; n++) {
		if (!slice_eq(e->mail.list[n], address))
			continue;
		m->address = e->mail.list[n];
		e->spent_count++;
		break;
	}
}

/* A group's members are told once for the section; who is on the event as well has
 * the same number. */
static void
copy_spent(struct kept *k, struct entry *e, const struct candidate *c)
{
	const struct json *followers = c->section->followers, *i;
	size_t room = (c->spent ? c->spent->count : 0) +
		      (followers ? followers->count : 0);

	e->spent = arena_array(&k->arena, room + 1, sizeof *e->spent);
	for (i = c->spent ? c->spent->child : NULL; i != NULL; i = i->next)
		note_spent(e, i->key, i);
	for (i = followers ? followers->child : NULL; i != NULL; i = i->next)
		note_spent(e, json_text(i, "address"), json_get(i, "spent"));
}

static void
find_hold(struct kept *k, struct entry *e, const struct candidate *c,
    struct slice digest)
{
	const struct json *i = c->open_holds ? c->open_holds->child : NULL;

	for (; i != NULL; i = i->next) {
		if (!slice_eq(json_text(i, "digest"), digest))
			continue;
		e->open_reason = kept_copy(k, json_text(i, "reason"));
		e->title = kept_copy(k, ops_out_title(c));
		if (json_true(i, "released") &&
		    !json_int(json_get(i, "id"), 1, INT64_MAX, &e->hold))
			e->hold = 0;
	}
}

static void
judge(struct kept *k, struct entry *e, const struct candidate *c,
    const struct decision *d)
{
	e->verdict = mail_gate(c, &d->out);
	/* When some of the many were released the others are still held. */
	if (e->verdict.reason == R_NONE &&
	    slice_is(e->open_reason, reason_name(R_EQUAL_SHIFTS)))
		e->verdict = mail_gate_shift();
	if (e->verdict.reason == R_NONE)
		return;
	e->verdict.evidence = kept_copy(k, e->verdict.evidence);
	e->why_held = kept_copy(k, ops_out_why_held(c, c->policy, &e->verdict));
}

/* The end of the link of a date whose series is deleted for another one. */
static void
keep_series(struct kept *k, struct entry *e, const struct candidate *c,
    const struct outgoing *o)
{
	const struct decision end = { .op = OP_END,
		.rule = o->rule,
		.key = o->key,
		.evidence = o->evidence,
		.state = "ended",
		.needs_crm = true };
	struct str line = { 0 };

	if (o->series.len == 0)
		return;
	ops_write(&line, c, &end);
	e->series = kept_copy(k, o->series);
	e->ends = kept_copy(k, str_slice(&line));
	e->is_exception = c->kind == SERIES_EXCEPTION;
	str_free(&line);
}

static void
add_out(struct kept *k, const struct candidate *c, const struct decision *d)
{
	bool first = c->section->first; /* will not go: its name is enough */
	struct str line = { 0 }, held = { 0 };
	struct slice digest = ops_out_digest(c, &d->out);
	struct entry *e;

	if (!first) {
		ops_out_head(&line, c, d);
		ops_out_held(&held, c, d, digest);
	}
	e = kept_entry(k, c, d->out.op, str_slice(&line));
	e->start = d->out.start;
	e->asked = d->is_asked;
	if (!first) {
		e->held = kept_copy(k, str_slice(&held));
		e->why = kept_copy(k, ops_out_why(c, &d->out));
		copy_mail(k, e, &d->out.mail);
		copy_spent(k, e, c);
	}
	find_hold(k, e, c, digest);
	keep_series(k, e, c, &d->out);
	judge(k, e, c, d);
	str_free(&line);
	str_free(&held);
}

bool
kept_add_out(
    struct kept *k, const struct candidate *c, const struct decision *d)
{
	bool room = kept_has_room(k);

	if (room)
		add_out(k, c, d);
	return room;
}

bool
kept_add_mark(
    struct kept *k, const struct candidate *c, const struct decision *d)
{
	/* It is about this copy; the other record is about the meeting. */
	struct candidate copy = *c;
	const struct decision mark = { .out = d->mark };
	bool room = !c->section->first &&
		    k->arena.used - k->adoption_bytes < KEPT_BYTES_MAX / 2;

	if (d->op == OP_ADOPT || !room)
		return false;
	copy.link = NULL;
	copy.crm_id = copy.crm_digest = copy.changes = NO_SLICE;
	add_out(k, &copy, &mark);
	return true;
}

bool
kept_may_go(const struct entry *e)
{
	return e->verdict.reason == R_NONE ||
	       (e->hold != 0 && e->verdict.reason != R_FIRST_RUN);
}

static void
write_limit(struct jsonw *w, const char *key, int64_t most, bool applies)
{
	if (applies && most != POLICY_UNLIMITED)
		jw_int(w, key, most);
	else
		jw_null(w, key);
}

static void
put_op(const struct entry *e, const struct section_end *end)
{
	const struct policy *p = &end->section->policy;
	bool mails = e->mail.count > 0 && e->hold == 0;
	char start[INSTANT_TEXT_MAX];
	struct str s = { 0 }, tail = { 0 };
	struct jsonw w;

	jw_start(&w, &tail);
	jw_object(&w, NULL);
	if (e->hold != 0)
		jw_int(&w, "hold", e->hold);
	else
		jw_null(&w, "hold");
	jw_object(&w, "limits");
	write_limit(&w, "run", policy_number(p, POL_MAIL_PER_RUN), mails);
	write_limit(
	    &w, "mailbox", policy_number(p, POL_MAIL_PER_MAILBOX), mails);
	write_limit(&w, "person", policy_number(p, POL_MAIL_PER_PERSON), mails);
	write_limit(&w, "deletes", end->allowed_day,
	    e->op == OP_REMOVE && e->hold == 0 && !e->asked);
	day_write_limit(&w, end->run, e->op);
	jw_end(&w);
	jw_array(&w, "mail");
	for (size_t i = 0; i < e->mail.count; i++)
		jw_str(&w, NULL, e->mail.list[i]);
	jw_end(&w);
	instant_print(e->start, start);
	jw_cstr(&w, "start", start);
	jw_raw(&w, "why", e->why);
	jw_end(&w);
	str_add_slice(&s, e->line);
	tail.data[0] = ','; /* the head's object goes on */
	str_add_slice(&s, str_slice(&tail));
	stream_put(end->out, str_slice(&s));
	end->tally->ops[e->op]++;
	str_free(&s);
	str_free(&tail);
}

static void
put_hold(const struct entry *e, const struct section_end *end,
    enum reason reason, struct slice why)
{
	struct str s = { 0 }, tail = { 0 };
	struct jsonw w;
	char now[INSTANT_TEXT_MAX], start[INSTANT_TEXT_MAX];

	jw_start(&w, &tail);
	jw_object(&w, NULL);
	jw_cstr(&w, "reason", reason_name(reason));
	instant_print(e->start, start);
	jw_cstr(&w, "start", start);
	/* Nothing in the CRM waits that would bring it back; a release will, if
	 * it is about categories alone. */
	if (e->changes.data == NULL && e->id.len > 0 && e->op != OP_MARK) {
		instant_print(end->run->now, now);
		jw_cstr(&w, "due", now);
	}
	jw_array(&w, "mail");
	jw_end(&w);
	jw_raw(&w, "why", why);
	jw_end(&w);
	str_add_slice(&s, e->held);
	tail.data[0] = ',';
	str_add_slice(&s, str_slice(&tail));
	stream_put(end->out, str_slice(&s));
	end->tally->ops[OP_HOLD]++;
	str_free(&s);
	str_free(&tail);
}

/* It does not go.  A hold is written once; of a first run nothing is held. */
static void
put_stopped(const struct entry *e, const struct section_end *end,
    const struct verdict *v, struct slice why)
{
	struct entry known = *e;
	const struct instead skip = { .reason = v->reason,
		.rule = v->rule,
		.key = v->key,
		.evidence = v->evidence,
		.again = v->reason == R_FIRST_RUN ||
			 (e->changes.data == NULL && e->op != OP_MARK) };

	if (v->reason != R_FIRST_RUN && e->open_reason.data == NULL) {
		put_hold(e, end, v->reason, why);
		return;
	}
	if (e->open_reason.data != NULL)
		known.seen = e->open_reason;
	kept_skip(&known, end, &skip);
}

void
kept_hold_out(const struct entry *e, const struct section_end *end,
    const struct instead *i)
{
	struct arena a = { .max = 0 };
	const struct candidate c = { .arena = &a };
	const struct verdict v = { i->reason, i->rule, i->key, i->evidence };

	put_stopped(
	    e, end, &v, ops_out_why_held(&c, &end->section->policy, &v));
	arena_free(&a);
}

enum reason
kept_put_out(const struct entry *e, const struct section_end *end)
{
	const struct policy *p = &end->section->policy;
	struct str tell = { 0 };
	struct arena a = { .max = 0 };
	const struct candidate c = { .arena = &a };
	const struct mail_ask ask = { .run = end->run,
		.policy = p,
		.mail = &e->mail,
		.spent = e->spent,
		.spent_count = e->spent_count,
		.released = e->hold != 0 };
	const struct instead later = kept_tomorrow();
	struct verdict v;

	if (!kept_may_go(e)) {
		put_stopped(e, end, &e->verdict, e->why_held);
		return e->verdict.reason;
	}
	if (day_counts(end->run, e->op) &&
	    !day_has_room(end->day, end->run, NO_SLICE)) {
		kept_skip(e, end, &later);
		return later.reason;
	}
	v = mail_spend(end->mails, &ask, &tell);
	if (v.reason == R_NONE) {
		put_op(e, end);
		day_add(end->day, end->run, NO_SLICE);
	} else {
		put_stopped(e, end, &v, ops_out_why_held(&c, p, &v));
	}
	arena_free(&a);
	str_free(&tell);
	return v.reason;
}

/* Not an exception if there is another: it may have people of its own. */
void
kept_join_series(struct entry *const *entries, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct entry *head = entries[i];

		if (head->series.data == NULL || head->head != NULL)
			continue;
		for (size_t n = i; n < count; n++)
			if (head->is_exception && !entries[n]->is_exception &&
			    slice_eq(entries[n]->series, head->series))
				head = entries[n];
		for (size_t n = i; n < count; n++)
			if (slice_eq(entries[n]->series, head->series))
				entries[n]->head = head;
	}
}

void
kept_put_series(struct entry *const *entries, size_t count,
    const struct entry *head, const struct section_end *end,
    enum reason stopped)
{
	const bool again = stopped == R_INCOMPLETE || stopped == R_FIRST_RUN;
	const struct instead skip =
	    stopped == R_LIMIT
		? kept_tomorrow()
		: (struct instead){ .reason = stopped, .again = again };

	for (size_t i = 0; i < count; i++) {
		struct entry date = *entries[i];

		if (date.head != head || entries[i] == head)
			continue;
		if (stopped == R_NONE) {
			stream_put(end->out, date.ends);
			end->tally->ops[OP_END]++;
			continue;
		}
		/* The head's hold, or its skip, tells people. */
		date.seen = slice_of(reason_name(stopped));
		kept_skip(&date, end, &skip);
	}
}
