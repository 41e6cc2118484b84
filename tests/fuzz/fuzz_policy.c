/*
 * fuzz_policy: each line of the input is KEY = VALUE.  A value that is accepted
 * has a canonical text which is accepted again and is the same; the whole goes
 * through the stream's JSON with the same digest; a user's rows never make the
 * policy unreadable.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "instant.h"
#include "policy_layers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
put_line(struct policy *p, struct arena *a, struct slice line)
{
	struct slice value, name = slice_trim(slice_cut(line, '=', &value));
	enum policy_key key = policy_key_find(name);
	struct str why = { 0 };
	struct policy again;

	if (key == POL_NONE) {
		str_free(&why);
		return;
	}
	if (policy_set(p, a, key, value, "fuzz", &why)) {
		policy_init(&again);
		assert(policy_set(
		    &again, a, key, policy_value_text(p, key), "fuzz", &why));
		assert(slice_eq(
		    policy_value_text(p, key), policy_value_text(&again, key)));
	} else {
		assert(why.len > 0);
	}
	str_free(&why);
}

static const struct json *
written(const struct policy *p, const struct policy *base, struct arena *a,
    struct str *text)
{
	const char *why = NULL;
	struct json *parsed;
	struct jsonw w;

	jw_start(&w, text);
	jw_object(&w, NULL);
	policy_write(&w, p, base);
	jw_end(&w);
	parsed = json_parse(a, str_slice(text), JSON_STRICT, &why);
	assert(parsed != NULL);
	return parsed;
}

static void
check_stream(const struct policy *p, struct arena *a)
{
	char one[POLICY_DIGEST_SIZE], other[POLICY_DIGEST_SIZE];
	struct policy_user facts = { 1795251600 * SECOND_US, 0, NULL };
	struct str text = { 0 }, why = { 0 };
	struct policy again, user;

	policy_init(&again);
	assert(policy_read(&again, a, written(p, NULL, a, &text), &why));
	policy_digest(p, one);
	policy_digest(&again, other);
	assert(strcmp(one, other) == 0);
	policy_init(&again);
	policy_apply_rows(&user, &again, a,
	    json_parse(a, str_slice(&text), JSON_STRICT, NULL), &facts);
	str_reset(&text);
	assert(policy_read(&again, a, written(&user, &again, a, &text), &why));
	str_free(&text);
	str_free(&why);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest = { (const char *)data, size }, line;
	struct arena a = { 0 };
	struct policy p;

	policy_init(&p);
	while (rest.len > 0) {
		line = slice_cut(rest, '\n', &rest);
		put_line(&p, &a, line);
	}
	check_stream(&p, &a);
	arena_free(&a);
	return 0;
}
