/* policy: values by a table, questions, windows of time. */
#include "policy.h"

static struct policy policy;

/* canonical NULL: the value is refused, with a text that tells `allowed`. */
static const struct {
	const char *key, *value, *canonical;
} values[] = {
	{ "private.mode", "skip", "skip" },
	{ "private.mode", "  full ", "full" },
	{ "private.mode", "Skip", NULL },
	{ "private.mode", "skip, full", NULL },
	{ "private.mode", "", NULL },
	{ "users.edit", "yes", "yes" },
	{ "users.edit", "true", NULL },
	{ "run.in", "1min", "1min" },
	{ "run.in", "0min", NULL },
	{ "run.in", "1d", "1d" },
	{ "run.in", "24h", "24h" },
	{ "run.in", "25h", NULL },
	{ "run.in", "1mo", NULL },
	{ "run.in", "15", NULL },
	{ "run.in", "15 min", NULL },
	{ "run.in", "-1min", NULL },
	{ "run.in", "change", NULL },
	{ "run.out", "change", "change" },
	{ "limit.per_day", "0", NULL },
	{ "limit.per_day", "007", "7" },
	{ "limit.per_day", "unlimited", "unlimited" },
	{ "limit.per_day", "99999999999999999999", NULL },
	{ "retry.days", "365", "365" },
	{ "retry.days", "366", NULL },
	{ "fields", "time,subject", "subject, time" },
	{ "fields", "all", "all" },
	{ "fields", "all, time", NULL },
	{ "fields", "time, time", NULL },
	{ "fields", "time,", NULL },
	{ "fields", "colour", NULL },
	{ "fields.required", "Name, phone", "Name, phone" },
	{ "fields.required", "none, phone", NULL },
	{ "match.user_by", "email2 , email", "email2, email" },
	{ "match.user_by", "all", NULL },
	{ "match.user_by", "!email", NULL },
	{ "window.past_in", "010d", "10d" },
	{ "window.past_in", "2025-02-28", "2025-02-28" },
	{ "window.past_in", "2025-02-29", NULL },
	{ "window.past_in", "enabled-6mo", "enabled-6mo" },
	{ "window.past_in", "enabled-2025-01-01", NULL },
	{ "window.past_in", "unlimited", NULL },
	{ "window.past_out", "unlimited", "unlimited" },
	{ "window.past_out", "0d", "0d" },
	{ "window.future_in", "100y", "100y" },
	{ "window.future_in", "101y", NULL },
	{ "window.stop", "never", "never" },
	{ "select.types", "all, !Our Personnel", "all, !Our Personnel" },
	{ "select.types", "!Our Personnel", NULL },
	{ "select.types", "Client, !Vendor", NULL },
	{ "select.types", "none", NULL },
	{ "select.block",
	    "subject:lunch, @Vendor.Test, Ann@Firm.test, category: Home",
	    "ann@firm.test, @vendor.test, category:Home, subject:lunch" },
	{ "select.block", "ann@firm.test, ANN@firm.test", NULL },
	{ "select.block", "ann@", NULL },
	{ "select.block", "a@b@c", NULL },
	{ "select.block", "@", NULL },
	{ "select.block", "word", NULL },
	{ "refuse", "longer:024h,draft", "draft, longer:24h" },
	{ "refuse", "longer:", NULL },
	{ "refuse", "none", "none" },
	{ "refuse", "none, draft", NULL },
	{ "backlink", "Show Lead {url}", "Show Lead {url}" },
	{ "backlink", "Show Lead", NULL },
	{ "event.type", "Call, long", "Call, long" },
	{ "event.type", "a\tb", NULL },
	{ "event.type", "\xc3\x28", NULL },
	{ "category.mark", "none", "none" },
	{ "category.error", "none", NULL },
	{ "attendees.max", "50", "50" },
	{ "contacts.select", "flagged,mine", "mine, flagged" },
	{ "contacts.select", "flagged, folder:Big Deals", NULL },
	{ "tasks.start_time", "09:00", "09:00" },
	{ "tasks.start_time", "08:30", NULL },
	{ "tasks.start_time", "8:30", NULL },
	{ "tasks.start_time", "24:00", NULL },
	{ "delete.max", "20%, 50", "50, 20%" },
	{ "delete.max", "50", "50" },
	{ "delete.max", "101%", NULL },
	{ "delete.max", "5, 6", NULL },
	{ "delete.max", "unlimited, 5", NULL },
	{ "conflict.scope", "record", "record" },
	{ "direction.contacts", "off", "off" },
	{ "direction.contacts", "both", NULL },
	{ "direction.public", "off", "off" },
	{ "direction.public", "to_crm", "to_crm" },
	{ "direction.public", "to_graph", "to_graph" },
	{ "direction.public", "both", "both" },
	{ "calendars", "default", "default" },
	{ "calendars", "own", "own" },
	{ "calendars", "shared", "shared" },
	{ "calendars", "all", NULL },
	{ "direction.tasks", "to_crm", NULL },
};

static void
test_values(void)
{
	enum policy_key key;
	bool good;

	for (size_t n = 0; n < sizeof values / sizeof values[0]; n++) {
		key = key_of(values[n].key);
		policy_init(&policy);
		good = set(&policy, values[n].key, values[n].value);
		if (values[n].canonical == NULL)
			ok(!good && policy.value[key]->origin == NULL,
			    "U15: %s = '%s' is refused", values[n].key,
			    policy_is_printable(slice_of(values[n].value))
				? values[n].value
				: "(bytes)");
		else
			is_slice(policy_value_text(&policy, key),
			    values[n].canonical, "%s = '%s'", values[n].key,
			    values[n].value);
	}
}

static void
test_table(void)
{
	struct policy p;
	int unreadable = 0, twice = 0;

	policy_init(&p);
	is_int(POL_COUNT - 1, 88, "88 keys");
	for (enum policy_key k = POL_NONE + 1; k < POL_COUNT; k++) {
		unreadable +=
		    !set(&p, policy_key_name(k), policy_info(k)->init);
		twice += key_of(policy_key_name(k)) != k;
		if (!slice_is(policy_value_text(&p, k), policy_info(k)->init))
			ok(false, "the default of %s is canonical",
			    policy_key_name(k));
	}
	is_int(unreadable, 0, "every default is a value of its key");
	is_int(twice, 0, "no name stands twice");
	is_int(key_of("no.such"), POL_NONE, "an unknown name is no key");
	is_int(policy_key_near(SLICE("window.past")), POL_WINDOW_PAST_IN,
	    "a cut name is near to the whole");
	is_int(policy_key_near(SLICE("privat.mode")), POL_PRIVATE_MODE,
	    "a mistyped name is near to the right one");
	is_int(policy_key_near(SLICE("zzzzzzzz")), POL_NONE,
	    "nonsense is near to nothing");
	is_int(policy_key_near(SLICE("a.name.that.is.longer.than.any.key.can."
				     "ever.be.in.the.table")),
	    POL_NONE, "a very long name is near to nothing");
}

static void
test_messages(void)
{
	struct str why = { 0 };

	policy_init(&policy);
	policy_set(
	    &policy, &arena, POL_PRIVATE_MODE, SLICE("skipp"), NULL, &why);
	is_str(why.data,
	    "'skipp' is no value of private.mode; allowed: skip, manual,"
	    " no_attendees, full",
	    "a wrong word: what is allowed");
	str_reset(&why);
	policy_set(
	    &policy, &arena, POL_DIRECTION_TASKS, SLICE("both"), NULL, &why);
	ok(strstr(why.data, "not yet") != NULL, "tasks: not yet");
	str_reset(&why);
	policy_set(
	    &policy, &arena, POL_REFUSE, SLICE("draft,,none"), NULL, &why);
	ok(strstr(why.data, "is missing") != NULL, "an empty item is told");
	str_free(&why);
}

static void
test_questions(void)
{
	const struct policy_item *i;
	struct str line = { 0 };

	policy_init(&policy);
	set(&policy, "refuse", "draft, longer:24h");
	set(&policy, "select.types", "all, !Our Personnel");
	set(&policy, "fields", "subject, time");
	set(&policy, "category.mark", "CRM");
	ok(policy_is(&policy, POL_PRIVATE_MODE, "skip"), "is the word");
	ok(!policy_is(&policy, POL_PRIVATE_MODE, "full"), "is not another");
	ok(!policy_yes(&policy, POL_USERS_EDIT), "no is not yes");
	ok(policy_lists(&policy, POL_REFUSE, SLICE("draft")), "lists a word");
	ok(!policy_lists(&policy, POL_REFUSE, SLICE("imported")),
	    "does not list another");
	i = policy_item_of(&policy, POL_REFUSE, ITEM_SPAN);
	ok(i != NULL && i->span.count == 24 && i->span.unit == UNIT_H,
	    "the duration of longer:24h");
	ok(policy_selects(&policy, POL_FIELDS, SLICE("time")) &&
		!policy_selects(&policy, POL_FIELDS, SLICE("private")),
	    "selects what is listed");
	ok(policy_selects(&policy, POL_SELECT_TYPES, SLICE("Client")),
	    "all selects any name");
	ok(!policy_selects(&policy, POL_SELECT_TYPES, SLICE("our personnel")),
	    "!x leaves x out, whatever its case");
	ok(!policy_lists(&policy, POL_SELECT_TYPES, SLICE("!x")) &&
		policy_item(&policy, POL_SELECT_TYPES, 2) == NULL,
	    "two items");
	is_slice(policy_text(&policy, POL_CATEGORY_MARK), "CRM", "a text");
	ok(policy_text(&policy, POL_MARKER).data == NULL, "none is no text");
	is_int(policy_number(&policy, POL_TASKS_START_TIME), 540, "minutes");
	is_int(policy_number(&policy, POL_RETRY_DAYS), 30, "a number");
	ok(policy_number(&policy, POL_ATTENDEES_MAX) == POLICY_UNLIMITED,
	    "unlimited");
	policy_line(&policy, POL_REFUSE, &line);
	is_str(line.data, "refuse = draft, longer:24h", "a line for people");
	str_free(&line);
}

static void
test_delete_max(void)
{
	policy_init(&policy);
	is_int(policy_delete_max(&policy, POL_DELETE_MAX, 10), 5,
	    "5 of 10 by number");
	is_int(policy_delete_max(&policy, POL_DELETE_MAX, 200), 20,
	    "20 of 200 by share");
	set(&policy, "delete.max", "10%");
	is_int(policy_delete_max(&policy, POL_DELETE_MAX, 9), 0,
	    "a share alone rounds down");
	set(&policy, "delete.max", "unlimited");
	ok(policy_delete_max(&policy, POL_DELETE_MAX, 9) == POLICY_UNLIMITED,
	    "no limit");
}

static void
is_at(int64_t got, const char *want, const char *what)
{
	char text[INSTANT_TEXT_MAX];

	instant_print(got, text);
	is_str(text, want, "%s", what);
}

static void
test_time(void)
{
	int64_t now = at("2026-08-31T09:00:00Z");

	policy_init(&policy);
	is_at(policy_back(&policy, POL_WINDOW_PAST_IN, now, INSTANT_MIN),
	    "2026-08-01T09:00:00Z", "30d are 24 hours each");
	set(&policy, "window.past_in", "6mo");
	is_at(policy_back(&policy, POL_WINDOW_PAST_IN, now, INSTANT_MIN),
	    "2026-02-28T09:00:00Z", "P-037 31 August less six months");
	set(&policy, "window.past_in", "enabled-6mo");
	is_at(policy_back(
		  &policy, POL_WINDOW_PAST_IN, now, at("2024-08-31T09:00:00Z")),
	    "2024-02-29T09:00:00Z", "P-037 counts from the day of enabling");
	is_at(policy_back(&policy, POL_WINDOW_PAST_IN, now, INSTANT_MIN),
	    "2026-02-28T09:00:00Z", "never enabled: from now");
	set(&policy, "window.past_in", "2025-01-01");
	is_at(policy_back(&policy, POL_WINDOW_PAST_IN, now, 0),
	    "2025-01-01T00:00:00Z", "a date stands still");
	is_at(policy_ahead(
		  &policy, POL_WINDOW_FUTURE_IN, at("2024-02-29T09:00:00Z")),
	    "2025-02-28T09:00:00Z", "a year from 29 February");
	set(&policy, "window.future_out", "24mo");
	is_at(policy_ahead(&policy, POL_WINDOW_FUTURE_OUT, now),
	    "2028-08-31T09:00:00Z", "24 months");
	ok(policy_back(&policy, POL_WINDOW_STOP, now, 0) == INSTANT_MIN,
	    "never is the beginning of time");
	ok(policy_span_add(INSTANT_MAX, (struct policy_span){ 1, UNIT_Y }, 1) ==
		    INSTANT_MAX &&
		policy_span_add(INSTANT_MIN,
		    (struct policy_span){ 36500, UNIT_D }, -1) == INSTANT_MIN,
	    "time does not overflow");
}

static void
test_ranges(void)
{
	static const struct {
		const char *span, *least, *most;
		bool within;
	} t[] = {
		{ "1d", "1d", "90d", true },
		{ "90d", "1d", "90d", true },
		{ "91d", "1d", "90d", false },
		{ "0d", "1d", "90d", false },
		{ "2mo", "1d", "90d", true },
		{ "3mo", "1d", "90d", false }, /* may have 92 days */
		{ "1mo", "30d", "1y", false }, /* may have 28 */
		{ "12mo", "1d", "1y", false },
		{ "30d", "1mo", "1y", false }, /* a month may have 31 */
		{ "31d", "1mo", "1y", true },
		{ "1y", "1d", "1y", true },
	};
	struct policy_span s, least, most;

	for (size_t n = 0; n < sizeof t / sizeof t[0]; n++) {
		policy_span_parse(slice_of(t[n].span), &s);
		policy_span_parse(slice_of(t[n].least), &least);
		policy_span_parse(slice_of(t[n].most), &most);
		ok(policy_span_within(s, least, most) == t[n].within,
		    "%s is%s in %s..%s", t[n].span, t[n].within ? "" : " not",
		    t[n].least, t[n].most);
	}
}

int
main(void)
{
	test_table();
	test_values();
	test_messages();
	test_questions();
	test_delete_max();
	test_time();
	test_ranges();
	arena_free(&arena);
	return done();
}
