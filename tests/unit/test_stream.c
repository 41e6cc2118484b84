/*
 * stream: the envelope by a table of good and broken streams, lines of all
 * sizes, and what the writer counts.  fds 0, 1 and 2 are files here, so that
 * the module is used as the programs use it.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bounds.h"
#include "capture.h"
#include "log.h"
#include "stream.h"
#include "t.h"

#define RUN "{\"type\":\"run\",\"id\":\"r\",\"schema\":1}\n"
#define BOX "{\"type\":\"mailbox\",\"mailbox\":\"a@firm.test\"}\n"
#define BOX_END(n)                                               \
	"{\"type\":\"mailbox.end\",\"mailbox\":\"a@firm.test\"," \
	"\"records\":" #n ",\"complete\":true}\n"
#define END(s, n)                                                              \
	"{\"type\":\"end\",\"from\":\"x\",\"sections\":" #s ",\"records\":" #n \
	"}\n"
#define EV "{\"type\":\"event\"}\n"

static char input_path[] = "/tmp/test_stream.XXXXXX";

static void
write_input(const char *text, size_t n)
{
	int fd = open(input_path, O_WRONLY | O_TRUNC);

	if (fd == -1 || write(fd, text, n) != (ssize_t)n || close(fd) == -1)
		abort();
}

/* Read to the end: the types as letters, '.' for REC_EOF, '!' for broken. */
static void
read_all(struct stream_in *in, struct str *types)
{
	static const char letters[] = ".!RMmEpsSgrcGenvoklP?";
	struct record r;
	enum rec_type t;

	do {
		t = stream_next(in, NULL, &r);
		str_addc(types, letters[t]);
	} while (t != REC_EOF && t != REC_BROKEN);
	if (stream_next(in, NULL, &r) != t)
		str_adds(types, " and then something else");
}

struct row {
	const char *what, *text, *types, *message; /* message: NULL: none */
};

static const struct row rows[] = {
	{ "empty run", RUN END(0, 0), "RE.", NULL },
	{ "two sections", RUN BOX EV EV BOX_END(2) BOX BOX_END(0) END(2, 2),
	    "RMeemMmE.", NULL },
	{ "a mailbox without name",
	    RUN "{\"type\":\"mailbox\",\"mailbox\":null}\n{\"type\":\"mailbox."
		"end\",\"mailbox\":null,\"records\":0}\n" END(1, 0),
	    "RMmE.", NULL },
	{ "unknown types pass",
	    RUN "{\"type\":\"news\"}\n" BOX
		"{\"type\":\"x.y-z_0\",\"a\":{}}\n" BOX_END(1) END(1, 1),
	    "R?M?mE.", NULL },
	{ "a problem may stand outside",
	    RUN "{\"type\":\"problem\"}\n" END(0, 0), "RPE.", NULL },
	{ "nothing", "", "!", "msg=\"input without end record\" lines=0" },
	{ "no end", RUN BOX BOX_END(0), "RMm!",
	    "msg=\"input without end record\" lines=3" },
	{ "no end of a section", RUN BOX EV, "RMe!",
	    "msg=\"input without end record\" lines=3" },
	{ "end in a section", RUN BOX EV END(0, 0), "RMe!",
	    "line=4 why=\"the last section is not closed\"" },
	{ "cut last line", RUN "{\"type\":\"end\"}", "R!",
	    "line=2 why=\"cut off: no line end\"" },
	{ "cut right before LF",
	    RUN
	    "{\"type\":\"end\",\"from\":\"x\",\"sections\":0,\"records\":0}",
	    "R!", "line=2 why=\"cut off: no line end\"" },
	{ "no run", BOX BOX_END(0) END(1, 0), "!",
	    "line=1 why=\"the first record is no run record\"" },
	{ "two runs", RUN RUN END(0, 0), "R!",
	    "line=2 why=\"a second run record\"" },
	{ "newer schema", "{\"type\":\"run\",\"schema\":2}\n" END(0, 0), "!",
	    "line=1 why=\"schema is not known to this version\"" },
	{ "section in a section", RUN BOX BOX, "RM!",
	    "line=3 why=\"the section before it is not closed\"" },
	{ "end of no section", RUN BOX_END(0), "R!",
	    "line=2 why=\"no section is open\"" },
	{ "end of another section",
	    RUN BOX "{\"type\":\"mailbox.end\",\"mailbox\":\"b@firm.test\","
		    "\"records\":0}\n",
	    "RM!", "line=3 why=\"another section is open\"" },
	{ "end of a null section",
	    RUN BOX
	    "{\"type\":\"mailbox.end\",\"mailbox\":null,\"records\":0}\n",
	    "RM!", "line=3 why=\"another section is open\"" },
	{ "too few in a section", RUN BOX EV BOX_END(2), "RMe!",
	    "line=4 why=\"wrong number of records in the section\"" },
	{ "too many in a section", RUN BOX EV BOX_END(0), "RMe!",
	    "line=4 why=\"wrong number of records in the section\"" },
	{ "no number in a section",
	    RUN BOX "{\"type\":\"mailbox.end\",\"mailbox\":\"a@firm.test\"}\n",
	    "RM!", "line=3 why=\"wrong number of records in the section\"" },
	{ "wrong sections", RUN BOX BOX_END(0) END(2, 0), "RMm!",
	    "line=4 why=\"wrong number of sections\"" },
	{ "wrong records", RUN BOX EV BOX_END(1) END(1, 2), "RMem!",
	    "line=5 why=\"wrong number of records\"" },
	{ "record outside", RUN EV END(0, 0), "R!",
	    "line=2 why=\"it stands in no section\"" },
	{ "more after the end", RUN END(0, 0) RUN, "RE!",
	    "line=3 why=\"it follows the end record\"" },
	{ "blank after the end", RUN END(0, 0) "\n", "RE!",
	    "line=3 why=\"it follows the end record\"" },
	{ "blank line", RUN "\n" END(0, 0), "R!",
	    "line=2 why=\"no object that begins with its type\"" },
	{ "BOM", "\xef\xbb\xbf" RUN END(0, 0), "!", "line=1 why=\"no object" },
	{ "CR", "{\"type\":\"run\"}\r\n", "!", "line=1 why=\"no object" },
	{ "type not first", "{\"id\":1,\"type\":\"run\"}\n", "!",
	    "line=1 why=\"no object" },
	{ "number for type", "{\"type\":1}\n", "!", "line=1 why=\"no object" },
	{ "empty type", "{\"type\":\"\"}\n", "!", "line=1 why=\"no object" },
	{ "escaped type", "{\"type\":\"r\\u0075n\"}\n", "!",
	    "line=1 why=\"no object" },
	{ "blank before type", "{ \"type\":\"run\"}\n", "!",
	    "line=1 why=\"no object" },
	{ "array", "[]\n", "!", "line=1 why=\"no object" },
	{ "run is no JSON", "{\"type\":\"run\",}\n", "!",
	    "line=1 why=\"byte 15: parse error" },
	{ "unknown type is no JSON", RUN "{\"type\":\"news\",x}\n", "R!",
	    "line=2 why=\"byte 16: lexical error" },
	{ "doubled key in a mailbox",
	    RUN "{\"type\":\"mailbox\",\"mailbox\":\"a\",\"mailbox\":\"b\"}\n",
	    "R!", "why=\"byte 46: a key stands twice in one object\"" },
	{ "mailbox is a number", RUN "{\"type\":\"mailbox\",\"mailbox\":1}\n",
	    "R!", "line=2 why=\"no mailbox named\"" },
	{ "mailbox is missing", RUN "{\"type\":\"mailbox\"}\n", "R!",
	    "line=2 why=\"no mailbox named\"" },
	{ "not UTF-8", RUN BOX "{\"type\":\"event\",\"a\":\"\xff\"}\n", "RM!",
	    "line=3 why=\"not UTF-8\"" },
	{ "roster's stream", RUN BOX BOX END(0, 2), "RM!",
	    "line=3 why=\"the section before it is not closed\"" },
};

static const struct row roster_rows[] = {
	{ "roster", RUN BOX BOX END(0, 2), "RMME.", NULL },
	{ "roster, nobody is due", RUN END(0, 0), "RE.", NULL },
	{ "roster, wrong number", RUN BOX END(0, 2), "RM!",
	    "line=3 why=\"wrong number of records\"" },
	{ "roster, sections", RUN BOX END(1, 1), "RM!",
	    "line=3 why=\"wrong number of sections\"" },
	{ "roster, end of a section", RUN BOX BOX_END(0), "RM!",
	    "line=3 why=\"no section is open\"" },
	{ "roster, a record", RUN BOX EV, "RM!",
	    "line=3 why=\"it stands in no section\"" },
};

static void
test_envelope(const struct row *row, struct stream_in *(*open_it)(const char *))
{
	struct str types = { .max = 100 };
	struct stream_in *in;
	const char *message;

	write_input(row->text, strlen(row->text));
	in = open_it(input_path);
	begin_capture(STDERR_FILENO);
	read_all(in, &types);
	message = end_capture(STDERR_FILENO);
	is_str(types.data, row->types, "%s", row->what);
	if (row->message == NULL)
		is_str(message, "", "%s: no message", row->what);
	else if (!ok(strstr(message, row->message) != NULL &&
			 strchr(message, '\n')[1] == '\0',
		     "%s: one message", row->what))
		printf("# %s", message);
	stream_close(in);
	str_free(&types);
}

static void
test_nul(void)
{
	static const char text[] =
	    RUN BOX "{\"type\":\"event\",\"a\":\"\0\"}\n";
	struct str types = { .max = 100 };
	struct stream_in *in;

	write_input(text, sizeof text - 1);
	in = stream_open(input_path);
	begin_capture(STDERR_FILENO);
	read_all(in, &types);
	ok(strstr(end_capture(STDERR_FILENO), "line=3 why=\"a NUL byte\"") !=
		NULL,
	    "a NUL byte is refused");
	is_str(types.data, "RM!", "where it stands");
	stream_close(in);
	str_free(&types);
}

static void
test_long_lines(void)
{
	struct str s = { .max = 40 * 1024 * 1024 }, types = { .max = 100 };
	static const size_t sizes[] = { 65535, 65536, 131071, 131072, 131073,
		1000000, 64, LINE_MAX_BYTES - 1, LINE_MAX_BYTES, 64,
		LINE_MAX_BYTES + 1 };
	size_t i, n = sizeof sizes / sizeof *sizes, right = 0;
	struct stream_in *in;
	struct record r;

	str_adds(&s, RUN BOX);
	for (i = 0; i < n; i++) {
		add_long_record(&s, sizes[i]);
		str_addc(&s, '\n');
	}
	write_input(s.data, s.len);
	in = stream_open(input_path);
	stream_next(in, NULL, &r);
	stream_next(in, NULL, &r);
	for (i = 0; i < n - 1; i++)
		right += stream_next(in, NULL, &r) == REC_EVENT &&
			 r.line.len == sizes[i] && r.lineno == i + 3 &&
			 r.in_section && r.line.data[r.line.len - 1] == '}';
	is_int((long long)right, (long long)n - 1,
	    "lines of any size up to the limit");
	begin_capture(STDERR_FILENO);
	read_all(in, &types);
	ok(strstr(end_capture(STDERR_FILENO),
	       "line=13 why=\"longer than 4 MiB\"") != NULL,
	    "one byte more is refused, with its line number");
	is_str(types.data, "!", "as broken");
	stream_close(in);
	str_free(&s);
	str_free(&types);
}

static void
test_parse_breaks(void)
{
	struct arena a = { .max = 0 };
	struct stream_in *in;
	struct record r;
	const char *message;

	write_input(RUN BOX EV "{\"type\":\"event\",}\n" EV,
	    strlen(RUN BOX EV "{\"type\":\"event\",}\n" EV));
	in = stream_open(input_path);
	for (int i = 0; i < 3; i++)
		stream_next(in, NULL, &r);
	ok(stream_parse(in, &r, &a) != NULL,
	    "a record is parsed when asked for");
	is_int(stream_next(in, NULL, &r), REC_EVENT,
	    "a malformed one is seen by its type only");
	begin_capture(STDERR_FILENO);
	ok(stream_parse(in, &r, &a) == NULL, "until it is parsed");
	ok(stream_parse(in, &r, &a) == NULL, "however often");
	is_int(stream_next(in, NULL, &r), REC_BROKEN, "and breaks the stream");
	message = end_capture(STDERR_FILENO);
	ok(strstr(message, "line=4 why=\"byte 17: parse error: ") != NULL &&
		strchr(message, '\n')[1] == '\0',
	    "with one message");
	stream_close(in);
	arena_free(&a);
}

/* Reads what the stage flushes and only then writes one more record. */
static _Noreturn void
play_neighbours(int from, int to, size_t wanted)
{
	char buf[1000];
	ssize_t n;

	alarm(20);
	for (; wanted > 0; wanted -= (size_t)n) {
		n = read(from, buf, wanted);
		if (n <= 0)
			_exit(1);
	}
	_exit(write(to, EV, sizeof EV - 1) == -1);
}

static void
test_flush_before_blocking(int flags)
{
	size_t head = sizeof(RUN BOX) - 1;
	struct stream_in *in;
	struct stream_out *out;
	struct record r;
	int to[2], from[2], old_in = dup(0), old_out = dup(1), idle[5];
	enum rec_type last;

	fflush(stdout);
	if (pipe(to) == -1 || pipe(from) == -1 ||
	    write(to[1], RUN BOX, head) == -1)
		abort();
	dup2(to[0], 0);
	dup2(from[1], 1);
	in = stream_open("-");
	out = stream_stdout("x");
	if (fork() == 0)
		play_neighbours(from[0], to[1], head);
	alarm(20);
	fcntl(0, F_SETFL, flags);
	idle[0] = stream_idle(in);
	idle[3] = stream_wait(in, 0);
	stream_next(in, out, &r);
	stream_put(out, r.line);
	idle[1] = stream_idle(in);
	stream_next(in, out, &r);
	stream_put(out, r.line);
	idle[2] = stream_idle(in);
	idle[4] = stream_wait(in, 0);
	last = stream_next(in, out, &r);
	alarm(0);
	wait(NULL);
	dup2(old_in, 0);
	dup2(old_out, 1);
	is_int(last, REC_EVENT, "output is flushed before input would block");
	ok(idle[0] && !idle[1] && idle[2], "idle when nothing is buffered");
	ok(idle[3] && !idle[4], "waiting tells whether anything came");
	close(to[0]);
	close(to[1]);
	close(from[0]);
	close(from[1]);
	stream_close(in);
}

static int
status_of_reading(const char *path)
{
	struct record r;
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		close(STDERR_FILENO);
		_exit(stream_next(stream_open(path), NULL, &r) == REC_BROKEN
			  ? EXIT_DATA
			  : 0);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
test_bad_files(void)
{
	is_int(status_of_reading("/nonexistent/in"), EXIT_IO, "no such file");
	is_int(status_of_reading("/tmp"), EXIT_IO, "a directory");
	is_int(status_of_reading("/dev/null"), EXIT_DATA, "an empty file");
}

int
main(void)
{
	size_t i;
	int fd = mkstemp(input_path);

	if (fd == -1)
		return 1;
	close(fd);
	log_init("test", NULL);
	for (i = 0; i < sizeof rows / sizeof *rows; i++)
		test_envelope(&rows[i], stream_open);
	for (i = 0; i < sizeof roster_rows / sizeof *roster_rows; i++)
		test_envelope(&roster_rows[i], stream_open_roster);
	test_nul();
	test_long_lines();
	test_parse_breaks();
	test_flush_before_blocking(0);
	test_flush_before_blocking(O_NONBLOCK);
	test_bad_files();
	unlink(input_path);
	return done();
}
