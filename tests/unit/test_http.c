/* http's text functions: to whom a URL leads, HTTP dates, Retry-After, and the
 * two questions of repetition. */
#include "http.h"
#include "instant.h"
#include "t.h"

static void
test_origin(void)
{
	static const struct {
		const char *url, *origin; /* NULL: refused */
	} cases[] = {
		{ "https://graph.microsoft.com/v1.0/x?a=b",
		    "https://graph.microsoft.com:443" },
		{ "HTTPS://Graph.Microsoft.COM",
		    "https://graph.microsoft.com:443" },
		{ "https://h:443", "https://h:443" },
		{ "https://h:8443?x", "https://h:8443" },
		{ "https://h#f", "https://h:443" },
		{ "http://127.0.0.1:80/", "http://127.0.0.1:80" },
		{ "https://[::1]:8443/x", "https://[::1]:8443" },
		{ "https://h.", "https://h.:443" },
		{ "", NULL },
		{ "https://", NULL },
		{ "https:///x", NULL },
		{ "//h/x", NULL },
		{ "/v1.0/x", NULL },
		{ "ftp://h/x", NULL },
		{ "file:///etc/passwd", NULL },
		{ "httpss://h/", NULL },
		{ " https://h/", NULL },
		{ "https://h /", NULL },
		{ "https://h/\r\nX: y", NULL },
		{ "https://h/\t", NULL },
		{ "https://user@h/", NULL },
		{ "https://user:pass@h/", NULL },
		{ "https://h@evil.test/", NULL },
		{ "https://h\\@evil.test/", NULL },
		{ "https://h\\evil.test/", NULL },
		{ "https://h:0/", NULL },
		{ "https://h:65536/", NULL },
		{ "https://h:/", NULL },
		{ "https://h:80a/", NULL },
		{ "https://h:80:90/", NULL },
		{ "https://h%2eevil.test/", NULL },
		{ "https://h\xc3\xa4/", NULL },
		{ "https://[::1/", NULL },
		{ "https://[::1]x/", NULL },
	};
	struct str origin = { 0 };
	bool good;
	size_t i;

	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		good = http_origin(slice_of(cases[i].url), &origin);
		is_str(good ? origin.data : NULL, cases[i].origin,
		    "C11 origin, case %zu", i);
	}
	ok(http_same_origin(SLICE("https://H/a"), SLICE("https://h:443/b?c")),
	    "the same origin, spelled in two ways");
	ok(!http_same_origin(SLICE("https://h/"), SLICE("http://h/")),
	    "another scheme");
	ok(!http_same_origin(SLICE("https://h/"), SLICE("https://h:444/")),
	    "another port");
	ok(!http_same_origin(SLICE("https://h/"), SLICE("https://h.evil/")),
	    "another host");
	ok(!http_same_origin(SLICE("x"), SLICE("x")), "no URL is no origin");
	str_free(&origin);
}

static void
test_secure(void)
{
	ok(http_is_secure(SLICE("https://any.test/")), "https is secure");
	ok(http_is_secure(SLICE("http://127.0.0.1:9/")), "so is loopback");
	ok(!http_is_secure(SLICE("http://any.test/")), "http is not");
	ok(!http_is_secure(SLICE("http://127.0.0.1.any.test/")),
	    "nor what looks like loopback");
	ok(http_is_loopback(SLICE("http://[::1]/")), "loopback by IPv6");
}

static void
test_escape(void)
{
	struct str out = { 0 };

	http_escape(&out, SLICE("AAMk/..+== %\xc3\xa4~_-Z"));
	is_str(out.data, "AAMk%2F..%2B%3D%3D%20%25%C3%A4~_-Z",
	    "F172 an id as one path segment");
	str_free(&out);
}

static void
test_date(void)
{
	static const char *const wrong[] = { "", "Sun, 06 Nov 1994 08:49:37",
		"Sun, 06 Nov 1994 08:49:37 UTC",
		"Sun, 31 Feb 1994 08:49:37 GMT",
		"Sun, 06 Nop 1994 08:49:37 GMT",
		"Sun, 06 Nov 1994 24:49:37 GMT",
		"Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
		"Sun, -6 Nov 1994 08:49:37 GMT",
		"Sun, 06 Nov 1994 08:49:3x GMT" };
	char text[INSTANT_TEXT_MAX];
	int64_t us;
	size_t i;

	ok(http_date(SLICE("Sun, 06 Nov 1994 08:49:37 GMT"), &us), "a date");
	instant_print(us, text);
	is_str(text, "1994-11-06T08:49:37Z", "of RFC 9110's example");
	ok(http_date(SLICE("Sat, 31 Dec 2016 23:59:60 GMT"), &us),
	    "a leap second");
	instant_print(us, text);
	is_str(text, "2016-12-31T23:59:59Z", "is the second before");
	for (i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		ok(!http_date(slice_of(wrong[i]), &us), "no date, case %zu", i);
}

static void
test_retry_after(void)
{
	static const char now[] = "Sat, 21 Nov 2026 09:00:00 GMT";
	static const struct {
		const char *value, *date;
		int64_t ms; /* -1: no hint */
	} cases[] = {
		{ "1", now, 1000 },
		{ " 120 ", now, 120000 },
		{ "2.128", now, 2128 },
		{ "2.1280", now, 2128 },
		{ "2.1281", now, 2129 },
		{ "0.0001", now, 1 },
		{ "3.", now, 3000 },
		{ "Sat, 21 Nov 2026 09:00:30 GMT", now, 30000 },
		{ "Sat, 21 Nov 2026 09:00:30 GMT", "nonsense", 90000 },
		{ "99999999999999999999", now, INT64_C(366) * 86400 * 1000 },
		{ "Sat, 21 Nov 2099 09:00:30 GMT", now,
		    INT64_C(366) * 86400 * 1000 },
		{ "", now, -1 },
		{ "0", now, -1 },
		{ "0.000", now, -1 },
		{ "-5", now, -1 },
		{ "+5", now, -1 },
		{ ".5", now, -1 },
		{ "1e3", now, -1 },
		{ "1.2.3", now, -1 },
		{ "5 s", now, -1 },
		{ "soon", now, -1 },
		{ "Sat, 21 Nov 2026 08:59:59 GMT", now, -1 },
		{ "Sat, 21 Nov 2026 09:00:00 GMT", now, -1 },
	};
	int64_t clock, wait;
	size_t i;
	bool hint;

	/* Our clock is a minute behind the server's. */
	http_date(SLICE("Sat, 21 Nov 2026 08:59:00 GMT"), &clock);
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		hint = http_retry_after(slice_of(cases[i].value),
		    slice_of(cases[i].date), clock, &wait);
		is_int(hint ? wait / 1000 : -1, cases[i].ms,
		    "C6 Retry-After: %s", cases[i].value);
	}
}

static bool
repeats(enum http_fault fault, int status, const char *body, bool safe)
{
	struct http_answer a = {
		.fault = fault, .status = status, .body = slice_of(body)
	};

	return http_may_repeat(&a, safe);
}

static void
test_may_repeat(void)
{
	static const int passing[] = { 408, 412, 423, 500, 502, 503, 504, 509 };
	static const int final[] = { 200, 204, 301, 307, 400, 401, 403, 404,
		405, 409, 410, 413, 415, 424, 501 };
	size_t i;

	for (i = 0; i < sizeof passing / sizeof passing[0]; i++) {
		ok(repeats(HTTP_WHOLE, passing[i], "x", true),
		    "%d of a read is passing", passing[i]);
		ok(!repeats(HTTP_WHOLE, passing[i], "x", false),
		    "C2 %d of a write may have been done", passing[i]);
	}
	for (i = 0; i < sizeof final / sizeof final[0]; i++)
		ok(!repeats(HTTP_WHOLE, final[i], "x", true), "%d is final",
		    final[i]);
	ok(repeats(HTTP_WHOLE, 429, "", false), "429 was never done");
	ok(repeats(HTTP_WHOLE, 404, "", true), "an empty 404 is a gateway's");
	ok(!repeats(HTTP_WHOLE, 404, "", false), "but not of a write");
	ok(repeats(HTTP_NO_WAY, 0, "", false), "not connected: not done");
	ok(repeats(HTTP_BROKEN, 0, "", true), "a read that broke off");
	ok(!repeats(HTTP_BROKEN, 0, "", false), "C2 a write that broke off");
	ok(!repeats(HTTP_TIMEOUT, 0, "", false), "C2 a write that timed out");
	ok(!repeats(HTTP_UNTRUSTED, 0, "", true), "a wrong certificate");
	ok(!repeats(HTTP_TOO_BIG, 200, "", true), "C8 a body too large");
	ok(!repeats(HTTP_BAD_URL, 0, "", true), "no URL");
}

static void
test_wait(void)
{
	struct http_answer a = { .status = 503 }, hinted = { .status = 429 };
	unsigned attempt;
	uint64_t seed;
	int64_t wait, ideal, least = INT64_MAX, most = 0;
	bool within = true;

	for (attempt = 1; attempt <= 12; attempt++) {
		ideal = SECOND_US << (attempt - 1);
		if (ideal > 120 * SECOND_US)
			ideal = 120 * SECOND_US;
		for (seed = 0; seed < 200; seed++) {
			wait = http_repeat_wait(&a, attempt, seed, SECOND_US);
			within = within && wait >= ideal * 3 / 4 &&
				 wait <= ideal * 5 / 4 &&
				 wait <= 120 * SECOND_US;
			if (attempt == 1 && wait < least)
				least = wait;
			if (attempt == 1 && wait > most)
				most = wait;
		}
	}
	ok(within, "doubled each time, a quarter either way, at most 2 min");
	ok(most - least > SECOND_US / 4, "and spread");
	is_int(http_repeat_wait(&a, 3, 7, SECOND_US),
	    http_repeat_wait(&a, 3, 7, SECOND_US), "the same each time");
	memcpy(hinted.retry_after, "2.5", 4);
	is_int(http_repeat_wait(&hinted, 9, 1, SECOND_US), 2500000,
	    "the server's word counts");
}

int
main(void)
{
	test_origin();
	test_secure();
	test_escape();
	test_date();
	test_retry_after();
	test_may_repeat();
	test_wait();
	return done();
}
