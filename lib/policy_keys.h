/*
 * policy_keys: a row of the table of keys, for the parser and for programs
 * that explain the policy.  Stages need only policy.h.
 */
#ifndef POLICY_KEYS_H
#define POLICY_KEYS_H

#include "policy.h"

enum policy_type {
	POLICY_WORD,
	POLICY_YESNO,
	POLICY_LIST,
	POLICY_NUMBER,
	POLICY_SPAN, /* a duration, or what stands for one */
	POLICY_TEXT,
	POLICY_TIME,
	POLICY_LIMIT /* a number and a share */
};

/* What a user's own row may do with the key. */
enum policy_user_may {
	USER_NO,
	USER_NARROW, /* only towards less sync */
	USER_YES
};

enum policy_flag {
	KEY_PLAIN,
	KEY_ORDERED,  /* a list in which order counts */
	KEY_LATER,    /* not yet: only the default is accepted */
	KEY_ADMIN_ANY /* an admin may give a user any value */
};

struct policy_info {
	unsigned group; /* see policy_heading */
	const char *name;
	enum policy_type type;
	enum policy_user_may user;
	enum policy_flag flag;
	const char *init;    /* the default */
	const char *allowed; /* alternatives, separated by ", " */
	const char *meaning;
	const char *serves; /* requirements */
};

const struct policy_info *policy_info(enum policy_key key);
const char *policy_heading(enum policy_key key);
const char *policy_type_name(enum policy_type type);
/* The key whose name is most like an unknown one; POL_NONE if none is. */
enum policy_key policy_key_near(struct slice name);
/* Alternative number `place` of `allowed`; NO_SLICE behind the last. */
struct slice policy_alternative(const char *allowed, size_t place);

#endif
