/*
 * text: law L7 over bodies that are made of the pieces that matter, in an
 * order that a seed decides; and fuzz_text over its corpus.  What comes out of
 * single bodies is in the golden cases of normalize.
 */
#include "../fuzz/fuzz_text.c"
#include "canon_html.c"
#include "canon_html_guard.c"
#include "canon_text.c"

#include "corpus.h"
#include "log.h"
#include "pick.h"

#define BODIES 2500
#define LINE   "________________________"
#define JOIN   "https://teams.microsoft.com/l/meetup-join/19%3ax"

static const char *const html_pieces[] = { "word", "two words", " ", "  ",
	"\r\n", "\t", "&nbsp;", "\xc2\xa0", "&amp;", "&lt;b&gt;", "&", "<",
	"<br>", "<br/>", "<p>", "</p>", "<div>", "</div>", "<ul>", "<li>",
	"</li>", "</ul>", "<table>", "<tr>", "<td>", "</td>", "</tr>",
	"</table>", "<b>", "</b>", "<pre>", "</pre>", "<a href=\"" JOIN "\">",
	"<a href='mailto:a@b.test'>", "a@b.test", "</a>", "<hr>", "<!-- c -->",
	"<![if !x]>", "<![endif]>", "<style>", "</style>",
	"<div class=\"me-email-text\">", LINE, "<p>" LINE "</p>", JOIN,
	"<p>" JOIN "</p>", "\xc3\xa9", "\xf0\x9f\x9a\x80", "\xef\xbb\xbf",
	"&#65279;", "&#1;", "- ", "&eacute;", "<span>", "</span>", "<o:p>",
	"</o:p>", "<body>", "</html>" };
static const char *const plain_pieces[] = { "p", "word", "two words", " ", "  ",
	"\r\n", "\n", "\n\n\n", "\r", "\t", "\xc2\xa0", "&amp;", "<br>", "<p>",
	"\n" LINE "\n", "\n" JOIN "\n", LINE, JOIN, "- item", "\001", "\x7f",
	"\xef\xbb\xbf", "\xef\xbf\xbf", "\xc2\x85", "a<b", "&nbsp;" };

static void
make(struct str *out, const char *const *pieces, size_t count)
{
	size_t n = pick(25) + 1;

	str_reset(out);
	while (n-- > 0)
		str_adds(out, pieces[pick(count)]);
}

/* fuzz_text asserts, so that reaching the end is the test. */
static void
test_seeds(bool plain)
{
	struct str body = { .max = 1 << 20 };
	int i;

	for (i = 0; i < BODIES; i++) {
		seed = (uint64_t)i;
		if (plain)
			make(&body, plain_pieces,
			    sizeof plain_pieces / sizeof plain_pieces[0]);
		else
			make(&body, html_pieces,
			    sizeof html_pieces / sizeof html_pieces[0]);
		if (plain)
			body.data[0] = 'p';
		LLVMFuzzerTestOneInput((const uint8_t *)body.data, body.len);
	}
	str_free(&body);
	ok(true,
	    "%d %s bodies, written in %d dresses and read again, are "
	    "the same text (L7)",
	    BODIES, plain ? "plain" : "HTML", DRESSES);
}

/* By single characters a text is the same as in one piece: no run of words
 * swallows what has to be looked at. */
static void
test_runs(void)
{
	static struct text whole, single;
	struct str body = { .max = 1 << 20 };
	struct slice rest, one;
	bool same = true;
	uint32_t cp;
	int i;

	for (i = 0; i < BODIES; i++) {
		seed = (uint64_t)i;
		make(&body, plain_pieces,
		    sizeof plain_pieces / sizeof plain_pieces[0]);
		text_start(&whole);
		text_start(&single);
		text_add(&whole, str_slice(&body));
		for (rest = str_slice(&body); rest.len > 0;
		     skip(&rest, one.len)) {
			one = rest;
			one.len = utf8_decode(rest, &cp);
			text_add(&single, one);
		}
		same = same && whole.content == single.content &&
		       whole.blank == single.blank &&
		       slice_eq(str_slice(&whole.raw), str_slice(&single.raw));
	}
	ok(same, "texts are the same in one piece and by characters");
	text_free(&whole);
	text_free(&single);
	str_free(&body);
}

/* Every code point that a text can hold, between two letters. */
static void
test_code_points(void)
{
	struct str body = { .max = 64 };
	char bytes[4];
	uint32_t cp;

	for (cp = 1; cp <= 0x10ffff; cp += cp < 0x3000 ? 1 : 97) {
		str_reset(&body);
		str_adds(&body, "pa");
		str_add(&body, bytes, utf8_encode(cp, bytes));
		str_adds(&body, "b");
		LLVMFuzzerTestOneInput((const uint8_t *)body.data, body.len);
	}
	for (cp = 0xfdd0; cp <= 0xffff; cp++) {
		str_reset(&body);
		str_adds(&body, "pa");
		str_add(&body, bytes, utf8_encode(cp, bytes));
		str_adds(&body, "b");
		LLVMFuzzerTestOneInput((const uint8_t *)body.data, body.len);
	}
	str_free(&body);
	ok(true, "each character comes back from HTML or is left out before "
		 "(L7)");
}

int
main(void)
{
	log_init("text", NULL);
	test_seeds(false);
	test_seeds(true);
	test_runs();
	test_code_points();
	replay(LLVMFuzzerTestOneInput, "tests/fuzz/corpus/text");
	html_free();
	return done();
}
