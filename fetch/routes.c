/*
 * routes: see the header.
 */
#include "routes.h"

#include "bounds.h"
#include "log.h"

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

/* Only where something waits: with nothing to do nothing is asked. */
static void
ask_shifts(struct routes *r, struct db *db)
{
	struct slice text;

	if (r->bundles.count == 0)
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
	const char *values[] = { r->now, routes_copies(r) };

	db_stream(db,
	    "select account, calendar, crm_id, id, changes, origin "
	    "from calsync.fetch_routes($1::timestamptz, $2::boolean)",
	    2, values);
	while (db_next_row(db))
		route_line(bundles_row(&r->bundles, db), db, 2);
	bundles_end(&r->bundles);
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
	if (!r->asked)
		ask(r, db);
	r->asked = true;
	return bundles_find(&r->bundles, account, calendar, buf);
}

void
routes_free(struct routes *r)
{
	bundles_free(&r->bundles);
	arena_free(&r->arena);
	*r = (struct routes){ 0 };
}
