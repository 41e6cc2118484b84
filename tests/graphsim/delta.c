#include "delta.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "arena.h"
#include "buf.h"
#include "delta_round.h"
#include "ids.h"
#include "page.h"
#include "render.h"
#include "text.h"

enum {
	KEPT_MAX = 64, /* more tokens than any mode keeps */
	FILLER = 300,  /* makes tokens longer than 400 characters */
};

/* What a token stands for. */
struct state {
	uint32_t generation;
	bool between; /* a nextLink; else a deltaLink */
	size_t offset;
	struct round *round;
	char *select;
};

/* The tokens of one calendar and one app. */
struct sync {
	struct sync *next;
	const struct app *app;
	uint32_t highest;
	struct state kept[KEPT_MAX];
};

static struct sync *
find_sync(struct calendar *cal, const struct app *app)
{
	struct sync *s;

	for (s = cal->syncs; s != NULL; s = s->next)
		if (s->app == app)
			return s;
	s = arena_alloc(sizeof(*s));
	s->app = app;
	s->highest = 100 + (uint32_t)random_below(900);
	s->next = cal->syncs;
	cal->syncs = s;
	return s;
}

static struct state *
slot(struct sync *s, uint32_t generation)
{
	return &s->kept[generation % KEPT_MAX];
}

/* A new generation; what falls out of the window is forgotten. */
static struct state *
new_state(struct sync *s, struct round *round, const char *select)
{
	struct state *st = slot(s, ++s->highest);

	round_release(st->round);
	arena_free(st->select);
	memset(st, 0, sizeof(*st));
	st->generation = s->highest;
	st->round = round;
	st->select = arena_strdup(select);
	round->users++;
	return st;
}

static uint64_t
seal(const struct calendar *cal, uint32_t generation, uint64_t nonce)
{
	struct buf b = { 0 };
	uint64_t h;

	buf_printf(&b, "%llu/%s/%zu/%u/%llu", (unsigned long long)sim()->seed,
	    cal->user->guid, cal->num, generation, (unsigned long long)nonce);
	h = text_hash(b.data, b.len);
	buf_free(&b);
	return h;
}

static char *
make_token(const struct calendar *cal, uint32_t generation)
{
	unsigned char bytes[FILLER];
	uint64_t nonce = random_next(), h = seal(cal, generation, nonce);

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)random_next();
	memcpy(bytes + 20, &generation, sizeof(generation));
	memcpy(bytes + 24, &nonce, sizeof(nonce));
	memcpy(bytes + 32, &h, sizeof(h));
	return text_base64(bytes, sizeof(bytes), true);
}

static bool
read_token(const struct calendar *cal, const char *text, uint32_t *generation)
{
	size_t len;
	unsigned char *p = text_unbase64(text, &len);
	uint64_t nonce, h;
	bool ok = p != NULL && len == FILLER;

	if (ok) {
		memcpy(generation, p + 20, sizeof(*generation));
		memcpy(&nonce, p + 24, sizeof(nonce));
		memcpy(&h, p + 32, sizeof(h));
		ok = h == seal(cal, *generation, nonce);
	}
	free(p);
	return ok;
}

struct reply *
delta_gone(const struct request *r, uint32_t generation, uint32_t highest)
{
	struct reply *reply;
	char message[200], *where;

	snprintf(message, sizeof(message),
	    "The sync state generation is not found; generation=%u;"
	    "[highest=%u][%u][%u][%u].",
	    generation, highest, highest, highest - 2, highest - 1);
	switch (mode(MODE_DELTA_GONE)) {
	case 1:
		return reply_error(400, "syncStateNotFound", "%s", message);
	case 2:
		reply = reply_error(410, "resyncRequired", "Resync required.");
		break;
	case 3:
		return reply_error(
		    400, "ErrorInvalidIdMalformed", "Id is malformed.");
	case 4:
		reply = reply_error(410, "Gone",
		    "The delta token is no longer valid: fullSyncRequired.");
		break;
	case 5:
		reply = reply_new(410, NULL);
		break;
	default:
		reply = reply_error(410, "SyncStateNotFound", "%s", message);
	}
	if (mode(MODE_DELTA_LOCATION) == 1) {
		where = xasprintf("%s%s", r->root, r->path);
		reply_header(reply, "Location", where);
		free(where);
	}
	return reply;
}

/* Query options that delta does not take. */
static struct reply *
check_options(const struct request *r)
{
	static const char *const refused[] = { "$filter", "$orderby",
		"$search" };

	if (request_query(r, "$expand") != NULL)
		return reply_error(500, "InternalServerError",
		    "Value cannot be null.\r\nParameter name: type");
	for (size_t i = 0; i < 3; i++)
		if (request_query(r, refused[i]) != NULL)
			return reply_error(400, "ErrorInvalidUrlQuery",
			    "The following parameters are not supported with "
			    "change tracking over the 'CalendarView' resource: "
			    "'%s'.",
			    refused[i]);
	if (request_query(r, "$select") != NULL && mode(MODE_DELTA_SELECT) == 2)
		return reply_error(400, "ErrorInvalidUrlQuery",
		    "The following parameters are not supported with change "
		    "tracking over the 'CalendarView' resource: '$select'.");
	return NULL;
}

static json_t *
removed(const char *id)
{
	return json_pack("{s:s, s:s, s:{s:s}}", "@odata.type",
	    "#microsoft.graph.event", "id", id, "@removed", "reason",
	    mode_text(MODE_DELTA_REASON));
}

/* What an entry says now, which may be less than when the round began. */
static json_t *
render_entry(const struct entry *x, const struct prefer *p)
{
	bool instance =
	    x->kind == ENTRY_INSTANCE || x->kind == ENTRY_REMOVED_INSTANCE;
	bool gone = x->kind == ENTRY_REMOVED ||
		    x->kind == ENTRY_REMOVED_INSTANCE || x->event->deleted;
	struct item it;
	json_t *json;
	char *id;

	item_of_event(x->event, &it);
	if (instance && !item_of_day(x->event, x->day, &it)) {
		gone = true;
		it.type = ITEM_OCCURRENCE;
		it.day = x->day;
	}
	if (!gone)
		return render_delta(&it, p);
	id = ids_item(&it, p->immutable);
	json = removed(id);
	free(id);
	return json;
}

/* The id of something in a mailbox that never was. */
static void
add_noise(json_t *value, const struct calendar *cal, const struct prefer *p)
{
	struct event ghost = { .user = cal->user };
	union {
		const struct calendar *in;
		struct calendar *out;
	} c = { cal };
	char *id;

	if (!random_percent(mode(MODE_DELTA_NOISE)))
		return;
	ghost.calendar = c.out;
	ghost.num = ghost.imm = cal->user->nitems + 5000 + random_below(5000);
	id = ids_event(&ghost, p->immutable);
	json_array_append_new(value, removed(id));
	free(id);
}

/* Where the page that begins at an offset ends. */
static size_t
page_end(const struct round *round, size_t offset, size_t size)
{
	size_t end = round->n - offset > size ? offset + size : round->n;

	if (end > offset && end < round->n &&
	    random_percent(mode(MODE_DELTA_EMPTY)))
		return offset;
	while (mode(MODE_DELTA_SPLIT) == 0 && end > offset && end < round->n &&
	       round->entries[end].event == round->entries[end - 1].event &&
	       round->entries[end].event->series != NULL)
		end++;
	return end;
}

static json_t *
link_to(const struct scope *s, const char *kind, uint32_t generation)
{
	char *token = make_token(scope_calendar(s), generation);
	char *text =
	    xasprintf("%s%s?$%s=%s", s->r->root, s->r->path, kind, token);
	json_t *json = json_string(text);

	free(token);
	free(text);
	return json;
}

/* A round that never ends: a fault asked for it. */
static bool
is_stuck(const struct request *r)
{
	return request_get_header(r, "x-sim-stuck") != NULL;
}

static struct reply *
write_page(const struct scope *s, const struct prefer *p, struct state *st)
{
	struct round *round = st->round;
	struct sync *sync = find_sync(scope_calendar(s), s->r->app);
	size_t size = page_size(s->r, p, MODE_DELTA_PAGE);
	size_t end = page_end(round, st->offset, size);
	bool last = end == round->n && !is_stuck(s->r);
	json_t *body = json_object(), *value = json_array();
	struct state *next;
	struct reply *reply;

	for (size_t i = st->offset; i < end; i++)
		json_array_append_new(
		    value, render_entry(&round->entries[i], p));
	add_noise(value, scope_calendar(s), p);
	next = new_state(sync, round, st->select);
	next->between = !last;
	next->offset = is_stuck(s->r) ? st->offset : end;
	json_object_set_new(
	    body, "@odata.context", reply_context(s->r, "Collection(event)"));
	json_object_set_new(body, last ? "@odata.deltaLink" : "@odata.nextLink",
	    link_to(s, last ? "deltatoken" : "skiptoken", next->generation));
	json_object_set_new(body, "value", value);
	reply = reply_new(200, body);
	reply_header(reply, "Preference-Applied", "odata.track-changes");
	prefer_confirm(p, reply);
	return reply;
}

static struct reply *
first_page(const struct scope *s, struct prefer *p)
{
	struct state st = { 0 };
	int64_t from, to;
	struct reply *reply = check_options(s->r);

	if (reply == NULL)
		reply = scope_window(s->r, &from, &to);
	if (reply != NULL)
		return reply;
	if (p->select != NULL && mode(MODE_DELTA_SELECT) == 1)
		st.select = arena_strdup(p->select);
	p->select = st.select;
	p->expand = NULL;
	st.round = round_new(scope_calendar(s), from, to, 0);
	st.round->users++;
	reply = write_page(s, p, &st);
	round_release(st.round);
	arena_free(st.select);
	return reply;
}

/* The changes since the round that a deltaLink closed. */
static void
begin_round(const struct scope *s, struct state *st)
{
	struct round *old = st->round;
	uint64_t base = old->top;

	if (mode(MODE_DELTA_REPLAY) == 1 && old->base > 0)
		base = old->base;
	st->round = round_new(
	    scope_calendar(s), old->from, old->to, base > 0 ? base : 1);
	st->offset = 0;
}

static struct reply *
token_page(const struct scope *s, struct prefer *p, const char *token)
{
	struct sync *sync = find_sync(scope_calendar(s), s->r->app);
	int64_t keep = mode(MODE_DELTA_GENERATIONS);
	struct state st;
	uint32_t generation;
	struct reply *reply;

	if (!read_token(scope_calendar(s), token, &generation))
		return reply_error(
		    400, "SyncStateInvalid", "Badly formed content.");
	if (keep >= KEPT_MAX)
		keep = KEPT_MAX - 1;
	st = *slot(sync, generation);
	if (st.generation != generation ||
	    (int64_t)generation <= (int64_t)sync->highest - keep)
		return delta_gone(s->r, generation, sync->highest);
	st.select = arena_strdup(st.select);
	p->select = st.select;
	p->expand = NULL;
	if (!st.between)
		begin_round(s, &st);
	st.round->users++;
	reply = write_page(s, p, &st);
	round_release(st.round);
	arena_free(st.select);
	return reply;
}

struct reply *
delta_reply(struct scope *s)
{
	const char *token = request_query(s->r, "$skiptoken");
	struct prefer p;
	struct reply *reply = prefer_read(s->r, &p);

	if (token == NULL)
		token = request_query(s->r, "$deltatoken");
	if (reply != NULL)
		return reply;
	if (token == NULL)
		return first_page(s, &p);
	return token_page(s, &p, token);
}

void
delta_reset(struct user *u)
{
	for (size_t i = 0; i < u->ncalendars; i++)
		for (struct sync *s = u->calendars[i]->syncs; s != NULL;
		     s = s->next)
			s->highest += 2 * KEPT_MAX;
}
