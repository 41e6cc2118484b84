/*
 * exchange_event: what Graph sent, parsed and in the terms of docs/stream.md.
 */
#include "bounds.h"
#include "deliver.h"
#include "exchange_parts.h"

const struct json *
exchange_event(struct intent *in, const struct json *item, struct arena *a,
    bool *whole, const char **why)
{
	struct str text = { .max = 4 * LINE_MAX_BYTES };
	struct fault fault = { NULL, NULL };
	struct slice kept;
	struct jsonw w;
	enum canon_kind kind;

	jw_start(&w, &text);
	jw_object(&w, NULL);
	kind = canon_item(
	    deliver_canon(in->deliver, in->zone), item, a, &w, &fault);
	jw_end(&w);
	*whole = kind == CANON_WHOLE;
	*why = fault.code;
	kept.data = arena_copy(a, text.data, text.len);
	kept.len = text.len;
	str_free(&text);
	if (kind == CANON_FAULT)
		return NULL;
	return json_get(json_parse(a, kept, JSON_LAST_WINS, NULL), "event");
}

const struct json *
exchange_parse(struct arena *a, struct slice body)
{
	struct slice copy = { arena_copy(a, body.data, body.len), body.len };
	const struct json *v = json_parse(a, copy, JSON_LAST_WINS, NULL);

	return v != NULL && v->type == JSON_OBJECT ? v : NULL;
}
