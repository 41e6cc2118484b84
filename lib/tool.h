/*
 * tool: what every main does.
 */
#ifndef TOOL_H
#define TOOL_H

extern const char *const tool_version;

/* Open fds 0-2 if closed, SIGPIPE to default, umask 077, log to stderr, run id
 * from CALSYNC_RUN, remember the time for the summary. */
void tool_start(const char *name);
const char *tool_name(void);

/* For pure stages, after files are open: no new file, socket or process is
 * possible from here on (not in sanitizer builds, which need files). */
void tool_confine(void);

/*
 * Crash tests: every durable effect is followed by step("name").  With
 * CALSYNC_STOP_AFTER=N the N-th step of the process ends it with _exit(100);
 * CALSYNC_STEPS=FILE appends each step's name to FILE.
 */
void step(const char *name);

/* A record became a problem: tool_finish(EXIT_OK) gives EXIT_REFUSED then.
 * stream_put_problem calls this. */
void tool_refused(void);

/* Log one summary line (counts come as "key=%d ..."), return the status. */
int tool_finish(int status, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
