/*
 * xalloc: see the header.  The message is a constant given to write(2): when
 * memory is out nothing else may be asked of the C library.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xalloc.h"

/* EXIT_SYSTEM; a module of the lowest layer includes no other. */
#define STATUS 71

_Noreturn void
xdie(int status, const char *line)
{
	if (write(STDERR_FILENO, line, strlen(line)) == -1)
		_exit(status);
	_exit(status);
}

static _Noreturn void
out_of_memory(void)
{
	xdie(STATUS, "calsync: error: out of memory\n");
}

#ifdef CALSYNC_SANITIZED
/* A count of 0 means that the environment was not looked at yet; tests step
 * through 1, 2, ... until a run comes to its end. */
static bool
allocation_may_succeed(void)
{
	static long left;
	const char *text;

	if (left == 0) {
		text = getenv("CALSYNC_ALLOC_FAIL");
		left = text != NULL ? strtol(text, NULL, 10) : -1;
		if (left == 0)
			left = -1;
	}
	if (left < 0)
		return true;
	left--;
	return left > 0;
}
#else
static bool
allocation_may_succeed(void)
{
	return true;
}
#endif

void *
xmalloc(size_t size)
{
	return xreallocarray(NULL, size, 1);
}

void *
xcalloc(size_t count, size_t size)
{
	void *p;

	if (count == 0 || size == 0)
		count = size = 1;
	if (count > SIZE_MAX / 2 / size)
		out_of_memory();
	p = allocation_may_succeed() ? calloc(count, size) : NULL;
	if (p == NULL)
		out_of_memory();
	return p;
}

void *
xreallocarray(void *p, size_t count, size_t size)
{
	size_t bytes;
	void *grown;

	if (size != 0 && count > SIZE_MAX / 2 / size)
		out_of_memory();
	/* malloc(0) may give NULL, realloc(p, 0) may free. */
	bytes = count * size;
	if (bytes == 0)
		bytes = 1;
	grown = allocation_may_succeed() ? realloc(p, bytes) : NULL;
	if (grown == NULL)
		out_of_memory();
	return grown;
}

char *
xstrdup(const char *s)
{
	size_t n = strlen(s) + 1;

	return memcpy(xmalloc(n), s, n);
}
