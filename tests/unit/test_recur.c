/*
 * fuzz_recur over its corpus.  What recurrences mean is in the golden cases
 * of normalize.
 */
#include "../fuzz/fuzz_recur.c"
#include "canon_fields.c"
#include "canon_recur.c"
#include "canon_recur_text.c"

#include "corpus.h"
#include "log.h"

/* The longest sentence that any pattern and range can make. */
static void
test_longest(void)
{
	struct recurrence r = { .pattern = RELATIVE_YEARLY,
		.interval = INTERVAL_MAX,
		.month = 12,
		.days = ALL_DAYS - 1,
		.position = 2,
		.range = NUMBERED,
		.count = INT32_MAX };
	struct str text = { .max = RECUR_TEXT_MAX };

	recur_text(&r, &text);
	ok(text.len < RECUR_TEXT_MAX,
	    "the longest sentence has %zu characters (P-088)", text.len);
	is_str(text.data,
	    "Every 9999 years on the second of Tue, Wed, Thu, Fri, Sat, Sun "
	    "of Dec, 2147483647 times",
	    "and says everything");
	str_free(&text);
}

int
main(void)
{
	log_init("recur", NULL);
	test_longest();
	replay(LLVMFuzzerTestOneInput, "tests/fuzz/corpus/recur");
	return done();
}
