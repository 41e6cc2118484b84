/*
 * json_repair: foreign text made fit for the stream, byte by byte.  It knows
 * strings from what is between them and nothing else: whether the result is
 * JSON is json_parse's to say.
 *
 * A character that a database cannot hold is replaced, as a person would do
 * it, and the event lives; refusing it would lose a meeting over a byte.
 */
#include "json.h"
#include "json_scan.h"
#include "utf8.h"

#define REPLACEMENT	   "\xef\xbf\xbd" /* U+FFFD */
#define REPLACEMENT_ESCAPE "\\ufffd"

/* What stands at a backslash; returns how much of it was dealt with. */
static size_t
repair_escape(struct slice s, struct str *out)
{
	const char *end = s.data + s.len;
	int unit = json_escaped_unit(s.data, end), low;
	size_t n = 6;

	if (unit >= 0xd800 && unit <= 0xdbff) {
		low = json_escaped_unit(s.data + 6, end);
		if (low >= 0xdc00 && low <= 0xdfff)
			n = 12;
		else
			unit = 0;
	} else if (unit >= 0xdc00 && unit <= 0xdfff) {
		unit = 0;
	}
	if (unit == 0) {
		str_adds(out, REPLACEMENT_ESCAPE);
		return 6;
	}
	if (unit < 0)
		n = s.len > 1 && s.data[1] >= 0x20 && s.data[1] < 0x7f ? 2 : 1;
	str_add(out, s.data, n);
	return n;
}

/* A byte that is neither quote nor backslash, with what belongs to it. */
static size_t
repair_char(struct slice s, bool in_string, struct str *out)
{
	unsigned char c = (unsigned char)s.data[0];
	size_t n = 1, max = s.len < 4 ? s.len : 4;

	if (c == 0 && in_string) {
		str_adds(out, REPLACEMENT_ESCAPE);
	} else if (c < 0x20 && in_string) {
		str_addf(out, "\\u%04x", c);
	} else if (c < 0x20) {
		str_addc(out, ' ');
	} else if (c < 0x80) {
		str_addc(out, (char)c);
	} else {
		while (n < max && !utf8_valid((struct slice){ s.data, n }))
			n++;
		if (utf8_valid((struct slice){ s.data, n })) {
			str_add(out, s.data, n);
		} else {
			str_adds(out, REPLACEMENT);
			n = 1;
		}
	}
	return n;
}

void
json_repair(struct slice s, struct str *out)
{
	bool in_string = false;
	size_t n;

	while (s.len > 0) {
		if (s.data[0] == '"') {
			in_string = !in_string;
			str_addc(out, '"');
			n = 1;
		} else if (s.data[0] == '\\' && in_string) {
			n = repair_escape(s, out);
		} else {
			n = repair_char(s, in_string, out);
		}
		s = (struct slice){ s.data + n, s.len - n };
	}
}
