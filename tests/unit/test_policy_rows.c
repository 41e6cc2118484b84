/* policy: rows of users, the stream's form, digest. */
#include "policy.h"
#include "policy_layers.h"

/* A user's row against the org's value: what holds in the end. */
static const struct {
	const char *key, *org, *row, *want;
} rows[] = {
	{ "direction.events", "both", "\"to_crm\"", "to_crm" },
	{ "direction.events", "both", "\"off\"", "off" },
	{ "direction.events", "to_crm", "\"to_graph\"", "to_crm" },
	{ "direction.events", "to_graph", "\"to_crm\"", "to_graph" },
	{ "direction.events", "to_crm", "\"both\"", "to_crm" },
	{ "private.mode", "no_attendees", "\"manual\"", "manual" },
	{ "private.mode", "skip", "\"full\"", "skip" },
	{ "select.response", "any", "\"accepted\"", "accepted" },
	{ "select.response", "accepted", "\"any\"", "accepted" },
	{ "mail.allow", "users", "\"none\"", "none" },
	{ "mail.allow", "users", "\"all\"", "users" },
	{ "calendars", "default", "\"own\"", "default" },
	{ "calendars", "own", "\"shared\"", "own" },
	{ "calendars", "shared", "\"own\"", "own" },
	{ "window.past_in", "30d", "\"14d\"", "14d" },
	{ "window.past_in", "30d", "\"31d\"", "30d" },
	{ "window.past_in", "30d", "\"1mo\"", "30d" },
	{ "window.past_in", "1mo", "\"30d\"", "30d" },
	{ "window.past_in", "30d", "\"2026-11-01\"", "2026-11-01" },
	{ "window.past_in", "30d", "\"2026-01-01\"", "30d" },
	{ "window.past_in", "enabled-6mo", "\"enabled-3mo\"", "enabled-3mo" },
	{ "window.past_in", "enabled-6mo", "\"14d\"", "14d" },
	{ "window.past_out", "unlimited", "\"5y\"", "5y" },
	{ "window.future_in", "1y", "\"13mo\"", "1y" },
	{ "window.future_in", "1y", "\"60d\"", "60d" },
	{ "window.stop", "never", "\"30d\"", "30d" },
	{ "window.stop", "30d", "\"never\"", "30d" },
	{ "select.auto", "meeting, appointment", "\"meeting\"", "meeting" },
	{ "select.auto", "meeting", "\"appointment\"", "meeting" },
	{ "select.auto", "meeting", "\"none\"", "none" },
	{ "select.auto", "none", "\"meeting\"", "none" },
	{ "select.block", "@a.test", "\"b@b.test, @A.test\"",
	    "b@b.test, @a.test" },
	{ "select.block", "@a.test", "\"none\"", "@a.test" },
	{ "select.block", "none", "\"@a.test\"", "@a.test" },
	{ "select.mode", "auto", "\"combined\"", "combined" },
	{ "tasks.start_time", "09:00", "\"08:30\"", "09:00" },
	{ "description.mode", "never", "\"always\"", "always" },
	{ "description.mode", "once", "{\"value\":\"never\",\"by\":\"user\"}",
	    "once" },
	{ "select.mode", "auto", "{\"value\":\"manual\",\"by\":\"user\"}",
	    "auto" },
	{ "select.mode", "auto", "{\"value\":\"manual\",\"by\":\"admin\"}",
	    "manual" },
	{ "run.in", "15min", "\"30min\"", "15min" },
	{ "private.sticky", "no", "\"yes\"", "no" },
	{ "private.mode", "full", "\"nonsense\"", "full" },
	{ "private.mode", "full", "7", "full" },
	{ "direction.contacts", "off", "\"both\"", "off" },
};

static size_t
apply(struct policy *user, const struct policy *org, const char *key,
    const char *value, int64_t since)
{
	struct policy_user facts = { at("2026-11-21T09:00:00Z"), since, NULL };
	struct str text = { 0 };
	const char *why;
	size_t ignored;

	str_addf(&text, "{\"%s\":%s}", key, value);
	ignored = policy_apply_rows(user, org, &arena,
	    json_parse(&arena, str_slice(&text), JSON_STRICT, &why), &facts);
	str_free(&text);
	return ignored;
}

static void
test_rows(void)
{
	struct policy org, user;
	enum policy_key key;
	size_t ignored;

	for (size_t n = 0; n < sizeof rows / sizeof rows[0]; n++) {
		key = key_of(rows[n].key);
		policy_init(&org);
		set(&org, rows[n].key, rows[n].org);
		ignored = apply(&user, &org, rows[n].key, rows[n].row,
		    at("2026-03-01T00:00:00Z"));
		is_slice(policy_value_text(&user, key), rows[n].want,
		    "U16 %s = %s with %s", rows[n].key, rows[n].org,
		    rows[n].row);
		if (strcmp(rows[n].want, rows[n].org) == 0 &&
		    strstr(rows[n].row, "\"none\"") == NULL)
			is_int((int)ignored, 1, "U16 and it counts as ignored");
	}
}

static void
test_rows_of_users(void)
{
	struct policy org, user;

	policy_init(&org);
	set(&org, "users.edit", "yes");
	apply(&user, &org, "select.mode",
	    "{\"value\":\"manual\",\"by\":\"user\"}", 0);
	is_slice(policy_value_text(&user, POL_SELECT_MODE), "manual",
	    "S-016 users.edit lets a user set what the table lets them");
	apply(
	    &user, &org, "run.in", "{\"value\":\"30min\",\"by\":\"user\"}", 0);
	is_slice(policy_value_text(&user, POL_RUN_IN), "15min",
	    "U16 but not what is the org's");
	set(&org, "description.mode", "once");
	apply(&user, &org, "description.mode",
	    "{\"value\":\"always\",\"by\":\"user\"}", 0);
	is_slice(policy_value_text(&user, POL_DESCRIPTION_MODE), "once",
	    "U16 only an admin may widen description.mode");
	set(&org, "window.past_in", "enabled-6mo");
	apply(&user, &org, "window.past_in", "\"14d\"", INSTANT_MIN);
	is_slice(policy_value_text(&user, POL_WINDOW_PAST_IN), "enabled-6mo",
	    "U16 unlike durations are not compared without `since`");
	is_int((int)apply(&user, &org, "no.such", "\"x\"", 0), 1,
	    "U16 a row of an unknown key is ignored");
}

static void
test_json(void)
{
	struct str text = { 0 }, changes = { 0 }, why = { 0 };
	struct policy org, user, again;
	char one[POLICY_DIGEST_SIZE], other[POLICY_DIGEST_SIZE];
	const char *bad;
	struct jsonw w;

	policy_init(&org);
	set(&org, "refuse", "longer:24h, draft");
	apply(&user, &org, "select.mode", "\"manual\"", 0);
	jw_start(&w, &text);
	jw_object(&w, NULL);
	policy_write(&w, &org, NULL);
	jw_end(&w);
	jw_start(&w, &changes);
	jw_object(&w, NULL);
	policy_write(&w, &user, &org);
	jw_end(&w);
	is_str(changes.data, "{\"select.mode\":\"manual\"}",
	    "a mailbox has what its user's rows change");
	policy_init(&again);
	ok(policy_read(&again, &arena,
	       json_parse(&arena, str_slice(&text), JSON_STRICT, &bad), &why) &&
		policy_read(&again, &arena,
		    json_parse(&arena, str_slice(&changes), JSON_STRICT, &bad),
		    &why),
	    "what was written is read");
	policy_digest(&user, one);
	policy_digest(&again, other);
	is_str(other, one, "and gives the same policy");
	policy_digest(&org, other);
	ok(strcmp(one, other) != 0 && strlen(one) == 32,
	    "another policy has another digest");
	set(&org, "refuse", " draft , longer:024h");
	policy_digest(&org, one);
	is_str(other, one, "spelling does not change the digest");
	ok(!policy_read(&again, &arena,
	       json_parse(&arena, SLICE("{\"a.b\":\"c\"}"), JSON_STRICT, &bad),
	       &why),
	    "U15 an unknown key in the stream is refused");
	ok(!policy_read(&again, &arena,
	       json_parse(&arena, SLICE("{\"fields\":7}"), JSON_STRICT, &bad),
	       &why),
	    "U15 a value that is no text is refused");
	ok(policy_read(&again, &arena, NULL, &why), "nothing is nothing");
	str_free(&text);
	str_free(&changes);
	str_free(&why);
}

int
main(void)
{
	test_rows();
	test_rows_of_users();
	test_json();
	arena_free(&arena);
	return done();
}
