/*
 * stream_fd: waiting for a descriptor, for the two halves of stream only.
 */
#ifndef STREAM_FD_H
#define STREAM_FD_H

#include <stdbool.h>

#define FD_FOREVER (-1)

/* True if a read (or write) would not wait, after at most `ms` milliseconds.
 * Not poll: that refuses even one descriptor where RLIMIT_NOFILE is 0, as it
 * is after tool_confine. */
bool fd_readable(int fd, int ms);
bool fd_writable(int fd, int ms);
/* If it is a pipe, let it hold a megabyte, where the system can and allows it:
 * the stages then wait for each other less often. */
void fd_widen(int fd);

#endif
