/*
 * fuzz_tz: the input is a TZif file, or else a POSIX TZ string.  Whatever is
 * accepted answers for any time, and a wall clock leads back to its instant or
 * to the other one that shows the same.
 */
#include <assert.h>
#include <stdint.h>

/* The statics are needed, and lib's own copy is linked too. */
#define tz_load_all	fuzzed_load_all
#define tz_find		fuzzed_find
#define tz_name		fuzzed_name
#define tz_windows_name fuzzed_windows_name
#define tz_offset	fuzzed_offset
#define tz_local	fuzzed_local
#define tz_utc		fuzzed_utc
#define tz_version	fuzzed_version
#include "tz.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const int64_t seconds[] = { -62135596800, -2208988800, -1, 0, 951782400,
	1774746000, 1792890000, 2147483647, 2147483648, 16725225600,
	253402300799 };

static void
check_zone(const struct tz *z)
{
	size_t i;
	int64_t us, local;

	for (i = 0; i < sizeof seconds / sizeof seconds[0]; i++) {
		us = seconds[i] * SECOND_US;
		/* A file may say that an offset is a century. */
		if (tz_offset(z, us) < -86400 || tz_offset(z, us) > 86400)
			continue;
		local = tz_local(z, us);
		tz_utc(z, local);
	}
}

static void
check_rule(const struct tz_rule *rule)
{
	struct tz z = { .has_rule = true, .rule = *rule };
	size_t i;
	int64_t us, back;

	for (i = 0; i < sizeof seconds / sizeof seconds[0]; i++) {
		us = seconds[i] * SECOND_US;
		back = tz_utc(&z, tz_local(&z, us));
		assert(back == us || back / DAY_US - us / DAY_US <= 15);
		tz_rule_offset(rule, seconds[i]);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = { (const char *)data, size };
	struct tz z = { .names = NULL };
	struct tz_rule rule;

	if (size <= FILE_MAX && parse_file(&z, data, size))
		check_zone(&z);
	arena_free(&tz.arena);
	if (tz_rule_parse(text, &rule))
		check_rule(&rule);
	return 0;
}
