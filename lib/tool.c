/*
 * tool: the start and the end of every program.  A program can be started by
 * anything (cron, systemd, a shell with closed descriptors), so the state that
 * it inherits is put right before anything else happens.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "instant.h"
#include "log.h"
#include "str.h"
#include "tool.h"

const char *const tool_version = VERSION;

static struct {
	int64_t start_us, stop_after, steps;
	const char *steps_file;
	bool refused;
} state;

static int64_t
monotonic_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * SECOND_US + t.tv_nsec / 1000;
}

/* A closed descriptor would be taken by the first file or socket, and records
 * would go there.  Descriptor 1 is opened for reading only: output that
 * nobody can get must be an error, not a success. */
static void
open_missing(void)
{
	int fd, mode;

	for (fd = 0; fd <= 2; fd++) {
		if (fcntl(fd, F_GETFD) != -1 || errno != EBADF)
			continue;
		mode = fd == 2 ? O_WRONLY : O_RDONLY;
		/* The lowest free descriptor is this one. */
		if (open("/dev/null", mode) != fd)
			_exit(EXIT_SYSTEM);
	}
}

/* An ignored SIGPIPE is inherited (systemd, Python): a filter would then go on
 * writing for nobody. */
static void
default_sigpipe(void)
{
	sigset_t set;

	signal(SIGPIPE, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

void
tool_start(const char *name)
{
	const char *run = getenv("CALSYNC_RUN");
	const char *stop = getenv("CALSYNC_STOP_AFTER");

	open_missing();
	default_sigpipe();
	umask(077);
	log_init(name, run != NULL && *run != '\0' ? run : NULL);
	state.start_us = monotonic_us();
	state.steps_file = getenv("CALSYNC_STEPS");
	if (stop != NULL &&
	    !slice_int64(slice_of(stop), 1, INT64_MAX, &state.stop_after))
		die(EXIT_USAGE, NULL, "CALSYNC_STOP_AFTER is no number");
}

const char *
tool_name(void)
{
	return log_tool();
}

void
tool_confine(void)
{
#ifndef CALSYNC_SANITIZED
	static const struct rlimit none = { 0, 0 };

	if (setrlimit(RLIMIT_NOFILE, &none) == -1 ||
	    setrlimit(RLIMIT_NPROC, &none) == -1)
		die(EXIT_SYSTEM, NULL, "cannot give up rights: %s",
		    strerror(errno));
#endif
}

static void
note_step(const char *name)
{
	int fd = open(
	    state.steps_file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	char line[128];
	int n = snprintf(line, sizeof line, "%s\n", name);

	if (fd == -1 || write(fd, line, (size_t)n) != n || close(fd) == -1)
		die(EXIT_IO, NULL, "cannot write CALSYNC_STEPS: %s",
		    strerror(errno));
}

void
step(const char *name)
{
	state.steps++;
	if (state.steps_file != NULL)
		note_step(name);
	if (state.steps == state.stop_after)
		_exit(EXIT_STOPPED);
}

void
tool_refused(void)
{
	state.refused = true;
}

int
tool_finish(int status, const char *fmt, ...)
{
	char counts[512] = "";
	struct rusage usage;
	va_list ap;

	if (fmt != NULL) {
		va_start(ap, fmt);
		vsnprintf(counts, sizeof counts, fmt, ap);
		va_end(ap);
	}
	if (status == EXIT_OK && state.refused)
		status = EXIT_REFUSED;
	getrusage(RUSAGE_SELF, &usage);
	log_progress(NULL);
	log_repeats();
	log_info("done", "status=%d ms=%lld rss_kib=%ld%s%s", status,
	    (long long)((monotonic_us() - state.start_us) / 1000),
	    usage.ru_maxrss, *counts != '\0' ? " " : "", counts);
	return status;
}
