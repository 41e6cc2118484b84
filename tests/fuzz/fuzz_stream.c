/*
 * fuzz_stream: a stream that is accepted goes through a writer as through a
 * stage that changes nothing; what comes out is accepted, with the same types.
 */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "stream.h"

#define TYPES_MAX 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An unnamed file; stream reads and writes fds 0 and 1 only. */
static int
new_file(void)
{
	char path[] = "/tmp/fuzz_stream.XXXXXX";
	int fd = mkstemp(path);

	assert(fd != -1);
	unlink(path);
	return fd;
}

static void
copy_record(struct stream_in *in, struct stream_out *out, struct record *r,
    struct arena *a)
{
	struct json *v = stream_parse(in, r, a);

	if (r->type == REC_MAILBOX_END && v != NULL)
		stream_put_mailbox_end(out, v, true, SLICE("\"counts\":{}"));
	else if (r->type != REC_END)
		stream_put(out, r->line);
	arena_reset(a);
}

/* Reads fd 0 to its end; copies to out if there is one. */
static size_t
read_types(struct stream_out *out, enum rec_type types[TYPES_MAX])
{
	struct stream_in *in = stream_open(NULL);
	struct arena a = { .max = 0 };
	struct record r;
	size_t n = 0;
	enum rec_type t;

	do {
		t = stream_next(in, out, &r);
		types[n++] = t;
		if (t > REC_BROKEN && out != NULL)
			copy_record(in, out, &r, &a);
	} while (t > REC_BROKEN && n < TYPES_MAX);
	assert(t > REC_BROKEN || stream_next(in, out, &r) == t);
	arena_free(&a);
	stream_close(in);
	return n;
}

static void
rewind_to(int fd, int file)
{
	dup2(file, fd);
	lseek(fd, 0, SEEK_SET);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static enum rec_type first[TYPES_MAX], second[TYPES_MAX];
	static int in = -1, out = -1;
	struct stream_out *writer = stream_stdout("fuzz");
	int old_in = dup(0), old_out;
	size_t n;

	fflush(stdout);
	old_out = dup(1);
	if (in == -1) {
		in = new_file();
		out = new_file();
	}
	if (ftruncate(in, 0) == -1 || ftruncate(out, 0) == -1 ||
	    pwrite(in, data, size, 0) != (ssize_t)size)
		abort();
	rewind_to(0, in);
	rewind_to(1, out);
	n = read_types(writer, first);
	if (first[n - 1] == REC_EOF) {
		stream_put_end(writer);
		rewind_to(0, out);
		assert(read_types(NULL, second) == n);
		assert(memcmp(first, second, n * sizeof *first) == 0);
	}
	dup2(old_in, 0);
	dup2(old_out, 1);
	close(old_in);
	close(old_out);
	return 0;
}
