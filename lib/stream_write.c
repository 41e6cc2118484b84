/*
 * stream, the writing half: one buffer before write(2), and the counts that
 * the reader at the other end of the pipe will check.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "bounds.h"
#include "log.h"
#include "stream.h"
#include "stream_fd.h"
#include "tool.h"
#include "utf8.h"

#define BUFFER ((size_t)64 * 1024)
/* What a problem record needs beside its data. */
#define PROBLEM_MAX ((size_t)64 * 1024)

struct held {
	struct held *next;
	struct slice line;
};

struct stream_out {
	const char *stage;
	bool roster, in_section, holds;
	uint64_t section_records, records, sections, problems;
	struct str line;    /* records that are made here */
	struct arena arena; /* the members that a section's end gets */
	struct arena kept;  /* the lines that are held */
	struct held *first, **last;
	size_t held;
	size_t len;
	char buf[BUFFER];
};

/* A process has one stdout. */
static struct stream_out standard;

struct stream_out *
stream_stdout(const char *stage)
{
	arena_free(&standard.arena);
	arena_free(&standard.kept);
	str_free(&standard.line);
	memset(&standard, 0, sizeof standard);
	standard.stage = stage;
	standard.roster = strcmp(stage, "roster") == 0;
	fd_widen(STDOUT_FILENO);
	return &standard;
}

static void
write_all(const char *data, size_t n)
{
	ssize_t done;

	while (n > 0) {
		done = write(STDOUT_FILENO, data, n);
		if (done >= 0) {
			data += done;
			n -= (size_t)done;
		} else if (errno == EAGAIN) {
			fd_writable(STDOUT_FILENO, FD_FOREVER);
		} else if (errno != EINTR) {
			die(EXIT_IO, NULL, "cannot write: %s", strerror(errno));
		}
	}
}

void
stream_flush(struct stream_out *out)
{
	write_all(out->buf, out->len);
	out->len = 0;
}

static void
put_bytes(struct stream_out *out, const char *data, size_t n)
{
	if (n > BUFFER - out->len)
		stream_flush(out);
	if (n > BUFFER) {
		write_all(data, n);
		return;
	}
	memcpy(out->buf + out->len, data, n);
	out->len += n;
}

static void
count(struct stream_out *out, struct slice line)
{
	enum rec_type type = stream_type(line);

	assert(type != REC_BROKEN && type != REC_END);
	if (type == REC_MAILBOX && out->roster) {
		out->records++;
	} else if (type == REC_MAILBOX) {
		assert(!out->in_section);
		out->in_section = true;
		out->section_records = 0;
	} else if (type == REC_MAILBOX_END) {
		assert(out->in_section);
		out->in_section = false;
		out->sections++;
		out->records += out->section_records;
	} else if (out->in_section) {
		out->section_records++;
	}
}

static void
put_line(struct stream_out *out, struct slice line)
{
	put_bytes(out, line.data, line.len);
	put_bytes(out, "\n", 1);
}

void
stream_hold(struct stream_out *out)
{
	assert(!out->holds);
	out->holds = true;
	out->kept.max = PAGE_ARENA_MAX;
	out->last = &out->first;
	out->held = 0;
}

size_t
stream_held(const struct stream_out *out)
{
	return out->held;
}

static void
hold_line(struct stream_out *out, struct slice line)
{
	struct held *h = arena_array(&out->kept, 1, sizeof *h);

	h->line.data = arena_copy(&out->kept, line.data, line.len);
	h->line.len = line.len;
	*out->last = h;
	out->last = &h->next;
	out->held++;
}

void
stream_release(struct stream_out *out,
    void (*each)(void *with, size_t n, struct slice line), void *with)
{
	size_t n = 0;

	out->holds = false;
	for (const struct held *h = out->first; h != NULL; h = h->next)
		each(with, n++, h->line);
	out->first = NULL;
	out->held = 0;
	arena_reset(&out->kept);
}

/* A line that fits, now or on release. */
static void
put_counted(struct stream_out *out, struct slice line)
{
	if (out->holds) {
		hold_line(out, line);
		return;
	}
	count(out, line);
	put_line(out, line);
}

static void put_problem(struct stream_out *out, const char *code,
    const struct problem_key *key, const char *detail, struct slice raw);

struct problem_key
problem_key(const struct json *record)
{
	const struct json *changes = json_get(record, "changes");
	struct slice crm_id = json_text(record, "crm_id");

	if (crm_id.data == NULL)
		crm_id = json_text(json_get(record, "link"), "crm_id");
	return (struct problem_key){ json_text(record, "id"), crm_id,
		changes != NULL && changes->type == JSON_ARRAY ? changes->raw
							       : NO_SLICE };
}

static void
put_too_big(struct stream_out *out, struct slice line)
{
	struct arena a = { .max = 4 * RECORD_ARENA_MAX };
	const struct json *v = json_parse(&a, line, JSON_STRICT, NULL);
	const char *const homes[] = { "event", "data" };
	struct problem_key key = problem_key(v);
	size_t i;

	for (i = 0; i < 2 && key.id.data == NULL; i++)
		key.id = json_text(json_get(v, homes[i]), "id");
	put_problem(
	    out, "too_big", &key, "the record is longer than 4 MiB", NO_SLICE);
	arena_free(&a);
}

void
stream_put(struct stream_out *out, struct slice line)
{
	if (line.len > LINE_MAX_BYTES) {
		put_too_big(out, line);
		return;
	}
	put_counted(out, line);
}

uint64_t
stream_records(const struct stream_out *out)
{
	return out->section_records;
}

static struct json *
parse_members(struct stream_out *out, struct slice members)
{
	struct json *v;

	str_reset(&out->line);
	str_addc(&out->line, '{');
	str_add_slice(&out->line, members);
	str_addc(&out->line, '}');
	v = json_parse(&out->arena,
	    (struct slice){
		arena_copy(&out->arena, out->line.data, out->line.len),
		out->line.len },
	    JSON_STRICT, NULL);
	assert(v != NULL);
	return v;
}

static const struct json *
member(const struct json *object, struct slice key)
{
	const struct json *m;

	for (m = object->child; m != NULL; m = m->next)
		if (slice_eq(m->key, key))
			return m;
	return NULL;
}

static void
put_members(struct jsonw *w, const struct json *a, const struct json *b)
{
	const struct json *m, *other;

	for (m = a->child; m != NULL; m = m->next) {
		other = member(b, m->key);
		jw_key_raw(w, m->key, other != NULL ? other->raw : m->raw);
	}
	for (m = b->child; m != NULL; m = m->next)
		if (member(a, m->key) == NULL)
			jw_key_raw(w, m->key, m->raw);
}

static bool
is_object(const struct json *v)
{
	return v != NULL && v->type == JSON_OBJECT;
}

static const struct json *
join_counts(struct stream_out *out, const struct json *a, const struct json *b)
{
	struct str text = { .max = LINE_MAX_BYTES };
	struct jsonw w;

	a = json_get(a, "counts");
	b = json_get(b, "counts");
	if (!is_object(a) || !is_object(b))
		return b;
	jw_start(&w, &text);
	jw_object(&w, NULL);
	put_members(&w, a, b);
	jw_end(&w);
	a = json_parse(&out->arena,
	    (struct slice){
		arena_copy(&out->arena, text.data, text.len), text.len },
	    JSON_STRICT, NULL);
	str_free(&text);
	return a;
}

void
stream_put_mailbox_end(struct stream_out *out, const struct json *end,
    bool complete, struct slice extra)
{
	struct str own = { .max = LINE_MAX_BYTES };
	const struct json *add, *counts, *m;
	struct jsonw w;

	complete = complete && json_true(end, "complete");
	str_addf(&own, "\"records\":%llu,\"complete\":%s",
	    (unsigned long long)out->section_records,
	    complete ? "true" : "false");
	add = parse_members(out, extra);
	counts = join_counts(out, end, add);
	for (m = add->child; m != NULL; m = m->next) {
		str_addc(&own, ',');
		json_quote(&own, m->key);
		str_addc(&own, ':');
		str_add_slice(
		    &own, slice_is(m->key, "counts") ? counts->raw : m->raw);
	}
	add = parse_members(out, str_slice(&own));
	str_free(&own);
	str_reset(&out->line);
	jw_start(&w, &out->line);
	jw_object(&w, NULL);
	put_members(&w, end, add);
	jw_end(&w);
	stream_put(out, str_slice(&out->line));
	arena_reset(&out->arena);
}

void
stream_put_end(struct stream_out *out)
{
	struct jsonw w;

	assert(!out->in_section);
	str_reset(&out->line);
	jw_start(&w, &out->line);
	jw_object(&w, NULL);
	jw_cstr(&w, "type", "end");
	jw_cstr(&w, "from", out->stage);
	jw_int(&w, "sections", (int64_t)out->sections);
	jw_int(&w, "records", (int64_t)out->records);
	jw_end(&w);
	put_line(out, str_slice(&out->line));
	stream_flush(out);
}

static void
put_problem(struct stream_out *out, const char *code,
    const struct problem_key *key, const char *detail, struct slice raw)
{
	struct jsonw w;

	str_reset(&out->line);
	jw_start(&w, &out->line);
	jw_object(&w, NULL);
	jw_cstr(&w, "type", "problem");
	jw_cstr(&w, "stage", out->stage);
	jw_cstr(&w, "code", code);
	jw_str(&w, "id", utf8_head(key->id, URL_MAX_BYTES / 4));
	if (key->crm_id.data != NULL)
		jw_str(&w, "crm_id", utf8_head(key->crm_id, URL_MAX_BYTES / 4));
	if (key->changes.data != NULL && key->changes.len < PROBLEM_MAX)
		jw_raw(&w, "changes", key->changes);
	jw_cstr(&w, "detail", detail);
	if (raw.data != NULL && raw.len < LINE_MAX_BYTES - PROBLEM_MAX)
		jw_raw(&w, "data", raw);
	jw_end(&w);
	out->problems++;
	tool_refused();
	put_counted(out, str_slice(&out->line));
}

void
stream_put_problem(struct stream_out *out, const char *code, struct slice id,
    const char *detail, struct slice raw)
{
	put_problem(out, code, &(struct problem_key){ .id = id }, detail, raw);
}

void
stream_put_problem_of(struct stream_out *out, const char *code,
    const struct problem_key *key, const char *detail, struct slice raw)
{
	put_problem(out, code, key, detail, raw);
}

uint64_t
stream_problems(const struct stream_out *out)
{
	return out->problems;
}
