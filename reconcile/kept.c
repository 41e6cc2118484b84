/*
 * kept: the list, and the end of the section.
 *
 * First of all deletions and dropped copies leave, in their order; then, by
 * start and id (U13), adoptions and writes to Graph.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "kept_parts.h"
#include "xalloc.h"

/* Adoptions cannot wait: only a mailbox's first section knows of them. */
#define ADOPTIONS_BYTES_MAX ((size_t)64 * 1024 * 1024)

struct kept *
kept_open(void)
{
	struct kept *k = xcalloc(1, sizeof *k);

	k->last = &k->first;
	return k;
}

void
kept_close(struct kept *k)
{
	arena_free(&k->arena);
	free(k->claims);
	free(k);
}

void
kept_drop(struct kept *k)
{
	arena_reset(&k->arena);
	k->first = NULL;
	k->last = &k->first;
	k->count = k->claim_count = k->events = k->adoption_bytes = 0;
	k->deletions = 0;
}

struct slice
kept_copy(struct kept *k, struct slice text)
{
	if (text.data == NULL)
		return NO_SLICE;
	return (struct slice){ arena_copy(&k->arena, text.data, text.len),
		text.len };
}

bool
kept_has_room(const struct kept *k)
{
	return k->arena.used - k->adoption_bytes < KEPT_BYTES_MAX;
}

bool
kept_wants(const struct decision *d)
{
	return d->op == OP_DELETE || d->op == OP_DROP || d->op == OP_ADOPT ||
	       d->is_late;
}

struct entry *
kept_entry(
    struct kept *k, const struct candidate *c, enum op op, struct slice line)
{
	struct entry *e = arena_array(&k->arena, 1, sizeof *e);

	e->op = op;
	e->line = kept_copy(k, line);
	e->start = c->start;
	e->id = kept_copy(k, c->id);
	e->uid = kept_copy(k, c->uid);
	e->original_date = kept_copy(k, c->original_date);
	e->digest = kept_copy(k, c->digest);
	e->seen = kept_copy(k, c->seen);
	e->crm_id = kept_copy(k, c->crm_id);
	e->changes = kept_copy(k, c->changes);
	*k->last = e;
	k->last = &e->next;
	k->count++;
	return e;
}

/* Also of an event that finds no room: it makes others ambiguous. */
static size_t
add_claims(struct kept *k, const struct candidate *c)
{
	const struct json **twins =
	    arena_array(c->arena, c->twins->count, sizeof(const struct json *));
	enum sign sign;
	size_t count = adopt_twins(c, twins, &sign);

	while (k->claim_count + count > k->claim_room) {
		k->claim_room = k->claim_room > 0 ? 2 * k->claim_room : 64;
		k->claims =
		    xreallocarray(k->claims, k->claim_room, sizeof *k->claims);
	}
	for (size_t i = 0; i < count; i++)
		k->claims[k->claim_count++] = (struct claim){
			.crm_id = kept_copy(k, json_text(twins[i], "crm_id")),
			.event = k->events,
			.event_has = count,
			.sign = sign
		};
	return k->events++;
}

/* The record of an adoption is about its twin. */
static struct candidate
as_pair(const struct candidate *c, const struct decision *d)
{
	struct candidate pair = *c;

	if (d->op != OP_ADOPT)
		return pair;
	pair.crm_id = json_text(d->twin, "crm_id");
	pair.crm_digest = json_text(d->twin, "crm_digest");
	return pair;
}

static bool
has_room(const struct kept *k, const struct decision *d)
{
	if (d->op == OP_ADOPT)
		return k->adoption_bytes < ADOPTIONS_BYTES_MAX;
	return kept_has_room(k);
}

bool
kept_add(struct kept *k, const struct candidate *c, const struct decision *d)
{
	const struct candidate pair = as_pair(c, d);
	size_t event = 0, before = k->arena.used;
	struct str line = { 0 };
	struct entry *e;

	k->deletions += d->op == OP_DELETE && !d->is_asked;
	if (d->op == OP_ADOPT)
		event = add_claims(k, c);
	if (!has_room(k, d))
		return false;
	ops_write(&line, &pair, d);
	e = kept_entry(k, c, d->op, str_slice(&line));
	e->asked = d->is_asked;
	e->event = event;
	str_free(&line);
	if (d->op == OP_ADOPT)
		k->adoption_bytes += k->arena.used - before;
	return true;
}

void
kept_forget_mark(struct kept *k, struct slice id)
{
	struct entry **at = &k->first;

	while (*at != NULL) {
		if ((*at)->op == OP_MARK && slice_eq((*at)->id, id)) {
			*at = (*at)->next;
			k->count--;
		} else {
			at = &(*at)->next;
		}
	}
	k->last = at;
}

/* Due at once where what was to happen is still to happen. */
void
kept_skip(const struct entry *e, const struct section_end *end,
    const struct instead *i)
{
	struct candidate c = { .run = end->run,
		.section = end->section,
		.policy = &end->section->policy,
		.id = e->id,
		.crm_id = e->crm_id,
		.uid = e->uid,
		.original_date = e->original_date,
		.digest = e->digest,
		.seen = e->seen,
		.changes = e->changes,
		.from_crm = e->id.len == 0 };
	struct decision d = { .op = OP_SKIP,
		.reason = i->reason,
		.rule = i->rule,
		.key = i->key,
		.due = i->again	     ? end->run->now
		       : i->tomorrow ? day_next(end->run)
				     : 0,
		.sleeps = i->tomorrow,
		.is_final = i->reason == R_UNCHANGED,
		.is_beside = e->op == OP_MARK,
		.title = e->title,
		.evidence = i->evidence };

	ops_put(end->out, end->tally, &c, &d);
}

void
kept_mark(struct kept *k, const struct section_end *mark)
{
	const struct instead incomplete = { .reason = R_INCOMPLETE,
		.again = true };

	for (struct entry *e = k->first; e != NULL; e = e->next) {
		if (!e->told && e->id.len > 0)
			kept_skip(e, mark, &incomplete);
		e->told = true;
	}
}

static int
by_start(const void *left, const void *right)
{
	const struct entry *a = *(struct entry *const *)left;
	const struct entry *b = *(struct entry *const *)right;
	int order;

	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	order = slice_cmp(a->id.len > 0 ? a->id : a->crm_id,
	    b->id.len > 0 ? b->id : b->crm_id);
	return order != 0 ? order : (int)a->op - (int)b->op;
}

static bool
is_outward(const struct entry *e)
{
	return e->op == OP_POST || e->op == OP_PATCH || e->op == OP_REMOVE ||
	       e->op == OP_RESPOND || e->op == OP_MARK;
}

static bool
is_ordered(const struct entry *e)
{
	return is_outward(e) || e->op == OP_ADOPT;
}

/* None of them is done if there are too many, in this run or in a day.  That some
 * were let pass makes no room for those that were held beside them. */
static struct instead
judge_deletions(
    const struct kept *k, const struct section_end *end, struct str *tell)
{
	int64_t count = k->deletions, before = end->section->deletions;
	bool held = false;

	for (const struct entry *e = k->first; e != NULL; e = e->next) {
		if (e->op != OP_REMOVE || e->asked || !kept_may_go(e) ||
		    (e->head != NULL && e->head != e))
			continue;
		count++;
		held |= slice_is(e->open_reason, "delete_max");
	}
	if (count + (held ? before : 0) > end->allowed) {
		str_addf(tell, "%" PRId64 " deletions, %" PRId64 " allowed",
		    count + (held ? before : 0), end->allowed);
		return (struct instead){ .reason = R_DELETE_MAX,
			.key = POL_DELETE_MAX,
			.evidence = str_slice(tell),
			.again = true };
	}
	if (count > 0 && count > end->allowed_day - before) {
		str_addf(tell, "%lld deletions after %lld, %lld allowed",
		    (long long)count, (long long)before,
		    (long long)end->allowed_day);
		return (struct instead){ .reason = R_DELETE_MAX,
			.key = POL_DELETE_MAX_DAY,
			.evidence = str_slice(tell),
			.again = true };
	}
	return (struct instead){ .reason = R_NONE };
}

struct instead
kept_tomorrow(void)
{
	return (struct instead){ .reason = R_LIMIT,
		.rule = "limit.per_day",
		.key = POL_LIMIT_PER_DAY,
		.tomorrow = true };
}

static void
put_line(const struct entry *e, const struct section_end *end)
{
	const struct instead later = kept_tomorrow();

	if (day_counts(end->run, e->op)) {
		if (!day_has_room(end->day, end->run, NO_SLICE)) {
			kept_skip(e, end, &later);
			return;
		}
		day_add(end->day, end->run, NO_SLICE);
	}
	stream_put(end->out, e->line);
	end->tally->ops[e->op]++;
}

/* Which events are whose.  What only carries the guid of a CRM event that has
 * found its own is a copy that somebody made of it: the next run sees it as an
 * event like any other. */
static void
settle_claims(struct kept *k)
{
	bool *adopts = xcalloc(k->events + 1, sizeof *adopts);
	bool *copies = xcalloc(k->events + 1, sizeof *copies);

	claims_settle(k->claims, k->claim_count);
	for (size_t i = 0; i < k->claim_count; i++) {
		const struct claim *c = &k->claims[i];

		adopts[c->event] |= c->adopts;
		copies[c->event] |=
		    (c->sign == SIGN_MARKER || c->sign == SIGN_KEY) &&
		    !c->adopts &&
		    claims_ask(k->claims, k->claim_count, c->crm_id) == ADOPTED;
	}
	for (struct entry *e = k->first; e != NULL; e = e->next) {
		e->adopts = e->op == OP_ADOPT && adopts[e->event];
		e->copies = e->op == OP_ADOPT && copies[e->event];
	}
	free(adopts);
	free(copies);
}

/* A CRM event that some event of the section is, or may be, is not made. */
static enum reason
reason_of_claims(const struct kept *k, const struct entry *e)
{
	enum claimed claimed;

	if (e->op == OP_ADOPT)
		return e->adopts ? R_NONE : R_MATCH_AMBIGUOUS;
	if (e->op != OP_POST || e->id.len > 0)
		return R_NONE;
	claimed = claims_ask(k->claims, k->claim_count, e->crm_id);
	return claimed == ADOPTED     ? R_UNCHANGED
	       : claimed == AMBIGUOUS ? R_MATCH_AMBIGUOUS
				      : R_NONE;
}

/* R_NONE: what was decided is done. */
static enum reason
put(const struct kept *k, const struct entry *e, const struct section_end *end,
    const struct instead *deletions)
{
	const struct instead incomplete = { .reason = R_INCOMPLETE,
		.again = true };
	const struct instead claimed = { .reason = reason_of_claims(k, e),
		.again = e->copies };
	bool stopped = deletions->reason != R_NONE && !e->asked;

	if (!end->complete) {
		kept_skip(e, end, &incomplete);
		return R_INCOMPLETE;
	}
	if (claimed.reason != R_NONE) {
		kept_skip(e, end, &claimed);
		return claimed.reason;
	}
	if (e->op == OP_DELETE && stopped) {
		kept_skip(e, end, deletions);
		return deletions->reason;
	}
	if (e->op == OP_REMOVE && stopped && kept_may_go(e) && e->hold == 0) {
		kept_hold_out(e, end, deletions);
		return deletions->reason;
	}
	if (is_outward(e))
		return kept_put_out(e, end);
	put_line(e, end);
	return R_NONE;
}

/* What is ordered, by start; returns how many. */
static size_t
sort_entries(struct kept *k, struct entry **ordered)
{
	size_t count = 0;

	for (struct entry *e = k->first; e != NULL; e = e->next)
		if (is_ordered(e))
			ordered[count++] = e;
	if (count > 1)
		qsort(ordered, count, sizeof(struct entry *), by_start);
	return count;
}

void
kept_flush(struct kept *k, const struct section_end *end)
{
	struct str tell = { 0 };
	struct entry **ordered = xcalloc(k->count + 1, sizeof(struct entry *));
	size_t count = sort_entries(k, ordered);
	struct instead deletions;
	enum reason stopped;

	kept_join_series(ordered, count);
	deletions = judge_deletions(k, end, &tell);
	settle_claims(k);
	for (struct entry *e = k->first; e != NULL; e = e->next)
		if (!is_ordered(e))
			put(k, e, end, &deletions);
	for (size_t i = 0; i < count; i++) {
		if (ordered[i]->head != NULL && ordered[i]->head != ordered[i])
			continue;
		stopped = put(k, ordered[i], end, &deletions);
		if (ordered[i]->head != NULL)
			kept_put_series(
			    ordered, count, ordered[i], end, stopped);
	}
	free(ordered);
	str_free(&tell);
	kept_drop(k);
}
