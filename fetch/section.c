/*
 * section: see the header.  What is superseded is only marked as dead: the
 * spool is never rewritten, and an id rarely comes twice.
 */
#include <stdlib.h>
#include <string.h>

#include "bounds.h"
#include "json.h"
#include "section.h"
#include "xalloc.h"

static uint32_t
add_entry(struct section *s, enum kind kind, struct slice bytes)
{
	struct entry *e;

	if (s->count == s->cap) {
		s->cap = s->cap == 0 ? 64 : s->cap * 2;
		s->entry = xreallocarray(s->entry, s->cap, sizeof *s->entry);
	}
	e = &s->entry[s->count];
	*e = (struct entry){ .at = spool_add(&s->spool, bytes),
		.len = (uint32_t)bytes.len,
		.series = NO_SERIES,
		.next = NO_RECORD,
		.kind = (uint8_t)kind };
	s->since_records++;
	s->since_bytes += bytes.len;
	return s->count++;
}

uint32_t
section_find(const struct section *s, struct slice id)
{
	uint32_t n = idmap_get(&s->ids, id);

	return n == IDMAP_NONE || s->entry[n].kind == KIND_DEAD ? NO_RECORD : n;
}

static void
add_to_series(struct section *s, uint32_t n, const struct delivery *d)
{
	struct series *series = &s->series[d->series];

	s->entry[n].series = d->series;
	if (d->is_master) {
		series->master = n;
		return;
	}
	if (series->first == NO_RECORD)
		series->first = n;
	else
		s->entry[series->last].next = n;
	series->last = n;
}

static void
kill_entry(struct section *s, uint32_t n)
{
	struct entry *e = &s->entry[n];

	if (e->series != NO_SERIES && s->series[e->series].master == n)
		s->series[e->series].master = NO_RECORD;
	e->kind = KIND_DEAD;
	s->since_records -= s->since_records > 0;
}

bool
section_add(struct section *s, const struct delivery *d)
{
	uint32_t version = (uint32_t)idmap_hash(d->etag);
	uint32_t before = section_find(s, d->id), n;
	bool is_new =
	    before == NO_RECORD || s->entry[before].version != version;
	uint16_t again = d->again;
	bool by_id = d->by_id;

	if (before != NO_RECORD) {
		if (again == 0)
			again = s->entry[before].again;
		by_id = by_id && s->entry[before].by_id;
		kill_entry(s, before);
	}
	n = add_entry(s, KIND_EVENT, d->data);
	s->entry[n].version = version;
	s->entry[n].mark = d->mark;
	s->entry[n].again = again;
	s->entry[n].by_id = by_id;
	s->entry[n].read_by_id = d->by_id;
	s->entry[n].is_exception = d->is_exception;
	if (d->series != NO_SERIES)
		add_to_series(s, n, d);
	idmap_set(&s->ids, d->id, n);
	s->deliveries++;
	return is_new;
}

bool
section_drop(struct section *s, struct slice id)
{
	uint32_t n = section_find(s, id);

	if (n == NO_RECORD)
		return false;
	kill_entry(s, n);
	return true;
}

void
section_replace(struct section *s, struct slice id, struct slice data)
{
	uint32_t n = section_find(s, id);

	if (n == NO_RECORD)
		return;
	s->entry[n].at = spool_add(&s->spool, data);
	s->entry[n].len = (uint32_t)data.len;
	s->entry[n].mark = 0; /* no round brings these bytes */
}

void
section_add_removed(
    struct section *s, struct slice id, enum kind proof, uint16_t again)
{
	uint32_t n = add_entry(s, proof, id);

	s->entry[n].again = again;
}

void
section_add_problem(struct section *s, const char *code, struct slice id,
    int status, const char *detail)
{
	struct str line = { 0 };
	struct jsonw w;

	jw_start(&w, &line);
	jw_object(&w, NULL);
	jw_cstr(&w, "type", "problem");
	jw_cstr(&w, "stage", "fetch");
	jw_cstr(&w, "code", code);
	jw_str(&w, "id", id);
	if (status != 0)
		jw_int(&w, "status", status);
	jw_cstr(&w, "detail", detail);
	jw_end(&w);
	add_entry(s, KIND_PROBLEM, str_slice(&line));
	str_free(&line);
}

void
section_mark(struct section *s, struct slice link)
{
	uint32_t n;

	if (s->since_records < PAGE_RECORDS_MAX &&
	    s->since_bytes < PAGE_BYTES_MAX)
		return;
	n = add_entry(s, KIND_MARK, link);
	s->entry[n].series = s->series_count;
	s->since_records = 0;
	s->since_bytes = 0;
}

uint32_t
section_find_series(const struct section *s, struct slice master)
{
	uint32_t n = idmap_get(&s->masters, master);

	return n == IDMAP_NONE ? NO_SERIES : n;
}

uint32_t
section_series(struct section *s, struct slice master)
{
	uint32_t n = section_find_series(s, master);

	if (n != NO_SERIES)
		return n;
	if (s->series_count == s->series_cap) {
		s->series_cap = s->series_cap == 0 ? 16 : s->series_cap * 2;
		s->series =
		    xreallocarray(s->series, s->series_cap, sizeof *s->series);
	}
	n = s->series_count++;
	s->arena.max = PAGE_ARENA_MAX;
	s->series[n] = (struct series){
		.id = { arena_copy(&s->arena, master.data, master.len),
		    master.len },
		.master = NO_RECORD,
		.first = NO_RECORD,
		.last = NO_RECORD,
	};
	idmap_set(&s->masters, master, n);
	return n;
}

void
section_reset(struct section *s)
{
	spool_reset(&s->spool);
	idmap_reset(&s->ids);
	idmap_reset(&s->masters);
	arena_reset(&s->arena);
	s->count = s->series_count = s->since_records = 0;
	s->since_bytes = s->deliveries = 0;
}

void
section_free(struct section *s)
{
	spool_reset(&s->spool);
	idmap_free(&s->ids);
	idmap_free(&s->masters);
	arena_free(&s->arena);
	free(s->entry);
	free(s->series);
	*s = (struct section){ 0 };
}
