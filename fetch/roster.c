/*
 * roster: who is to be synced now, and under which policy.
 *
 * The only program that looks at a clock and at policy files: both travel on
 * in the stream, so that a captured stream replays on any day.  All of the
 * policy is read and checked before the first line is written (U15), and
 * before the database is asked.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "bounds.h"
#include "db.h"
#include "instant.h"
#include "log.h"
#include "opts.h"
#include "policy_files.h"
#include "policy_layers.h"
#include "roster_account.h"
#include "tool.h"
#include "tz.h"

#define SCHEMA 1

static const char *file, *profiles = "profiles", *conninfo;
static struct opt_list sets, only, events;
static int64_t now = INSTANT_MIN;
static bool all, cleanup, plan;

static const struct opt options[] = {
	{ 'p', "policy", OPT_TEXT, &file,
	    "FILE|the firm's policy (CALSYNC_POLICY)" },
	{ 0, "profiles", OPT_TEXT, &profiles, "DIR|where profiles are" },
	{ 0, "set", OPT_LIST, &sets,
	    "KEY=VALUE|set one policy key; may be repeated" },
	{ 0, "db", OPT_TEXT, &conninfo, "CONNINFO|the database (CALSYNC_DB)" },
	{ 'a', "all", OPT_FLAG, &all, "also mailboxes that are not due" },
	{ 0, "mailbox", OPT_LIST, &only,
	    "ADDR|only this mailbox, due or not; may be repeated" },
	{ 0, "event", OPT_LIST, &events,
	    "ID|of the one mailbox only this event of Graph; may be repeated" },
	{ 0, "cleanup", OPT_FLAG, &cleanup,
	    "as if the cleanup of each named mailbox had been asked for" },
	{ 0, "plan", OPT_FLAG, &plan,
	    "for a plan: that the firm is not ready to be on under this "
	    "policy is only told" },
	{ 0, "now", OPT_TIME, &now, "TIME|pretend that the time is TIME" },
	{ 0, NULL, OPT_FLAG, NULL, NULL },
};

static void
load_policy(struct policy *p, struct arena *a)
{
	struct policy_sources s = { file, profiles, sets.item, sets.count, NULL,
		NO_SLICE };
	struct str errors = { 0 };
	struct slice rest, first;
	size_t count = policy_load(p, a, &s, &errors);

	if (count == 0)
		return;
	first = slice_cut(str_slice(&errors), '\n', &rest);
	die(EXIT_CONFIG,
	    count > 1 ? "calsync policy check lists every error" : NULL, "%.*s",
	    SLICE_ARG(first));
}

static int64_t
clock_seconds(void)
{
	struct timespec t;

	if (clock_gettime(CLOCK_REALTIME, &t) != 0)
		die(EXIT_SYSTEM, NULL, "there is no clock");
	return (int64_t)t.tv_sec * SECOND_US;
}

/* CALSYNC_RUN, or the time and the process: 20261121T090000Z-4711 */
static const char *
run_id(void)
{
	const char *given = getenv("CALSYNC_RUN");
	static char id[64];
	struct civil c;

	if (given != NULL && *given != '\0')
		return given;
	civil_from(now, &c);
	snprintf(id, sizeof id, "%04d%02d%02dT%02d%02d%02dZ-%ld", c.year,
	    c.month, c.day, c.hour, c.minute, c.second, (long)getpid());
	return id;
}

static void
copy(struct jsonw *w, const struct json *org, const char *key)
{
	const struct json *v = json_get(org, key);
	struct slice raw = v != NULL ? v->raw : NO_SLICE;

	if (raw.data == NULL)
		die(EXIT_CONFIG, "calsync setup upgrades the database",
		    "the database does not tell its %s", key);
	jw_raw(w, key, raw);
}

/* What limit.per_day has to know; -1: there is no such limit. */
static int64_t
ask_spent(struct db *db, const struct policy *p)
{
	char at[INSTANT_TEXT_MAX];
	const char *values[] = { at };
	int64_t ops = 0;

	if (policy_number(p, POL_LIMIT_PER_DAY) == POLICY_UNLIMITED)
		return -1;
	instant_print(now, at);
	db_query(db, "select calsync.roster_spent($1::timestamptz)", 1, values);
	if (!db_next_row(db) ||
	    !slice_int64(db_column(db, 0), 0, INT64_MAX / 4, &ops))
		die(EXIT_SOFTWARE, "calsync setup may help",
		    "the database does not tell what was applied today");
	return ops;
}

static void
write_spent(struct jsonw *w, const struct json *org, int64_t ops)
{
	const struct json *mails = json_path(org, "spent", "mails", NULL);

	if (ops < 0) {
		copy(w, org, "spent");
		return;
	}
	jw_object(w, "spent");
	if (mails != NULL)
		jw_raw(w, "mails", mails->raw);
	jw_int(w, "ops", ops);
	jw_end(w);
}

static void
write_run(struct stream_out *out, const struct policy *p,
    const struct json *org, int64_t ops)
{
	char text[INSTANT_TEXT_MAX];
	size_t n = instant_print(now, text);
	const char *zones = tz_version();
	struct str line = { 0 };
	struct jsonw w;

	jw_start(&w, &line);
	jw_object(&w, NULL);
	jw_cstr(&w, "type", "run");
	jw_cstr(&w, "id", run_id());
	jw_str(&w, "now", (struct slice){ text, n });
	jw_int(&w, "schema", SCHEMA);
	jw_cstr(&w, "tzdata", *zones != '\0' ? zones : NULL);
	jw_object(&w, "policy");
	policy_write(&w, p, NULL);
	jw_end(&w);
	jw_object(&w, "policy_origin");
	policy_write_origins(&w, p);
	jw_end(&w);
	copy(&w, org, "domains");
	copy(&w, org, "adapter");
	copy(&w, org, "connections");
	write_spent(&w, org, ops);
	copy(&w, org, "generation");
	jw_end(&w);
	stream_put(out, str_slice(&line));
	str_free(&line);
}

/* The org's facts; ends the program if the database is of another release. */
static const struct json *
ask_org(struct db *db, struct arena *a)
{
	const char *values[] = { run_id() }, *why = "no row";
	struct json *org = NULL;
	int64_t schema;

	db_query(db, "select calsync.roster_org($1)", 1, values);
	if (db_next_row(db)) {
		struct slice row = db_column(db, 0);

		row.data = arena_copy(a, row.data, row.len);
		org = json_parse(a, row, JSON_STRICT, &why);
	}
	if (org == NULL)
		die(EXIT_CONFIG, "calsync setup sets it up",
		    "the database does not know the org: %s", why);
	if (!json_int(json_get(org, "schema"), 0, INT32_MAX, &schema) ||
	    schema != SCHEMA)
		die(EXIT_CONFIG, "calsync setup upgrades the database",
		    "the database is of another schema than %d", SCHEMA);
	return org;
}

static bool
is_for_groups(const struct json *org, const struct json *connection)
{
	const struct json *list = json_get(org, "for_groups"), *i;
	struct slice id = json_get(connection, "id")->raw;

	for (i = list != NULL ? list->child : NULL; i != NULL; i = i->next)
		if (slice_eq(i->raw, id))
			return true;
	return false;
}

/* The policy says how Graph is reached (auth), a connection how it is prepared for
 * that.  If they differ, the policy would be broken, or nobody could be read.  To a
 * group's calendar there is one way only. */
static void
check_connections(const struct policy *p, const struct json *org)
{
	const struct json *list = json_get(org, "connections"), *c;
	struct slice says = p->value[POL_AUTH]->text, is;

	for (c = list != NULL ? list->child : NULL; c != NULL; c = c->next) {
		is = json_text(c, "auth");
		if ((is.len > 0) != slice_is(says, "app") ||
		    is_for_groups(org, c))
			continue;
		die(EXIT_CONFIG, "calsync connection add, or another auth",
		    "auth = %.*s, but connection %.*s is %s", SLICE_ARG(says),
		    SLICE_ARG(json_get(c, "id")->raw),
		    is.len > 0 ? "one on which people sign in themselves"
			       : "that of an application");
	}
}

/* What a person agrees to when they sign in is their own mailbox (S-003). */
static void
check_calendars(const struct policy *p)
{
	if (policy_is(p, POL_CALENDARS, "shared") &&
	    !policy_is(p, POL_AUTH, "app"))
		die(EXIT_CONFIG, "calendars = own, or auth = app",
		    "calendars = shared: who signs in by themselves (auth = "
		    "%.*s) gives no access to others' calendars",
		    SLICE_ARG(p->value[POL_AUTH]->text));
}

/* A policy file can change when nobody enables anything: what has to be in order
 * before the firm is switched on holds in every run (P-002, P-007).  A plan is shown
 * all the same, and says what the run would. */
static void
check_ready(struct db *db, const struct policy *p)
{
	struct str text = { 0 };
	struct slice why;
	struct jsonw w;
	const char *values[1];

	jw_start(&w, &text);
	jw_object(&w, NULL);
	policy_write(&w, p, NULL);
	jw_end(&w);
	values[0] = text.data;
	db_query(db, "select calsync.enable_refusal($1::jsonb)", 1, values);
	why = db_next_row(db) ? db_column(db, 0) : NO_SLICE;
	if (why.data != NULL && !plan)
		die(EXIT_CONFIG, NULL, "%.*s", SLICE_ARG(why));
	if (why.data != NULL)
		log_error("a run would end with 78 under this policy",
		    "why=\"%.*s\"", SLICE_ARG(why));
	while (db_next_row(db))
		;
	str_free(&text);
}

/* Which --mailbox this is; only.count if it is none of them. */
static size_t
place_of(struct slice mailbox)
{
	size_t n = 0;

	while (n < only.count && !slice_is_nocase(mailbox, only.item[n]))
		n++;
	return n;
}

static void
ask_accounts(struct db *db, struct roster *r, bool *found)
{
	struct arena a = { .max = RECORD_ARENA_MAX };
	char at[INSTANT_TEXT_MAX];
	const char *values[] = { at, "false" }, *why = "not what is expected";
	struct json *row;
	size_t n;

	instant_print(r->now, at);
	if (policy_is(r->org, POL_OWNER_UNSYNCED_OUT, "copies"))
		values[1] = "true";
	db_stream(db,
	    "select calsync.roster_accounts($1::timestamptz, $2::boolean)", 2,
	    values);
	for (; db_next_row(db); arena_reset(&a)) {
		row = json_parse(&a, db_column(db, 0), JSON_STRICT, &why);
		n = place_of(json_text(row, "mailbox"));
		if (row != NULL && only.count > 0 && n == only.count)
			continue;
		if (row == NULL || !roster_account(r, row, &a))
			die(EXIT_SOFTWARE, "calsync setup may help",
			    "an account of the database: %s", why);
		if (only.count > 0)
			found[n] = true;
	}
	arena_free(&a);
}

/* A mistyped address must not look like a mailbox without news. */
static int
check_found(const bool *found)
{
	int status = EXIT_OK;

	for (size_t n = 0; n < only.count; n++)
		if (!found[n]) {
			log_error("no account has this mailbox",
			    "mailbox=\"%s\"", only.item[n]);
			status = EXIT_USAGE;
		}
	return status;
}

/* What is asked for by name has to be one mailbox's, or some mailboxes'. */
static void
check_options(void)
{
	if (events.count > 0 && only.count != 1)
		die(EXIT_USAGE, NULL, "--event needs one --mailbox");
	if (cleanup && only.count == 0)
		die(EXIT_USAGE, NULL, "--cleanup needs a --mailbox");
}

int
main(int argc, char *argv[])
{
	struct arena run = { .max = RUN_ARENA_MAX };
	struct policy policy;
	struct roster r = { .org = &policy };
	const struct json *org;
	struct db *db;
	bool *found;
	int64_t ops;
	int status;

	tool_start("roster");
	file = getenv("CALSYNC_POLICY");
	if (file != NULL && *file == '\0')
		file = NULL;
	opts_parse("[option ...]",
	    "Write who is to be synced now, and under which policy.", options,
	    0, argc, argv);
	check_options();
	load_policy(&policy, &run);
	if (now == INSTANT_MIN)
		now = clock_seconds();
	policy_digest(&policy, r.org_digest);
	r.now = now;
	r.all = all || only.count > 0;
	r.event = events.item;
	r.events = events.count;
	r.cleanup = cleanup;
	db = db_open(conninfo, DB_READ, "roster");
	org = ask_org(db, &run);
	check_calendars(&policy);
	check_connections(&policy, org);
	if (json_true(org, "enabled"))
		check_ready(db, &policy);
	ops = ask_spent(db, &policy);
	r.out = stream_stdout("roster");
	write_run(r.out, &policy, org, ops);
	found = arena_array(&run, only.count + 1, sizeof *found);
	if (json_true(org, "enabled"))
		ask_accounts(db, &r, found);
	else
		log_info("the org is switched off", NULL);
	stream_put_end(r.out);
	db_close(db);
	status = json_true(org, "enabled") ? check_found(found) : EXIT_OK;
	arena_free(&run);
	return tool_finish(status,
	    "mailboxes=%zu gated=%zu not_due=%zu settings_ignored=%zu",
	    r.mailboxes, r.gated, r.waiting, r.ignored);
}
