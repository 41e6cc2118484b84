/*
 * fuzz_recur: a recurrence as JSON is refused with a reason, or gives a rule
 * and a sentence that are short and printable.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "canon_recur.h"
#include "tz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_printable(struct slice s, size_t max)
{
	size_t i;

	assert(s.len > 0 && s.len <= max);
	for (i = 0; i < s.len; i++)
		assert(s.data[i] >= ' ' && s.data[i] <= '~');
}

static void
check_rule(const struct recurrence *r, const struct tz *zone, bool all_day)
{
	struct str rule = { .max = 1024 };

	recur_rule(r, zone, all_day, &rule);
	assert(slice_starts(str_slice(&rule), "FREQ="));
	check_printable(str_slice(&rule), 200);
	str_free(&rule);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = { .max = 1 << 26 };
	struct slice line = { (const char *)data, size };
	const struct json *v = json_parse(&a, line, JSON_LAST_WINS, NULL);
	struct fields f = { .arena = &a };
	struct str text = { .max = RECUR_TEXT_MAX };
	struct recurrence r;

	if (v != NULL && v->type == JSON_OBJECT) {
		if (recur_read(&f, v, &r)) {
			check_rule(&r, NULL, false);
			check_rule(&r, NULL, true);
			check_rule(
			    &r, tz_find(SLICE("Pacific/Chatham")), false);
			recur_text(&r, &text);
			check_printable(str_slice(&text), RECUR_TEXT_MAX);
		} else {
			assert(strcmp(f.fault.code, "bad_recurrence") == 0);
			assert(f.fault.detail[0] != '\0');
		}
	}
	str_free(&text);
	arena_free(&a);
	return 0;
}
