/*
 * swings: match tells of each field which write to Graph named it last (wrote).
 */
#include "swings.h"
#include "instant.h"

#define SWINGS_MAX   3
#define FORGOTTEN_US (7 * DAY_US)

struct swing {
	int64_t n, intent;
	struct slice at;
};

static const char *
name_of(enum unit unit)
{
	size_t i = 0;

	while (fields[i].unit != unit)
		i++;
	return fields[i].name;
}

static int64_t
number(const struct json *object, const char *name)
{
	int64_t n;

	return json_int(json_get(object, name), 0, INT64_MAX / 4, &n) ? n : 0;
}

static struct swing
read_swing(const struct candidate *c, enum unit unit)
{
	const struct json *v =
	    json_get(json_get(c->base, "swings"), name_of(unit));
	struct swing s = { number(v, "n"), number(v, "intent"),
		json_text(v, "at") };
	int64_t at;

	if (!instant_parse(s.at, &at) || c->run->now - at > FORGOTTEN_US)
		return (struct swing){ 0 };
	return s;
}

/* The last write to Graph that named one of its fields. */
static int64_t
last_write(const struct candidate *c, enum unit unit)
{
	int64_t last = 0;

	for (size_t i = 0; i < FIELD_COUNT; i++) {
		int64_t n = fields[i].unit == unit
				? number(c->wrote, fields[i].name)
				: 0;

		last = n > last ? n : last;
	}
	return last;
}

struct slice
swings_after(const struct candidate *c, const bool moved[UNIT_COUNT])
{
	char now[INSTANT_TEXT_MAX];
	struct str text = { 0 };
	struct jsonw w;

	if (c->wrote == NULL && json_get(c->base, "swings") == NULL)
		return NO_SLICE;
	instant_print(c->run->now, now);
	jw_start(&w, &text);
	jw_object(&w, NULL);
	for (int i = 0; i < UNIT_COUNT; i++) {
		struct swing s = read_swing(c, (enum unit)i);
		int64_t last = last_write(c, (enum unit)i);

		if (moved[i] && last > s.intent)
			s = (struct swing){ s.n + 1, last, slice_of(now) };
		if (s.n == 0)
			continue;
		jw_object(&w, name_of((enum unit)i));
		jw_int(&w, "n", s.n);
		jw_int(&w, "intent", s.intent);
		jw_str(&w, "at", s.at);
		jw_end(&w);
	}
	jw_end(&w);
	return candidate_keep(c, &text);
}

bool
swings_freeze(const struct candidate *c, enum unit unit)
{
	const struct json *all =
	    c->swings.data != NULL
		? json_parse(c->arena, c->swings, JSON_IS_UTF8, NULL)
		: NULL;

	return number(json_get(all, name_of(unit)), "n") >= SWINGS_MAX;
}

void
swings_write_base(struct jsonw *w, const struct candidate *c)
{
	const struct json *kept = json_get(c->base, "swings");

	if (c->swings.data == NULL && kept != NULL)
		jw_raw(w, "swings", kept->raw);
	else if (c->swings.len > 2)
		jw_raw(w, "swings", c->swings);
}
