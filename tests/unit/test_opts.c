/* opts: one process a call, since most calls end the program. */
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "exits.h"
#include "log.h"
#include "opts.h"
#include "t.h"
#include "tool.h"

#define ARGS_MAX 8

static bool flag;
static const char *text = "unset";
static struct opt_list list;
static int64_t number = -1, when = -1;

static const struct opt table[] = {
	{ 'f', "flag", OPT_FLAG, &flag, "a flag" },
	{ 't', "text", OPT_TEXT, &text, "FILE|a text" },
	{ 'l', "list", OPT_LIST, &list, "KEY=VALUE|a list" },
	{ 0, "number", OPT_NUMBER, &number, "N|a number" },
	{ 0, "now", OPT_TIME, &when, "TIME|a time" },
	{ 0, NULL, OPT_FLAG, NULL, NULL },
};

static char out[4096], err[4096];

static void
slurp(int fd, char *buf)
{
	ssize_t n = pread(fd, buf, 4095, 0);

	buf[n > 0 ? n : 0] = '\0';
	close(fd);
}

static int
temporary(void)
{
	char path[] = "/tmp/test_opts.XXXXXX";
	int fd = mkstemp(path);

	unlink(path);
	return fd;
}

/* What opts_parse set, as the child saw it. */
static void
print_values(int operand)
{
	size_t i;

	printf("flag=%d text=%s number=%lld when=%lld list=", flag, text,
	    (long long)number, (long long)when);
	for (i = 0; i < list.count; i++)
		printf("%s;", list.item[i]);
	printf(" operand=%d level=%d", operand,
	    log_wants(LOG_DEBUG) + log_wants(LOG_INFO));
	fflush(stdout);
}

/* Runs "prog WORDS" with opts_parse; the status, out and err are set. */
static int
run(const char *words)
{
	char copy[256], *argv[ARGS_MAX + 1], *save, *w;
	int fds[2] = { temporary(), temporary() }, status, argc = 0;
	pid_t pid;

	snprintf(copy, sizeof copy, "prog %s", words);
	for (w = strtok_r(copy, " ", &save); w != NULL && argc < ARGS_MAX;
	     w = strtok_r(NULL, " ", &save))
		argv[argc++] = w;
	argv[argc] = NULL;
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		dup2(fds[0], STDOUT_FILENO);
		dup2(fds[1], STDERR_FILENO);
		tool_start("prog");
		print_values(opts_parse("[option ...] [file]", "Does things.",
		    table, 1, argc, argv));
		_exit(EXIT_OK);
	}
	waitpid(pid, &status, 0);
	slurp(fds[0], out);
	slurp(fds[1], err);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
test_values(void)
{
	static const struct {
		const char *words, *out;
	} rows[] = {
		{ "", "flag=0 text=unset number=-1 when=-1 list= operand=1 "
		      "level=1" },
		{ "-f -t a -t b",
		    "flag=1 text=b number=-1 when=-1 list= operand=6 level=1" },
		{ "-ft a x",
		    "flag=1 text=a number=-1 when=-1 list= operand=3 level=1" },
		{ "--text=a=b --list k=1 -l k=2",
		    "flag=0 text=a=b number=-1 when=-1 list=k=1;k=2; operand=6 "
		    "level=1" },
		{ "--number 0 x", "flag=0 text=unset number=0 when=-1 list= "
				  "operand=3 level=1" },
		{ "--now 1970-01-01T00:00:01Z",
		    "flag=0 text=unset number=-1 when=1000000 list= operand=3 "
		    "level=1" },
		{ "x -f", "flag=1 text=unset number=-1 when=-1 list= operand=2 "
			  "level=1" },
		{ "-- -f", "flag=0 text=unset number=-1 when=-1 list= "
			   "operand=2 level=1" },
		{ "-", "flag=0 text=unset number=-1 when=-1 list= operand=1 "
		       "level=1" },
		{ "-v", "flag=0 text=unset number=-1 when=-1 list= operand=2 "
			"level=2" },
		{ "-q", "flag=0 text=unset number=-1 when=-1 list= operand=2 "
			"level=0" },
	};
	size_t i;

	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		is_int(run(rows[i].words), EXIT_OK, "prog %s", rows[i].words);
		is_str(out, rows[i].out, "its values");
		is_str(err, "", "no message");
	}
}

static void
test_usage_errors(void)
{
	static const struct {
		const char *words, *message;
	} rows[] = {
		{ "-x", "unknown option -x; try --help" },
		{ "-fx", "unknown option -x; try --help" },
		{ "--nonsense", "unknown option --nonsense; try --help" },
		{ "--nonsense=1", "unknown option --nonsense; try --help" },
		{ "--flag=1", "--flag takes no value; try --help" },
		{ "-t", "a value is missing after -t; try --help" },
		{ "--text", "a value is missing after --text; try --help" },
		{ "--number 1x", "--number wants a number; try --help" },
		{ "--number -1", "--number wants a number; try --help" },
		{ "--now today", "--now wants a time like "
				 "2026-11-21T09:00:00Z; try --help" },
		{ "a b", "too many operands; try --help" },
	};
	char wanted[200];
	size_t i;

	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		is_int(run(rows[i].words), EXIT_USAGE, "prog %s is refused",
		    rows[i].words);
		is_str(out, "", "with empty stdout");
		snprintf(wanted, sizeof wanted, " level=error msg=\"%s\"\n",
		    rows[i].message);
		if (!ok(strstr(err, wanted) != NULL &&
			    strchr(err, '\n')[1] == '\0',
			"and one line"))
			printf("# %s", err);
	}
}

static void
test_texts(void)
{
	is_int(run("--help"), EXIT_OK, "--help");
	is_str(out,
	    "usage: prog [option ...] [file]\n"
	    "Does things.\n"
	    "\n"
	    "  -f, --flag                   a flag\n"
	    "  -t, --text FILE              a text\n"
	    "  -l, --list KEY=VALUE         a list\n"
	    "      --number N               a number\n"
	    "      --now TIME               a time\n"
	    "  -v, --verbose                log more\n"
	    "  -q, --quiet                  log errors only\n"
	    "  -h, --help                   print this help and exit\n"
	    "      --version                print the version and exit\n"
	    "      --options                print the options, for programs\n",
	    "its text");
	is_int(run("-h too many operands"), EXIT_OK,
	    "-h goes before other complaints");
	is_int(run("--version"), EXIT_OK, "--version");
	ok(strncmp(out, "prog (calsync) ", 15) == 0 &&
		strchr(out, '\n')[1] == '\0',
	    "its line");
	is_int(run("--options"), EXIT_OK, "--options");
	ok(strncmp(out, "--flag\t-f\t\ta flag\n--text\t-t\tFILE\ta text\n",
	       40) == 0,
	    "its lines");
	ok(strstr(out, "\n--number\t\tN\ta number\n") != NULL,
	    "without a letter");
}

int
main(void)
{
	test_values();
	test_usage_errors();
	test_texts();
	return done();
}
