/* stream, writing: counts, joined counts, problems, records of all sizes. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bounds.h"
#include "capture.h"
#include "log.h"
#include "stream.h"
#include "t.h"

static const struct json *
parsed(struct arena *a, const char *text)
{
	return json_parse(a, slice_of(text), JSON_STRICT, NULL);
}

/* A whole stream through the writer: counts, joined counts, problems. */
static void
put_sections(struct stream_out *out, struct arena *a)
{
	stream_put(out, SLICE("{\"type\":\"run\"}"));
	stream_put(out, SLICE("{\"type\":\"mailbox\",\"mailbox\":\"a\"}"));
	stream_put(out, SLICE("{\"type\":\"event\"}"));
	stream_put_problem(out, "bad_time", SLICE("id\"1"), "start is no time",
	    SLICE("{\"x\":1}"));
	stream_put_mailbox_end(out,
	    parsed(a, "{\"type\":\"mailbox.end\",\"mailbox\":\"a\",\"records\":"
		      "9,\"complete\":true,\"new\":[1.0],\"counts\":{\"a.x\":1,"
		      "\"b.x\":1}}"),
	    true, SLICE("\"counts\":{\"b.x\":5,\"b.y\":2},\"committed\":true"));
	stream_put(out, SLICE("{\"type\":\"mailbox\",\"mailbox\":null}"));
	stream_put_mailbox_end(out,
	    parsed(a, "{\"type\":\"mailbox.end\",\"complete\":true}"), false,
	    NO_SLICE);
	stream_put(out, SLICE("{\"type\":\"mailbox\",\"mailbox\":\"b\"}"));
	stream_put_mailbox_end(out,
	    parsed(a, "{\"type\":\"mailbox.end\",\"complete\":false}"), true,
	    SLICE("\"counts\":{}"));
	stream_put_problem(out, "auth", NO_SLICE, NULL, NO_SLICE);
	stream_put_end(out);
}

static void
test_writer(void)
{
	struct arena a = { .max = 0 };
	struct stream_out *out = stream_stdout("x");

	begin_capture(STDOUT_FILENO);
	put_sections(out, &a);
	is_str(end_capture(STDOUT_FILENO),
	    "{\"type\":\"run\"}\n"
	    "{\"type\":\"mailbox\",\"mailbox\":\"a\"}\n"
	    "{\"type\":\"event\"}\n"
	    "{\"type\":\"problem\",\"stage\":\"x\",\"code\":\"bad_time\","
	    "\"id\":\"id\\\"1\",\"detail\":\"start is no "
	    "time\",\"data\":{\"x\":1}}\n"
	    "{\"type\":\"mailbox.end\",\"mailbox\":\"a\",\"records\":2,"
	    "\"complete\":true,\"new\":[1.0],\"counts\":{\"a.x\":1,\"b.x\":5,"
	    "\"b.y\":2},\"committed\":true}\n"
	    "{\"type\":\"mailbox\",\"mailbox\":null}\n"
	    "{\"type\":\"mailbox.end\",\"complete\":false,\"records\":0}\n"
	    "{\"type\":\"mailbox\",\"mailbox\":\"b\"}\n"
	    "{\"type\":\"mailbox.end\",\"complete\":false,\"records\":0,"
	    "\"counts\":{}}\n"
	    "{\"type\":\"problem\",\"stage\":\"x\",\"code\":\"auth\",\"id\":"
	    "null,\"detail\":null}\n"
	    "{\"type\":\"end\",\"from\":\"x\",\"sections\":3,\"records\":2}\n",
	    "what the writer writes");
	is_int((long long)stream_records(out), 0, "the last section was empty");
	is_int((long long)stream_problems(out), 2, "problems are counted");
	out = stream_stdout("roster");
	begin_capture(STDOUT_FILENO);
	stream_put(out, SLICE("{\"type\":\"mailbox\",\"mailbox\":\"a\"}"));
	stream_put(out, SLICE("{\"type\":\"mailbox\",\"mailbox\":\"b\"}"));
	stream_put_end(out);
	is_str(strstr(end_capture(STDOUT_FILENO), "{\"type\":\"end\""),
	    "{\"type\":\"end\",\"from\":\"roster\",\"sections\":0,\"records\":"
	    "2}\n",
	    "roster counts mailboxes");
	arena_free(&a);
}

static void
test_too_big(void)
{
	struct str s = { .max = 2 * LINE_MAX_BYTES };
	struct stream_out *out = stream_stdout("x");

	str_adds(&s, "{\"type\":\"event\",\"event\":{\"id\":\"e7\"},\"a\":\"");
	while (s.len < LINE_MAX_BYTES)
		str_addc(&s, 'x');
	str_adds(&s, "\"}");
	begin_capture(STDOUT_FILENO);
	stream_put(out, str_slice(&s));
	stream_put_problem(
	    out, "bad_record", SLICE("e8"), "why", str_slice(&s));
	stream_put_end(out);
	is_str(end_capture(STDOUT_FILENO),
	    "{\"type\":\"problem\",\"stage\":\"x\",\"code\":\"too_big\",\"id\":"
	    "\"e7\",\"detail\":\"the record is longer than 4 MiB\"}\n"
	    "{\"type\":\"problem\",\"stage\":\"x\",\"code\":\"bad_record\","
	    "\"id\":\"e8\",\"detail\":\"why\"}\n"
	    "{\"type\":\"end\",\"from\":\"x\",\"sections\":0,\"records\":0}\n",
	    "one big record becomes a problem, the rest goes on");
	str_free(&s);
}

/* Records around the size of the buffer, in the order in which they came. */
static void
test_big_records(void)
{
	static const size_t sizes[] = { 100, 65535, 100, 65536, 65537, 100,
		200000, 100 };
	struct str all = { .max = 1000000 }, one = { .max = 300000 };
	struct stream_out *out = stream_stdout("x");
	size_t i;

	begin_capture(STDOUT_FILENO);
	for (i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		str_reset(&one);
		add_long_record(&one, sizes[i]);
		stream_put(out, str_slice(&one));
		str_add_slice(&all, str_slice(&one));
		str_addc(&all, '\n');
	}
	stream_flush(out);
	ok(strcmp(end_capture(STDOUT_FILENO), all.data) == 0,
	    "records of any size are written");
	str_free(&all);
	str_free(&one);
}

/* A pipe that takes no more than 64 KiB at once and does not block. */
static void
test_slow_reader(void)
{
	struct str one = { .max = 300000 };
	struct stream_out *out = stream_stdout("x");
	int pipes[2], old = dup(1), status, i;
	size_t total = 0;
	char buf[1000];
	ssize_t n;
	pid_t pid;

	fflush(stdout);
	if (pipe(pipes) == -1)
		abort();
	dup2(pipes[1], 1);
	fcntl(1, F_SETFL, O_NONBLOCK);
	pid = fork();
	if (pid == 0) {
		close(1);
		close(pipes[1]);
		while ((n = read(pipes[0], buf, sizeof buf)) > 0)
			total += (size_t)n;
		_exit(total != 10 * 200001);
	}
	add_long_record(&one, 200000);
	for (i = 0; i < 10; i++)
		stream_put(out, str_slice(&one));
	stream_flush(out);
	dup2(old, 1);
	close(old);
	close(pipes[0]);
	close(pipes[1]);
	waitpid(pid, &status, 0);
	is_int(status, 0, "nothing is lost before a slow reader");
	str_free(&one);
}

/* Pitfall P8: a write for 64 KiB, not for each record. */
static void
test_large_writes(void)
{
	struct stream_out *out = stream_stdout("x");
	struct str one = { 0 };
	int pipes[2], old = dup(1), i;
	static char buf[65536];
	ssize_t early, full;

	fflush(stdout);
	if (pipe(pipes) == -1)
		abort();
	dup2(pipes[1], 1);
	fcntl(pipes[0], F_SETFL, O_NONBLOCK);
	add_long_record(&one, 1000);
	for (i = 0; i < 65; i++)
		stream_put(out, str_slice(&one));
	early = read(pipes[0], buf, sizeof buf);
	stream_put(out, str_slice(&one));
	full = read(pipes[0], buf, sizeof buf);
	dup2(old, 1);
	close(old);
	close(pipes[0]);
	close(pipes[1]);
	is_int(early, -1, "small records wait for each other (P8)");
	is_int(full > 60000, 1, "and leave together (P8)");
	str_free(&one);
}

int
main(void)
{
	log_init("test", NULL);
	test_writer();
	test_too_big();
	test_big_records();
	test_slow_reader();
	test_large_writes();
	return done();
}
