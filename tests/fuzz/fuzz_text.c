/*
 * fuzz_text: a body, HTML or (first byte 'p') plain, becomes text.  The text
 * keeps the rules about lines, and is the same when it is written and read
 * again in any dress (law L7).
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "canon_html.h"
#include "canon_text.h"
#include "utf8.h"
#include "write_html.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_lines(struct slice text)
{
	size_t i;
	char c;

	assert(utf8_valid(text));
	for (i = 0; i < text.len; i++) {
		c = text.data[i];
		assert((unsigned char)c >= ' ' || c == '\n');
		if (c != '\n')
			continue;
		assert(i > 0 && i + 1 < text.len && text.data[i - 1] != ' ');
		assert(text.data[i - 1] != '\n' || text.data[i + 1] != '\n');
	}
	assert(text.len == 0 ||
	       (text.data[0] != ' ' && text.data[text.len - 1] != ' '));
}

static bool
read_body(struct slice body, bool plain, struct str *out)
{
	static struct text t;
	bool good = true;

	text_start(&t);
	if (plain)
		text_add_kept(&t, body);
	else
		good = html_read(body, &t);
	if (good)
		text_finish(&t, out);
	text_free(&t);
	return good;
}

static void
check_again(struct slice text)
{
	struct str html = { .max = 1 << 26 }, again = { .max = 1 << 26 };
	int dress;

	for (dress = 0; dress < DRESSES; dress++) {
		str_reset(&html);
		str_reset(&again);
		write_html(&html, text, dress);
		/* A bare & before letters is one error; thousands are refused. */
		if (!read_body(str_slice(&html), false, &again))
			continue;
		assert(slice_eq(str_slice(&again), text));
	}
	str_free(&html);
	str_free(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice body = { (const char *)data, size };
	struct str text = { .max = 1 << 26 };
	bool plain = size > 0 && data[0] == 'p';

	if (plain) {
		body.data++;
		body.len--;
	}
	/* What JSON lets through. */
	if (!utf8_valid(body) || (size > 0 && memchr(data, '\0', size) != NULL))
		return 0;
	if (read_body(body, plain, &text)) {
		check_lines(str_slice(&text));
		check_again(str_slice(&text));
	}
	str_free(&text);
	return 0;
}
