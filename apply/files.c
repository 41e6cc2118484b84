/*
 * files: each event is a job that goes from answer to answer: the list, then
 * one file after the other.  A few jobs are worked on at a time, as each may
 * hold one file in memory.
 */
#include <stdlib.h>
#include <string.h>

#include "accounts.h"
#include "bounds.h"
#include "files.h"
#include "instant.h"
#include "log.h"
#include "tool.h"
#include "xalloc.h"

/* Files of one event; Graph gives the first ones. */
#define FILES_MAX 50
/* Events whose files are read at a time. */
#define JOBS_MAX 4

struct files {
	struct deliver *deliver;
	struct arena arena; /* for the run */
	struct slice run, now;
	bool org_wants;
	struct accounts accounts; /* whose policy copies files */
	struct db *db;
	struct stream_out *out;
	struct job *job;
	size_t active, failed, late;
};

enum problem {
	PROBLEM_TOO_BIG,
	PROBLEM_LIMIT,
	PROBLEM_CRM,
	PROBLEM_GRAPH,
	PROBLEM_COUNT
};

static const char *const problem_codes[PROBLEM_COUNT] = { "too_big", "limit",
	"crm_error", "graph_error" };

struct job {
	struct job *next;
	struct files *files;
	struct arena arena;
	const struct json *row;	 /* of calsync.apply_files_due */
	const struct json *item; /* of Graph's list: the one that is due */
	size_t count;		 /* of the list, so far */
	struct graph_mailbox *graph;
	int64_t stored;
	bool problem[PROBLEM_COUNT];
	bool undone; /* it has to be tried again */
	bool late, begun, finished;
};

static void go_on(struct job *j);

struct files *
files_open(struct deliver *d)
{
	struct files *f = xcalloc(1, sizeof *f);

	f->deliver = d;
	f->arena.max = RUN_ARENA_MAX;
	return f;
}

void
files_close(struct files *f)
{
	accounts_free(&f->accounts);
	arena_free(&f->arena);
	free(f);
}

static bool
says_to_crm(const struct json *policy, bool otherwise)
{
	const struct json *v = json_get(policy, "attachments");

	return v == NULL ? otherwise : json_is(v, "to_crm");
}

void
files_run(struct files *f, struct slice line)
{
	const struct json *run;

	line.data = arena_copy(&f->arena, line.data, line.len);
	run = json_parse(&f->arena, line, JSON_LAST_WINS, NULL);
	f->run = json_text(run, "id");
	f->now = json_text(run, "now");
	f->org_wants = says_to_crm(json_get(run, "policy"), false);
}

/* Where policy copies no files, nobody asks what is left over. */
void
files_mailbox(struct files *f, const struct json *mailbox)
{
	if (says_to_crm(json_get(mailbox, "policy"), f->org_wants))
		accounts_add(&f->accounts, mailbox);
}

static void
add_url(const struct job *j, struct str *url)
{
	url->max = 4 * URL_MAX_BYTES;
	str_add_slice(url, graph_mailbox_url(j->graph));
	str_adds(url, "/events/");
	http_escape(url, json_text(j->row, "id"));
	str_adds(url, "/attachments");
}

static int64_t
number(const struct json *v, const char *key)
{
	int64_t n = 0;

	return json_int(json_get(v, key), 0, INT64_MAX, &n) ? n : 0;
}

static const char *
kind_of(const struct json *item)
{
	struct slice type = json_text(item, "@odata.type");

	return slice_is(type, "#microsoft.graph.itemAttachment") ? "item"
	       : slice_is(type, "#microsoft.graph.referenceAttachment")
		   ? "reference"
		   : "file";
}

static bool
is_known(const struct job *j, const struct json *item)
{
	const struct json *known = json_get(j->row, "known"), *i;

	for (i = known ? known->child : NULL; i != NULL; i = i->next)
		if (slice_eq(json_text(i, "source"), json_text(item, "id")))
			return number(i, "size") == number(item, "size") &&
			       slice_eq(json_text(i, "modified"),
				   json_text(item, "lastModifiedDateTime"));
	return false;
}

static bool
is_too_big(const struct job *j, const struct json *item)
{
	int64_t most = number(j->row, "most");

	/* In base64, and the rest of the answer. */
	if (most == 0 || most > (int64_t)(HTTP_BODY_MAX / 2))
		most = (int64_t)(HTTP_BODY_MAX / 2);
	return number(item, "size") > most;
}

/* content: base64, or NULL for a name alone. */
static void
store(struct job *j, const struct json *item, const char *content)
{
	struct str text = { 0 };
	const char *values[] = { NULL, NULL, content };
	struct jsonw w;
	char *crm_id;
	struct slice id = json_text(j->row, "crm_id");

	crm_id = arena_copy(&j->arena, id.data, id.len);
	jw_start(&w, &text);
	jw_object(&w, NULL);
	jw_str(&w, "source", json_text(item, "id"));
	jw_str(&w, "name", json_text(item, "name"));
	jw_cstr(&w, "kind", kind_of(item));
	jw_str(&w, "type", json_text(item, "contentType"));
	jw_int(&w, "size", number(item, "size"));
	jw_str(&w, "modified", json_text(item, "lastModifiedDateTime"));
	jw_end(&w);
	values[0] = crm_id;
	values[1] = text.data;
	db_query(j->files->db,
	    "SELECT calsync.apply_file($1::text, $2::json, $3::text)", 3,
	    values);
	if (db_next_row(j->files->db) &&
	    db_column(j->files->db, 0).data != NULL)
		j->problem[PROBLEM_CRM] = true;
	else
		j->stored++;
	str_free(&text);
}

/* An answer that is none.  The event may be gone: then nothing is left to do. */
static void
give_up(struct job *j, const struct graph_answer *a)
{
	if (a->verdict == GRAPH_LATE) {
		j->late = true;
	} else if (a->verdict != GRAPH_GONE) {
		j->problem[PROBLEM_GRAPH] = true;
		j->undone = true;
	}
	j->finished = true;
}

static bool
on_file(void *ctx, const struct graph_answer *a)
{
	struct arena arena = { .max = 4 * HTTP_BODY_MAX };
	struct job *j = ctx;
	const struct json *v = NULL;
	struct slice bytes;

	if (a->verdict == GRAPH_OK) {
		v = json_parse(&arena, a->body, JSON_LAST_WINS, NULL);
		bytes = json_text(v, "contentBytes");
		if (bytes.data == NULL) {
			arena_free(&arena);
			return false;
		}
		store(j, j->item, arena_copy(&arena, bytes.data, bytes.len));
	} else if (a->verdict != GRAPH_GONE) {
		give_up(j, a);
	}
	arena_free(&arena);
	if (!j->finished) {
		j->item = j->item->next;
		go_on(j);
	}
	return true;
}

static void
ask_file(struct job *j)
{
	struct str url = { 0 };

	add_url(j, &url);
	str_addc(&url, '/');
	http_escape(&url, json_text(j->item, "id"));
	graph_get(j->graph, str_slice(&url), on_file, j);
	str_free(&url);
}

/* The next one that has to be read; the others are settled here. */
static void
go_on(struct job *j)
{
	for (; j->item != NULL; j->item = j->item->next) {
		const struct json *item = j->item;

		if (j->count++ >= FILES_MAX) {
			j->problem[PROBLEM_LIMIT] = true;
			break;
		}
		if (json_true(item, "isInline") || is_known(j, item) ||
		    json_text(item, "id").len == 0)
			continue;
		if (strcmp(kind_of(item), "file") != 0) {
			store(j, item, NULL);
			continue;
		}
		if (!is_too_big(j, item)) {
			ask_file(j);
			return;
		}
		j->problem[PROBLEM_TOO_BIG] = true;
		store(j, item, NULL);
	}
	j->finished = true;
}

static bool
on_list(void *ctx, const struct graph_answer *a)
{
	struct job *j = ctx;
	const struct json *v, *list;
	struct slice body = a->body;

	if (a->verdict != GRAPH_OK) {
		give_up(j, a);
		return true;
	}
	body.data = arena_copy(&j->arena, body.data, body.len);
	v = json_parse(&j->arena, body, JSON_LAST_WINS, NULL);
	list = json_get(v, "value");
	if (list == NULL || list->type != JSON_ARRAY)
		return false;
	j->item = list->child;
	go_on(j);
	return true;
}

static void
begin(struct job *j)
{
	struct slice user = json_text(j->row, "graph_user");
	struct graph_tenant *tenant;
	struct str url = { 0 };

	j->begun = true;
	j->files->active++;
	tenant = deliver_tenant(j->files->deliver, number(j->row, "connection"),
	    number(j->row, "account"));
	if (tenant == NULL) {
		j->undone = j->problem[PROBLEM_GRAPH] = j->finished = true;
		return;
	}
	j->graph = graph_mailbox_open(
	    tenant, user.len > 0 ? user : json_text(j->row, "mailbox"));
	add_url(j, &url);
	str_addf(&url,
	    "?$select=id,name,contentType,size,isInline,lastModifiedDateTime"
	    "&$top=%d",
	    FILES_MAX + 1);
	graph_get(j->graph, str_slice(&url), on_list, j);
	str_free(&url);
}

static void
write_problems(const struct job *j, struct jsonw *w)
{
	jw_array(w, "problems");
	for (int i = 0; i < PROBLEM_COUNT; i++)
		if (j->problem[i])
			jw_cstr(w, NULL, problem_codes[i]);
	jw_end(w);
}

static void
settle(struct job *j)
{
	struct files *f = j->files;
	struct str text = { 0 };
	const char *values[1];
	struct jsonw w;

	jw_start(&w, &text);
	jw_object(&w, NULL);
	jw_str(&w, "run", f->run);
	jw_str(&w, "now", f->now);
	jw_int(&w, "account", number(j->row, "account"));
	jw_str(&w, "id", json_text(j->row, "id"));
	jw_str(&w, "crm_id", json_text(j->row, "crm_id"));
	jw_bool(&w, "done", !j->undone);
	jw_int(&w, "stored", j->stored);
	write_problems(j, &w);
	jw_end(&w);
	values[0] = text.data;
	db_query(
	    f->db, "SELECT calsync.apply_files_settle($1::json)", 1, values);
	str_free(&text);
}

static void
tell(struct job *j)
{
	struct str line = { 0 };
	struct jsonw w;

	jw_start(&w, &line);
	jw_object(&w, NULL);
	jw_cstr(&w, "type", "result");
	jw_cstr(&w, "op", "crm.file");
	jw_str(&w, "mailbox", json_text(j->row, "mailbox"));
	jw_str(&w, "id", json_text(j->row, "id"));
	jw_str(&w, "crm_id", json_text(j->row, "crm_id"));
	jw_cstr(&w, "outcome",
	    j->late	? "late"
	    : j->undone ? "failed"
			: "done");
	jw_int(&w, "files", j->stored);
	if (!j->late)
		write_problems(j, &w);
	jw_end(&w);
	stream_put(j->files->out, str_slice(&line));
	str_free(&line);
}

static void
end(struct job *j)
{
	struct files *f = j->files;

	/* What the deadline left stays due as it is. */
	if (!j->late)
		settle(j);
	tell(j);
	f->late += j->late;
	for (int i = 0; i < PROBLEM_COUNT; i++)
		f->failed += j->problem[i];
	if (j->graph != NULL)
		graph_mailbox_close(j->graph);
	arena_free(&j->arena);
	f->active--;
	free(j);
}

/* The journal's next events; false: there are none. */
static bool
load(struct files *f)
{
	struct slice now = f->now;
	const char *values[] = { accounts_text(&f->accounts),
		arena_copy(&f->arena, now.data, now.len) };
	struct job **tail = &f->job;

	db_query(f->db,
	    "SELECT calsync.apply_files_due($1::bigint[], $2::timestamptz)", 2,
	    values);
	while (db_next_row(f->db)) {
		struct job *j = xcalloc(1, sizeof *j);
		struct slice row = db_column(f->db, 0);

		j->files = f;
		j->arena.max = PAGE_ARENA_MAX;
		row.data = arena_copy(&j->arena, row.data, row.len);
		j->row = json_parse(&j->arena, row, JSON_LAST_WINS, NULL);
		*tail = j;
		tail = &j->next;
	}
	return f->job != NULL;
}

static void
work(struct files *f)
{
	struct job **link, *j;

	while (f->job != NULL) {
		for (j = f->job; j != NULL && f->active < JOBS_MAX; j = j->next)
			if (!j->begun)
				begin(j);
		for (link = &f->job; (j = *link) != NULL;) {
			if (!j->finished) {
				link = &j->next;
				continue;
			}
			*link = j->next;
			end(j);
		}
		stream_flush(f->out);
		if (f->active > 0)
			graph_turn(deliver_graph(f->deliver),
			    http_now() + SECOND_US, -1);
	}
}

void
files_all(struct files *f, struct db *db, struct stream_out *out)
{
	f->db = db;
	f->out = out;
	if (f->accounts.count == 0)
		return;
	while (f->late == 0 && load(f))
		work(f);
}

int
files_status(const struct files *f)
{
	return f->failed > 0 ? EXIT_REFUSED
	       : f->late > 0 ? EXIT_TEMPFAIL
			     : EXIT_OK;
}
