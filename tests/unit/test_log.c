/*
 * log: both renderings, what foreign values can do to a line, the limit on
 * repeats, and that a line is one write of at most LOG_LINE_MAX bytes.
 */
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bounds.h"
#include "log.h"
#include "t.h"

static int saved, reader;
static char got[200000];

/* In place of the library's: a bare root directory has no terminals to open. */
static int terminal;

int
isatty(int fd)
{
	return fd == STDERR_FILENO && terminal;
}

/* A socket of datagrams keeps the borders between writes. */
static void
begin(void)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) == -1)
		abort();
	saved = dup(STDERR_FILENO);
	dup2(pair[0], STDERR_FILENO);
	close(pair[0]);
	reader = pair[1];
	log_init("fetch", "run 7");
}

/* Returns how many writes there were; got is their text. */
static int
end(void)
{
	size_t len = 0;
	int writes = 0;
	ssize_t n;

	while ((n = recv(reader, got + len, sizeof got - 1 - len,
		    MSG_DONTWAIT)) > 0) {
		len += (size_t)n;
		writes++;
	}
	got[len] = '\0';
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(reader);
	return writes;
}

/* The part of the line that follows the process id. */
static const char *
body(void)
{
	const char *p = strstr(got, " level=");

	return p != NULL ? p + 1 : got;
}

static void
test_logfmt(void)
{
	static const struct {
		const char *what, *values, *line;
	} rows[] = {
		{ "throttled", "mailbox=u1 wait_ms=12000",
		    "msg=\"throttled\" mailbox=u1 wait_ms=12000" },
		{ "no values", "", "msg=\"no values\"" },
		{ "quoted", "a=\"x\" b=\"\"", "msg=\"quoted\" a=\"x\" b=\"\"" },
		{ "blanks", "a=two words b=1",
		    "msg=\"blanks\" a=\"two words\" b=1" },
		{ "empty", "a= b=1", "msg=\"empty\" a=\"\" b=1" },
		{ "quote inside", "a=x\"y b=\"x\"y\"",
		    "msg=\"quote inside\" a=\"x\\\"y\" b=\"x\\\"y\"" },
		{ "equals inside", "a=x=y", "msg=\"equals inside\" a=\"x=y\"" },
		{ "backslash", "a=\"x\\\" b=1",
		    "msg=\"backslash\" a=\"x\\\\\" b=1" },
		{ "controls", "a=x\ny\x1b[2J\x7f\tz",
		    "msg=\"controls\" a=x?y?[2J??z" },
		{ "utf-8", "a=\xc3\xa9", "msg=\"utf-8\" a=\xc3\xa9" },
		{ "not a key", "just words",
		    "msg=\"not a key\" \"just words\"" },
	};
	char line[200];
	size_t i;
	int writes;

	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		begin();
		log_warn(rows[i].what, "%s", rows[i].values);
		writes = end();
		snprintf(line, sizeof line, "level=warn %s\n", rows[i].line);
		is_str(body(), line, "%s", rows[i].what);
		is_int(writes, 1, "in one write");
	}
	begin();
	log_error("no format", NULL);
	end();
	is_str(body(), "level=error msg=\"no format\"\n", "without a format");
	ok(strncmp(got, "ts=20", 5) == 0 && got[22] == '.' && got[26] == 'Z',
	    "the time with milliseconds goes first");
	ok(strncmp(got + 27, " run=\"run 7\" tool=fetch pid=", 28) == 0,
	    "then run, tool and process");
}

static void
test_length(void)
{
	char value[2 * LOG_LINE_MAX];

	memset(value, 'v', sizeof value - 1);
	value[sizeof value - 1] = '\0';
	begin();
	log_warn("long", "a=%s b=1", value);
	is_int(end(), 1, "a long line is one write");
	is_int((long long)strlen(got), LOG_LINE_MAX,
	    "of the most that a pipe keeps together");
	is_str(got + LOG_LINE_MAX - 5, "v...\n", "and ends in dots");
	memset(value, '"', sizeof value - 1);
	begin();
	log_warn("long quotes", "a=%s", value);
	end();
	ok(strlen(got) <= LOG_LINE_MAX && strchr(got, '\n')[1] == '\0',
	    "escapes count too");
}

static void
test_levels(void)
{
	begin();
	log_debug("debug", NULL);
	log_info("info", NULL);
	is_int(end(), 1, "notes are shown by default, debug is not");
	log_set_level(LOG_ERROR);
	begin();
	log_info("info", NULL);
	log_warn("warn", NULL);
	log_error("error", NULL);
	is_int(end(), 1, "errors only");
	log_set_level(LOG_DEBUG);
	begin();
	log_debug("debug", NULL);
	is_int(end(), 1, "all");
	log_set_level(LOG_INFO);
	ok(log_wants(LOG_INFO) && !log_wants(LOG_DEBUG), "and back");
}

static void
test_repeats(void)
{
	int i, writes;

	begin();
	for (i = 0; i < 100; i++)
		log_warn("repeated", "n=%d", i);
	writes = end();
	is_int(writes, 8, "the first few of a kind are written");
	ok(strstr(got, " n=7\n") != NULL && strstr(got, " n=8\n") == NULL,
	    "namely the first");
	begin();
	log_warn("another kind", NULL);
	is_int(end(), 1, "another kind is not held up");
	begin();
	for (i = 0; i < 20; i++)
		log_error("errors", "n=%d", i);
	is_int(end(), 20, "errors are never held up");
	begin();
	log_repeats();
	is_int(end(), 1, "at the end one line tells");
	is_str(body(), "level=warn msg=\"repeated\" repeated=92\n",
	    "how many were left out");
	begin();
	log_repeats();
	is_int(end(), 0, "once");
}

static void
test_die(void)
{
	int status;
	pid_t pid;

	begin();
	fflush(stdout);
	pid = fork();
	if (pid == 0)
		die(EXIT_CONFIG, "make it \"readable\"", "cannot read %s",
		    "x\ny");
	waitpid(pid, &status, 0);
	is_int(end(), 1, "die writes one line");
	is_int(WEXITSTATUS(status), EXIT_CONFIG, "and ends with its status");
	is_str(body(),
	    "level=error msg=\"cannot read x?y\" hint=\"make it "
	    "\\\"readable\\\"\"\n",
	    "the line");
}

/* The same on a terminal. */
static void
test_terminal(void)
{
	terminal = 1;
	begin();
	fflush(stdout);
	if (fork() == 0) {
		log_warn("throttled", "wait_ms=%d", 5);
		log_info("a note", NULL);
		log_progress("%d of %d", 12, 20);
		log_progress("%d of %d", 13, 20); /* too early */
		log_error("two", "a=1");
		die(EXIT_TEMPFAIL, "try again", "no luck");
	}
	wait(NULL);
	end();
	is_str(got,
	    "fetch: warning: throttled, wait_ms=5\n"
	    "fetch: a note\n"
	    "\r\033[K12 of 20"
	    "\r\033[K"
	    "fetch: error: two, a=1\n"
	    "fetch: error: no luck\n"
	    "hint: try again\n",
	    "messages, progress and a hint on a terminal");
	terminal = 0;
	begin();
	log_progress("%d", 1);
	is_int(end(), 0, "no progress elsewhere");
}

int
main(void)
{
	test_logfmt();
	test_length();
	test_levels();
	test_repeats();
	test_die();
	test_terminal();
	return done();
}
