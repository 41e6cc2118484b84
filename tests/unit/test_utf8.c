/* utf8: RFC 3629 byte by byte, cutting, and every code point there and back. */
#include "t.h"
#include "utf8.h"

static void
test_valid(void)
{
	static const struct {
		const char *text;
		int valid; /* bytes of the valid part */
		const char *what;
	} rows[] = {
		{ "", 0, "empty" },
		{ "plain ASCII text of more than eight bytes", 41, "ASCII" },
		{ "\x7f", 1, "DEL" },
		{ "\xc2\x80", 2, "U+0080" },
		{ "\xdf\xbf", 2, "U+07FF" },
		{ "\xe0\xa0\x80", 3, "U+0800" },
		{ "\xed\x9f\xbf", 3, "U+D7FF" },
		{ "\xee\x80\x80", 3, "U+E000" },
		{ "\xef\xbf\xbf", 3, "U+FFFF" },
		{ "\xf0\x90\x80\x80", 4, "U+10000" },
		{ "\xf4\x8f\xbf\xbf", 4, "U+10FFFF" },
		{ "a\x80", 1, "continuation without lead" },
		{ "\xc0\x80", 0, "overlong NUL (Y3)" },
		{ "\xc1\xbf", 0, "overlong DEL" },
		{ "\xe0\x9f\xbf", 0, "overlong in three bytes" },
		{ "\xf0\x8f\xbf\xbf", 0, "overlong in four bytes" },
		{ "\xed\xa0\x80", 0, "high surrogate (Y3)" },
		{ "\xed\xbf\xbf", 0, "low surrogate" },
		{ "\xf4\x90\x80\x80", 0, "U+110000" },
		{ "\xf5\x80\x80\x80", 0, "lead F5 (Y3)" },
		{ "\xff", 0, "FF" },
		{ "ab\xc3", 2, "cut after the lead of two" },
		{ "ab\xe2\x82", 2, "cut in three" },
		{ "ab\xf0\x9f\x98", 2, "cut in four" },
		{ "\xe2\x82g", 0, "third byte is a letter" },
		{ "12345678\xc3(", 8, "behind eight ASCII bytes" },
		{ "1234567\xc3\xa9"
		  "12345678",
		    17, "across a word's edge" },
	};
	size_t i;

	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct slice s = slice_of(rows[i].text);

		is_int((long long)utf8_valid_length(s), rows[i].valid, "%s",
		    rows[i].what);
		ok(utf8_valid(s) == (s.len == (size_t)rows[i].valid),
		    "%s: whole", rows[i].what);
	}
	ok(utf8_valid(NO_SLICE), "nothing is valid");
	ok(utf8_valid((struct slice){ "\0", 1 }), "NUL is UTF-8");
}

static void
test_all_code_points(void)
{
	uint32_t cp, back = 0, wrong = 0, lengths = 0;
	char buf[4];
	size_t n;

	for (cp = 0; cp <= 0x110000; cp++) {
		n = utf8_encode(cp, buf);
		if (n == 0) {
			wrong +=
			    !((cp >= 0xd800 && cp <= 0xdfff) || cp == 0x110000);
			continue;
		}
		lengths += (uint32_t)n;
		wrong += utf8_decode((struct slice){ buf, n }, &back) != n;
		wrong += back != cp || !utf8_valid((struct slice){ buf, n });
	}
	is_int(
	    wrong, 0, "each code point goes there and back, surrogates do not");
	is_int(lengths, 128 + 1920 * 2 + (0xf800 - 0x800) * 3 + 0x100000 * 4,
	    "each in its shortest form");
}

static void
test_cut(void)
{
	/* a, e acute, euro, grinning face: 1 + 2 + 3 + 4 bytes */
	static const char text[] = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80";
	static const size_t fits[] = { 0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10 };
	static const size_t heads[] = { 0, 1, 3, 6, 10, 10 };
	size_t i;

	for (i = 0; i < sizeof fits / sizeof *fits; i++)
		is_int((long long)utf8_prefix(slice_of(text), i),
		    (long long)fits[i], "prefix of %zu bytes", i);
	for (i = 0; i < sizeof heads / sizeof *heads; i++)
		is_int((long long)utf8_head(slice_of(text), i).len,
		    (long long)heads[i], "%zu characters", i);
	is_int((long long)utf8_count(slice_of(text)), 4, "count");
	ok(utf8_head(NO_SLICE, 3).data == NULL, "head of nothing");
}

/* What is wrong is found wherever it stands among others. */
static void
test_long(void)
{
	static const char *const wrong[] = { "\x80", "\xff", "\xc3", "\xe2\x82",
		"\xed\xa0\x80", "\xc0\xaf" };
	char text[64];
	size_t i, at, n;
	int missed = 0;

	for (i = 0; i < sizeof wrong / sizeof *wrong; i++)
		for (at = 0; at < 50; at++) {
			memset(text, 'a', sizeof text);
			if (at >= 12)
				memcpy(text + at - 12, "\xc3\xa9", 2);
			n = strlen(wrong[i]);
			memcpy(text + at, wrong[i], n);
			missed += utf8_valid_length((struct slice){
				      text, sizeof text }) != at;
			missed += utf8_valid_length(
				      (struct slice){ text, at + n }) != at;
			missed +=
			    utf8_valid_length((struct slice){ text, at }) != at;
		}
	is_int(missed, 0, "in 64 bytes each place of an error is found");
}

int
main(void)
{
	test_valid();
	test_all_code_points();
	test_cut();
	test_long();
	return done();
}
