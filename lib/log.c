/*
 * log: one call, two renderings.  A message is put together in a buffer of
 * PIPE_BUF bytes and written at once, so that lines of several programs never
 * mix; what is longer is cut and ends in "...".  Values are taken apart again
 * at " key=": that keeps the callers' one printf format, and a foreign value
 * that contains " x=" can at worst look like two values, never like a line.
 */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bounds.h"
#include "instant.h"
#include "log.h"
#include "str.h"

/* Messages of one kind before the limit holds, and the pause after that. */
#define BURST		  8
#define PAUSE_US	  (30 * SECOND_US)
#define KINDS_MAX	  64
#define PROGRESS_PAUSE_US (SECOND_US / 10)
/* To the start of the terminal's line, and empty it. */
#define ERASE "\r\033[K"

struct line {
	size_t len;
	char text[LOG_LINE_MAX];
};

struct kind {
	const char *what;
	uint64_t count, left_out;
	int64_t written_us; /* CLOCK_MONOTONIC */
	enum log_level level;
};

static struct {
	const char *tool, *run;
	enum log_level level;
	bool terminal, progress;
	int64_t progress_us;
	struct kind kinds[KINDS_MAX];
	size_t kind_count;
} state = { .tool = "calsync", .level = LOG_INFO };

static const char *const level_names[] = { "error", "warn", "info", "debug" };

static int64_t
now_us(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * SECOND_US + t.tv_nsec / 1000;
}

void
log_init(const char *tool, const char *run)
{
	state.tool = tool;
	state.run = run;
	state.terminal = isatty(STDERR_FILENO) == 1;
}

const char *
log_tool(void)
{
	return state.tool;
}

void
log_set_level(enum log_level level)
{
	state.level = level;
}

bool
log_wants(enum log_level level)
{
	return level <= state.level;
}

/* Room is kept for the "..." and LF of a line that is cut. */
static void
put(struct line *l, const char *text, size_t n)
{
	size_t i;
	char c;

	for (i = 0; i < n && l->len < sizeof l->text - 4; i++) {
		c = text[i];
		if ((unsigned char)c < 0x20 || c == 0x7f)
			c = '?';
		l->text[l->len++] = c;
	}
}

static void
puts_line(struct line *l, const char *text)
{
	put(l, text, strlen(text));
}

static void
put_quoted(struct line *l, struct slice text)
{
	size_t i;

	put(l, "\"", 1);
	for (i = 0; i < text.len; i++) {
		if (text.data[i] == '"' || text.data[i] == '\\')
			put(l, "\\", 1);
		put(l, text.data + i, 1);
	}
	put(l, "\"", 1);
}

static void
write_stderr(const char *text, size_t n)
{
	/* There is nobody to tell that stderr does not work. */
	if (write(STDERR_FILENO, text, n) == -1)
		state.progress = false;
}

static void
write_line(struct line *l)
{
	if (l->len >= sizeof l->text - 4) {
		memcpy(l->text + l->len, "...", 3);
		l->len += 3;
	}
	l->text[l->len++] = '\n';
	if (state.progress)
		write_stderr(ERASE, sizeof ERASE - 1);
	state.progress = false;
	write_stderr(l->text, l->len);
}

static bool
is_key_char(char c)
{
	return (c >= 'a' && c <= 'z') || ascii_is_digit(c) || c == '_' ||
	       c == '.';
}

/* Length of "key=" at the start of the text, or 0. */
static size_t
key_length(struct slice text)
{
	size_t n = 0;

	while (n < text.len && is_key_char(text.data[n]))
		n++;
	return n > 0 && n < text.len && text.data[n] == '=' ? n + 1 : 0;
}

/* Length of the value at the start: up to the blank before the next key. */
static size_t
value_length(struct slice text)
{
	size_t n;
	struct slice rest;

	for (n = 0; n < text.len; n++) {
		rest = (struct slice){ text.data + n + 1, text.len - n - 1 };
		if (text.data[n] == ' ' && key_length(rest) > 0)
			break;
	}
	return n;
}

static void
put_value(struct line *l, struct slice v)
{
	if (v.len >= 2 && v.data[0] == '"' && v.data[v.len - 1] == '"') {
		v.data++;
		v.len -= 2;
	} else if (v.len > 0 && memchr(v.data, ' ', v.len) == NULL &&
		   memchr(v.data, '"', v.len) == NULL &&
		   memchr(v.data, '=', v.len) == NULL) {
		put(l, v.data, v.len);
		return;
	}
	put_quoted(l, v);
}

static void
put_values(struct line *l, struct slice text)
{
	size_t n;

	while (text.len > 0) {
		n = key_length(text);
		put(l, " ", 1);
		put(l, text.data, n);
		text.data += n;
		text.len -= n;
		n = value_length(text);
		put_value(l, (struct slice){ text.data, n });
		n += n < text.len ? 1 : 0;
		text.data += n;
		text.len -= n;
	}
}

static void
start_logfmt(struct line *l, enum log_level level)
{
	char ts[INSTANT_TEXT_MAX], part[120];
	int64_t us = now_us(CLOCK_REALTIME);

	/* Milliseconds, always three digits. */
	local_print(us - us % SECOND_US, ts);
	snprintf(
	    part, sizeof part, "ts=%s.%03dZ", ts, (int)(us % SECOND_US / 1000));
	puts_line(l, part);
	if (state.run != NULL) {
		puts_line(l, " run=");
		put_value(l, slice_of(state.run));
	}
	snprintf(part, sizeof part,
	    " tool=%s pid=%ld level=%s msg=", state.tool, (long)getpid(),
	    level_names[level]);
	puts_line(l, part);
}

static void
start_terminal(struct line *l, enum log_level level)
{
	puts_line(l, state.tool);
	puts_line(l, ": ");
	if (level == LOG_INFO)
		return;
	puts_line(l, level == LOG_WARN ? "warning" : level_names[level]);
	puts_line(l, ": ");
}

static void
write_message(enum log_level level, const char *what, struct slice values,
    uint64_t left_out)
{
	struct line l = { .len = 0 };
	char count[40] = "";

	if (left_out > 0)
		snprintf(count, sizeof count, " repeated=%llu",
		    (unsigned long long)left_out);
	if (state.terminal) {
		start_terminal(&l, level);
		puts_line(&l, what);
		puts_line(&l, values.len > 0 ? ", " : "");
		put(&l, values.data, values.len);
	} else {
		start_logfmt(&l, level);
		put_quoted(&l, slice_of(what));
		put_values(&l, values);
	}
	puts_line(&l, count);
	write_line(&l);
}

static struct kind *
find_kind(const char *what)
{
	size_t i;

	for (i = 0; i < state.kind_count; i++)
		if (strcmp(state.kinds[i].what, what) == 0)
			return &state.kinds[i];
	if (i == KINDS_MAX)
		return NULL;
	state.kind_count++;
	state.kinds[i].what = what;
	return &state.kinds[i];
}

/* False: leave this one out.  *left_out: how many were before it. */
static bool
may_pass(enum log_level level, const char *what, uint64_t *left_out)
{
	struct kind *k;
	int64_t now;

	*left_out = 0;
	if (level != LOG_WARN && level != LOG_INFO)
		return true;
	k = find_kind(what);
	if (k == NULL)
		return true;
	now = now_us(CLOCK_MONOTONIC);
	k->level = level;
	if (k->count++ >= BURST && now - k->written_us < PAUSE_US) {
		k->left_out++;
		return false;
	}
	*left_out = k->left_out;
	k->left_out = 0;
	k->written_us = now;
	return true;
}

void
log_msg(enum log_level level, const char *what, const char *fmt, ...)
{
	char values[LOG_LINE_MAX] = "";
	uint64_t left_out;
	va_list ap;

	if (!log_wants(level) || !may_pass(level, what, &left_out))
		return;
	if (fmt != NULL) {
		va_start(ap, fmt);
		vsnprintf(values, sizeof values, fmt, ap);
		va_end(ap);
	}
	write_message(level, what, slice_of(values), left_out);
}

void
log_repeats(void)
{
	struct kind *k;

	for (k = state.kinds; k < state.kinds + state.kind_count; k++) {
		if (k->left_out > 0)
			write_message(k->level, k->what, NO_SLICE, k->left_out);
		k->left_out = 0;
	}
}

_Noreturn void
die(enum exits status, const char *hint, const char *fmt, ...)
{
	char what[LOG_LINE_MAX];
	struct line l = { .len = 0 };
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof what, fmt, ap);
	va_end(ap);
	log_repeats();
	if (state.terminal) {
		start_terminal(&l, LOG_ERROR);
		puts_line(&l, what);
	} else {
		start_logfmt(&l, LOG_ERROR);
		put_quoted(&l, slice_of(what));
		puts_line(&l, hint != NULL ? " hint=" : "");
		if (hint != NULL)
			put_quoted(&l, slice_of(hint));
	}
	write_line(&l);
	if (state.terminal && hint != NULL) {
		l.len = 0;
		puts_line(&l, "hint: ");
		puts_line(&l, hint);
		write_line(&l);
	}
	exit((int)status);
}

void
log_progress(const char *fmt, ...)
{
	char text[200] = "";
	struct line l = { .len = 0 };
	int64_t now = now_us(CLOCK_MONOTONIC);
	va_list ap;

	if (!state.terminal || (fmt == NULL && !state.progress))
		return;
	if (fmt != NULL && now - state.progress_us < PROGRESS_PAUSE_US)
		return;
	state.progress_us = fmt != NULL ? now : 0;
	state.progress = fmt != NULL;
	if (fmt != NULL) {
		va_start(ap, fmt);
		vsnprintf(text, sizeof text, fmt, ap);
		va_end(ap);
	}
	memcpy(l.text, ERASE, sizeof ERASE);
	l.len = sizeof ERASE - 1;
	puts_line(&l, text);
	write_stderr(l.text, l.len);
}
