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
	return i->kind == ITEM_EVENT || json_get(i->record, "again") != NULL ||
	       !json_is_null(json_get(i->context, "link")) ||
	       !json_is_null(json_get(i->context, "seen"));
}

/* Copy JSON without the blanks between its tokens. */
static void
squeeze(struct str *out, struct slice raw)
{
	bool in_string = false;
	size_t from = 0;

	for (size_t i = 0; i < raw.len; i++) {
		if (raw.data[i] == '"') {
			in_string = !in_string;
		} else if (in_string) {
			i += raw.data[i] == '\\';
		} else if (ascii_is_space(raw.data[i])) {
			str_add(out, raw.data + from, i - from);
			from = i + 1;
		}
	}
	str_add(out, raw.data + from, raw.len - from);
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
		squeeze(line, v->raw);
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
	const struct json *date =
	    json_path(i->event, "series", "original_date", NULL);
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

void
candidate_write(
    struct str *line, const struct item *i, struct slice owner_policy)
{
	const struct json *again = json_get(i->record, "again");

	str_reset(line);
	str_adds(line, "{\"type\":\"candidate\",\"id\":");
	json_quote(line, i->id);
	if (again != NULL) {
		str_adds(line, ",\"again\":");
		str_add_slice(line, again->raw);
	}
	if (i->kind == ITEM_EVENT) {
		put_event(line, i);
	} else {
		str_adds(line, ",\"removed\":{\"proof\":");
		str_add_slice(line, json_get(i->record, "proof")->raw);
		str_addc(line, '}');
	}
	put_member(line, i, "link", "null");
	put_member(line, i, "base", "null");
	put_member(line, i, "crm", "null");
	put_member(line, i, "crm_digest", "null");
	put_member(line, i, "who", "[]");
	put_member(line, i, "rooms", "[]");
	put_member(line, i, "seen", "null");
	if (owner_policy.data != NULL) {
		str_adds(line, ",\"owner_policy\":");
		str_add_slice(line, owner_policy);
	}
	str_addc(line, '}');
}
