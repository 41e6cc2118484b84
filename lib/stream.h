/*
 * stream: reading and writing the NDJSON of the pipeline (docs/stream.md).
 * The reader checks the envelope, so that no stage has to: lines are UTF-8
 * JSON objects with first key "type", LF-terminated, at most LINE_MAX_BYTES;
 * a `run` record comes first; sections are `mailbox` ... `mailbox.end` with
 * the right count; `end` closes the stream with the right totals.
 *
 * A malformed line, or a wrong count, is a broken stream: the program that
 * wrote it died or is wrong.  stream_next then returns REC_BROKEN (the message
 * is logged, once); the stage drops what it holds of the open section, writes
 * no mailbox.end for it and no end record, and ends with EXIT_DATA.
 */
#ifndef STREAM_H
#define STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "json.h"
#include "str.h"

enum rec_type {
	REC_EOF,    /* after `end`: all is well */
	REC_BROKEN, /* cut or malformed: logged; nothing more will come */
	REC_RUN,
	REC_MAILBOX,
	REC_MAILBOX_END,
	REC_END,
	REC_PAGE,
	REC_SERIES,
	REC_SERIES_END,
	REC_GRAPH_EVENT,
	REC_GRAPH_REMOVED,
	REC_CRM_EVENT,
	REC_GROUP,
	REC_EVENT,
	REC_KNOWN,
	REC_CANDIDATE,
	REC_OP,
	REC_SKIP,
	REC_RESULT,
	REC_PROBLEM,
	REC_OTHER /* a type this version does not know: pass it on */
};

struct record {
	enum rec_type type;
	struct slice line; /* without LF; valid until the next stream_next */
	uint64_t lineno;   /* 1-based */
	bool in_section;   /* it stands between mailbox and mailbox.end */
};

struct stream_in;
struct stream_out;

/* path NULL or "-": stdin.  Ends the program if the file cannot be opened. */
struct stream_in *stream_open(const char *path);
/* The same for roster's stream: `mailbox` lines without sections, which `end`
 * counts.  fetch is its only reader. */
struct stream_in *stream_open_roster(const char *path);
/* The one writer of the process; nobody frees it.
 * stage: the name in `end` and in problems.  "roster" counts mailbox lines
 * instead of sections. */
struct stream_out *stream_stdout(const char *stage);

/* The type that a line begins with; REC_BROKEN if it does not begin with
 * {"type":"NAME" and a comma or brace. */
enum rec_type stream_type(struct slice line);

/* The next record.  After REC_EOF and REC_BROKEN the same comes again.  Before
 * it would block in read(2) it flushes `out` (may be NULL), so that a small
 * change does not wait in a buffer. */
enum rec_type stream_next(
    struct stream_in *in, struct stream_out *out, struct record *r);
/* True if nothing more is buffered: the next stream_next may block. */
bool stream_idle(const struct stream_in *in);
/* Wait at most `ms` for more: false if nothing came.  For a stage that works
 * in batches: it would rather wait a moment for the rest of one, but not hold
 * a small change back. */
bool stream_wait(const struct stream_in *in, int ms);
/* For waiting on it beside other descriptors; never read from it.  (poll(2)
 * fails after tool_confine.) */
int stream_fd(const struct stream_in *in);
void stream_close(struct stream_in *in);

/*
 * Parse a record's line strictly.  NULL: malformed; it was logged with its
 * line number and counts as broken (the next stream_next gives REC_BROKEN).
 */
struct json *stream_parse(
    struct stream_in *in, const struct record *r, struct arena *a);
/* The record cannot be right, as this member of it is not: likewise. */
void stream_refuse(
    struct stream_in *in, const struct record *r, const char *member);

/* Write one line; `line` has no LF.  Counts records inside sections: a
 * `mailbox` line opens one, a `mailbox.end` line closes it (its count is then
 * the caller's concern, see stream_records).  A record longer than
 * LINE_MAX_BYTES becomes a problem `too_big` with its id. */
void stream_put(struct stream_out *out, struct slice line);
/*
 * Close the section: writes the mailbox.end record `end` (the parsed input
 * one) with this stage's own count; complete &&= `complete`; `extra` (may be
 * NO_SLICE) is raw JSON members to add, such as "counts":{...}.  A member that
 * `end` has too is replaced in its place; "counts" are joined.
 */
void stream_put_mailbox_end(struct stream_out *out, const struct json *end,
    bool complete, struct slice extra);
/*
 * Between these two what is put is kept in memory, for a caller that has to know
 * what follows before a line can leave: no more than a page.  On release each line
 * is given to `each` with its 0-based number, which puts it, or what stands in its
 * place.
 */
void stream_hold(struct stream_out *out);
/* Lines that are kept. */
size_t stream_held(const struct stream_out *out);
void stream_release(struct stream_out *out,
    void (*each)(void *with, size_t n, struct slice line), void *with);
/* Lines written in the open section so far. */
uint64_t stream_records(const struct stream_out *out);
/* The `end` record of this stage, and flush.  sections and records are
 * counted by the writer.  Ends the program with EXIT_IO if stdout fails. */
void stream_put_end(struct stream_out *out);
void stream_flush(struct stream_out *out);
/*
 * A problem record: code and key only, never content (L8), see
 * docs/stream.md.  id may be NO_SLICE; raw is the offending value (an
 * object) or NO_SLICE; it is left out when the line would become too long.
 * Counts: tool_finish ends with EXIT_REFUSED.
 */
void stream_put_problem(struct stream_out *out, const char *code,
    struct slice id, const char *detail, struct slice raw);
/* The same about an event of the CRM: with its key, and the changes that the
 * record stood for, which apply lets sleep. */
struct problem_key {
	struct slice id, crm_id;
	struct slice changes; /* raw */
};
/* Whose record it is, by its members id, crm_id (or link.crm_id), changes. */
struct problem_key problem_key(const struct json *record);
void stream_put_problem_of(struct stream_out *out, const char *code,
    const struct problem_key *key, const char *detail, struct slice raw);
uint64_t stream_problems(const struct stream_out *out);

#endif
