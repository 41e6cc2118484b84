/*
 * ops: the records that this stage writes (docs/stream.md, section 5).
 */
#ifndef OPS_H
#define OPS_H

#include "decision.h"
#include "stream.h"

/* What a section wrote, by kind: the `counts` of its mailbox.end. */
struct tally {
	uint64_t ops[OP_COUNT]; /* OP_SKIP: all skips */
	uint64_t skips[REASON_COUNT];
};

/* "crm.create" and so on. */
const char *op_name(enum op op);

/* The line of policy that people are told: a group's direction has its own. */
enum policy_key ops_key(const struct candidate *c, enum policy_key key);

/* The op or skip record, without LF, appended to `line`. */
void ops_write(
    struct str *line, const struct candidate *c, const struct decision *d);
/* The same, written and counted. */
void ops_put(struct stream_out *out, struct tally *t, const struct candidate *c,
    const struct decision *d);
/* "counts":{"reconcile.crm.create":1,...}: what is not zero. */
void ops_write_tally(struct str *s, const struct tally *t);

#endif
