/*
 * opts: one table per program drives getopt_long, --help, --version and
 * --options (which completion and the docs test read).  A usage error is one
 * line on stderr and EXIT_USAGE.
 *
 * --options prints one option a line, with tabs between: "--name", "-x" or
 * nothing, the argument's name or nothing, what it is.
 */
#ifndef OPTS_H
#define OPTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Rows in a program's table. */
#define OPTS_MAX 40

enum opt_type {
	OPT_FLAG,   /* bool *: set to true */
	OPT_TEXT,   /* const char **: the last one wins */
	OPT_LIST,   /* struct opt_list *: may be repeated */
	OPT_NUMBER, /* int64_t *: not negative */
	OPT_TIME    /* int64_t *: an instant, RFC 3339 */
};

struct opt_list {
	const char **item;
	size_t count;
};

struct opt {
	char letter;	  /* 0: long form only */
	const char *name; /* NULL ends the table */
	enum opt_type type;
	void *value;
	const char *help; /* "--secret-file FILE  what": "FILE|what it is" */
};

/*
 * Parse, handle --help, --version, --options, -v and -q (log level), and
 * return the index of the first operand.  synopsis: "[option ...] [file]";
 * about: one sentence for --help.  At most `operands_max` operands.
 */
int opts_parse(const char *synopsis, const char *about, const struct opt *table,
    int operands_max, int argc, char *argv[]);

#endif
