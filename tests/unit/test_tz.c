/*
 * tz against facts about zones that are settled: rules that were in force in
 * past years, and the present ones for years that no file lists.  The file
 * reader is included as source, so that broken files can be given to it.
 */
#include "tz.c"

#include "t.h"

static int64_t
at(const char *text)
{
	int64_t us = -1;

	if (!instant_parse(slice_of(text), &us))
		local_parse(slice_of(text), &us);
	return us;
}

static const struct tz *
zone(const char *name)
{
	return tz_find(slice_of(name));
}

static void
test_names(void)
{
	static const struct {
		const char *name, *iana;
	} table[] = {
		{ "W. Europe Standard Time", "Europe/Berlin" },
		{ "GMT Standard Time", "Europe/London" },
		{ "Greenwich Standard Time", "Atlantic/Reykjavik" },
		{ "UTC", "Etc/UTC" },
		{ "tzone://Microsoft/Utc", "Etc/UTC" },
		{ "Pacific Standard Time", "America/Los_Angeles" },
		{ "pacific standard time", "America/Los_Angeles" },
		{ "India Standard Time", "Asia/Kolkata" },
		{ "FLE Standard Time", "Europe/Kyiv" },
		{ "Nepal Standard Time", "Asia/Kathmandu" },
		{ "Myanmar Standard Time", "Asia/Yangon" },
		{ "Argentina Standard Time", "America/Argentina/Buenos_Aires" },
		{ "US Eastern Standard Time", "America/Indiana/Indianapolis" },
		{ "UTC+12", "Etc/GMT-12" },
		{ "Dateline Standard Time", "Etc/GMT+12" },
		{ "Europe/Vienna", "Europe/Vienna" },
		{ "europe/vienna", "Europe/Vienna" },
		{ "Europe/Oslo", "Europe/Oslo" },
		{ "Asia/Calcutta", "Asia/Kolkata" },
		{ "Europe/Kiev", "Europe/Kyiv" },
		{ "US/Pacific", "America/Los_Angeles" },
		{ "America/Buenos_Aires", "America/Argentina/Buenos_Aires" },
		{ "GMT", "Etc/GMT" },
	};
	static const char *const none[] = { "", "tzone://Microsoft/Custom",
		"Customized Time Zone", "W. Europe Standard Time ",
		"../../etc/passwd", "/etc/localtime", "zone.tab", "Factory",
		"Europe", "UTC+3", "Standard Time" };
	size_t i;

	for (i = 0; i < sizeof table / sizeof table[0]; i++)
		is_str(
		    zone(table[i].name) ? tz_name(zone(table[i].name)) : NULL,
		    table[i].iana, "%s is %s", table[i].name, table[i].iana);
	for (i = 0; i < sizeof none / sizeof none[0]; i++)
		ok(zone(none[i]) == NULL, "\"%s\" is no zone (U20)", none[i]);
	ok(tz_find(NO_SLICE) == NULL, "no name is no zone");
}

static void
test_windows_names(void)
{
	const struct tz *z;
	size_t i, bad = 0;

	is_str(tz_windows_name(zone("Europe/Vienna")),
	    "W. Europe Standard Time", "Vienna is written as W. Europe");
	is_str(tz_windows_name(zone("Europe/Kiev")), "FLE Standard Time",
	    "an older name is written as the zone itself");
	is_str(tz_windows_name(zone("America/Coyhaique")), NULL,
	    "a zone without a Windows name has none");
	for (i = 0; i < tz_names_count; i++) {
		z = zone(tz_names[i].windows);
		if (tz_names[i].windows == NULL)
			continue;
		if (z == NULL ||
		    strcmp(tz_windows_name(z), tz_names[i].windows) != 0)
			bad++;
	}
	is_int((long long)bad, 0, "every Windows name that is written is read");
}

static void
test_offsets(void)
{
	static const struct {
		const char *zone, *at;
		int minutes;
	} table[] = {
		{ "Europe/Berlin", "2026-03-29T00:59:59Z", 60 },
		{ "Europe/Berlin", "2026-03-29T01:00:00Z", 120 },
		{ "Europe/Berlin", "2026-10-25T00:59:59Z", 120 },
		{ "Europe/Berlin", "2026-10-25T01:00:00Z", 60 },
		{ "Europe/Berlin", "2500-07-01T00:00:00Z", 120 },
		{ "Europe/Berlin", "9999-01-01T00:00:00Z", 60 },
		{ "America/New_York", "2026-03-08T06:59:59Z", -300 },
		{ "America/New_York", "2026-03-08T07:00:00Z", -240 },
		{ "Australia/Sydney", "2026-01-01T00:00:00Z", 660 },
		{ "Australia/Sydney", "2400-01-01T00:00:00Z", 660 },
		{ "Australia/Sydney", "2400-07-01T00:00:00Z", 600 },
		{ "Australia/Lord_Howe", "2026-01-01T00:00:00Z", 660 },
		{ "Australia/Lord_Howe", "2026-07-01T00:00:00Z", 630 },
		{ "Asia/Kathmandu", "2026-01-01T00:00:00Z", 345 },
		{ "Pacific/Chatham", "2026-01-01T00:00:00Z", 825 },
		{ "Pacific/Apia", "2011-12-30T09:59:59Z", -600 },
		{ "Pacific/Apia", "2011-12-30T10:00:00Z", 840 },
		{ "Europe/Dublin", "2026-07-01T00:00:00Z", 60 },
		{ "Europe/Dublin", "2026-01-01T00:00:00Z", 0 },
		{ "Europe/Dublin", "2300-07-01T00:00:00Z", 60 },
		{ "Africa/Cairo", "2200-07-01T00:00:00Z", 180 },
		{ "Etc/GMT+5", "2026-01-01T00:00:00Z", -300 },
		{ "Etc/UTC", "0001-01-01T00:00:00Z", 0 },
	};
	size_t i;

	for (i = 0; i < sizeof table / sizeof table[0]; i++)
		is_int(tz_offset(zone(table[i].zone), at(table[i].at)),
		    table[i].minutes * 60, "%s at %s", table[i].zone,
		    table[i].at);
}

static void
test_local_to_utc(void)
{
	static const struct {
		const char *zone, *local, *utc, *why;
	} table[] = {
		{ "Europe/Berlin", "2026-03-16T10:00:00",
		    "2026-03-16T09:00:00Z", "winter" },
		{ "Europe/Berlin", "2026-03-30T10:00:00",
		    "2026-03-30T08:00:00Z", "summer" },
		{ "Europe/Berlin", "2026-03-29T02:30:00",
		    "2026-03-29T01:30:00Z", "a gap: the offset before it" },
		{ "Europe/Berlin", "2026-10-25T02:30:00",
		    "2026-10-25T00:30:00Z", "twice: the first" },
		{ "Europe/Berlin", "2026-10-25T03:00:00",
		    "2026-10-25T02:00:00Z", "after the second" },
		{ "America/New_York", "2026-03-08T02:00:00",
		    "2026-03-08T07:00:00Z", "a gap's first second" },
		{ "Pacific/Apia", "2011-12-30T12:00:00", "2011-12-30T22:00:00Z",
		    "a day that was left out" },
		{ "Africa/Cairo", "2026-04-24T00:00:00", "2026-04-23T22:00:00Z",
		    "a midnight that is not there" },
		{ "Australia/Lord_Howe", "2026-04-05T01:45:00",
		    "2026-04-04T14:45:00Z", "half an hour that stands twice" },
	};
	char text[INSTANT_TEXT_MAX];
	size_t i;

	for (i = 0; i < sizeof table / sizeof table[0]; i++) {
		instant_print(
		    tz_utc(zone(table[i].zone), at(table[i].local)), text);
		is_str(text, table[i].utc, "%s %s: %s", table[i].zone,
		    table[i].local, table[i].why);
	}
	local_print(tz_local(zone("Europe/Berlin"), -1), text);
	is_str(text, "1970-01-01T00:59:59.999999", "microseconds stay");
}

static void
test_rules(void)
{
	static const struct {
		const char *text;
		int32_t january, july; /* minutes, in 2030 */
	} good[] = {
		{ "UTC0", 0, 0 },
		{ "CET-1CEST,M3.5.0,M10.5.0/3", 60, 120 },
		{ "EST5EDT,M3.2.0,M11.1.0", -300, -240 },
		{ "AEST-10AEDT,M10.1.0,M4.1.0/3", 660, 600 },
		{ "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", 660, 630 },
		{ "IST-1GMT0,M10.5.0,M3.5.0/1", 0, 60 },
		{ "AAA3BBB,J60/0,J300/0", -180, -120 },
		{ "AAA3BBB,59/0,299/0", -180, -120 },
		{ "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", -120, -60 },
		{ "EET-2EEST,M3.4.4/50,M10.4.4/50", 120, 180 },
	};
	static const char *const bad[] = { "", "UTC", "X1", "CET-1CEST",
		"CET-1CEST,M3.5.0", "CET-1CEST,M13.1.0,M10.5.0",
		"CET-1CEST,M3.6.0,M10.5.0", "CET-1CEST,M3.5.7,M10.5.0",
		"CET-168", "CET-1CEST,J0,J300", "CET-1CEST,1,366", "<+1-1",
		"CET-1CEST,M3.5.0,M10.5.0 ", "CET-1:60", "CET-99999999999" };
	struct tz_rule rule;
	size_t i;

	for (i = 0; i < sizeof good / sizeof good[0]; i++) {
		ok(tz_rule_parse(slice_of(good[i].text), &rule), "rule %s",
		    good[i].text);
		is_int(tz_rule_offset(
			   &rule, at("2030-01-15T00:00:00Z") / SECOND_US),
		    good[i].january * 60, "%s in January", good[i].text);
		is_int(tz_rule_offset(
			   &rule, at("2030-07-15T00:00:00Z") / SECOND_US),
		    good[i].july * 60, "%s in July", good[i].text);
	}
	for (i = 0; i < sizeof bad / sizeof bad[0]; i++)
		ok(!tz_rule_parse(slice_of(bad[i]), &rule), "no rule: %s",
		    bad[i]);
}

/* A real file, whole and then with each of its bytes damaged or cut off. */
static void
test_broken_files(void)
{
	unsigned char file[FILE_MAX], damaged[FILE_MAX];
	ssize_t got = read_file("Europe/Berlin", file, sizeof file);
	size_t n = (size_t)got, i, cut = 0;
	struct tz z = { 0 };

	ok(got > 0 && parse_file(&z, file, n), "the file itself is good");
	for (i = 0; i < n; i++) {
		memcpy(damaged, file, n);
		damaged[i] ^= 0xff;
		z = (struct tz){ 0 };
		if (parse_file(&z, damaged, n))
			tz_local(&z, at("2026-07-01T00:00:00Z"));
		z = (struct tz){ 0 };
		cut += parse_file(&z, file, i) && !z.has_rule;
	}
	ok(true, "a damaged byte does no harm");
	ok(cut > 0 && cut < 64, "without its end only the footer is missing");
	ok(!parse_file(&z, (const unsigned char *)"TZif", 4), "a short file");
	file[4] = '\0';
	ok(!parse_file(&z, file, n), "version 1 is refused");
}

int
main(void)
{
	log_init("test_tz", NULL);
	ok(zone("Europe/Berlin") != NULL, "a zone is read when asked for");
	tz_load_all();
	ok(zone("Europe/Berlin") != NULL, "and is the same after all were");
	ok(*tz_version() == '2' && strlen(tz_version()) >= 5,
	    "the version is a year and a letter");
	test_names();
	test_windows_names();
	test_offsets();
	test_local_to_utc();
	test_rules();
	test_broken_files();
	arena_free(&tz.arena);
	return done();
}
