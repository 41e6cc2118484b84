/*
 * stream, the reading half: lines out of read(2), and the envelope.
 *
 * getline cannot be used: it has no limit and reports "out of memory" as the
 * end of the file.  Most lines are not parsed here: their type is seen from
 * their first bytes, which is why those are fixed.  Only the lines that the
 * envelope is made of are parsed, and those of unknown type, which no stage
 * will look at.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bounds.h"
#include "log.h"
#include "stream.h"
#include "stream_fd.h"
#include "utf8.h"
#include "xalloc.h"

/* A pipe holds 64 KiB; the rest is room for the line that was cut. */
#define BUFFER_FIRST   ((size_t)128 * 1024)
#define BUFFER_MAX     (LINE_MAX_BYTES + 1)
#define SCHEMA_VERSION 1

struct stream_in {
	int fd;
	bool roster, eof, broken, told;
	bool started, in_section, ended;
	char *buf;
	size_t cap, at, end; /* unread bytes are buf[at..end) */
	size_t scanned;	     /* there is no LF before this one */
	uint64_t lineno;
	uint64_t section_records, records, sections;
	struct str mailbox; /* of the open section */
	bool mailbox_null;
	struct arena arena; /* for one line of the envelope */
};

static struct stream_in *
open_input(const char *path, bool roster)
{
	struct stream_in *in;
	int fd = STDIN_FILENO;

	if (path != NULL && strcmp(path, "-") != 0)
		fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		die(EXIT_IO, NULL, "cannot open %s: %s", path, strerror(errno));
	in = xcalloc(1, sizeof *in);
	in->fd = fd;
	in->roster = roster;
	in->cap = BUFFER_FIRST;
	in->buf = xmalloc(in->cap);
	return in;
}

struct stream_in *
stream_open(const char *path)
{
	return open_input(path, false);
}

struct stream_in *
stream_open_roster(const char *path)
{
	return open_input(path, true);
}

void
stream_close(struct stream_in *in)
{
	if (in->fd != STDIN_FILENO)
		close(in->fd);
	arena_free(&in->arena);
	str_free(&in->mailbox);
	free(in->buf);
	free(in);
}

/* The stream is of no use any more.  lineno 0: it is not about a line, but the
 * program before this one ended: in a pipeline of calsync run or plan that one
 * says why, and what stands behind it has nothing to add. */
static bool
refuse(struct stream_in *in, uint64_t lineno, const char *what, const char *why)
{
	in->broken = true;
	if (in->told)
		return false;
	in->told = true;
	if (lineno == 0 && getenv("CALSYNC_PIPED") != NULL)
		log_info(what, "lines=%llu", (unsigned long long)in->lineno);
	else if (lineno == 0)
		log_error(what, "lines=%llu", (unsigned long long)in->lineno);
	else
		log_error(what, "line=%llu why=\"%s\"",
		    (unsigned long long)lineno, why);
	return false;
}

static bool
malformed(struct stream_in *in, const char *why)
{
	return refuse(in, in->lineno, "malformed input", why);
}

/* Move what is left to the front and make room behind it. */
static void
make_room(struct stream_in *in)
{
	if (in->at > 0) {
		memmove(in->buf, in->buf + in->at, in->end - in->at);
		in->end -= in->at;
		in->scanned -= in->at;
		in->at = 0;
	}
	if (in->end < in->cap)
		return;
	in->cap = in->cap * 2 < BUFFER_MAX ? in->cap * 2 : BUFFER_MAX;
	in->buf = xreallocarray(in->buf, in->cap, 1);
}

static void
read_more(struct stream_in *in, struct stream_out *out)
{
	ssize_t n;

	make_room(in);
	if (out != NULL && !fd_readable(in->fd, 0))
		stream_flush(out);
	while ((n = read(in->fd, in->buf + in->end, in->cap - in->end)) == -1) {
		if (errno == EAGAIN)
			fd_readable(in->fd, FD_FOREVER);
		else if (errno != EINTR)
			die(EXIT_IO, NULL, "cannot read the input: %s",
			    strerror(errno));
	}
	in->end += (size_t)n;
	in->eof = n == 0;
}

static const char *
find_lf(const struct stream_in *in)
{
	return memchr(in->buf + in->scanned, '\n', in->end - in->scanned);
}

bool
stream_idle(const struct stream_in *in)
{
	return find_lf(in) == NULL;
}

bool
stream_wait(const struct stream_in *in, int ms)
{
	return !stream_idle(in) || fd_readable(in->fd, ms);
}

int
stream_fd(const struct stream_in *in)
{
	return in->fd;
}

/* False: there is none, or it is unfit. */
static bool
next_line(struct stream_in *in, struct stream_out *out, struct slice *line)
{
	const char *lf;

	while ((lf = find_lf(in)) == NULL) {
		in->scanned = in->end;
		if (in->end - in->at > LINE_MAX_BYTES) {
			in->lineno++;
			return malformed(in, "longer than 4 MiB");
		}
		read_more(in, out);
		if (!in->eof)
			continue;
		if (in->end == in->at)
			return false;
		in->lineno++;
		return malformed(in, "cut off: no line end");
	}
	in->lineno++;
	*line =
	    (struct slice){ in->buf + in->at, (size_t)(lf - in->buf) - in->at };
	in->at = in->scanned = in->at + line->len + 1;
	return true;
}

static bool
is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || ascii_is_digit(c) || c == '.' ||
	       c == '_' || c == '-';
}

/* The name in {"type":"NAME", or NO_SLICE. */
static struct slice
type_name(struct slice line)
{
	static const struct slice head = { "{\"type\":\"", 9 };
	size_t n = head.len;

	if (line.len < n + 3 || memcmp(line.data, head.data, n) != 0)
		return NO_SLICE;
	while (n < line.len && is_name_char(line.data[n]))
		n++;
	if (n == head.len || line.len - n < 2 || line.data[n] != '"' ||
	    (line.data[n + 1] != ',' && line.data[n + 1] != '}'))
		return NO_SLICE;
	return (struct slice){ line.data + head.len, n - head.len };
}

enum rec_type
stream_type(struct slice line)
{
	static const char *const names[] = {
		[REC_RUN] = "run",
		[REC_MAILBOX] = "mailbox",
		[REC_MAILBOX_END] = "mailbox.end",
		[REC_END] = "end",
		[REC_PAGE] = "page",
		[REC_SERIES] = "series",
		[REC_SERIES_END] = "series.end",
		[REC_GRAPH_EVENT] = "graph.event",
		[REC_GRAPH_REMOVED] = "graph.removed",
		[REC_CRM_EVENT] = "crm.event",
		[REC_GROUP] = "group",
		[REC_EVENT] = "event",
		[REC_KNOWN] = "known",
		[REC_CANDIDATE] = "candidate",
		[REC_OP] = "op",
		[REC_SKIP] = "skip",
		[REC_RESULT] = "result",
		[REC_PROBLEM] = "problem",
	};
	struct slice name = type_name(line);
	int type;

	if (name.data == NULL)
		return REC_BROKEN;
	for (type = REC_RUN; type < REC_OTHER; type++)
		if (slice_is(name, names[type]))
			return (enum rec_type)type;
	return REC_OTHER;
}

static struct json *
parse(struct stream_in *in, struct slice line, struct arena *a)
{
	const char *why;
	struct json *v = json_parse(a, line, JSON_IS_UTF8, &why);

	if (v == NULL)
		malformed(in, why);
	return v;
}

struct json *
stream_parse(struct stream_in *in, const struct record *r, struct arena *a)
{
	const char *why;
	struct json *v = json_parse(a, r->line, JSON_IS_UTF8, &why);

	if (v == NULL)
		refuse(in, r->lineno, "malformed input", why);
	return v;
}

void
stream_refuse(struct stream_in *in, const struct record *r, const char *member)
{
	struct str why = { 0 };

	str_addf(&why, "%s is not what it should be", member);
	refuse(in, r->lineno, "malformed record", why.data);
	str_free(&why);
}

/* True if the member `key` is the number n. */
static bool
counts_to(const struct json *v, const char *key, uint64_t n)
{
	int64_t stated;

	return json_int(json_get(v, key), 0, INT64_MAX, &stated) &&
	       (uint64_t)stated == n;
}

static bool
check_run(struct stream_in *in, const struct json *v)
{
	const struct json *schema = json_get(v, "schema");
	int64_t n;

	if (in->started)
		return malformed(in, "a second run record");
	if (schema != NULL && !json_int(schema, 1, SCHEMA_VERSION, &n))
		return malformed(in, "schema is not known to this version");
	in->started = true;
	return true;
}

static bool
check_mailbox(struct stream_in *in, const struct json *v)
{
	const struct json *name = json_get(v, "mailbox");
	struct slice text = json_str(name);

	if (name == NULL || (text.data == NULL && !json_is_null(name)))
		return malformed(in, "no mailbox named");
	if (in->in_section)
		return malformed(in, "the section before it is not closed");
	if (in->roster) {
		in->records++;
		return true;
	}
	str_reset(&in->mailbox);
	str_add_slice(&in->mailbox, text);
	in->mailbox_null = text.data == NULL;
	in->in_section = true;
	in->section_records = 0;
	return true;
}

static bool
check_mailbox_end(struct stream_in *in, const struct json *v)
{
	struct slice open = str_slice(&in->mailbox);

	if (!in->in_section)
		return malformed(in, "no section is open");
	if (in->mailbox_null)
		open = NO_SLICE;
	if (!slice_eq(json_text(v, "mailbox"), open))
		return malformed(in, "another section is open");
	if (!counts_to(v, "records", in->section_records))
		return malformed(in, "wrong number of records in the section");
	in->in_section = false;
	in->sections++;
	in->records += in->section_records;
	return true;
}

static bool
check_end(struct stream_in *in, const struct json *v)
{
	if (in->in_section)
		return malformed(in, "the last section is not closed");
	if (!counts_to(v, "sections", in->sections))
		return malformed(in, "wrong number of sections");
	if (!counts_to(v, "records", in->records))
		return malformed(in, "wrong number of records");
	in->ended = true;
	return true;
}

/* A record that is none of the envelope's. */
static bool
check_inner(struct stream_in *in, struct record *r)
{
	r->in_section = in->in_section;
	if (in->in_section)
		in->section_records++;
	else if (r->type != REC_PROBLEM && r->type != REC_OTHER)
		return malformed(in, "it stands in no section");
	if (r->type != REC_OTHER)
		return true;
	return parse(in, r->line, &in->arena) != NULL;
}

static bool
check_bytes(struct stream_in *in, const struct record *r)
{
	if (in->ended)
		return malformed(in, "it follows the end record");
	if (r->type == REC_BROKEN || r->line.data[r->line.len - 1] != '}')
		return malformed(in, "no object that begins with its type");
	if (!utf8_valid(r->line))
		return malformed(in, "not UTF-8");
	if (memchr(r->line.data, '\0', r->line.len) != NULL)
		return malformed(in, "a NUL byte");
	if (!in->started && r->type != REC_RUN)
		return malformed(in, "the first record is no run record");
	return true;
}

static bool
check_record(struct stream_in *in, struct record *r)
{
	struct json *v;

	if (!check_bytes(in, r))
		return false;
	if (r->type > REC_END)
		return check_inner(in, r);
	v = parse(in, r->line, &in->arena);
	if (v == NULL)
		return false;
	if (r->type == REC_RUN)
		return check_run(in, v);
	if (r->type == REC_MAILBOX)
		return check_mailbox(in, v);
	if (r->type == REC_MAILBOX_END)
		return check_mailbox_end(in, v);
	return check_end(in, v);
}

enum rec_type
stream_next(struct stream_in *in, struct stream_out *out, struct record *r)
{
	*r = (struct record){ .type = REC_BROKEN };
	if (in->broken)
		return REC_BROKEN;
	arena_reset(&in->arena);
	if (next_line(in, out, &r->line)) {
		r->lineno = in->lineno;
		r->type = stream_type(r->line);
		if (check_record(in, r))
			return r->type;
	} else if (!in->broken && in->ended) {
		r->type = REC_EOF;
		return REC_EOF;
	} else if (!in->broken) {
		refuse(in, 0, "input without end record", "");
	}
	*r = (struct record){ .type = REC_BROKEN, .lineno = in->lineno };
	return REC_BROKEN;
}
