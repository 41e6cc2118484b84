/*
 * opts: the program's table and the five options that all programs have are
 * put together into one, and everything else walks over that.  The number
 * that getopt_long returns is the row plus a base beyond all letters.
 */
#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "instant.h"
#include "log.h"
#include "opts.h"
#include "str.h"
#include "tool.h"
#include "xalloc.h"

#define ROW_BASE 256
#define COMMON	 5
#define ROWS_MAX (OPTS_MAX + COMMON)

static bool verbose, quiet, help, version, list;

static const struct opt common[COMMON] = {
	{ 'v', "verbose", OPT_FLAG, &verbose, "log more" },
	{ 'q', "quiet", OPT_FLAG, &quiet, "log errors only" },
	{ 'h', "help", OPT_FLAG, &help, "print this help and exit" },
	{ 0, "version", OPT_FLAG, &version, "print the version and exit" },
	{ 0, "options", OPT_FLAG, &list, "print the options, for programs" },
};

struct rows {
	struct opt opt[ROWS_MAX];
	int count;
};

static bool
takes_value(const struct opt *o)
{
	return o->type != OPT_FLAG;
}

/* "FILE|what it is": the two halves; without argument the first is empty. */
static struct slice
split_help(const struct opt *o, struct slice *what)
{
	struct slice name, text = slice_of(o->help);

	if (!takes_value(o)) {
		*what = text;
		return NO_SLICE;
	}
	name = slice_cut(text, '|', what);
	return name;
}

static void
print_help(const char *synopsis, const char *about, const struct rows *rows)
{
	const struct opt *o;
	struct slice name, what;
	char left[80];

	printf("usage: %s %s\n%s\n\n", tool_name(), synopsis, about);
	for (o = rows->opt; o < rows->opt + rows->count; o++) {
		name = split_help(o, &what);
		snprintf(left, sizeof left, "%c%c%c --%s %.*s",
		    o->letter ? '-' : ' ', o->letter ? o->letter : ' ',
		    o->letter ? ',' : ' ', o->name, SLICE_ARG(name));
		printf("  %-28s %.*s\n", left, SLICE_ARG(what));
	}
}

static void
print_options(const struct rows *rows)
{
	const struct opt *o;
	struct slice name, what;

	for (o = rows->opt; o < rows->opt + rows->count; o++) {
		name = split_help(o, &what);
		printf("--%s\t", o->name);
		if (o->letter)
			printf("-%c", o->letter);
		printf("\t%.*s\t%.*s\n", SLICE_ARG(name), SLICE_ARG(what));
	}
}

static void
add_to_list(struct opt_list *l, const char *text)
{
	l->item = xreallocarray(l->item, l->count + 1, sizeof *l->item);
	l->item[l->count++] = text;
}

static void
set_value(const struct opt *o, const char *text)
{
	bool ok = true;

	switch (o->type) {
	case OPT_FLAG:
		*(bool *)o->value = true;
		break;
	case OPT_TEXT:
		*(const char **)o->value = text;
		break;
	case OPT_LIST:
		add_to_list(o->value, text);
		break;
	case OPT_NUMBER:
		ok = slice_int64(slice_of(text), 0, INT64_MAX, o->value);
		break;
	case OPT_TIME:
		ok = instant_parse(slice_of(text), o->value);
		break;
	}
	if (!ok)
		die(EXIT_USAGE, NULL, "--%s wants %s; try --help", o->name,
		    o->type == OPT_TIME ? "a time like 2026-11-21T09:00:00Z"
					: "a number");
}

static struct rows
join_tables(const struct opt *table)
{
	struct rows rows = { .count = 0 };
	int i;

	for (; table->name != NULL; table++) {
		assert(rows.count < OPTS_MAX);
		rows.opt[rows.count++] = *table;
	}
	for (i = 0; i < COMMON; i++)
		rows.opt[rows.count++] = common[i];
	return rows;
}

static _Noreturn void
refuse_option(int why, char *argv[])
{
	const char *what =
	    why == ':' ? "a value is missing after" : "unknown option";
	struct slice word, rest;

	/* optopt is the letter, or for long options 0 or the row. */
	if (optopt > 0 && optopt < ROW_BASE)
		die(EXIT_USAGE, NULL, "%s -%c; try --help", what, optopt);
	word = slice_cut(slice_of(argv[optind - 1]), '=', &rest);
	if (optopt >= ROW_BASE && why == '?')
		die(EXIT_USAGE, NULL, "%.*s takes no value; try --help",
		    SLICE_ARG(word));
	die(EXIT_USAGE, NULL, "%s %.*s; try --help", what, SLICE_ARG(word));
}

static void
read_options(const struct rows *rows, int argc, char *argv[])
{
	struct option longs[ROWS_MAX + 1] = { 0 };
	char shorts[2 * ROWS_MAX + 2] = ":", *s = shorts + 1;
	const struct opt *o;
	int c, i;

	for (i = 0; i < rows->count; i++) {
		o = &rows->opt[i];
		longs[i] = (struct option){ o->name, takes_value(o), NULL,
			ROW_BASE + i };
		if (o->letter)
			*s++ = o->letter;
		if (o->letter && takes_value(o))
			*s++ = ':';
	}
	opterr = 0;
	while ((c = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		if (c == '?' || c == ':')
			refuse_option(c, argv);
		for (i = 0; i < rows->count; i++)
			if (c == ROW_BASE + i || c == rows->opt[i].letter)
				set_value(&rows->opt[i], optarg);
	}
}

static _Noreturn void
leave(void)
{
	if (fflush(stdout) == EOF || ferror(stdout))
		die(EXIT_IO, NULL, "cannot write: %s", strerror(errno));
	exit(EXIT_OK);
}

int
opts_parse(const char *synopsis, const char *about, const struct opt *table,
    int operands_max, int argc, char *argv[])
{
	struct rows rows = join_tables(table);

	read_options(&rows, argc, argv);
	if (help)
		print_help(synopsis, about, &rows);
	else if (version)
		printf("%s (calsync) %s\n", tool_name(), tool_version);
	else if (list)
		print_options(&rows);
	if (help || version || list)
		leave();
	if (argc - optind > operands_max)
		die(EXIT_USAGE, NULL, "too many operands; try --help");
	if (verbose || quiet)
		log_set_level(quiet ? LOG_ERROR : LOG_DEBUG);
	return optind;
}
