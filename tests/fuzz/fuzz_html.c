/*
 * fuzz_html: where the quick reader of HTML bodies does not give up, the text
 * is the one that libxml2's parser makes.  A comment at the end makes
 * html_read take that one.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "canon_html.h"
#include "canon_html_plain.h"
#include "utf8.h"

#define COMMENT "<!-- -->"

static unsigned long compared;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_parsed(struct slice html, struct slice text)
{
	static struct text t;
	struct str body = { .max = 1 << 26 }, parsed = { .max = 1 << 26 };

	str_add_slice(&body, html);
	str_adds(&body, COMMENT);
	text_start(&t);
	assert(html_read(str_slice(&body), &t));
	text_finish(&t, &parsed);
	assert(slice_eq(str_slice(&parsed), text));
	compared++;
	text_free(&t);
	str_free(&body);
	str_free(&parsed);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct view view;
	static struct text t;
	struct slice html = { (const char *)data, size };
	struct str text = { .max = 1 << 26 };

	/* What JSON lets through. */
	if (size == 0 || !utf8_valid(html) || memchr(data, '\0', size) != NULL)
		return 0;
	text_start(&t);
	if (html_read_plain(html, &view, &t)) {
		text_finish(&t, &text);
		check_parsed(html, str_slice(&text));
	}
	text_free(&t);
	str_free(&text);
	str_free(&view.href);
	return 0;
}
