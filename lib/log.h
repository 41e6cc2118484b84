/*
 * log: messages on stderr, one write(2) a line so that six programs can share
 * it.  On a terminal "fetch: warning: what, with values"; otherwise logfmt.
 * Control characters become '?'.  Never pass tokens, secrets, URLs with their
 * query, subjects or bodies: identify by id, line number or key (law L8).
 */
#ifndef LOG_H
#define LOG_H

#include <stdbool.h>

#include "exits.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

/* Called once by tool_start; `run` may be NULL. */
void log_init(const char *tool, const char *run);
/* The name given to log_init. */
const char *log_tool(void);
void log_set_level(enum log_level level);
bool log_wants(enum log_level level);
/* what: constant text, lower case, no full stop.  fmt: "key=%s key2=%d" or
 * NULL.  Values with blanks are quoted by the writer when logfmt is used:
 * write each as key=value, text values as key="%s" or key=%s.
 *
 * Warnings and notes of the same `what` are limited: the first few are
 * written, then one in 30 s with the number of those left out, and what is
 * still left out at the end is told by log_repeats. */
void log_msg(enum log_level level, const char *what, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
#define log_error(what, ...) log_msg(LOG_ERROR, what, __VA_ARGS__)
#define log_warn(what, ...)  log_msg(LOG_WARN, what, __VA_ARGS__)
#define log_info(what, ...)  log_msg(LOG_INFO, what, __VA_ARGS__)
#define log_debug(what, ...) log_msg(LOG_DEBUG, what, __VA_ARGS__)
void log_repeats(void);
/* Error line "tool: error: ..." (printf style), optional "hint: ..." line
 * when hint is not NULL (a member of the line in logfmt), then exit(status). */
_Noreturn void die(enum exits status, const char *hint, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Progress on a terminal only: one line that is overwritten, at most ten a
 * second; erased before any message.  fmt NULL erases it. */
void log_progress(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
