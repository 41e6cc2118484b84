/*
 * fields: one table says which field belongs to which group and unit; one
 * function puts Graph's values in CRM terms.  Most are the same there: the
 * mapped object has them from the line, and only what is another in the CRM is
 * written and read again.  So comparing and writing use the same raw bytes,
 * wherever they came from.
 *
 * Maps run one way only.  Many of Graph's values fall into one CRM value;
 * that two values are of one class is seen by mapping both (U3).
 */
#include <string.h>

#include "fields.h"
#include "instant.h"
#include "utf8.h"

/* Characters, as the mapping page says (2.10). */
#define RECURRENCE_TEXT_MAX 255
#define NO_SUBJECT	    "(no subject)"
#define CHANGED_MARK	    " (changed)"
/* The line that parts the From/To header from the description. */
#define HEADER_LINE  "\n----------\n"
#define HEADER_START "From: "
/* How the adapter ends a text that it had to cut. */
#define CUT_MARK "..."

const struct field fields[FIELD_COUNT] = {
	[FIELD_SUBJECT] = { "subject", UNIT_SUBJECT, "subject" },
	[FIELD_BODY] = { "body", UNIT_BODY, "description" },
	[FIELD_START] = { "start", UNIT_TIME, "time" },
	[FIELD_END] = { "end", UNIT_TIME, "time" },
	[FIELD_ZONE] = { "zone", UNIT_TIME, "time" },
	[FIELD_ALL_DAY] = { "all_day", UNIT_TIME, "allday" },
	[FIELD_LOCATION] = { "location", UNIT_LOCATION, "location" },
	[FIELD_SHOW_AS] = { "show_as", UNIT_SHOW_AS, "showas" },
	[FIELD_SENSITIVITY] = { "sensitivity", UNIT_SENSITIVITY, "private" },
	[FIELD_REMINDER] = { "reminder", UNIT_REMINDER, "reminder" },
	[FIELD_ONLINE] = { "online", UNIT_ONLINE, "online" },
	[FIELD_RECURRENCE] = { "recurrence", UNIT_RECURRENCE, "recurrence" },
	[FIELD_RECURRENCE_TEXT] = { "recurrence_text", UNIT_RECURRENCE,
	    "recurrence" },
	[FIELD_SERIES] = { "series", UNIT_RECURRENCE, "recurrence" },
};

/* Bits of run->held behind those of the fields. */
enum { HELD_ATTENDEES = FIELD_COUNT, HELD_ROOMS, HELD_COUNT };

static const char *
held_name(size_t bit)
{
	if (bit < FIELD_COUNT)
		return fields[bit].name;
	return bit == HELD_ATTENDEES ? "attendees" : "rooms";
}

uint32_t
fields_held(const struct json *holds)
{
	uint32_t held = 0;
	const struct json *i;

	if (holds == NULL)
		return UINT32_MAX;
	for (size_t bit = 0; bit < HELD_COUNT; bit++)
		for (i = holds->child; i != NULL; i = i->next)
			if (json_is(i, held_name(bit)))
				held |= UINT32_C(1) << bit;
	return held;
}

static bool
adapter_holds(const struct candidate *c, size_t bit)
{
	return (c->run->held >> bit & 1) != 0;
}

bool
field_exchanged(const struct candidate *c, const struct field *f)
{
	/* Outlook has no reminders for groups. */
	if (c->section->group && f->unit == UNIT_REMINDER)
		return false;
	return adapter_holds(c, (size_t)(f - fields)) &&
	       policy_selects(c->policy, POL_FIELDS, slice_of(f->group));
}

bool
is_own_copy(const struct candidate *c)
{
	if (c->link == NULL)
		return c->from_crm && c->owner_account != c->section->account;
	return json_text(c->link, "slot").len > 0 &&
	       json_is(json_get(c->link, "born"), "crm");
}

bool
crm_is_cut(const struct candidate *c, const char *what)
{
	const struct json *i = json_get(c->crm, "cut");

	for (i = i != NULL ? i->child : NULL; i != NULL; i = i->next)
		if (json_is(i, what))
			return true;
	return false;
}

bool
attendees_exchanged(const struct candidate *c)
{
	return policy_selects(c->policy, POL_FIELDS, SLICE("attendees")) &&
	       adapter_holds(c, HELD_ATTENDEES) && !is_own_copy(c) &&
	       !crm_is_cut(c, "people");
}

bool
online_exchanged(const struct candidate *c)
{
	return field_exchanged(c, &fields[FIELD_ONLINE]);
}

bool
rooms_exchanged(const struct candidate *c)
{
	return policy_selects(c->policy, POL_FIELDS, SLICE("location")) &&
	       !policy_is(c->policy, POL_LOCATIONS_MODE, "text") &&
	       adapter_holds(c, HELD_ROOMS) && !is_own_copy(c) &&
	       !crm_is_cut(c, "people");
}

static const char *
show_as_class(const struct json *v)
{
	if (json_is(v, "busy"))
		return "busy";
	if (json_is(v, "oof") || json_is(v, "workingElsewhere"))
		return "oof";
	return "free";
}

/* The object in CRM terms, while it is put together. */
struct map {
	const struct candidate *c;
	struct json *object;
	struct json **tail;
};

static void
add(struct map *m, const char *name, const struct json *value)
{
	struct json *v = arena_alloc(m->c->arena, sizeof *v);

	*v = *value;
	v->key = slice_of(name);
	v->next = NULL;
	m->object->names |= json_name_bit(v->key);
	*m->tail = v;
	m->tail = &v->next;
	m->object->count++;
}

static void
add_null(struct map *m, const char *name)
{
	add(m, name, &(struct json){ .type = JSON_NULL, .raw = SLICE("null") });
}

/* What was written is read again, so that raw bytes and text are one. */
static void
add_written(struct map *m, const char *name, struct str *s)
{
	struct slice raw = candidate_keep(m->c, s);

	add(m, name, json_parse(m->c->arena, raw, JSON_IS_UTF8, NULL));
}

static void
add_text(struct map *m, const char *name, struct slice text)
{
	struct str s = { 0 };

	json_quote(&s, text);
	add_written(m, name, &s);
}

static void
map_subject(struct map *m, const struct json *v)
{
	if (json_str(v).len == 0)
		add_text(m, "subject", SLICE(NO_SUBJECT));
	else
		add(m, "subject", v);
}

/* A CRM without an all-day flag gets the owner's midnights (mapping 2.3). */
static void
map_time(struct map *m, const char *name, const struct json *v)
{
	char text[INSTANT_TEXT_MAX];
	int64_t us;
	int32_t day;

	if (date_parse(json_str(v), &day) &&
	    !policy_selects(m->c->policy, POL_FIELDS, SLICE("allday")) &&
	    event_instant(m->c, json_str(v), &us)) {
		instant_print(us, text);
		add_text(m, name, slice_of(text));
		return;
	}
	add(m, name, v);
}

static void
map_online(struct map *m, const struct json *v)
{
	struct slice url = json_text(v, "url");
	struct str s = { 0 };
	struct jsonw w;

	if (!json_is(json_get(v, "provider"), "teamsForBusiness")) {
		add_null(m, "online");
		return;
	}
	if (url.len > JOIN_URL_MAX && utf8_count(url) > JOIN_URL_MAX)
		url = NO_SLICE;
	jw_start(&w, &s);
	jw_object(&w, NULL);
	jw_cstr(&w, "provider", "teamsForBusiness");
	jw_str(&w, "url", url);
	jw_end(&w);
	add_written(m, "online", &s);
}

static void
map_recurrence_text(struct map *m, const struct json *graph)
{
	struct slice text = json_text(graph, "recurrence_text");
	bool changed =
	    json_is(json_get(json_get(graph, "series"), "kind"), "exception");
	struct str s = { 0 };

	if (text.len == 0) {
		add_null(m, "recurrence_text");
		return;
	}
	str_add_slice(&s, text);
	if (changed && !slice_ends(text, CHANGED_MARK))
		str_adds(&s, CHANGED_MARK);
	add_text(m, "recurrence_text",
	    utf8_head(str_slice(&s), RECURRENCE_TEXT_MAX));
	str_free(&s);
}

/*
 * The rule belongs to the row that stands for the series; a member says which
 * series, and which slot of it.  The series is named by its uid: Graph's id of
 * the master is another one in every mailbox.
 */
static void
map_series(struct map *m, const struct json *graph)
{
	const struct json *series = json_get(graph, "series");
	const struct json *rule = json_get(graph, "recurrence");
	struct str s = { 0 };
	struct jsonw w;

	if (rule != NULL)
		add(m, "recurrence", rule);
	else
		add_null(m, "recurrence");
	if (json_is(json_get(series, "kind"), "single")) {
		add_null(m, "series");
		return;
	}
	jw_start(&w, &s);
	jw_object(&w, NULL);
	jw_str(&w, "kind", json_text(series, "kind"));
	jw_str(&w, "master", m->c->uid);
	jw_str(&w, "original_date", json_text(series, "original_date"));
	jw_end(&w);
	add_written(m, "series", &s);
}

static void
map_field(struct map *m, enum field_place place, const struct json *v,
    const struct json *graph)
{
	const char *name = fields[place].name;

	switch (place) {
	case FIELD_SUBJECT:
		map_subject(m, v);
		break;
	case FIELD_START:
	case FIELD_END:
		map_time(m, name, v);
		break;
	case FIELD_SHOW_AS:
		add_text(m, name, slice_of(show_as_class(v)));
		break;
	case FIELD_SENSITIVITY:
		add_text(m, name,
		    json_is(v, "normal") ? SLICE("normal") : SLICE("private"));
		break;
	case FIELD_ONLINE:
		map_online(m, v);
		break;
	case FIELD_RECURRENCE:
		break; /* with the series */
	case FIELD_RECURRENCE_TEXT:
		map_recurrence_text(m, graph);
		break;
	case FIELD_SERIES:
		map_series(m, graph);
		break;
	case FIELD_ZONE:
		/* One that could not be resolved says nothing (U20). */
		if (v->type != JSON_NULL)
			add(m, name, v);
		break;
	case FIELD_BODY:
	case FIELD_ALL_DAY:
	case FIELD_LOCATION:
	case FIELD_REMINDER:
	case FIELD_COUNT:
	default:
		add(m, name, v);
	}
}

const struct json *
fields_map(const struct candidate *c, const struct json *graph)
{
	struct map m = { c, arena_array(c->arena, 1, sizeof *m.object), NULL };

	m.object->type = JSON_OBJECT;
	m.tail = &m.object->child;
	for (size_t i = 0; i < FIELD_COUNT; i++) {
		const struct json *v = json_get(graph, fields[i].name);

		if (v != NULL)
			map_field(&m, (enum field_place)i, v, graph);
	}
	return m.object;
}

static bool
is_empty(const struct json *v)
{
	return json_is_null(v) || v->type == JSON_FALSE ||
	       (v->type == JSON_STRING && v->text.len == 0);
}

static bool
members_equal(const struct json *a, const struct json *b)
{
	const struct json *i;

	for (i = a->child; i != NULL; i = i->next) {
		char name[32];

		if (i->key.len >= sizeof name)
			return false;
		memcpy(name, i->key.data, i->key.len);
		name[i->key.len] = '\0';
		if (!field_equal(i, json_get(b, name)))
			return false;
	}
	return true;
}

bool
field_equal(const struct json *a, const struct json *b)
{
	int64_t x, y;

	if (is_empty(a) || is_empty(b))
		return is_empty(a) && is_empty(b);
	if (a->type != b->type)
		return false;
	if (a->type == JSON_OBJECT)
		return members_equal(a, b) && members_equal(b, a);
	if (slice_eq(a->text, b->text))
		return true;
	return a->type == JSON_STRING && instant_parse(a->text, &x) &&
	       instant_parse(b->text, &y) && x == y;
}

static void
add_person_text(struct str *s, const struct person *p, const char *before)
{
	str_adds(s, before);
	if (p->name.len > 0)
		str_add_slice(s, p->name);
	if (p->address.len > 0)
		str_addf(
		    s, p->name.len ? " <%.*s>" : "%.*s", SLICE_ARG(p->address));
}

struct slice
body_with_header(const struct candidate *c, struct slice body)
{
	struct str s = { 0 };
	const char *before = "To/CC: ";

	if (!policy_yes(c->policy, POL_DESCRIPTION_HEADER) ||
	    c->people.count == 0 || people_are_withheld(c))
		return body;
	if (people_organizer(&c->people) != NULL)
		add_person_text(&s, &c->people.list[0], HEADER_START);
	else
		str_adds(&s, HEADER_START);
	str_addc(&s, '\n');
	for (size_t i = 0; i < c->people.count; i++) {
		if (c->people.list[i].is_organizer ||
		    c->people.list[i].is_member || c->people.list[i].is_added)
			continue;
		add_person_text(&s, &c->people.list[i], before);
		before = "; ";
	}
	str_adds(&s, HEADER_LINE);
	str_add_slice(&s, body);
	return candidate_keep(c, &s);
}

struct slice
body_without_header(struct slice body)
{
	const struct slice line = SLICE(HEADER_LINE);

	if (!slice_starts(body, HEADER_START))
		return body;
	for (size_t i = 0; i + line.len <= body.len; i++)
		if (memcmp(body.data + i, line.data, line.len) == 0)
			return (struct slice){ body.data + i + line.len,
				body.len - i - line.len };
	return body;
}

bool
text_is_head(struct slice crm, struct slice text)
{
	if (slice_ends(crm, CUT_MARK))
		crm.len -= sizeof CUT_MARK - 1;
	return crm.len > 0 && text.len > crm.len &&
	       memcmp(crm.data, text.data, crm.len) == 0;
}

bool
text_is_cut(struct slice crm, struct slice now)
{
	return slice_ends(crm, CUT_MARK) && text_is_head(crm, now);
}
