/*
 * capture: what a module writes to fd 1 or 2, as a text; and records of a
 * size.  Between begin_capture(1) and end_capture(1) no test may report.
 */
#ifndef CAPTURE_H
#define CAPTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "str.h"

static int capture_saved, capture_file;

static inline void
begin_capture(int fd)
{
	char path[] = "/tmp/capture.XXXXXX";

	fflush(stdout);
	capture_file = mkstemp(path);
	unlink(path);
	capture_saved = dup(fd);
	dup2(capture_file, fd);
}

static inline const char *
end_capture(int fd)
{
	static char text[1000000];
	ssize_t n = pread(capture_file, text, sizeof text - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	dup2(capture_saved, fd);
	close(capture_saved);
	close(capture_file);
	return text;
}

/* A record of n bytes, without LF. */
static inline void
add_long_record(struct str *s, size_t n)
{
	size_t before = s->len;

	str_adds(s, "{\"type\":\"event\",\"a\":\"");
	while (s->len - before < n - 2)
		str_addc(s, 'x');
	str_adds(s, "\"}");
}

#endif
