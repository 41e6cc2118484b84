/* instant: texts there and back, edges of the calendar, month arithmetic. */
#include "t.h"
#include "instant.h"

#define NONE INT64_MIN

static void
test_instants(void)
{
	static const struct {
		const char *text;
		int64_t us;
		const char *printed; /* NULL: the same */
	} rows[] = {
		{ "1970-01-01T00:00:00Z", 0, NULL },
		{ "2026-11-21T09:00:00Z", 1795251600 * SECOND_US, NULL },
		{ "0001-01-01T00:00:00Z", INSTANT_MIN, NULL },
		{ "9999-12-31T23:59:59.999999Z", INSTANT_MAX, NULL },
		{ "1969-12-31T23:59:59.999999Z", -1, NULL },
		{ "1900-02-28T23:59:59Z", -2203891201 * SECOND_US, NULL },
		{ "2000-02-29T12:00:00Z", 951825600 * SECOND_US, NULL },
		{ "2024-02-29T00:00:00Z", 1709164800 * SECOND_US, NULL },
		{ "2026-11-21T09:00:00.5Z", 1795251600 * SECOND_US + 500000,
		    NULL },
		{ "2026-11-21T09:00:00.000001Z", 1795251600 * SECOND_US + 1,
		    NULL },
		{ "2026-11-21T09:00:00.0000000Z", 1795251600 * SECOND_US,
		    "2026-11-21T09:00:00Z" },
		{ "2026-11-21T09:00:00.123456789Z",
		    1795251600 * SECOND_US + 123456,
		    "2026-11-21T09:00:00.123456Z" },
		{ "2026-11-21T10:30:00+01:30", 1795251600 * SECOND_US,
		    "2026-11-21T09:00:00Z" },
		{ "2026-11-21T00:00:00-09:00", 1795251600 * SECOND_US,
		    "2026-11-21T09:00:00Z" },
		{ "2026-11-22T08:59:00+23:59", 1795251600 * SECOND_US,
		    "2026-11-21T09:00:00Z" },
		{ "2026-11-21T09:00:00-00:00", 1795251600 * SECOND_US,
		    "2026-11-21T09:00:00Z" },
		{ "0001-01-01T00:00:00+00:01", NONE, NULL },
		{ "9999-12-31T23:59:59-00:01", NONE, NULL },
		{ "0000-12-31T00:00:00Z", NONE, NULL },
		{ "10000-01-01T00:00:00Z", NONE, NULL },
		{ "2026-02-29T00:00:00Z", NONE, NULL },
		{ "1900-02-29T00:00:00Z", NONE, NULL },
		{ "1800-02-29T00:00:00Z", NONE, NULL },
		{ "2026-04-31T00:00:00Z", NONE, NULL },
		{ "2026-00-01T00:00:00Z", NONE, NULL },
		{ "2026-13-01T00:00:00Z", NONE, NULL },
		{ "2026-01-00T00:00:00Z", NONE, NULL },
		{ "2026-01-32T00:00:00Z", NONE, NULL },
		{ "2026-01-01T24:00:00Z", NONE, NULL },
		{ "2026-01-01T00:60:00Z", NONE, NULL },
		{ "2026-06-30T23:59:60Z", NONE, NULL },
		{ "2026-01-01T00:00:00", NONE, NULL },
		{ "2026-01-01T00:00:00z", NONE, NULL },
		{ "2026-01-01t00:00:00Z", NONE, NULL },
		{ "2026-01-01 00:00:00Z", NONE, NULL },
		{ "2026-01-01T00:00Z", NONE, NULL },
		{ "2026-01-01T00:00:00.Z", NONE, NULL },
		{ "2026-01-01T00:00:00,5Z", NONE, NULL },
		{ "2026-01-01T00:00:00.1234567890Z", NONE, NULL },
		{ "2026-01-01T00:00:00+1:00", NONE, NULL },
		{ "2026-01-01T00:00:00+01", NONE, NULL },
		{ "2026-01-01T00:00:00+0100", NONE, NULL },
		{ "2026-01-01T00:00:00+24:00", NONE, NULL },
		{ "2026-01-01T00:00:00+00:60", NONE, NULL },
		{ "2026-01-01T00:00:00ZZ", NONE, NULL },
		{ " 2026-01-01T00:00:00Z", NONE, NULL },
		{ "2026-01-01T00:00:00Z ", NONE, NULL },
		{ "+026-01-01T00:00:00Z", NONE, NULL },
		{ "2026-1-01T00:00:00Z", NONE, NULL },
		{ "2026-01-01", NONE, NULL },
		{ "", NONE, NULL },
	};
	char buf[INSTANT_TEXT_MAX];
	int64_t us;
	size_t i, len;

	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		us = NONE;
		instant_parse(slice_of(rows[i].text), &us);
		is_int(us, rows[i].us, "instant \"%s\"", rows[i].text);
		if (rows[i].us == NONE)
			continue;
		len = instant_print(us, buf);
		is_int((long long)len, (long long)strlen(buf),
		    "length of its text");
		is_str(buf, rows[i].printed ? rows[i].printed : rows[i].text,
		    "and back");
	}
	ok(!instant_parse(NO_SLICE, &us), "no text, no instant");
}

static void
test_fractions(void)
{
	static const int64_t micros[] = { 0, 100000, 120000, 123000, 123400,
		123450, 123456, 123456, 123456, 123456 };
	char text[INSTANT_TEXT_MAX];
	int64_t us;
	int digits;

	for (digits = 0; digits <= 9; digits++) {
		snprintf(text, sizeof text, "1970-01-01T00:00:00%s%.*s",
		    digits ? "." : "", digits, "123456789");
		us = NONE;
		local_parse(slice_of(text), &us);
		is_int(us, micros[digits], "%d digits of a second", digits);
	}
	ok(!local_parse(SLICE("1970-01-01T00:00:00Z"), &us),
	    "a local time has no zone");
	ok(!local_parse(SLICE("1970-01-01T00:00:00+00:00"), &us),
	    "nor an offset");
	ok(local_parse(SLICE("0001-01-01T00:00:00.0000000"), &us) &&
		us == INSTANT_MIN,
	    "year 1");
	local_print(90 * SECOND_US + 500000, text);
	is_str(text, "1970-01-01T00:01:30.5", "local text");
}

static void
test_dates(void)
{
	static const struct {
		const char *text;
		int32_t days;
		int weekday;
	} rows[] = {
		{ "1970-01-01", 0, 4 },
		{ "1969-12-31", -1, 3 },
		{ "2000-01-01", 10957, 6 },
		{ "2000-02-29", 11016, 2 },
		{ "2000-03-01", 11017, 3 },
		{ "2026-11-21", 20778, 6 },
		{ "2026-11-22", 20779, 0 },
		{ "0001-01-01", -719162, 1 },
		{ "9999-12-31", 2932896, 5 },
	};
	static const char *const bad[] = { "1970-1-1", "1970-01-01T",
		"1970-02-30", "0000-01-01", "70-01-01", "1970/01/01",
		"19700101", "" };
	char buf[INSTANT_TEXT_MAX];
	int32_t days;
	size_t i;

	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		days = INT32_MIN;
		date_parse(slice_of(rows[i].text), &days);
		is_int(days, rows[i].days, "date %s", rows[i].text);
		is_int(date_weekday(days), rows[i].weekday, "its weekday");
		is_int((long long)date_print(days, buf), 10, "its length");
		is_str(buf, rows[i].text, "and back");
	}
	for (i = 0; i < sizeof bad / sizeof *bad; i++)
		ok(!date_parse(slice_of(bad[i]), &days), "no date: \"%s\"",
		    bad[i]);
	is_int(
	    date_of(-1), -1, "a microsecond before midnight is the day before");
	is_int(date_of(0), 0, "midnight");
	is_int(date_of(DAY_US - 1), 0, "end of the day");
}

/* The calendar counted on day by day, from first to last. */
static void
test_every_day(void)
{
	struct civil c, next = { .year = 1, .month = 1, .day = 1 };
	int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int64_t day, us, wrong = 0;
	bool leap;

	for (day = INSTANT_MIN / DAY_US; day <= INSTANT_MAX / DAY_US; day++) {
		civil_from(day * DAY_US, &c);
		wrong += c.year != next.year || c.month != next.month ||
			 c.day != next.day || c.hour != 0;
		wrong += !civil_to(&next, &us) || us != day * DAY_US;
		leap = next.year % 4 == 0 &&
		       (next.year % 100 != 0 || next.year % 400 == 0);
		lengths[1] = leap ? 29 : 28;
		if (++next.day > lengths[next.month - 1]) {
			next.day = 1;
			next.month++;
		}
		if (next.month > 12) {
			next.month = 1;
			next.year++;
		}
	}
	is_int(wrong, 0, "all days of 9999 years");
	is_int(next.year, 10000, "and no more");
}

static void
test_months(void)
{
	static const struct {
		const char *from;
		int64_t months;
		const char *to;
	} rows[] = {
		{ "2026-08-31T10:00:00Z", 6, "2027-02-28T10:00:00Z" },
		{ "2023-08-31T10:00:00Z", 6, "2024-02-29T10:00:00Z" },
		{ "2024-02-29T00:00:00Z", 12, "2025-02-28T00:00:00Z" },
		{ "2024-02-29T00:00:00Z", 48, "2028-02-29T00:00:00Z" },
		{ "2026-01-31T23:59:59.999999Z", 1,
		    "2026-02-28T23:59:59.999999Z" },
		{ "2026-01-15T00:00:00Z", -1, "2025-12-15T00:00:00Z" },
		{ "2026-03-31T00:00:00Z", -1, "2026-02-28T00:00:00Z" },
		{ "2026-12-31T00:00:00Z", 0, "2026-12-31T00:00:00Z" },
		{ "1969-12-31T00:00:00Z", 2, "1970-02-28T00:00:00Z" },
		{ "0001-01-01T00:00:00Z", -1, "0001-01-01T00:00:00Z" },
		{ "9999-12-01T00:00:00Z", 1, "9999-12-31T23:59:59.999999Z" },
		{ "2026-01-01T00:00:00Z", INT64_MAX,
		    "9999-12-31T23:59:59.999999Z" },
		{ "2026-01-01T00:00:00Z", INT64_MIN, "0001-01-01T00:00:00Z" },
	};
	char buf[INSTANT_TEXT_MAX];
	int64_t us = 0;
	size_t i;

	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		instant_parse(slice_of(rows[i].from), &us);
		instant_print(instant_add_months(us, rows[i].months), buf);
		is_str(buf, rows[i].to, "%s %+lld months", rows[i].from,
		    (long long)rows[i].months);
	}
	instant_print(INT64_MAX, buf);
	is_str(buf, "9999-12-31T23:59:59.999999Z",
	    "what is out of range prints as its end");
}

int
main(void)
{
	test_instants();
	test_fractions();
	test_dates();
	test_every_day();
	test_months();
	return done();
}
