/*
 * policy: show, check and explain the policy, without a database and without
 * a run.  What it says comes from the table and the parser that roster uses,
 * so a file that passes here passes there.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "bounds.h"
#include "instant.h"
#include "log.h"
#include "opts.h"
#include "policy_edit.h"
#include "policy_files.h"
#include "policy_keys.h"
#include "policy_layers.h"
#include "policy_print.h"
#include "tool.h"

static const char *file, *profiles = "profiles";
static const char *user_row, *own_row;
static struct opt_list sets;
static bool as_json, creates;

static const struct opt options[] = {
	{ 'p', "policy", OPT_TEXT, &file,
	    "FILE|the firm's policy (CALSYNC_POLICY)" },
	{ 0, "profiles", OPT_TEXT, &profiles, "DIR|where profiles are" },
	{ 0, "set", OPT_LIST, &sets, "KEY=VALUE|set one key; may be repeated" },
	{ 0, "user", OPT_TEXT, &user_row,
	    "KEY=VALUE|check: for one user, by an administrator" },
	{ 0, "own", OPT_TEXT, &own_row,
	    "KEY=VALUE|check: by a user, of their own" },
	{ 0, "create", OPT_FLAG, &creates, "set: make the file" },
	{ 'j', "json", OPT_FLAG, &as_json, "one JSON object a line" },
	{ 0, NULL, OPT_FLAG, NULL, NULL },
};

/* Load all layers, or print each error and end the program. */
static void
load(struct policy *p, struct arena *a, struct policy_sources *s)
{
	struct str errors = { 0 };
	size_t count;

	*s = (struct policy_sources){ file, profiles, sets.item, sets.count,
		NULL, NO_SLICE };
	count = policy_load(p, a, s, &errors);
	fprintf(stderr, "%s", errors.data ? errors.data : "");
	str_free(&errors);
	if (count > 0)
		exit(EXIT_CONFIG);
}

static enum policy_key
key_named(const char *name)
{
	enum policy_key key = policy_key_find(slice_of(name)), near;

	if (key != POL_NONE)
		return key;
	near = policy_key_near(slice_of(name));
	if (near == POL_NONE)
		die(EXIT_USAGE, "policy keys lists them",
		    "there is no key '%s'", name);
	die(EXIT_USAGE, NULL, "there is no key '%s'; the nearest is %s", name,
	    policy_key_name(near));
}

/* The operands behind the command; without any, every key. */
static void
read_wanted(char *const *names, bool wanted[POL_COUNT])
{
	for (enum policy_key k = POL_NONE + 1; k < POL_COUNT; k++)
		wanted[k] = *names == NULL;
	for (; *names != NULL; names++)
		wanted[key_named(*names)] = true;
}

/* A user's value counts only where it is taken (U16): better told now than in
 * the log of each run. */
static void
check_row(const struct policy *p, struct arena *a, const char *given, bool own)
{
	const struct policy_user facts = {
		.now = (int64_t)time(NULL) * SECOND_US, .since = INSTANT_MIN
	};
	struct str name = { 0 };
	struct slice value, text = slice_cut(slice_of(given), '=', &value);
	enum policy_key key;
	const char *why;

	str_add_slice(&name, slice_trim(text));
	key = key_named(name.data != NULL ? name.data : "");
	why = policy_row_refused(p, a, key, slice_trim(value), own, &facts);
	if (why != NULL)
		die(EXIT_CONFIG, NULL, "%s = %.*s: %s (the firm has %.*s)",
		    name.data, SLICE_ARG(slice_trim(value)), why,
		    SLICE_ARG(p->value[key]->text));
	str_free(&name);
}

static void
check(const struct policy *p, const struct policy_sources *s, struct arena *a)
{
	size_t count = 0;

	if (user_row != NULL)
		check_row(p, a, user_row, false);
	if (own_row != NULL)
		check_row(p, a, own_row, true);
	for (enum policy_key k = POL_NONE + 1; k < POL_COUNT; k++)
		count += p->value[k]->origin != NULL;
	printf("good: %zu of %d keys set", count, POL_COUNT - 1);
	if (s->profile != NULL)
		printf(", with profile %s", s->profile);
	putchar('\n');
}

/* A file, or the name of a profile if there is no such file. */
static void
load_named(struct policy *p, struct arena *a, const char *name)
{
	struct policy_sources s;
	struct str set = { 0 };
	FILE *f = fopen(name, "r");

	if (f != NULL) {
		fclose(f);
		file = name;
		load(p, a, &s);
		return;
	}
	str_addf(&set, "profile=%s", name);
	sets.item = arena_array(a, 1, sizeof *sets.item);
	sets.item[0] = arena_copy(a, set.data, set.len);
	sets.count = 1;
	file = NULL;
	str_free(&set);
	load(p, a, &s);
	sets.count = 0;
}

/* diff [FROM] TO: of one, from the policy in force.  As diff(1): 1 if any key
 * differs. */
static int
diff(char *const *names, struct arena *a)
{
	struct policy_sources s;
	struct policy from, to;

	if (names[0] == NULL || (names[1] != NULL && names[2] != NULL))
		die(EXIT_USAGE, "policy --help", "which two policies?");
	if (names[1] == NULL) {
		load(&from, a, &s);
		sets.count = 0;
	} else {
		load_named(&from, a, names[0]);
		names++;
	}
	load_named(&to, a, names[0]);
	return policy_print_difference(&from, &to, as_json) > 0 ? 1 : EXIT_OK;
}

/* set KEY=VALUE ...: a key without a value goes back to what it is without. */
static void
set(char *const *changes)
{
	const char *end;

	if (*changes == NULL)
		die(EXIT_USAGE, "policy --help", "set which KEY=VALUE?");
	if (file == NULL || sets.count > 0)
		die(EXIT_USAGE, NULL, "set needs --policy FILE%s",
		    sets.count > 0 ? ", and takes no --set" : "");
	for (char *const *c = changes; *c != NULL; c++) {
		struct slice value, key = slice_cut(slice_of(*c), '=', &value);

		end = value.data;
		if (end == NULL)
			die(EXIT_USAGE, NULL, "'%s' is not KEY=VALUE", *c);
		for (size_t n = 0; n < value.len; n++)
			if (value.data[n] == '\n' || value.data[n] == '\r')
				die(EXIT_USAGE, NULL,
				    "a value stands on one line");
		if (!slice_is(slice_trim(key), "profile")) {
			struct str name = { 0 };

			str_add_slice(&name, slice_trim(key));
			key_named(name.data ? name.data : "");
			str_free(&name);
		}
	}
	policy_edit(file, profiles, changes, creates);
}

int
main(int argc, char *argv[])
{
	struct arena arena = { .max = RUN_ARENA_MAX };
	bool wanted[POL_COUNT] = { false };
	struct policy_sources sources;
	struct policy policy;
	struct slice command;
	char **keys;
	int n, status = EXIT_OK;

	tool_start("policy");
	file = getenv("CALSYNC_POLICY");
	if (file != NULL && *file == '\0')
		file = NULL;
	n = opts_parse(
	    "[option ...] show | check | keys [KEY ...] | diff [FROM] TO | "
	    "set KEY=VALUE ...",
	    "Show, check, explain, compare and edit the policy.", options,
	    POL_COUNT, argc, argv);
	command = slice_of(argv[n]);
	keys = argv + (n < argc ? n + 1 : n);
	if (slice_is(command, "diff")) {
		status = diff(keys, &arena);
	} else if (slice_is(command, "set")) {
		set(keys);
	} else {
		read_wanted(keys, wanted);
	}
	if (slice_is(command, "diff") || slice_is(command, "set")) {
		;
	} else if (slice_is(command, "keys")) {
		policy_print_keys(wanted, as_json);
	} else if (slice_is(command, "show")) {
		load(&policy, &arena, &sources);
		policy_print_values(&policy, wanted, as_json);
	} else if (slice_is(command, "check") && *keys == NULL) {
		load(&policy, &arena, &sources);
		check(&policy, &sources, &arena);
	} else {
		die(EXIT_USAGE, "policy --help",
		    "show, check, keys, diff or set?");
	}
	arena_free(&arena);
	if (fflush(stdout) != 0 || ferror(stdout))
		die(EXIT_IO, NULL, "cannot write to standard output");
	return status;
}
