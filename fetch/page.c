/*
 * page: the walk over a page is the light scan of json_scan; it sees each
 * byte once.
 */
#include <stdlib.h>
#include <string.h>

#include "bounds.h"
#include "page.h"
#include "xalloc.h"

/* json_parse judges an item inside as many brackets as the records around it
 * may have later. */
#define WRAPPED (JSON_DEPTH_MAX - SCAN_DEPTH_MAX)

static struct slice
decoded(struct arena *a, struct slice raw)
{
	return json_str(json_parse(a, raw, JSON_LAST_WINS, NULL));
}

/* A text member, decoded if it has an escape. */
static struct slice
text_of(struct arena *a, struct slice raw)
{
	struct slice text = { raw.data + 1, raw.len - 2 };

	if (raw.len < 2 || raw.data[0] != '"')
		return NO_SLICE;
	return memchr(text.data, '\\', text.len) != NULL ? decoded(a, raw)
							 : text;
}

static void
take_member(struct arena *a, const struct scan_member *m, struct item *item)
{
	/* Of an event's 45 members, length alone rules out most. */
	if (m->key.len == 2 && slice_is(m->key, "id"))
		item->id = text_of(a, m->raw);
	else if (m->key.len == 4 && slice_is(m->key, "type"))
		item->type = text_of(a, m->raw);
	else if (m->key.len == 11 && slice_is(m->key, "@odata.etag"))
		item->etag = text_of(a, m->raw);
	else if (m->key.len == 14 && slice_is(m->key, "seriesMasterId"))
		item->master = text_of(a, m->raw);
	else if (m->key.len == 11 && slice_is(m->key, "isOrganizer"))
		item->guest = slice_is(m->raw, "false");
	else if (m->key.len == 8 && slice_is(m->key, "@removed"))
		item->removed = true;
}

void
page_item(struct arena *a, const struct scan_item *scanned, struct item *item)
{
	size_t i;

	*item = (struct item){ .data = scanned->raw,
		.doubted = scanned->result != SCAN_CLEAN };
	for (i = 0; !item->doubted && i < scanned->count; i++)
		take_member(a, &scanned->member[i], item);
}

static const struct json *
parse_wrapped(struct arena *a, struct slice raw)
{
	struct str text = { .max = 4 * HTTP_BODY_MAX };
	const struct json *v;
	size_t i;

	for (i = 0; i < WRAPPED; i++)
		str_addc(&text, '[');
	json_repair(raw, &text);
	for (i = 0; i < WRAPPED; i++)
		str_addc(&text, ']');
	v = json_parse(a,
	    (struct slice){ arena_copy(a, text.data, text.len), text.len },
	    JSON_LAST_WINS, NULL);
	str_free(&text);
	for (i = 0; i < WRAPPED && v != NULL; i++)
		v = v->count == 1 ? v->child : NULL;
	return v;
}

bool
page_repair(struct arena *a, struct item *item)
{
	const struct json *v = parse_wrapped(a, item->data), *guest;

	if (v == NULL || v->type != JSON_OBJECT)
		return false;
	guest = json_get(v, "isOrganizer");
	*item = (struct item){ .data = v->raw,
		.id = json_text(v, "id"),
		.etag = json_text(v, "@odata.etag"),
		.type = json_text(v, "type"),
		.master = json_text(v, "seriesMasterId"),
		.guest = guest != NULL && guest->type == JSON_FALSE,
		.removed = json_get(v, "@removed") != NULL };
	return true;
}

static void
on_item(void *ctx, const struct scan_item *scanned)
{
	struct page *p = ctx;

	if (p->count == p->cap) {
		p->cap = p->cap == 0 ? 64 : p->cap * 2;
		p->item = xreallocarray(p->item, p->cap, sizeof *p->item);
	}
	page_item(&p->arena, scanned, &p->item[p->count++]);
}

static void
on_member(void *ctx, struct slice key, struct slice raw)
{
	struct page *p = ctx;

	if (slice_is(key, "@odata.nextLink"))
		p->next = decoded(&p->arena, raw);
	else if (slice_is(key, "@odata.deltaLink"))
		p->delta = decoded(&p->arena, raw);
}

bool
page_read(struct page *p, struct slice body)
{
	struct scan_page walk = {
		.ctx = p, .array = "value", .item = on_item, .member = on_member
	};

	p->arena.max = PAGE_ARENA_MAX;
	arena_reset(&p->arena);
	p->count = 0;
	p->next = p->delta = NO_SLICE;
	return scan_page(body, &walk) && walk.has_array;
}

void
page_free(struct page *p)
{
	free(p->item);
	arena_free(&p->arena);
	*p = (struct page){ 0 };
}

bool
item_is_master(const struct item *item)
{
	return slice_is_nocase(item->type, "seriesMaster");
}
