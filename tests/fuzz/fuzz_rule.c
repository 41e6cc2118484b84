/*
 * fuzz_rule: an RRULE is refused with a reason, or becomes a recurrence of
 * Graph that normalize reads as the same recurrence (law L7).
 * fuzz-sources: apply/rule.c
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "../../apply/rule.h"
#include "instant.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_same(const struct recurrence *a, const struct recurrence *b)
{
	assert(a->pattern == b->pattern && a->interval == b->interval);
	assert(a->day == b->day && a->month == b->month);
	assert(a->days == b->days && a->position == b->position);
	assert(a->week_start == b->week_start && a->range == b->range);
	assert(a->end == b->end && a->count == b->count);
}

/* As Graph has it. */
static void
reread(const struct recurrence *r, const struct rule_start *start,
    struct arena *a, struct recurrence *out)
{
	struct str text = { .max = 4096 };
	struct fields f = { .arena = a };
	struct slice copy;
	struct jsonw w;

	jw_start(&w, &text);
	jw_object(&w, NULL);
	rule_write(r, start, SLICE("W. Europe Standard Time"), &w);
	jw_end(&w);
	copy.data = arena_copy(a, text.data, text.len);
	copy.len = text.len;
	assert(recur_read(&f,
	    json_get(json_parse(a, copy, JSON_STRICT, NULL), "recurrence"),
	    out));
	str_free(&text);
}

static void
check(struct slice rrule, const struct rule_start *start)
{
	struct arena a = { .max = 1 << 20 };
	struct str text = { .max = 1024 };
	struct recurrence r, graph, again;
	const char *why = rule_read(rrule, start, &r);
	struct civil last;

	civil_from(r.end * DAY_US, &last);
	if (why != NULL) {
		assert(why[0] != '\0');
	} else if (last.year != 9999) { /* there it means "without end" */
		reread(&r, start, &a, &graph);
		check_same(&r, &graph);
		recur_rule(&graph, start->zone, start->all_day, &text);
		assert(rule_read(str_slice(&text), start, &again) == NULL);
		check_same(&r, &again);
	}
	str_free(&text);
	arena_free(&a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int64_t local = 20786 * DAY_US + 9 * 3600 * SECOND_US;
	struct slice rrule = { (const char *)data, size };
	struct rule_start timed = { local, tz_find(SLICE("Europe/Berlin")),
		false };
	struct rule_start day = { 20786 * DAY_US, NULL, true };

	if (size > 4096)
		return 0;
	check(rrule, &timed);
	check(rrule, &day);
	return 0;
}
