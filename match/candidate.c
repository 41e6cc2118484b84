/*
 * candidate: raw bytes of the event, then what the database says.
 *
 * PostgreSQL prints json with blanks and json_agg even with line ends, so the
 * database's answer is squeezed while it is copied; the event's bytes are not
 * touched but for one date.
 */
#include "candidate.h"

bool
candidate_needed(const struct item *i)
{
	return i->kind == ITEM_EVENT || i->changes.data != NULL ||
	       i->part[PART_AGAIN] != NULL ||
	       !json_is_null(json_get(i->context, "link")) ||
	       !json_is_null(json_get(i->context, "seen"));
}

static void
put_member(struct str *line, const struct item *i, const char *name,
    const char *otherwise)
{
	const struct json *v = json_get(i->context, name);

	str_adds(line, ",\"");
	str_adds(line, name);
	str_adds(line, "\":");
	if (json_is_null(v))
		str_adds(line, otherwise);
	else
		json_squeeze(line, v->raw);
}

/* What is there only if it says something. */
static void
put_more(struct str *line, const struct item *i, const char *name)
{
	const struct json *v = json_get(i->context, name);

	if (!json_is_null(v))
		put_member(line, i, name, "null");
}

static void
put_raw(struct str *line, const char *name, struct slice raw)
{
	if (raw.data == NULL)
		return;
	str_adds(line, ",\"");
	str_adds(line, name);
	str_adds(line, "\":");
	str_add_slice(line, raw);
}

/* The original date that the copy with this Graph id was stored with. */
static struct slice
stored_date(const struct item *i)
{
	const struct json *copy =
	    json_get(json_get(i->context, "link"), "copies");

	for (copy = copy ? copy->child : NULL; copy != NULL; copy = copy->next)
		if (slice_eq(json_text(copy, "id"), i->id))
			return json_text(copy, "original_date");
	return NO_SLICE;
}

/*
 * A member of a series keeps the slot that it was first known by: when the
 * series has moved, Graph's bare occurrences say only where they are now.
 */
static void
put_event(struct str *line, const struct item *i)
{
	const struct json *date = i->part[PART_ORIGINAL_DATE];
	struct slice raw = i->event->raw, stored = stored_date(i);
	size_t before;

	str_adds(line, ",\"event\":");
	if (date == NULL || stored.len == 0 ||
	    slice_eq(stored, json_str(date))) {
		str_add_slice(line, raw);
		return;
	}
	before = (size_t)(date->raw.data - raw.data);
	str_add(line, raw.data, before);
	json_quote(line, stored);
	before += date->raw.len;
	str_add(line, raw.data + before, raw.len - before);
}

static void
put_both_sides(struct str *line, const struct item *i)
{
	put_member(line, i, "link", "null");
	put_member(line, i, "base", "null");
	put_member(line, i, "crm", "null");
	put_member(line, i, "crm_digest", "null");
}

static void
put_outward(struct str *line, const struct item *i)
{
	static const char *const names[] = { "guid", "in_flight", "own_post",
		"twins", "alike", "series_as", "relations", "holds",
		"series_left", "series_gone", "picks", "spent", "wrote",
		"turned" };

	for (size_t n = 0; n < sizeof names / sizeof names[0]; n++)
		put_more(line, i, names[n]);
}

static void
write_crm(struct str *line, const struct item *i)
{
	str_adds(line, "{\"type\":\"candidate\",\"side\":\"crm\","
		       "\"id\":null,\"crm_id\":");
	json_quote(line, i->crm_id);
	put_raw(line, "changes", i->changes);
	put_raw(line, "origin", i->origin);
	str_adds(line, ",\"event\":null");
	put_both_sides(line, i);
	put_member(line, i, "owner_account", "null");
	put_member(line, i, "syncing", "[]");
}

static void
write_graph(struct str *line, const struct item *i)
{
	const struct json *again = i->part[PART_AGAIN];
	const struct json *exceptions = i->part[PART_EXCEPTIONS];
	const struct json *mark = i->part[PART_MARK];

	str_adds(line, "{\"type\":\"candidate\",\"id\":");
	json_quote(line, i->id);
	if (again != NULL)
		put_raw(line, "again", again->raw);
	if (json_is_true(i->part[PART_BY_ID]))
		put_raw(line, "by_id", SLICE("true"));
	if (exceptions != NULL)
		put_raw(line, "exceptions", exceptions->raw);
	if (i->first_cancelled)
		put_raw(line, "first_cancelled", SLICE("true"));
	if (mark != NULL)
		put_raw(line, "raw", mark->raw);
	if (i->kind == ITEM_EVENT) {
		put_event(line, i);
	} else {
		str_adds(line, ",\"removed\":{\"proof\":");
		str_add_slice(line, json_get(i->record, "proof")->raw);
		str_addc(line, '}');
	}
	put_both_sides(line, i);
	put_raw(line, "who", i->who);
	put_member(line, i, "rooms", "[]");
	put_member(line, i, "seen", "null");
	put_raw(line, "changes", i->changes);
	put_raw(line, "origin", i->origin);
}

void
candidate_write(
    struct str *line, const struct item *i, struct slice owner_policy)
{
	str_reset(line);
	if (i->kind == ITEM_CRM)
		write_crm(line, i);
	else
		write_graph(line, i);
	put_outward(line, i);
	put_raw(line, "owner_policy", owner_policy);
	str_addc(line, '}');
}
