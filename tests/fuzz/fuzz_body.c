/*
 * fuzz_body: a text, a NUL, an HTML body.  The text is the same when it is
 * written and read again (law L7); if a join block of the body is kept, it
 * stands there byte for byte and the text is still the same.
 * fuzz-sources: apply/body.c
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "../../apply/body.h"
#include "canon_html.h"
#include "canon_text.h"
#include "utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
read_html(struct slice html, struct str *out)
{
	struct text t = { 0 };

	text_start(&t);
	assert(html_read(html, &t));
	str_reset(out);
	text_finish(&t, out);
	text_free(&t);
}

/* The text in the one form that is compared. */
static void
read_plain(struct slice plain, struct str *out)
{
	struct text t = { 0 };

	text_start(&t);
	text_add_kept(&t, plain);
	text_finish(&t, out);
	text_free(&t);
}

static bool
holds(struct slice html, const char *block, size_t n)
{
	size_t i;

	for (i = 0; i + n <= html.len; i++)
		if (memcmp(html.data + i, block, n) == 0)
			return true;
	return false;
}

static void
check_block(struct slice text, struct slice html)
{
	struct str plain = { 0 }, all = { .max = 1 << 24 }, again = { 0 };
	const char *block;

	body_write(text, &plain);
	str_add(&plain, "", 0);
	if (body_write_with_block(text, html, &all)) {
		block = all.data + plain.len;
		assert(memcmp(all.data, plain.data, plain.len) == 0);
		assert(holds(html, block, all.len - plain.len));
		read_html(str_slice(&all), &again);
		assert(slice_eq(str_slice(&again), text));
	}
	str_free(&plain);
	str_free(&all);
	str_free(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *nul = memchr(data, '\0', size);
	struct slice plain = { (const char *)data,
		nul != NULL ? (size_t)(nul - data) : size };
	struct slice html = { "", 0 };
	struct str text = { 0 }, written = { .max = 1 << 24 }, again = { 0 };

	if (nul != NULL)
		html = (struct slice){ (const char *)nul + 1,
			size - plain.len - 1 };
	if (!utf8_valid(plain) || !utf8_valid(html))
		return 0;
	read_plain(plain, &text);
	body_write(str_slice(&text), &written);
	str_add(&written, "", 0);
	read_html(str_slice(&written), &again);
	assert(slice_eq(str_slice(&again), str_slice(&text)));
	check_block(str_slice(&text), html);
	str_free(&text);
	str_free(&written);
	str_free(&again);
	return 0;
}
