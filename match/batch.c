/*
 * batch: lines are copied once, because the reader's buffer moves on, and are
 * never printed again: what match adds is put behind the bytes that came.
 */
#include "batch.h"

static const struct slice names[PART_COUNT] = {
	[PART_DIGEST] = SLICE_INIT("digest"),
	[PART_UID] = SLICE_INIT("uid"),
	[PART_SUBJECT] = SLICE_INIT("subject"),
	[PART_START] = SLICE_INIT("start"),
	[PART_END] = SLICE_INIT("end"),
	[PART_ALL_DAY] = SLICE_INIT("all_day"),
	[PART_ROOMS] = SLICE_INIT("rooms"),
	[PART_ORGANIZER] = SLICE_INIT("organizer"),
	[PART_ATTENDEES] = SLICE_INIT("attendees"),
	[PART_SERIES] = SLICE_INIT("series"),
	[PART_MARKER] = SLICE_INIT("marker"),
	[PART_TRANSACTION] = SLICE_INIT("transaction"),
	[PART_ORIGINAL_DATE] = SLICE_INIT("original_date"),
	[PART_MASTER] = SLICE_INIT("master"),
	[PART_PLANNED] = SLICE_INIT("planned"),
	[PART_AGAIN] = SLICE_INIT("again"),
	[PART_MARK] = SLICE_INIT("raw"),
	[PART_BY_ID] = SLICE_INIT("by_id"),
	[PART_EXCEPTIONS] = SLICE_INIT("exceptions"),
};

/* The parts from `from` up to `to` are members of the object. */
static void
find_parts(
    struct item *i, const struct json *object, enum part from, enum part to)
{
	for (enum part n = from; n < to; n++)
		if (i->part[n] == NULL)
			i->part[n] = json_member(object, names[n]);
}

static enum item_kind
crm_kind(struct item *i, enum rec_type type)
{
	const struct json *changes = json_get(i->record, "changes");
	const struct json *origin = json_get(i->record, "origin");

	i->crm_id = json_text(i->record, "crm_id");
	if (i->crm_id.data == NULL || changes == NULL ||
	    changes->type != JSON_ARRAY)
		return ITEM_BAD;
	i->id = json_text(i->record, "id");
	if (i->id.data != NULL)
		return type == REC_EVENT ? ITEM_BAD : ITEM_CHANGED;
	i->changes = changes->raw;
	i->origin = origin != NULL ? origin->raw : NO_SLICE;
	return ITEM_CRM;
}

static enum item_kind
kind_of(struct item *i, enum rec_type type)
{
	if (type == REC_CRM_EVENT ||
	    json_is(json_get(i->record, "side"), "crm"))
		return crm_kind(i, type);
	if (type == REC_EVENT) {
		i->event = json_get(i->record, "event");
		i->id = json_text(i->event, "id");
		find_parts(i, i->event, PART_DIGEST, PART_ORIGINAL_DATE);
		find_parts(
		    i, i->part[PART_SERIES], PART_ORIGINAL_DATE, PART_AGAIN);
		if (json_str(i->part[PART_DIGEST]).data == NULL)
			return ITEM_BAD;
		return i->id.data != NULL ? ITEM_EVENT : ITEM_BAD;
	}
	i->id = json_text(i->record, "id");
	if (json_text(i->record, "proof").data == NULL)
		return ITEM_BAD;
	return i->id.data != NULL ? ITEM_REMOVED : ITEM_BAD;
}

bool
batch_add(struct batch *b, struct stream_in *in, const struct record *r)
{
	struct item *i = &b->item[b->count];
	struct record copy = *r;

	*i = (struct item){ .kind = ITEM_PASS };
	copy.line.data = arena_copy(&b->arena, r->line.data, r->line.len);
	i->line = copy.line;
	if (r->type == REC_EVENT || r->type == REC_GRAPH_REMOVED ||
	    r->type == REC_CRM_EVENT) {
		i->record = stream_parse(in, &copy, &b->arena);
		if (i->record == NULL)
			return false;
		find_parts(i, i->record, PART_AGAIN, PART_COUNT);
		i->kind = kind_of(i, r->type);
		b->questions +=
		    i->kind == ITEM_EVENT || i->kind == ITEM_REMOVED;
		b->crm += i->kind == ITEM_CRM;
	}
	b->count++;
	b->bytes += r->line.len;
	return true;
}

bool
item_is_question(const struct item *i)
{
	return !i->known && (i->kind == ITEM_EVENT || i->kind == ITEM_REMOVED);
}

bool
batch_full(const struct batch *b)
{
	return b->count == PAGE_RECORDS_MAX || b->bytes >= PAGE_BYTES_MAX;
}

void
batch_reset(struct batch *b)
{
	arena_reset(&b->arena);
	b->count = b->bytes = b->questions = b->crm = 0;
}
