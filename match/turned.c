/*
 * turned: a series block begins with its master, whose start is that of the first
 * date, also where that one was cancelled or lies outside of the window.
 */
#include "turned.h"
#include "instant.h"
#include "tz.h"

void
block_close(struct block *b)
{
	arena_reset(&b->arena);
	b->open = false;
	b->record = NULL;
	b->first = NO_SLICE;
}

void
block_open(struct block *b, struct slice line)
{
	block_close(b);
	b->open = true;
	line.data = arena_copy(&b->arena, line.data, line.len);
	b->record = json_parse(&b->arena, line, JSON_IS_UTF8, NULL);
}

/* The date of the start where the event takes place; NO_SLICE: not known. */
static struct slice
local_date(struct arena *a, const struct item *i)
{
	struct slice start = json_str(i->part[PART_START]);
	const struct tz *z;
	char text[INSTANT_TEXT_MAX];
	int64_t us;
	size_t len;

	if (json_is_true(i->part[PART_ALL_DAY]))
		return start;
	z = tz_find(json_text(i->event, "zone"));
	if (z == NULL || !instant_parse(start, &us))
		return NO_SLICE;
	len = date_print(date_of(tz_local(z, us)), text);
	return (struct slice){ arena_copy(a, text, len), len };
}

static bool
is_cancelled(const struct block *b)
{
	const struct json *dates = json_get(b->record, "cancelled"), *i;

	for (i = dates != NULL ? dates->child : NULL; i != NULL; i = i->next)
		if (slice_eq(json_str(i), b->first))
			return true;
	return false;
}

void
turned_note(
    struct block *b, struct arena *a, const struct section *s, struct item *i)
{
	const struct json *series = i->part[PART_SERIES];
	const struct json *kind = json_get(series, "kind");

	if (i->kind != ITEM_EVENT || !s->dates)
		return;
	if (json_is(kind, "single")) {
		i->first = local_date(a, i);
	} else if (b->open && json_is(kind, "master")) {
		b->first = local_date(&b->arena, i);
		if (b->first.len > 0)
			b->first.data =
			    arena_copy(&b->arena, b->first.data, b->first.len);
		i->first_cancelled = b->first.len > 0 && is_cancelled(b);
	} else if (b->open && b->first.len > 0 &&
		   slice_eq(json_str(i->part[PART_ORIGINAL_DATE]), b->first)) {
		i->first = json_str(i->part[PART_ORIGINAL_DATE]);
	}
}
