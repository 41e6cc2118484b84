/*
 * kept: an entry is the finished op and the few things that a skip in its
 * place would say.  So nothing of the record itself has to be kept.
 */
#include <stdlib.h>

#include "kept.h"
#include "ops.h"
#include "xalloc.h"

/* Some three thousand ops; a mailbox that loses more in one run waits for the
 * next with the rest. */
#define KEPT_BYTES_MAX ((size_t)1024 * 1024)

struct entry {
	struct entry *next;
	enum op op;
	bool told; /* a skip stands for it */
	struct slice line;
	/* for the skip */
	struct slice id, uid, original_date, digest, seen;
};

struct kept {
	struct arena arena;
	struct entry *first, **last;
	int64_t deletions; /* also those for which there was no room */
};

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
	free(k);
}

void
kept_drop(struct kept *k)
{
	arena_reset(&k->arena);
	k->first = NULL;
	k->last = &k->first;
	k->deletions = 0;
}

static struct slice
copy_text(struct kept *k, struct slice text)
{
	if (text.data == NULL)
		return NO_SLICE;
	return (struct slice){ arena_copy(&k->arena, text.data, text.len),
		text.len };
}

bool
kept_add(struct kept *k, const struct candidate *c, const struct decision *d)
{
	struct str line = { 0 };
	struct entry *e;

	k->deletions += d->op == OP_DELETE;
	if (k->arena.used >= KEPT_BYTES_MAX)
		return false;
	ops_write(&line, c, d);
	e = arena_array(&k->arena, 1, sizeof *e);
	e->op = d->op;
	e->line = copy_text(k, str_slice(&line));
	e->id = copy_text(k, c->id);
	e->uid = copy_text(k, c->uid);
	e->original_date = copy_text(k, c->original_date);
	e->digest = copy_text(k, c->digest);
	e->seen = copy_text(k, c->seen);
	str_free(&line);
	*k->last = e;
	k->last = &e->next;
	return true;
}

/* Due at once: what was to happen is still to happen. */
static void
put_skip(const struct entry *e, const struct section_end *end,
    enum reason reason, struct slice evidence)
{
	struct candidate c = { .run = end->run,
		.section = end->section,
		.policy = &end->section->policy,
		.id = e->id,
		.uid = e->uid,
		.original_date = e->original_date,
		.digest = e->digest,
		.seen = e->seen };
	struct decision d = { .op = OP_SKIP,
		.reason = reason,
		.key = reason == R_DELETE_MAX ? POL_DELETE_MAX : POL_NONE,
		.due = end->run->now,
		.evidence = evidence };

	ops_put(end->out, end->tally, &c, &d);
}

void
kept_mark(struct kept *k, const struct section_end *mark)
{
	for (struct entry *e = k->first; e != NULL; e = e->next) {
		if (!e->told)
			put_skip(e, mark, R_INCOMPLETE, NO_SLICE);
		e->told = true;
	}
}

void
kept_flush(struct kept *k, const struct section_end *end)
{
	bool too_many = k->deletions > end->allowed;
	struct str evidence = { 0 };

	str_addf(&evidence, "%lld deletions, %lld allowed",
	    (long long)k->deletions, (long long)end->allowed);
	for (const struct entry *e = k->first; e != NULL; e = e->next) {
		if (!end->complete) {
			put_skip(e, end, R_INCOMPLETE, NO_SLICE);
		} else if (e->op == OP_DELETE && too_many) {
			put_skip(e, end, R_DELETE_MAX, str_slice(&evidence));
		} else {
			stream_put(end->out, e->line);
			end->tally->ops[e->op]++;
		}
	}
	str_free(&evidence);
	kept_drop(k);
}
