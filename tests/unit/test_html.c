/*
 * html: the quick reader of HTML bodies against libxml2's, over bodies that are
 * made of tags in an order that a seed decides, most of them closed where they
 * were opened; and fuzz_html over its corpus.
 */
#include "../fuzz/fuzz_html.c"

#include "corpus.h"
#include "log.h"
#include "pick.h"

#define BODIES 20000

static const char *const pairs[][2] = { { "<div>", "</div>" },
	{ "<p style=\"a:&quot;b&quot;\">", "</p>" }, { "<span>", "</span>" },
	{ "<a href=\"http://x.test/\">", "</a>" },
	{ "<a\r\nid=\"y\" href=\"mailto:a@b.test\" >", "</a>" },
	{ "<b>", "</b>" }, { "<i>", "</i>" }, { "<u>", "</u>" },
	{ "<font face=\"z\">", "</font>" }, { "<strong>", "</strong>" },
	{ "<em>", "</em>" }, { "<div class=\"me-email-text\">", "</div>" },
	{ "<span class=\"a\" class=\"me-email-text\">", "</span>" } };
static const char *const pieces[] = { "word", "two words", " ", "\r\n", "\t",
	"&nbsp;", "&amp;", "&lt;b&gt;", "&quot;", "<br>", "<br/>", "<br />",
	"a@b.test", "http://x.test/", "\xc2\xa0", "\xc3\xa9", "\xef\xbb\xbf",
	"\xef\xbf\xbe", "\xf0\x9f\x9a\x80", "\001", "\x7f", "\xc2\x85",
	"________________________", ">", "\"" };
/* What the quick reader gives up at, or should. */
static const char *const odd[] = { "&", "<", "</div>", "</p>", "<p>", "<div>",
	"&eacute;", "&nbsp", "<b>", "</a>", "<div/>", "<body>", "</body>",
	"<DIV>", "<br a>", "<span a=\"<\">", "<li>", "<td>", "<!-- -->",
	"<style>", "</html>", "<html>", "<meta>", "<a href=\"http://&amp;\">" };
static const char *const frames[][2] = { { "<html><body>", "</body></html>" },
	{ " <html a=\"b\"> <head>\r\n<meta a=\"b\" c=\"d\">"
	  "<style> p { a: \"&\" } </style></head>\r\n<body dir=\"ltr\">\r\n",
	    "\r\n</body>\r\n</html>\r\n" },
	{ "<html><head></head>", "</html>" }, { "", "" },
	{ "<html><head>x</head><body>", "</body></html>" },
	{ "<html><body>a</body>", "</html>" } };

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static void
add_content(struct str *out, unsigned depth)
{
	size_t n = pick(5), at;

	while (n-- > 0) {
		if (depth < 8 && pick(2) == 0) {
			at = pick(COUNT(pairs));
			str_adds(out, pairs[at][0]);
			add_content(out, depth + 1);
			str_adds(out, pairs[at][1]);
		} else {
			str_adds(out, pieces[pick(COUNT(pieces))]);
		}
		if (pick(60) == 0)
			str_adds(out, odd[pick(COUNT(odd))]);
	}
}

/* fuzz_html asserts, so that reaching the end is the test. */
static void
test_seeds(void)
{
	struct str body = { .max = 1 << 20 };
	size_t at;
	int i;

	compared = 0;
	for (i = 0; i < BODIES; i++) {
		seed = (uint64_t)i;
		at = pick(2) == 0 ? 0 : pick(COUNT(frames));
		str_reset(&body);
		str_adds(&body, frames[at][0]);
		add_content(&body, 0);
		str_adds(&body, frames[at][1]);
		LLVMFuzzerTestOneInput((const uint8_t *)body.data, body.len);
	}
	str_free(&body);
	ok(compared > BODIES / 4,
	    "%lu of %d bodies are read quickly, and as libxml2 reads them",
	    compared, BODIES);
}

/* What Outlook writes is no exception. */
static void
test_outlook(void)
{
	compared = 0;
	replay(LLVMFuzzerTestOneInput, "tests/fuzz/corpus/html");
	is_int((long long)compared, 2, "two of the corpus are read quickly");
}

/* A long one is libxml2's, which counts what it does not like. */
static void
test_long(void)
{
	struct str body = { .max = 1 << 20 };

	str_adds(&body, "<html><body>");
	while (body.len < HTML_ERRORS_MAX)
		str_adds(&body, "\001");
	str_adds(&body, "</body></html>");
	compared = 0;
	LLVMFuzzerTestOneInput((const uint8_t *)body.data, body.len);
	is_int((long long)compared, 0, "a body with many errors is left");
	str_free(&body);
}

int
main(void)
{
	log_init("html", NULL);
	test_seeds();
	test_outlook();
	test_long();
	html_free();
	return done();
}
