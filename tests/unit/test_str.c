/* str: views, comparison, numbers, the growing buffer and its maximum. */
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include "exits.h"
#include "str.h"
#include "t.h"

static void
test_compare(void)
{
	static const struct {
		const char *a, *b;
		int order;
	} rows[] = {
		{ "a", "a", 0 },
		{ "a", "b", -1 },
		{ "ab", "a", 1 },
		{ "", "a", -1 },
		{ "", "", 0 },
		{ NULL, NULL, 0 },
		{ NULL, "", -1 },
		{ "Z", "a", -1 },
		{ "\x7f", "\x80", -1 },
	};
	size_t i;
	int got;

	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct slice a = slice_of(rows[i].a), b = slice_of(rows[i].b);

		got = slice_cmp(a, b);
		is_int((got > 0) - (got < 0), rows[i].order, "order %zu", i);
		got = slice_cmp(b, a);
		is_int((got > 0) - (got < 0), -rows[i].order,
		    "order %zu, other way", i);
		ok(slice_eq(a, b) == (rows[i].order == 0), "equal %zu", i);
	}
	ok(slice_is_nocase(SLICE("Ann@FIRM.test"), "ann@firm.test"),
	    "case of letters is no difference");
	ok(!slice_is_nocase(SLICE("ann"), "anne"), "a prefix is not equal");
	ok(!slice_is_nocase(SLICE("anne"), "ann"), "nor the other way");
	ok(!slice_is_nocase(SLICE("\xc3\x84"), "\xc3\xa4"),
	    "case of letters outside ASCII is one");
	ok(slice_starts(SLICE("abc"), "ab") && !slice_starts(SLICE("a"), "ab"),
	    "starts");
	ok(slice_ends(SLICE("abc"), "bc") && !slice_ends(SLICE("c"), "bc"),
	    "ends");
	ok(!slice_starts(NO_SLICE, "") && slice_starts(SLICE(""), ""),
	    "nothing starts with nothing");
}

static void
test_parts(void)
{
	struct slice rest, part;

	is_slice(slice_trim(SLICE(" \t a b\r\n")), "a b", "trim");
	is_slice(slice_trim(SLICE("  ")), "", "trim blanks only");
	is_slice(slice_trim(SLICE("\xc2\xa0")), "\xc2\xa0",
	    "trim leaves what is not ASCII");
	ok(slice_trim(NO_SLICE).data == NULL, "trim nothing");
	part = slice_cut(SLICE("a,b,c"), ',', &rest);
	is_slice(part, "a", "cut: before");
	is_slice(rest, "b,c", "cut: after");
	part = slice_cut(SLICE("abc"), ',', &rest);
	is_slice(part, "abc", "cut without separator: all");
	is_slice(rest, NULL, "cut without separator: no rest");
	part = slice_cut(SLICE("abc,"), ',', &rest);
	is_slice(rest, "", "cut at the end: empty rest");
	part = slice_cut(NO_SLICE, ',', &rest);
	is_slice(part, NULL, "cut nothing");
}

static void
test_numbers(void)
{
	static const struct {
		const char *text;
		int64_t min, max;
		bool good;
		int64_t n;
	} rows[] = {
		{ "0", 0, 9, true, 0 },
		{ "-0", 0, 9, true, 0 },
		{ "9223372036854775807", INT64_MIN, INT64_MAX, true,
		    INT64_MAX },
		{ "9223372036854775808", INT64_MIN, INT64_MAX, false, 0 },
		{ "-9223372036854775808", INT64_MIN, INT64_MAX, true,
		    INT64_MIN },
		{ "-9223372036854775809", INT64_MIN, INT64_MAX, false, 0 },
		{ "99999999999999999999", INT64_MIN, INT64_MAX, false, 0 },
		{ "10", 0, 9, false, 0 },
		{ "-1", 0, 9, false, 0 },
		{ "007", 0, 9, true, 7 },
		{ "", 0, 9, false, 0 },
		{ "-", -9, 9, false, 0 },
		{ "+1", 0, 9, false, 0 },
		{ " 1", 0, 9, false, 0 },
		{ "1 ", 0, 9, false, 0 },
		{ "1.0", 0, 9, false, 0 },
		{ "1e0", 0, 9, false, 0 },
		{ "0x1", 0, 9, false, 0 },
		{ NULL, 0, 9, false, 0 },
	};
	int64_t n;
	size_t i;

	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		n = -77;
		ok(slice_int64(slice_of(rows[i].text), rows[i].min, rows[i].max,
		       &n) == rows[i].good,
		    "number \"%s\"", rows[i].text ? rows[i].text : "(NULL)");
		is_int(n, rows[i].good ? rows[i].n : -77, "its value");
	}
}

static void
test_buffer(void)
{
	struct str s = { .max = 1000 };
	int i;

	is_slice(str_slice(&s), "", "an unused buffer is empty, not nothing");
	str_adds(&s, "ab");
	str_addc(&s, 'c');
	str_add(&s, NULL, 0);
	str_add_slice(&s, SLICE("d\0e"));
	is_int((long long)s.len, 6, "length counts NULs");
	is_int(s.data[6], 0, "a NUL follows");
	str_reset(&s);
	is_str(s.data, "", "reset");
	for (i = 0; i < 100; i++)
		str_addf(&s, "%03d:%s;", i, "x");
	is_int((long long)s.len, 600, "grown by printf");
	ok(strncmp(s.data + 594, "099:x;", 7) == 0, "the last piece is whole");
	str_free(&s);
	ok(s.data == NULL && s.len == 0, "free");
	str_addc(&s, 'a');
	is_slice(str_slice(&s), "a", "what was in a buffer before is not seen");
	str_free(&s);
}

static int
status_of_adding(size_t max, size_t n)
{
	static char bytes[100];
	struct str s = { .max = max };
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		close(STDERR_FILENO);
		while (s.len < n)
			str_add(&s, bytes, n - s.len < 7 ? n - s.len : 7);
		str_free(&s);
		_exit(EXIT_OK);
	}
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status)
		   ? WEXITSTATUS(status)
		   : -1;
}

int
main(void)
{
	test_compare();
	test_parts();
	test_numbers();
	test_buffer();
	is_int(status_of_adding(50, 50), EXIT_OK, "a buffer may be filled");
	is_int(status_of_adding(50, 51), EXIT_DATA,
	    "one byte more ends the program, although a larger one is spare");
	return done();
}
