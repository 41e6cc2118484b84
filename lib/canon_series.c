/*
 * canon_series: keep the master, fill the members.
 *
 * The master is parsed a second time, from a copy of its line that lives as
 * long as the block.  A master with a fault still fills its members: they are
 * wrong only if they use the faulty member, and then say so themselves.
 */
#include "canon_series.h"

void
series_close(struct series *s)
{
	arena_reset(&s->arena);
	s->id = NO_SLICE;
	s->has_master = s->all_day = s->has_recurrence = false;
	s->sentence = NO_SLICE;
	s->zone = NULL;
	s->body_made = s->body_refused = false;
}

void
series_open(struct series *s, struct slice id)
{
	series_close(s);
	s->id.data = arena_copy(&s->arena, id.data, id.len);
	s->id.len = id.len;
}

void
series_free(struct series *s)
{
	arena_free(&s->arena);
	str_free(&s->body);
}

static void
read_recurrence(struct series *s)
{
	struct fields f = s->master;
	const struct json *v = NULL;
	struct str text = { .max = RECUR_TEXT_MAX };

	if (!fields_object(&f, F_RECURRENCE, &v) || v == NULL ||
	    !recur_read(&f, v, &s->recurrence))
		return;
	s->has_recurrence = true;
	recur_text(&s->recurrence, &text);
	s->sentence.data = arena_copy(&s->arena, text.data, text.len);
	s->sentence.len = text.len;
	str_free(&text);
}

/* Slots are counted in the recurrence's zone, which need not be the event's. */
static void
read_zone(struct series *s, const struct tz *mailbox_zone)
{
	struct fields f = s->master;
	struct event_zone zone = { .tz = NULL };
	struct slice name = s->has_recurrence ? s->recurrence.zone : NO_SLICE;

	s->zone = tz_find(name);
	if (s->zone == NULL && when_read_zone(&f, name, mailbox_zone, &zone))
		s->zone = zone.tz;
	fields_bool(&f, F_ALL_DAY, &s->all_day);
}

bool
series_take_master(
    struct series *s, struct slice line, const struct tz *mailbox_zone)
{
	struct slice copy = { arena_copy(&s->arena, line.data, line.len),
		line.len };
	const struct json *data = json_get(
	    json_parse(&s->arena, copy, JSON_LAST_WINS | JSON_IS_UTF8, NULL),
	    "data");

	if (data == NULL || data->type != JSON_OBJECT)
		return false;
	s->master = (struct fields){ .arena = &s->arena };
	fields_find(&s->master, data);
	s->has_master = true;
	read_recurrence(s);
	read_zone(s, mailbox_zone);
	return true;
}

static bool
is_own(enum field field)
{
	return field == F_ID || field == F_ETAG || field == F_CHANGE_KEY ||
	       field == F_START || field == F_END || field == F_TYPE ||
	       field == F_MASTER_ID || field == F_ORIGINAL_START ||
	       field == F_RECURRENCE || field == F_EXTENSIONS;
}

void
series_fill(const struct series *s, struct fields *member)
{
	int i;

	for (i = 0; i < F_COUNT; i++)
		if (member->at[i] == NULL && !is_own((enum field)i))
			member->at[i] = s->master.at[i];
	/* Graph may give each occurrence a uid of its own (F077). */
	member->at[F_UID] = s->master.at[F_UID];
}
