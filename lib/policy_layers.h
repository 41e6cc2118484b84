/*
 * policy_layers: a user's rows over the org's policy, and what goes onto the
 * stream.  roster and match make the same of the same rows, so a mailbox's
 * `policy` and a candidate's `owner_policy` are equal byte for byte.
 */
#ifndef POLICY_LAYERS_H
#define POLICY_LAYERS_H

#include "policy.h"

struct policy_user {
	int64_t now;
	int64_t since; /* when the user was enabled; INSTANT_MIN: not known */
	const char
	    *account; /* each ignored row is logged with it; NULL: silent */
};

/*
 * The org's policy with a user's rows, {KEY: TEXT} as an admin sets them or
 * {KEY: {"value":TEXT,"by":"user"}}, which needs users.edit = yes.  A row that
 * the table does not allow is ignored (U16), and so is a value that is wrong.
 * select.block is joined with the org's list.  Returns how many were ignored.
 */
size_t policy_apply_rows(struct policy *user, const struct policy *org,
    struct arena *a, const struct json *rows, const struct policy_user *facts);

/* What is exchanged with a public calendar, that of a group, is a matter of its own
 * (direction.public); all else knows one direction of a mailbox.  A group has one
 * calendar. */
void policy_take_public(struct policy *p, struct arena *a);

/* Why a user's row would be ignored, or NULL; by_user: set by the user. */
const char *policy_row_refused(const struct policy *org, struct arena *a,
    enum policy_key key, struct slice text, bool by_user,
    const struct policy_user *facts);

/* Members "key":"text" of the keys whose text differs from base's (NULL: of
 * every key), between jw_object and jw_end. */
void policy_write(
    struct jsonw *w, const struct policy *p, const struct policy *base);
/* Members "key":"origin" of the keys that are no default. */
void policy_write_origins(struct jsonw *w, const struct policy *p);
/* Text digest of all keys and texts. */
void policy_digest(const struct policy *p, char hex[POLICY_DIGEST_SIZE]);

#endif
