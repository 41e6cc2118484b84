/*
 * normalize: raw Graph items and rows of the CRM in, canonical events out.
 *
 * A pure filter: it reads the stream and the system's time zones, the latter
 * before the first record, and nothing else; policy and time are in the
 * stream.  For each item comes one record, an event or a problem in its
 * place, so that no later stage mistakes what could not be read for what is
 * not there.
 *
 * A reader may ask why the parser here is more lenient than for the rest of
 * the stream: of doubled members the last counts, since these bytes are
 * Graph's and not ours.
 */
#include <string.h>

#include "bounds.h"
#include "canon.h"
#include "crm.h"
#include "log.h"
#include "opts.h"
#include "repair.h"
#include "stream.h"
#include "tool.h"

/* A record may be longer than a line while it is made; stream_put judges. */
#define RECORD_MAX (4 * LINE_MAX_BYTES)

static const struct opt options[] = {
	{ 0, NULL, OPT_FLAG, NULL, NULL },
};

struct state {
	struct stream_in *in;
	struct stream_out *out;
	struct arena arena;	/* one record */
	struct arena run_arena; /* what the run and mailbox records say */
	struct context context;
	struct series series;
	struct str body, line;
	unsigned long long events;
};

static void
take_run(struct state *st, const struct record *r)
{
	const struct json *run = stream_parse(st->in, r, &st->arena);
	struct slice tzdata = json_text(run, "tzdata");
	struct slice marker = json_text(json_get(run, "policy"), "marker");

	if (tzdata.len > 0 && *tz_version() != '\0' &&
	    !slice_is(tzdata, tz_version()))
		log_warn("the stream was made with other time zone rules",
		    "stream=%.*s here=%s", SLICE_ARG(tzdata), tz_version());
	st->context.marker = NO_SLICE;
	if (marker.len > 0 && !slice_is(marker, "none")) {
		st->context.marker.data =
		    arena_copy(&st->run_arena, marker.data, marker.len);
		st->context.marker.len = marker.len;
	}
	stream_put(st->out, r->line);
}

static void
take_mailbox(struct state *st, const struct record *r)
{
	const struct json *mailbox = stream_parse(st->in, r, &st->arena);

	st->context.mailbox_zone = tz_find(json_text(mailbox, "zone"));
	stream_put(st->out, r->line);
}

static void
take_mailbox_end(struct state *st, const struct record *r)
{
	const struct json *end = stream_parse(st->in, r, &st->arena);

	series_close(&st->series);
	if (end != NULL)
		stream_put_mailbox_end(st->out, end, true, NO_SLICE);
}

static void
take_series(struct state *st, const struct record *r)
{
	const struct json *series = stream_parse(st->in, r, &st->arena);

	if (series == NULL)
		return;
	series_open(&st->series, json_text(series, "master"));
	stream_put(st->out, r->line);
}

static void
put_fault(struct state *st, const struct fault *fault, const struct json *data)
{
	struct slice id = json_text(data, "id");

	stream_put_problem(st->out, fault->code, id, fault->detail,
	    data != NULL ? data->raw : NO_SLICE);
}

/* Everything of the input's record that is not ours comes along. */
static void
put_event(struct state *st, const struct json *record, const struct event *e)
{
	const struct json *m;
	struct jsonw w;

	str_reset(&st->line);
	jw_start(&w, &st->line);
	jw_object(&w, NULL);
	jw_cstr(&w, "type", "event");
	jw_cstr(&w, "side", "graph");
	for (m = record->child; m != NULL; m = m->next)
		if (!slice_is(m->key, "type") && !slice_is(m->key, "data") &&
		    !slice_is(m->key, "side") && !slice_is(m->key, "event"))
			jw_key_raw(&w, m->key, m->raw);
	event_write(e, &w);
	jw_end(&w);
	stream_put(st->out, str_slice(&st->line));
	st->events++;
}

/* The open block, if the item belongs to it; fills a member.  False: it is a
 * member of a series that is not at hand. */
static bool
join_series(struct state *st, struct fields *f, struct slice line,
    struct series **joined)
{
	struct series *s = &st->series;
	enum kind kind = event_kind(f);
	struct slice master = json_str(f->at[F_MASTER_ID]);
	bool is_open = s->id.data != NULL;

	*joined = NULL;
	if (is_open && slice_eq(json_str(f->at[F_ID]), s->id)) {
		if (!s->has_master &&
		    series_take_master(s, line, st->context.mailbox_zone))
			memcpy(f->at, s->master.at, sizeof f->at);
		*joined = s;
		return true;
	}
	if (kind == KIND_SINGLE || kind == KIND_MASTER)
		return true;
	if (!is_open || (master.data != NULL && !slice_eq(master, s->id)))
		return fields_refuse(
		    f, "no_master", "it stands outside of its series' block");
	if (!s->has_master)
		return fields_refuse(
		    f, "no_master", "the master of its series was not given");
	series_fill(s, f);
	*joined = s;
	return true;
}

static void
take_item(struct state *st, const struct record *r, const struct json *record)
{
	const struct json *data = json_get(record, "data");
	struct fields f = { .arena = &st->arena };
	struct series *series;
	struct event e;

	if (data == NULL || data->type != JSON_OBJECT) {
		fields_refuse(&f, "bad_record", "data is no object");
		put_fault(st, &f.fault, NULL);
		return;
	}
	fields_find(&f, data);
	if (join_series(st, &f, r->line, &series) &&
	    event_read(&f, &st->context, series, &st->body, &e))
		put_event(st, record, &e);
	else
		put_fault(st, &f.fault, data);
}

static void
put_crm_event(
    struct state *st, const struct json *record, const struct json *data)
{
	const struct json *m;
	struct jsonw w;

	str_reset(&st->line);
	jw_start(&w, &st->line);
	jw_object(&w, NULL);
	jw_cstr(&w, "type", "event");
	jw_cstr(&w, "side", "crm");
	for (m = record->child; m != NULL; m = m->next)
		if (!slice_is(m->key, "type") && !slice_is(m->key, "data"))
			jw_key_raw(&w, m->key, m->raw);
	jw_raw(&w, "event", data->raw);
	jw_end(&w);
	stream_put(st->out, str_slice(&st->line));
	st->events++;
}

static void
put_crm_fault(struct state *st, const struct json *record, const char *fault)
{
	const struct problem_key key = problem_key(record);
	const struct json *data = json_get(record, "data");

	stream_put_problem_of(st->out, "bad_record", &key, fault,
	    data != NULL ? data->raw : NO_SLICE);
}

/* A row of the CRM becomes an event; what is gone, and what only says which
 * changes a Graph event stands for, goes on as it is. */
static void
take_crm_event(struct state *st, const struct record *r)
{
	const struct json *record = stream_parse(st->in, r, &st->arena);
	const struct json *data = json_get(record, "data");
	const char *fault;

	if (record == NULL)
		return;
	fault = json_is_null(data) ? NULL : crm_fault(data);
	if (json_text(record, "crm_id").len == 0)
		fault = "a CRM event without its key";
	if (fault != NULL)
		put_crm_fault(st, record, fault);
	else if (json_is_null(data))
		stream_put(st->out, r->line);
	else
		put_crm_event(st, record, data);
}

/* The line is no strict JSON.  It may still be known whose record it is. */
static void
take_unreadable(struct state *st, const struct record *r, const char *why)
{
	struct slice repaired = repair_escapes(&st->arena, r->line);
	const struct json *record;
	struct slice id;

	if (slice_ends(slice_of(why), "nested too deep")) {
		stream_put_problem(st->out, "too_big", NO_SLICE,
		    "nested deeper than 32 levels", NO_SLICE);
		return;
	}
	record = json_parse(
	    &st->arena, repaired, JSON_LAST_WINS | JSON_IS_UTF8, NULL);
	if (repaired.data == NULL || record == NULL) {
		stream_parse(st->in, r, &st->arena); /* logs, breaks off */
		return;
	}
	id = json_text(json_get(record, "data"), "id");
	stream_put_problem(st->out, "bad_text", id,
	    "a text holds NUL or half a surrogate pair", NO_SLICE);
}

static void
take_graph_event(struct state *st, const struct record *r)
{
	const char *why = "";
	const struct json *record = json_parse(
	    &st->arena, r->line, JSON_LAST_WINS | JSON_IS_UTF8, &why);

	if (record != NULL)
		take_item(st, r, record);
	else
		take_unreadable(st, r, why);
}

static void
take_record(struct state *st, const struct record *r)
{
	switch ((int)r->type) {
	case REC_RUN:
		take_run(st, r);
		break;
	case REC_MAILBOX:
		take_mailbox(st, r);
		break;
	case REC_MAILBOX_END:
		take_mailbox_end(st, r);
		break;
	case REC_END:
		stream_put_end(st->out);
		break;
	case REC_SERIES:
		take_series(st, r);
		break;
	case REC_SERIES_END:
		series_close(&st->series);
		stream_put(st->out, r->line);
		break;
	case REC_GRAPH_EVENT:
		take_graph_event(st, r);
		break;
	case REC_CRM_EVENT:
		take_crm_event(st, r);
		break;
	default:
		stream_put(st->out, r->line);
		break;
	}
}

static void
free_state(struct state *st)
{
	stream_close(st->in);
	arena_free(&st->arena);
	arena_free(&st->run_arena);
	series_free(&st->series);
	text_free(&st->context.text);
	str_free(&st->body);
	str_free(&st->line);
	html_free();
}

int
main(int argc, char *argv[])
{
	static struct state st = { .line = { .max = RECORD_MAX } };
	struct record r;
	enum rec_type type;
	int operand, status;

	tool_start("normalize");
	operand = opts_parse("[option ...] [file]",
	    "Make canonical events of raw Graph items.", options, 1, argc,
	    argv);
	tz_load_all();
	text_digest_start();
	st.in = stream_open(operand < argc ? argv[operand] : NULL);
	st.out = stream_stdout("normalize");
	tool_confine();

	while ((type = stream_next(st.in, st.out, &r)) != REC_EOF &&
	       type != REC_BROKEN) {
		arena_reset(&st.arena);
		take_record(&st, &r);
	}
	stream_flush(st.out);
	status = type == REC_BROKEN ? EXIT_DATA : EXIT_OK;
	status = tool_finish(status, "events=%llu problems=%llu", st.events,
	    (unsigned long long)stream_problems(st.out));
	free_state(&st);
	return status;
}
