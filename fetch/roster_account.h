/*
 * roster_account: one row of calsync.roster_accounts becomes `mailbox` lines.
 */
#ifndef ROSTER_ACCOUNT_H
#define ROSTER_ACCOUNT_H

#include "json.h"
#include "policy_layers.h"
#include "stream.h"

struct roster {
	const struct policy *org;
	char org_digest[POLICY_DIGEST_SIZE];
	int64_t now;
	bool all;		  /* also those that are not due */
	const char *const *event; /* asked for by name: these events alone */
	size_t events;
	bool cleanup; /* as if each user's cleanup had been asked for */
	struct stream_out *out;
	size_t mailboxes, gated, waiting, ignored;
};

/* Write the line of the account, if it is due.  `a` holds the
 * row and is the record's.  False: the row is not what stream.md says. */
bool roster_account(struct roster *r, const struct json *row, struct arena *a);

#endif
