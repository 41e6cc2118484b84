/*
 * canon: one answer of Graph by itself.
 */
#include "canon.h"

static bool
is_member(const struct fields *f)
{
	enum kind kind = event_kind(f);

	return kind == KIND_OCCURRENCE || kind == KIND_EXCEPTION;
}

enum canon_kind
canon_item(struct canon *c, const struct json *item, struct arena *arena,
    struct jsonw *w, struct fault *fault)
{
	struct fields f = { .arena = arena };
	struct series *series = NULL;
	struct event e;

	if (item == NULL || item->type != JSON_OBJECT) {
		*fault = (struct fault){ "bad_record", "it is no object" };
		return CANON_FAULT;
	}
	fields_find(&f, item);
	if (is_member(&f)) {
		series = &c->alone;
		series_open(series, json_text(item, "seriesMasterId"));
	}
	if (!event_read(&f, &c->context, series, &c->body, &e)) {
		*fault = f.fault;
		return CANON_FAULT;
	}
	event_write(&e, w);
	return series != NULL ? CANON_MEMBER : CANON_WHOLE;
}

void
canon_free(struct canon *c)
{
	series_free(&c->alone);
	text_free(&c->context.text);
	str_free(&c->body);
	html_free();
}
