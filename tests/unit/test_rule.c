/*
 * rule: what each RRULE is in Graph's words, and which are refused; and
 * fuzz_rule over its corpus, which proves the way back (law L7).
 */
#include "../../apply/rule.c"
#include "../fuzz/fuzz_rule.c"

#include "corpus.h"
#include "log.h"

/* Tuesday, 2026-11-24, 09:00 in Berlin: the fourth of its month. */
static struct rule_start
start(void)
{
	struct rule_start s = { 0, tz_find(SLICE("Europe/Berlin")), false };

	local_parse(SLICE("2026-11-24T09:00:00"), &s.local);
	return s;
}

static void
says(const char *rrule, const char *wanted)
{
	struct rule_start s = start();
	struct str text = { .max = 4096 };
	struct recurrence r;
	struct jsonw w;
	const char *why = rule_read(slice_of(rrule), &s, &r);

	if (why != NULL) {
		str_adds(&text, why);
	} else {
		jw_start(&w, &text);
		jw_object(&w, NULL);
		rule_write(&r, &s, SLICE("Z"), &w);
		jw_end(&w);
	}
	is_str(text.data, wanted, "%s", rrule);
	str_free(&text);
}

static void
refuses(const char *rrule)
{
	struct rule_start s = start();
	struct recurrence r;

	ok(rule_read(slice_of(rrule), &s, &r) != NULL, "refused: %s", rrule);
}

#define RECURRENCE(pattern, range)                    \
	"{\"recurrence\":{\"pattern\":{" pattern "}," \
	"\"range\":{" range ",\"recurrenceTimeZone\":\"Z\"}}}"
#define NO_END_RANGE "\"type\":\"noEnd\",\"startDate\":\"2026-11-24\""

static void
test_patterns(void)
{
	says("FREQ=DAILY",
	    RECURRENCE("\"type\":\"daily\",\"interval\":1", NO_END_RANGE));
	says("RRULE:FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR",
	    RECURRENCE("\"type\":\"weekly\",\"interval\":1,\"daysOfWeek\":["
		       "\"monday\",\"tuesday\",\"wednesday\",\"thursday\","
		       "\"friday\"],\"firstDayOfWeek\":\"monday\"",
		NO_END_RANGE));
	says("freq=weekly;interval=2;wkst=su",
	    RECURRENCE("\"type\":\"weekly\",\"interval\":2,\"daysOfWeek\":["
		       "\"tuesday\"],\"firstDayOfWeek\":\"sunday\"",
		NO_END_RANGE));
	says("FREQ=MONTHLY",
	    RECURRENCE("\"type\":\"absoluteMonthly\",\"interval\":1,"
		       "\"dayOfMonth\":24",
		NO_END_RANGE));
	says("FREQ=MONTHLY;BYDAY=-1FR",
	    RECURRENCE("\"type\":\"relativeMonthly\",\"interval\":1,"
		       "\"daysOfWeek\":[\"friday\"],\"index\":\"last\"",
		NO_END_RANGE));
	says("FREQ=MONTHLY;BYDAY=SA,SU;BYSETPOS=1",
	    RECURRENCE("\"type\":\"relativeMonthly\",\"interval\":1,"
		       "\"daysOfWeek\":[\"saturday\",\"sunday\"],"
		       "\"index\":\"first\"",
		NO_END_RANGE));
	says("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
	    RECURRENCE("\"type\":\"absoluteYearly\",\"interval\":1,"
		       "\"dayOfMonth\":29,\"month\":2",
		NO_END_RANGE));
	says("FREQ=YEARLY;BYMONTH=11;BYDAY=4TU",
	    RECURRENCE("\"type\":\"relativeYearly\",\"interval\":1,"
		       "\"daysOfWeek\":[\"tuesday\"],\"month\":11,"
		       "\"index\":\"fourth\"",
		NO_END_RANGE));
}

/* UNTIL is an instant, endDate a date in the series' zone. */
static void
test_ranges(void)
{
#define DAILY_UNTIL(date)                                                 \
	RECURRENCE("\"type\":\"daily\",\"interval\":1",                   \
	    "\"type\":\"endDate\",\"startDate\":\"2026-11-24\",\"endDate" \
	    "\":\"" date "\"")
	says("FREQ=DAILY;UNTIL=20261231T225959Z", DAILY_UNTIL("2026-12-31"));
	says("FREQ=DAILY;UNTIL=20261231T235959Z", DAILY_UNTIL("2026-12-31"));
	says("FREQ=DAILY;UNTIL=20261231T080000Z", DAILY_UNTIL("2026-12-31"));
	says("FREQ=DAILY;UNTIL=20261231T075959Z", DAILY_UNTIL("2026-12-30"));
	says("FREQ=DAILY;UNTIL=20261231T090000", DAILY_UNTIL("2026-12-31"));
	says("FREQ=DAILY;UNTIL=20261231", DAILY_UNTIL("2026-12-31"));
	says("FREQ=DAILY;COUNT=7",
	    RECURRENCE("\"type\":\"daily\",\"interval\":1",
		"\"type\":\"numbered\",\"startDate\":\"2026-11-24\","
		"\"numberOfOccurrences\":7"));
}

static void
test_refused(void)
{
	static const char *const rules[] = { "", "FREQ=HOURLY", "INTERVAL=2",
		"FREQ=DAILY;FREQ=DAILY", "FREQ=DAILY;COUNT=3;UNTIL=20270101",
		"FREQ=DAILY;COUNT=0", "FREQ=DAILY;INTERVAL=0",
		"FREQ=DAILY;INTERVAL=2;BYDAY=MO", "FREQ=DAILY;BYHOUR=9",
		"FREQ=DAILY;UNTIL=20261101", "FREQ=DAILY;UNTIL=2026-12-31",
		"FREQ=DAILY;UNTIL=20261331", "FREQ=WEEKLY;BYDAY=1MO",
		"FREQ=WEEKLY;BYDAY=XX",
		"FREQ=WEEKLY;BYDAY=", "FREQ=WEEKLY;BYSETPOS=1",
		"FREQ=MONTHLY;BYMONTHDAY=1,15", "FREQ=MONTHLY;BYMONTHDAY=-1",
		"FREQ=MONTHLY;BYMONTHDAY=32", "FREQ=MONTHLY;BYDAY=MO",
		"FREQ=MONTHLY;BYDAY=5MO", "FREQ=MONTHLY;BYDAY=-2MO",
		"FREQ=MONTHLY;BYDAY=1MO,1TU",
		"FREQ=MONTHLY;BYDAY=1MO;BYSETPOS=1",
		"FREQ=MONTHLY;BYDAY=1MO;BYMONTHDAY=3", "FREQ=MONTHLY;BYMONTH=3",
		"FREQ=YEARLY;BYDAY=1MO", "FREQ=YEARLY;BYMONTHDAY=3",
		"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
		"FREQ=YEARLY;BYWEEKNO=20", "FREQ=YEARLY;BYYEARDAY=1" };
	struct rule_start s = start();
	struct recurrence r;
	size_t i;

	for (i = 0; i < sizeof rules / sizeof rules[0]; i++)
		refuses(rules[i]);
	ok(rule_read(SLICE("FREQ=DAILY\nEXDATE:20261201"), &s, &r) != NULL,
	    "refused: what stands behind a newline");
}

int
main(void)
{
	log_init("rule", NULL);
	test_patterns();
	test_ranges();
	test_refused();
	replay(LLVMFuzzerTestOneInput, "tests/fuzz/corpus/rule");
	return done();
}
