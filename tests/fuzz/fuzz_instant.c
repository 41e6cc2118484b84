/*
 * fuzz_instant: texts that are accepted print as a text of the same instant;
 * numbers go through civil time and back; months keep the day or cut it.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "instant.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_text(struct slice text)
{
	char buf[INSTANT_TEXT_MAX];
	int64_t us, again = 0;
	int32_t days, days_again = 0;
	size_t n;

	if (instant_parse(text, &us)) {
		assert(us >= INSTANT_MIN && us <= INSTANT_MAX);
		n = instant_print(us, buf);
		assert(instant_parse((struct slice){ buf, n }, &again));
		assert(us == again);
	}
	if (local_parse(text, &us)) {
		n = local_print(us, buf);
		assert(local_parse((struct slice){ buf, n }, &again));
		assert(us == again);
	}
	if (date_parse(text, &days)) {
		n = date_print(days, buf);
		assert(slice_eq(text, (struct slice){ buf, n }));
		assert(date_parse((struct slice){ buf, n }, &days_again));
		assert(days == days_again);
	}
}

static void
check_number(int64_t us, int64_t months)
{
	struct civil c, later;
	int64_t back, sum;

	if (us < INSTANT_MIN || us > INSTANT_MAX)
		us = INSTANT_MIN +
		     (int64_t)((uint64_t)us %
			       (uint64_t)(INSTANT_MAX - INSTANT_MIN));
	civil_from(us, &c);
	assert(civil_to(&c, &back) && back == us);
	assert(date_weekday(date_of(us)) == (date_weekday(date_of(us) + 7)));
	sum = instant_add_months(us, months);
	assert(sum >= INSTANT_MIN && sum <= INSTANT_MAX);
	civil_from(sum, &later);
	if (sum != INSTANT_MIN && sum != INSTANT_MAX)
		assert(later.day == c.day ||
		       (later.day >= 28 && later.day < c.day));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int64_t numbers[2] = { 0, 0 };
	char buf[INSTANT_TEXT_MAX];

	check_text((struct slice){ (const char *)data, size });
	memcpy(numbers, data, size < sizeof numbers ? size : sizeof numbers);
	check_number(numbers[0], numbers[1]);
	check_number(numbers[0], numbers[1] % 240000);
	assert(instant_print(numbers[0], buf) < sizeof buf);
	return 0;
}
