/*
 * outward_when: start, end, isAllDay and recurrence.
 *
 * Times are written as wall clock in the event's own zone under its Windows
 * name, which every Exchange knows; in UTC a series would move by an hour at
 * each clock change.  Several zones of IANA share one Windows name, so the wall
 * clock is that of the zone which the name means.
 */
#include "canon_recur.h"
#include "instant.h"
#include "outward.h"
#include "rule.h"
#include "tz.h"

/* The times as they are to be. */
struct times {
	bool all_day;
	int64_t start, end; /* wall clock */
	const struct tz *zone;
	struct slice name; /* of it */
};

static bool
sets_time(const struct outward *o)
{
	return outward_sets(o, "start") || outward_sets(o, "end") ||
	       outward_sets(o, "zone") || outward_sets(o, "all_day");
}

static const char *
graph_name(const struct tz *z)
{
	const char *windows = tz_windows_name(z);

	return windows != NULL ? windows : tz_name(z);
}

static const struct tz *
graph_zone(const struct tz *z)
{
	const struct tz *meant = tz_find(slice_of(graph_name(z)));

	return meant != NULL ? meant : z;
}

bool
outward_same_zone(struct slice a, struct slice b)
{
	const struct tz *x = tz_find(a), *y = tz_find(b);

	return slice_eq(a, b) ||
	       (x != NULL && y != NULL && graph_zone(x) == graph_zone(y));
}

static void
find_zone(const struct outward *o, struct times *t)
{
	const struct tz *z = tz_find(json_str(outward_value(o, "zone")));
	if (z == NULL)
		z = tz_find(o->zone);
	t->zone = z != NULL ? graph_zone(z) : NULL;
	t->name = slice_of(z != NULL ? graph_name(z) : "UTC");
}

static bool
read_time(const struct outward *o, const char *member, const struct times *t,
    int64_t *local)
{
	struct slice text = json_str(outward_value(o, member));
	int64_t us;
	int32_t date;

	if (t->all_day) {
		if (!date_parse(text, &date))
			return false;
		*local = date * DAY_US;
		return true;
	}
	if (!instant_parse(text, &us))
		return false;
	*local = t->zone != NULL ? tz_local(t->zone, us) : us;
	return true;
}

static bool
find_times(const struct outward *o, struct times *t)
{
	const struct json *v = outward_value(o, "all_day");

	*t = (struct times){ .all_day = json_is_true(v) };
	find_zone(o, t);
	return read_time(o, "start", t, &t->start) &&
	       read_time(o, "end", t, &t->end);
}

static void
put_time(struct jsonw *w, const char *key, int64_t local, struct slice zone)
{
	char text[INSTANT_TEXT_MAX];
	size_t n = local_print(local, text);

	jw_object(w, key);
	jw_str(w, "dateTime", (struct slice){ text, n });
	jw_str(w, "timeZone", zone);
	jw_end(w);
}

static void
put_times(const struct outward *o, const struct times *t, struct jsonw *w)
{
	if (t->all_day != json_true(o->now, "all_day"))
		jw_bool(w, "isAllDay", t->all_day);
	put_time(w, "start", t->start, t->name);
	put_time(w, "end", t->end, t->name);
}

static const char *
put_rule(const struct outward *o, const struct times *t, struct slice rrule,
    struct jsonw *w)
{
	struct rule_start start = { t->start, t->zone, t->all_day };
	struct recurrence r;

	(void)o;
	if (rule_read(rrule, &start, &r) != NULL)
		return "bad_recurrence";
	rule_write(&r, &start, t->name, w);
	return NULL;
}

static void
put_date(struct jsonw *w, const char *key, int64_t local)
{
	char text[INSTANT_TEXT_MAX];
	size_t n = date_print(date_of(local), text);

	jw_str(w, key, (struct slice){ text, n });
}

/* Does the range of the series hold for these times too? */
static bool
keeps_range(const struct outward *o, const struct times *t)
{
	const struct json *range =
	    json_get(json_get(o->event, "recurrence"), "range");
	int32_t date;

	return range != NULL &&
	       date_parse(json_text(range, "startDate"), &date) &&
	       date == date_of(t->start) &&
	       outward_same_zone(
		   json_text(range, "recurrenceTimeZone"), t->name);
}

/* A series whose pattern is not sent keeps the very name that its zone has:
 * another one of the same zone would be a new zone, which Graph refuses. */
static bool
keep_zone(const struct outward *o, struct times *t)
{
	struct slice now = json_text(o->event, "originalStartTimeZone");

	if (!outward_same_zone(now, t->name) || tz_find(now) == NULL)
		return true;
	t->zone = tz_find(now);
	t->name = now;
	return read_time(o, "start", t, &t->start) &&
	       read_time(o, "end", t, &t->end);
}

/* A series that begins on another day or in another zone says so in its
 * range too, or Graph refuses it; everything else of it stays as it is. */
static const char *
move_range(const struct outward *o, const struct times *t, struct jsonw *w)
{
	static const char *const moved[] = { "startDate", "recurrenceTimeZone",
		NULL };
	const struct json *v = json_get(o->event, "recurrence"),
			  *pattern = json_get(v, "pattern"),
			  *range = json_get(v, "range");
	struct str text = { 0 };
	struct jsonw inner;
	int32_t end;

	if (pattern == NULL || range == NULL || range->type != JSON_OBJECT)
		return NULL;
	if (json_is(json_get(range, "type"), "endDate") &&
	    date_parse(json_text(range, "endDate"), &end) &&
	    end < date_of(t->start))
		return "bad_recurrence";
	jw_extend_without(&inner, &text, range, moved);
	put_date(&inner, "startDate", t->start);
	jw_str(&inner, "recurrenceTimeZone", t->name);
	jw_end(&inner);
	jw_object(w, "recurrence");
	jw_raw(w, "pattern", pattern->raw);
	jw_raw(w, "range", str_slice(&text));
	jw_end(w);
	str_free(&text);
	return NULL;
}

const char *
outward_when(const struct outward *o, struct jsonw *w)
{
	const struct json *rule =
	    json_get(json_get(o->op, "set"), "recurrence");
	bool has_rule = rule != NULL && rule->type == JSON_STRING;
	struct times t;
	bool kept;

	if (rule != NULL && !has_rule && o->event != NULL)
		jw_null(w, "recurrence");
	if (!sets_time(o) && !has_rule)
		return NULL;
	if (!find_times(o, &t))
		return "bad_op";
	kept = rule == NULL && keeps_range(o, &t);
	if (kept && !keep_zone(o, &t))
		return "bad_op";
	if (sets_time(o))
		put_times(o, &t, w);
	if (has_rule)
		return put_rule(o, &t, rule->text, w);
	if (rule == NULL && o->event != NULL && !kept)
		return move_range(o, &t, w);
	return NULL;
}
