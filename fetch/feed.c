/*
 * feed: see the header.  Records that carry the CRM's row are made in chunks,
 * one question for the rows of each.
 */
#include "feed.h"

#include <stdio.h>
#include <stdlib.h>

#include "bounds.h"
#include "json.h"
#include "xalloc.h"

#define CHUNK 500

struct gather {
	struct feed *feed;
	struct db *db;
	struct routes *routes;
	const struct feed_of *of;
	char account[24];
	struct idmap known; /* CRM ids that stand in a record */
	/* Beginnings of records whose rows are to be asked for: */
	struct arena arena;
	struct slice *begin;
	struct str crm_ids; /* of these, as an array */
	size_t count;
};

static void
add_line(struct feed *feed, struct slice line)
{
	if (feed->count == feed->cap) {
		feed->cap = feed->cap == 0 ? 16 : feed->cap * 2;
		feed->line =
		    xreallocarray(feed->line, feed->cap, sizeof *feed->line);
	}
	feed->line[feed->count++] =
	    (struct feed_line){ spool_add(&feed->spool, line), line.len };
}

/* data: the row, or NO_SLICE for one that is gone. */
static void
add_row(struct gather *g, size_t n, struct slice data)
{
	struct str line = { .max = 2 * LINE_MAX_BYTES };

	str_add_slice(&line, g->begin[n]);
	str_adds(&line, ",\"data\":");
	str_add_slice(&line, data.data != NULL ? data : SLICE("null"));
	str_addc(&line, '}');
	add_line(g->feed, str_slice(&line));
	str_free(&line);
}

/* Ask for the rows of the open chunk; they come in its order. */
static void
finish_chunk(struct gather *g)
{
	const char *values[1];
	size_t n = 0;

	if (g->count == 0)
		return;
	values[0] = db_array_text(&g->crm_ids);
	db_stream(g->db, "select doc, lost from calsync.fetch_crm($1::text[])",
	    1, values);
	while (db_next_row(g->db) && n < g->count) {
		if (g->of->seek != NULL && db_column(g->db, 1).len > 0)
			g->of->seek(g->of->ctx, db_column(g->db, 1));
		add_row(g, n++, db_column(g->db, 0));
	}
	arena_reset(&g->arena);
	g->count = 0;
}

static void
want_row(struct gather *g, struct slice begin, struct slice crm_id)
{
	if (g->count == CHUNK)
		finish_chunk(g);
	if (g->count == 0) {
		g->begin = arena_array(&g->arena, CHUNK, sizeof *g->begin);
		db_array_reset(&g->crm_ids);
	}
	db_array_add(&g->crm_ids, crm_id);
	g->begin[g->count++] =
	    (struct slice){ arena_copy(&g->arena, begin.data, begin.len),
		    begin.len };
}

/* A record's beginning, without the brace that closes it. */
static void
take_line(struct gather *g, struct slice begin, struct arena *a)
{
	struct str line = { .max = LINE_MAX_BYTES };
	const struct json *v;
	struct slice id, crm_id;

	str_add_slice(&line, begin);
	str_addc(&line, '}');
	v = json_parse(a, str_slice(&line), JSON_IS_UTF8, NULL);
	crm_id = json_text(v, "crm_id");
	id = json_text(v, "id");
	if (idmap_get(&g->known, crm_id) == IDMAP_NONE) {
		idmap_set(&g->known, crm_id, 1);
		if (id.len > 0) {
			g->of->want(g->of->ctx, id);
			add_line(g->feed, str_slice(&line));
		} else {
			want_row(g, begin, crm_id);
		}
	}
	arena_reset(a);
	str_free(&line);
}

static void
take_lines(struct gather *g, struct slice lines)
{
	struct arena a = { .max = RECORD_ARENA_MAX };
	struct slice line;

	while (lines.len > 0) {
		line = slice_cut(lines, '\n', &lines);
		take_line(g, line, &a);
	}
	arena_free(&a);
}

/* Those that are awake were found for all mailboxes together. */
static void
take_awake(struct gather *g)
{
	struct str buf = { .max = PAGE_ARENA_MAX };

	take_lines(g, routes_find(g->routes, g->db, g->of->account,
			  g->of->calendar, &buf));
	str_free(&buf);
}

/* Those that slept under another policy. */
static void
take_woken(struct gather *g)
{
	struct str lines = { .max = PAGE_ARENA_MAX };
	struct str calendar = { 0 }, digest = { 0 };
	const char *values[4];

	str_add_slice(&calendar, g->of->calendar);
	str_add_slice(&digest, g->of->policy_digest);
	values[0] = g->of->account != NO_ACCOUNT ? g->account : NULL;
	values[1] = calendar.len > 0 ? calendar.data : "";
	values[2] = digest.len > 0 ? digest.data : "";
	values[3] = routes_copies(g->routes);
	db_query(g->db,
	    "select crm_id, id, changes, origin from "
	    "calsync.fetch_woken($1::bigint, $2, $3, $4::boolean)",
	    4, values);
	while (db_next_row(g->db))
		route_line(&lines, g->db, 0);
	take_lines(g, str_slice(&lines));
	str_free(&lines);
	str_free(&calendar);
	str_free(&digest);
}

/* All that may go out for the first time. */
static void
take_owned(struct gather *g)
{
	struct str lines = { .max = PAGE_ARENA_MAX }, from = { 0 };
	const char *values[] = { g->account, NULL };

	if (g->of->from.len == 0)
		return;
	str_add_slice(&from, g->of->from);
	values[1] = from.data;
	db_query(g->db,
	    "select crm_id from "
	    "calsync.fetch_owned($1::bigint, $2::timestamptz)",
	    2, values);
	while (db_next_row(g->db)) {
		str_adds(&lines, "{\"type\":\"crm.event\",\"crm_id\":");
		json_quote(&lines, db_column(g->db, 0));
		str_adds(&lines, ",\"changes\":[]\n");
	}
	take_lines(g, str_slice(&lines));
	str_free(&lines);
	str_free(&from);
}

/* A number of the request as a parameter; NULL: all. */
static const char *
number(const struct json *request, const char *key, char buf[24])
{
	int64_t n;

	if (!json_int(json_get(request, key), 0, INT64_MAX, &n))
		return NULL;
	snprintf(buf, 24, "%lld", (long long)n);
	return buf;
}

/* What the user's cleanup is about: links, whose copies are read by id. */
static void
take_cleanup(struct gather *g)
{
	struct str lines = { .max = PAGE_ARENA_MAX }, sides = { 0 };
	const char *values[3];
	char upto[24];

	if (g->of->cleanup == NULL)
		return;
	str_add_slice(&sides, json_text(g->of->cleanup, "sides"));
	values[0] = g->account;
	values[1] = number(g->of->cleanup, "upto", upto);
	values[2] = sides.len > 0 ? sides.data : "";
	db_query(g->db,
	    "select crm_id, id, '', null from "
	    "calsync.fetch_cleanup($1::bigint, $2::bigint, $3)",
	    3, values);
	while (db_next_row(g->db))
		route_line(&lines, g->db, 0);
	take_lines(g, str_slice(&lines));
	str_free(&lines);
	str_free(&sides);
}

void
feed_gather(struct feed *feed, struct db *db, struct routes *r,
    const struct feed_of *of)
{
	struct gather g = { .feed = feed,
		.db = db,
		.routes = r,
		.of = of,
		.arena.max = PAGE_ARENA_MAX,
		.crm_ids.max = PAGE_ARENA_MAX };

	snprintf(g.account, sizeof g.account, "%lld", (long long)of->account);
	if (!of->by_id) {
		take_awake(&g);
		take_woken(&g);
		take_owned(&g);
	}
	take_cleanup(&g);
	finish_chunk(&g);
	idmap_free(&g.known);
	str_free(&g.crm_ids);
	arena_free(&g.arena);
}

void
feed_write(const struct feed *feed, struct stream_out *out)
{
	const struct feed_line *line = feed->line;
	struct str buf = { 0 };

	for (; line < feed->line + feed->count; line++)
		stream_put(
		    out, spool_read(&feed->spool, line->at, line->len, &buf));
	str_free(&buf);
}

void
feed_free(struct feed *feed)
{
	spool_reset(&feed->spool);
	free(feed->line);
	*feed = (struct feed){ 0 };
}

static void
put_opening(const struct routes *r, struct stream_out *out)
{
	struct str line = { 0 };
	struct jsonw w;

	jw_start(&w, &line);
	jw_object(&w, NULL);
	jw_cstr(&w, "type", "mailbox");
	jw_null(&w, "mailbox");
	jw_null(&w, "account");
	jw_object(&w, "policy");
	jw_end(&w);
	jw_cstr(&w, "policy_digest", r->policy_digest);
	jw_bool(&w, "first", false);
	jw_cstr(&w, "calendar", "");
	jw_null(&w, "cursor");
	jw_end(&w);
	stream_put(out, str_slice(&line));
	str_free(&line);
}

static void
put_end(struct stream_out *out)
{
	struct str line = { 0 };
	struct jsonw w;

	jw_start(&w, &line);
	jw_object(&w, NULL);
	jw_cstr(&w, "type", "mailbox.end");
	jw_null(&w, "mailbox");
	jw_int(&w, "records", (int64_t)stream_records(out));
	jw_bool(&w, "complete", true);
	jw_end(&w);
	stream_put(out, str_slice(&line));
	str_free(&line);
}

bool
feed_write_rest(struct db *db, struct routes *r, struct stream_out *out)
{
	const struct feed_of of = { .account = NO_ACCOUNT,
		.calendar = SLICE(""),
		.policy_digest = slice_of(r->policy_digest) };
	struct feed feed = { 0 };
	bool any;

	feed_gather(&feed, db, r, &of);
	any = feed.count > 0;
	if (any) {
		put_opening(r, out);
		feed_write(&feed, out);
		put_end(out);
	}
	feed_free(&feed);
	return any;
}
