/*
 * routes: see the header.  The rows of an account come together, so one piece
 * of the spool holds them: at most 1000 lines, which the database sees to.
 */
#include "routes.h"

#include <stdlib.h>

#include "bounds.h"
#include "log.h"
#include "xalloc.h"

void
routes_open(struct routes *r, const struct json *run)
{
	struct slice now = json_text(run, "now");
	struct str why = { 0 };
	struct policy p;

	r->arena.max = RUN_ARENA_MAX;
	r->now = arena_copy(&r->arena, now.data, now.len);
	policy_init(&p);
	if (!policy_read(&p, &r->arena, json_get(run, "policy"), &why))
		die(EXIT_DATA, NULL, "the run's policy: %s", why.data);
	str_free(&why);
	policy_digest(&p, r->policy_digest);
	r->copies = policy_is(&p, POL_OWNER_UNSYNCED_OUT, "copies");
}

const char *
routes_copies(const struct routes *r)
{
	return r->copies ? "true" : "false";
}

void
route_line(struct str *line, struct db *db, int at)
{
	struct slice id = db_column(db, at + 1);
	struct slice origin = db_column(db, at + 3);

	str_adds(line, "{\"type\":\"crm.event\",\"crm_id\":");
	json_quote(line, db_column(db, at));
	if (id.data != NULL) {
		str_adds(line, ",\"id\":");
		json_quote(line, id);
	}
	str_adds(line, ",\"changes\":[");
	str_add_slice(line, db_column(db, at + 2));
	str_addc(line, ']');
	if (origin.data != NULL) {
		str_adds(line, ",\"origin\":");
		json_quote(line, origin);
	}
	str_addc(line, '\n');
}

static int64_t
row_account(struct db *db)
{
	int64_t account = NO_ACCOUNT;

	slice_int64(db_column(db, 0), 1, INT64_MAX, &account);
	return account;
}

/* The group that the row belongs to is still the last one. */
static bool
same_group(const struct routes *r, struct db *db)
{
	const struct route *last;

	if (r->count == 0)
		return false;
	last = &r->route[r->count - 1];
	return last->account == row_account(db) &&
	       slice_eq(last->calendar, db_column(db, 1));
}

static void
end_group(struct routes *r, struct str *lines)
{
	struct route *last;

	if (r->count == 0)
		return;
	last = &r->route[r->count - 1];
	last->at = spool_add(&r->spool, str_slice(lines));
	last->len = lines->len;
	str_reset(lines);
}

static void
begin_group(struct routes *r, struct db *db)
{
	struct slice calendar = db_column(db, 1);

	if (r->count == r->cap) {
		r->cap = r->cap == 0 ? 64 : r->cap * 2;
		r->route = xreallocarray(r->route, r->cap, sizeof *r->route);
	}
	calendar.data = arena_copy(&r->arena, calendar.data, calendar.len);
	r->route[r->count++] =
	    (struct route){ .account = row_account(db), .calendar = calendar };
}

/* Only where something waits: with nothing to do nothing is asked. */
static void
ask_shifts(struct routes *r, struct db *db)
{
	struct slice text;

	if (r->count == 0)
		return;
	db_query(db,
	    "select string_agg(s.shift::text, ',' order by s.shift) "
	    "from calsync.equal_shifts() s(shift)",
	    0, NULL);
	if (!db_next_row(db))
		return;
	text = db_column(db, 0);
	text.data = arena_copy(&r->arena, text.data, text.len);
	r->shifts = text;
	while (db_next_row(db))
		;
}

static void
ask(struct routes *r, struct db *db)
{
	struct str lines = { .max = PAGE_ARENA_MAX };
	const char *values[] = { r->now, routes_copies(r) };

	db_stream(db,
	    "select account, calendar, crm_id, id, changes, origin "
	    "from calsync.fetch_routes($1::timestamptz, $2::boolean)",
	    2, values);
	while (db_next_row(db)) {
		if (!same_group(r, db)) {
			end_group(r, &lines);
			begin_group(r, db);
		}
		route_line(&lines, db, 2);
	}
	end_group(r, &lines);
	str_free(&lines);
	ask_shifts(r, db);
}

void
routes_add_shifts(const struct routes *r, struct str *s)
{
	if (r->shifts.len == 0)
		return;
	str_adds(s, ",\"shifts\":[");
	str_add_slice(s, r->shifts);
	str_addc(s, ']');
}

struct slice
routes_find(struct routes *r, struct db *db, int64_t account,
    struct slice calendar, struct str *buf)
{
	const struct route *p;

	if (!r->asked)
		ask(r, db);
	r->asked = true;
	for (p = r->route; p < r->route + r->count; p++)
		if (p->account == account && slice_eq(p->calendar, calendar))
			return spool_read(&r->spool, p->at, p->len, buf);
	return SLICE("");
}

void
routes_free(struct routes *r)
{
	spool_reset(&r->spool);
	arena_free(&r->arena);
	free(r->route);
	*r = (struct routes){ 0 };
}
