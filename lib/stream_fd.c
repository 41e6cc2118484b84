/*
 * stream_fd: see the header.  select's errors are taken for "ready": the read
 * or write that follows tells what is wrong.
 */
/* NOLINTNEXTLINE(*reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
#define _GNU_SOURCE /* F_SETPIPE_SZ */
#include <assert.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/select.h>

#include "stream_fd.h"

static struct timeval
duration(int ms)
{
	return (struct timeval){ ms / 1000, (long)(ms % 1000) * 1000 };
}

bool
fd_readable(int fd, int ms)
{
	struct timeval limit = duration(ms);
	fd_set set;

	assert(fd >= 0 && fd < FD_SETSIZE);
	FD_ZERO(&set);
	FD_SET(fd, &set);
	return select(fd + 1, &set, NULL, NULL,
		   ms == FD_FOREVER ? NULL : &limit) != 0;
}

bool
fd_writable(int fd, int ms)
{
	struct timeval limit = duration(ms);
	fd_set set;

	assert(fd >= 0 && fd < FD_SETSIZE);
	FD_ZERO(&set);
	FD_SET(fd, &set);
	return select(fd + 1, NULL, &set, NULL,
		   ms == FD_FOREVER ? NULL : &limit) != 0;
}

void
fd_widen(int fd)
{
#ifdef F_SETPIPE_SZ
	(void)fcntl(fd, F_SETPIPE_SZ, 1024 * 1024);
#else
	(void)fd;
#endif
}
