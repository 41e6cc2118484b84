/*
 * section_write: the section as lines.  An event's bytes are copied between
 * two constant texts; they were checked when they came (calendar.c).
 */
#include "bounds.h"
#include "json.h"
#include "section.h"
#include "tool.h"

struct writer {
	const struct section *s;
	struct stream_out *out;
	const struct section_frame *frame;
	struct str line, bytes;
	uint32_t series_written;
	bool marks_end; /* something before here could not be written */
};

static void
put(struct writer *w)
{
	stream_put(w->out, str_slice(&w->line));
}

static void
begin(struct writer *w, const char *type)
{
	str_reset(&w->line);
	str_adds(&w->line, "{\"type\":\"");
	str_adds(&w->line, type);
	str_addc(&w->line, '"');
}

static void
add_member(struct writer *w, const char *name, struct slice text)
{
	str_addf(&w->line, ",\"%s\":", name);
	json_quote(&w->line, text);
}

static void
add_again(struct writer *w, const struct entry *e)
{
	if (e->again != 0)
		add_member(w, "again", w->frame->reason[e->again]);
}

/* Where a series was touched by the round, so was all of it. */
static void
add_by_id(struct writer *w, const struct entry *e)
{
	if (w->frame->tells_by_id && e->by_id &&
	    (e->series == NO_SERIES || !w->s->series[e->series].in_round))
		str_adds(&w->line, ",\"by_id\":true");
}

/* Whoever changes the whole series mails everybody once more for each. */
static void
add_exceptions(struct writer *w, const struct entry *e)
{
	const struct series *series;
	uint32_t count = 0;

	if (!w->frame->outward || e->series == NO_SERIES)
		return;
	series = &w->s->series[e->series];
	if (e != &w->s->entry[series->master])
		return;
	for (uint32_t n = series->first; n != NO_RECORD;
	     n = w->s->entry[n].next)
		count += w->s->entry[n].kind == KIND_EVENT &&
			 w->s->entry[n].is_exception;
	if (count < series->exceptions)
		count = series->exceptions;
	if (count > 0)
		str_addf(&w->line, ",\"exceptions\":%lu", (unsigned long)count);
}

/* A text, as it is longer than what JSON's numbers are good for. */
static void
add_mark(struct writer *w, const struct entry *e)
{
	if (e->mark != 0)
		str_addf(
		    &w->line, ",\"raw\":\"%llu\"", (unsigned long long)e->mark);
}

static struct slice
bytes_of(struct writer *w, const struct entry *e)
{
	return spool_read(&w->s->spool, e->at, e->len, &w->bytes);
}

static void
put_event(struct writer *w, const struct entry *e)
{
	begin(w, "graph.event");
	add_again(w, e);
	add_by_id(w, e);
	add_exceptions(w, e);
	add_mark(w, e);
	str_adds(&w->line, ",\"data\":");
	str_add_slice(&w->line, bytes_of(w, e));
	str_addc(&w->line, '}');
	put(w);
}

static void
put_removed(struct writer *w, const struct entry *e)
{
	begin(w, "graph.removed");
	add_member(w, "id", bytes_of(w, e));
	add_member(w, "proof",
	    e->kind == KIND_REMOVED ? SLICE("404")
				    : SLICE("cancelled_occurrence"));
	add_again(w, e);
	str_addc(&w->line, '}');
	put(w);
}

static void
put_problem(struct writer *w, const struct entry *e)
{
	stream_put(w->out, bytes_of(w, e));
	tool_refused();
}

static void
put_series_head(struct writer *w, const struct series *series)
{
	size_t i;

	begin(w, "series");
	add_member(w, "master", series->id);
	str_adds(&w->line, ",\"range\":");
	str_add_slice(&w->line, w->frame->window);
	str_adds(&w->line, ",\"cancelled\":[");
	for (i = 0; i < series->cancelled_count; i++) {
		if (i > 0)
			str_addc(&w->line, ',');
		json_quote(&w->line, series->cancelled[i]);
	}
	str_adds(&w->line, "]}");
	put(w);
}

static bool
is_same(const struct section *s, const struct series *series)
{
	return series->master != NO_RECORD &&
	       s->entry[series->master].kind == KIND_SAME;
}

static void
put_series(struct writer *w, const struct series *series)
{
	uint64_t before;
	uint32_t n;

	if (series->gone || is_same(w->s, series))
		return;
	if (series->master == NO_RECORD) {
		w->marks_end = true;
		return;
	}
	put_series_head(w, series);
	before = stream_records(w->out);
	put_event(w, &w->s->entry[series->master]);
	for (n = series->first; n != NO_RECORD; n = w->s->entry[n].next)
		if (w->s->entry[n].kind == KIND_EVENT)
			put_event(w, &w->s->entry[n]);
	before = stream_records(w->out) - before;
	begin(w, "series.end");
	add_member(w, "master", series->id);
	str_addf(&w->line, ",\"members\":%llu,\"complete\":%s}",
	    (unsigned long long)before, series->complete ? "true" : "false");
	put(w);
}

static void
put_series_until(struct writer *w, uint32_t end)
{
	for (; w->series_written < end; w->series_written++)
		put_series(w, &w->s->series[w->series_written]);
}

static void
put_lines(struct writer *w, struct slice rest)
{
	while (rest.len > 0)
		stream_put(w->out, slice_cut(rest, '\n', &rest));
}

static void
put_mark(struct writer *w, const struct entry *e)
{
	put_series_until(w, e->series);
	if (w->marks_end)
		return;
	begin(w, "page");
	add_member(w, "resume", bytes_of(w, e));
	str_adds(&w->line, ",\"window\":");
	str_add_slice(&w->line, w->frame->window);
	add_member(w, "round", w->frame->round);
	str_addc(&w->line, '}');
	put(w);
}

static void
put_entry(struct writer *w, const struct entry *e)
{
	switch ((enum kind)e->kind) {
	case KIND_EVENT:
		if (e->series == NO_SERIES)
			put_event(w, e);
		break;
	case KIND_MARK:
		put_mark(w, e);
		break;
	case KIND_PROBLEM:
		put_problem(w, e);
		break;
	case KIND_SAME:
	case KIND_REMOVED:
	case KIND_CANCELLED:
	case KIND_DEAD:
		break;
	}
}

void
section_write(const struct section *s, struct stream_out *out,
    const struct section_frame *frame)
{
	struct writer w = { .s = s,
		.out = out,
		.frame = frame,
		.line = { .max = HTTP_BODY_MAX + URL_MAX_BYTES } };
	uint32_t n;

	stream_put(out, frame->mailbox_line);
	/* What is decided about the CRM's changes depends on it. */
	put_lines(&w, frame->followers);
	feed_write(frame->feed, out);
	put_lines(&w, frame->groups);
	for (n = 0; n < s->count; n++)
		put_entry(&w, &s->entry[n]);
	put_series_until(&w, s->series_count);
	/* What is gone comes last: a series has said before what it is now. */
	for (n = 0; n < s->count; n++)
		if (s->entry[n].kind == KIND_REMOVED ||
		    s->entry[n].kind == KIND_CANCELLED)
			put_removed(&w, &s->entry[n]);
	str_free(&w.line);
	str_free(&w.bytes);
}
