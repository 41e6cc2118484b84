/* policy: what its unit tests share. */
#ifndef TEST_POLICY_H
#define TEST_POLICY_H

#include "instant.h"
#include "policy_form.h"
#include "policy_keys.h"
#include "t.h"

static struct arena arena;

static enum policy_key
key_of(const char *name)
{
	return policy_key_find(slice_of(name));
}

static bool
set(struct policy *p, const char *name, const char *value)
{
	struct str why = { 0 };
	bool good =
	    policy_set(p, &arena, key_of(name), slice_of(value), "test", &why);

	if (!good)
		printf("# %s\n", why.data);
	str_free(&why);
	return good;
}

static int64_t
at(const char *text)
{
	int64_t us = -1;

	if (!instant_parse(slice_of(text), &us))
		ok(false, "%s is an instant", text);
	return us;
}

#endif
