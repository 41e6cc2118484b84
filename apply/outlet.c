/*
 * outlet: a section gets stdout when it has something to say and nobody else
 * has it, and keeps it to its end.
 */
#include <stdlib.h>

#include "bounds.h"
#include "outlet.h"
#include "xalloc.h"

struct outlet {
	struct stream_out *out;
	struct section *first; /* in the order of the stream */
	struct section *has;   /* stdout */
	struct arena arena;
	struct outlet_sums sums;
};

struct outlet *
outlet_open(struct stream_out *out)
{
	struct outlet *o = xcalloc(1, sizeof(*o));

	o->out = out;
	return o;
}

void
outlet_add(struct outlet *o, struct section *s)
{
	struct section **at = &o->first;

	while (*at != NULL)
		at = &(*at)->next;
	*at = s;
}

static bool
is_done(const struct section *s)
{
	return s->closed && !s->in_flight;
}

static void
write_lines(struct outlet *o, struct section *s)
{
	struct slice rest = str_slice(&s->out), line;

	while (rest.len > 0) {
		line = slice_cut(rest, '\n', &rest);
		stream_put(o->out, line);
	}
	str_reset(&s->out);
}

static void
add_sums(struct outlet *o, const struct section *s)
{
	o->sums.sections++;
	o->sums.committed += s->committed;
	o->sums.skips += s->skips;
	o->sums.problems += s->problems;
	for (int i = 0; i < OUTCOME_COUNT; i++)
		o->sums.counts[i] += s->counts[i];
}

static void
write_end(struct outlet *o, struct section *s)
{
	const struct json *end =
	    json_parse(&o->arena, str_slice(&s->end_line), JSON_IS_UTF8, NULL);

	stream_put_mailbox_end(o->out, end, true,
	    s->committed ? SLICE("\"committed\":true")
			 : SLICE("\"committed\":false"));
	arena_reset(&o->arena);
}

static void
take_out(struct outlet *o, const struct section *s)
{
	struct section **at = &o->first;

	while (*at != s)
		at = &(*at)->next;
	*at = s->next;
}

/* Who gets stdout next: the first that has something to say. */
static struct section *
choose(const struct outlet *o)
{
	struct section *s = o->first;

	while (s != NULL && s->out.len == 0 && !is_done(s))
		s = s->next;
	return s;
}

void
outlet_write(struct outlet *o)
{
	struct section *s;
	bool any = false;

	while ((s = o->has != NULL ? o->has : choose(o)) != NULL) {
		any |= s->out.len > 0;
		o->has = s;
		write_lines(o, s);
		if (!is_done(s))
			break;
		if (s->end_line.len > 0) {
			write_end(o, s);
			add_sums(o, s);
		}
		take_out(o, s);
		section_free(s);
		o->has = NULL;
	}
	if (any)
		stream_flush(o->out);
}

/* A line between sections must not get into the one that has stdout. */
void
outlet_pass(struct outlet *o, struct slice line)
{
	struct section *s;

	if (o->first == NULL) {
		stream_put(o->out, line);
		return;
	}
	s = xcalloc(1, sizeof(*s));
	s->out.max = PAGE_ARENA_MAX;
	str_add_slice(&s->out, line);
	str_addc(&s->out, '\n');
	s->closed = true;
	outlet_add(o, s);
}

bool
outlet_crowded(const struct outlet *o)
{
	const struct section *s;

	for (s = o->first; s != NULL; s = s->next)
		if (s != o->has && s->out.len > PAGE_BYTES_MAX)
			return true;
	return false;
}

const struct outlet_sums *
outlet_sums(const struct outlet *o)
{
	return &o->sums;
}

void
outlet_close(struct outlet *o)
{
	struct section *s;

	outlet_write(o);
	while ((s = o->first) != NULL) {
		o->first = s->next;
		section_free(s);
	}
	arena_free(&o->arena);
	stream_flush(o->out);
	free(o);
}
