/*
 * mirrors: a table by digest.  Of a signature it has the event that is in, or
 * will be: its name is the text digest of uid and original date, which is also
 * what a mirror waits for (calsync.note_ended).  Of an id that stands for a linked
 * event it has the signature that it has now, or none if it is gone.
 *
 * The table has two halves.  When the newer one is full, the older is forgotten;
 * by then the database knows what it knew.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bounds.h"
#include "mirrors.h"
#include "xalloc.h"

#define SLOTS ((size_t)8192) /* a power of two; half of them are used */

struct pair {
	struct digest key, value;
	uint32_t stamp; /* another one than the half's: left from before */
};

struct half {
	struct pair *pairs;
	size_t used;
	uint32_t stamp;
};

/* A linked event that is equal, as match says. */
struct linked {
	struct digest name, id;
	struct slice crm_id;
};

/* One that would be made, unless another one is it. */
struct waiting {
	struct waiting *next;
	struct digest signature, name;
	struct slice uid;
	int64_t created;
	size_t held, lines; /* the number of its first line, and how many */
	struct slice record;
	struct linked *linked;
	size_t linked_count;
	bool refused;
	struct digest wait; /* for the end of this one */
	struct slice crm_id;
};

struct mirrors {
	struct half half[2]; /* the newer one first */
	uint32_t stamp;
	struct arena arena; /* of the page */
	struct waiting *first, **last, *newest, *at;
	size_t count;
};

static struct digest
digest_of(struct str *s)
{
	struct digest d = text_digest_number(str_slice(s));

	str_free(s);
	return d;
}

static void
add_line(struct str *s, struct slice text)
{
	str_addc(s, '\n');
	str_add_slice(s, text);
}

static bool
is_same(const struct digest *a, const struct digest *b)
{
	return a->high == b->high && a->low == b->low;
}

static int
compare(const struct digest *a, const struct digest *b)
{
	if (a->high != b->high)
		return a->high < b->high ? -1 : 1;
	return (a->low > b->low) - (a->low < b->low);
}

struct mirrors *
mirrors_open(void)
{
	struct mirrors *m = xcalloc(1, sizeof *m);

	m->arena.max = PAGE_ARENA_MAX;
	mirrors_section(m);
	return m;
}

void
mirrors_close(struct mirrors *m)
{
	free(m->half[0].pairs);
	free(m->half[1].pairs);
	arena_free(&m->arena);
	free(m);
}

void
mirrors_page(struct mirrors *m)
{
	arena_reset(&m->arena);
	m->first = NULL;
	m->last = &m->first;
	m->newest = m->at = NULL;
	m->count = 0;
}

static void
empty(struct mirrors *m, struct half *h)
{
	if (h->pairs == NULL)
		h->pairs = xcalloc(SLOTS, sizeof *h->pairs);
	h->stamp = ++m->stamp;
	h->used = 0;
}

void
mirrors_section(struct mirrors *m)
{
	empty(m, &m->half[0]);
	empty(m, &m->half[1]);
	mirrors_page(m);
}

static bool
is_used(const struct half *h, const struct pair *p)
{
	return p->stamp == h->stamp;
}

/* Where it is, or would be. */
static struct pair *
find(const struct half *h, const struct digest *key)
{
	size_t i = key->low & (SLOTS - 1);

	while (is_used(h, &h->pairs[i]) && !is_same(&h->pairs[i].key, key))
		i = (i + 1) & (SLOTS - 1);
	return &h->pairs[i];
}

static const struct digest *
look_up(const struct mirrors *m, const struct digest *key)
{
	for (size_t i = 0; i < 2; i++) {
		const struct pair *p = find(&m->half[i], key);

		if (is_used(&m->half[i], p))
			return &p->value;
	}
	return NULL;
}

static void
note(struct mirrors *m, const struct digest *key, const struct digest *value)
{
	struct half *h = &m->half[0];
	struct pair *p;

	if (h->used * 2 >= SLOTS) {
		const struct half older = m->half[1];

		m->half[1] = *h;
		*h = older;
		empty(m, h);
	}
	p = find(h, key);
	h->used += !is_used(h, p);
	*p = (struct pair){ *key, *value, h->stamp };
}

/* Of several that are in with one signature the least counts, in whatever order
 * they came. */
static void
note_signature(struct mirrors *m, const struct digest *signature,
    const struct digest *name)
{
	const struct digest *known = look_up(m, signature);

	if (known == NULL || compare(name, known) < 0)
		note(m, signature, name);
}

/* --- what an event is known by ---------------------------------------- */

static int
by_text(const void *left, const void *right)
{
	return slice_cmp(
	    *(const struct slice *)left, *(const struct slice *)right);
}

static void
add_guests(struct str *s, const struct candidate *c, const struct json *list)
{
	struct slice *guests =
	    arena_array(c->arena, list->count, sizeof *guests);
	size_t count = 0;

	for (const struct json *i = list->child; i != NULL; i = i->next)
		if (json_text(i, "address").len > 0)
			guests[count++] = json_text(i, "address");
	if (count > 1)
		qsort(guests, count, sizeof *guests, by_text);
	for (size_t i = 0; i < count; i++)
		if (i == 0 || !slice_eq(guests[i], guests[i - 1]))
			add_line(s, guests[i]);
}

/* False: it has no guests, and may be there as often as it likes. */
static bool
read_signature(const struct candidate *c, struct digest *signature)
{
	const struct json *guests = json_get(c->event, "attendees");
	struct str s = { 0 };
	size_t before;

	if (guests == NULL || guests->count == 0)
		return false;
	str_adds(&s, json_true(c->event, "all_day") ? "d" : "t");
	add_line(&s, json_text(c->event, "start"));
	add_line(&s, json_text(c->event, "end"));
	add_line(&s, json_text(c->event, "subject"));
	before = s.len;
	add_guests(&s, c, guests);
	before = s.len - before;
	*signature = digest_of(&s);
	return before > 0;
}

static struct digest
name_of(struct slice uid, struct slice original_date)
{
	struct str s = { 0 };

	str_add_slice(&s, uid);
	add_line(&s, original_date);
	return digest_of(&s);
}

/* Beside signatures, so with something in front. */
static struct digest
name_of_id(struct slice id)
{
	struct str s = { 0 };

	str_adds(&s, "id");
	add_line(&s, id);
	return digest_of(&s);
}

/* --- a candidate ------------------------------------------------------ */

/* Whatever becomes of a deletion: what takes its place comes in. */
static bool
stays(const struct candidate *c, const struct decision *d)
{
	bool ends = d->op == OP_DELETE || d->op == OP_DROP ||
		    (d->op == OP_END && (d->state == NULL ||
					    strcmp(d->state, "inactive") != 0));

	return c->event != NULL && !c->cancelled && !ends &&
	       (c->state != LINK_ENDED || d->revives);
}

static void
take_linked(struct mirrors *m, const struct candidate *c,
    const struct decision *d, const struct digest *signature)
{
	static const struct digest none;
	const struct digest id = name_of_id(c->id);
	const struct digest name = name_of(c->uid, c->original_date);

	if (signature == NULL || !stays(c, d)) {
		note(m, &id, &none);
		return;
	}
	note(m, &id, signature);
	note_signature(m, signature, &name);
}

static struct slice
keep(struct mirrors *m, struct slice text)
{
	return (struct slice){ arena_copy(&m->arena, text.data, text.len),
		text.len };
}

static void
take_alike(struct mirrors *m, struct waiting *w, const struct json *alike)
{
	const struct json *i = alike != NULL ? alike->child : NULL;

	if (i != NULL)
		w->linked =
		    arena_array(&m->arena, alike->count, sizeof *w->linked);
	for (; i != NULL; i = i->next)
		w->linked[w->linked_count++] =
		    (struct linked){ .name = name_of(json_text(i, "uid"),
					 json_text(i, "original_date")),
			    .id = name_of_id(json_text(i, "id")),
			    .crm_id = keep(m, json_text(i, "crm_id")) };
}

static void
take_waiting(struct mirrors *m, const struct candidate *c,
    const struct digest *signature, struct slice line, size_t held)
{
	struct waiting *w = arena_array(&m->arena, 1, sizeof *w);

	w->signature = *signature;
	w->name = name_of(c->uid, c->original_date);
	w->uid = keep(m, c->uid);
	if (!event_instant(c, json_text(c->event, "created"), &w->created))
		w->created = INT64_MAX;
	w->held = held;
	w->record = keep(m, line);
	take_alike(m, w, c->alike);
	*m->last = m->newest = w;
	m->last = &w->next;
	m->count++;
}

/* It is in, whatever it is equal to. */
static bool
comes_in(const struct candidate *c, const struct decision *d)
{
	return d->op == OP_ADOPT || (d->op == OP_CREATE && c->picks != NULL);
}

void
mirrors_note(
    struct mirrors *m, const struct candidate *c, const struct decision *d)
{
	struct digest signature, name;
	bool guests;

	if (c->from_crm || (c->link == NULL && !comes_in(c, d)))
		return;
	guests = c->event != NULL && read_signature(c, &signature);
	if (c->link != NULL) {
		take_linked(m, c, d, guests ? &signature : NULL);
	} else if (guests) {
		name = name_of(c->uid, c->original_date);
		note_signature(m, &signature, &name);
	}
}

bool
mirrors_wait(struct mirrors *m, const struct candidate *c,
    const struct decision *d, struct slice line, size_t held)
{
	struct digest signature;

	if (d->op != OP_CREATE || c->link != NULL || c->picks != NULL ||
	    !read_signature(c, &signature))
		return false;
	take_waiting(m, c, &signature, line, held);
	return true;
}

void
mirrors_waits(struct mirrors *m, size_t held)
{
	m->newest->lines = held - m->newest->held;
}

/* --- the end of a page ------------------------------------------------ */

static int
by_signature(const void *left, const void *right)
{
	const struct waiting *a = *(struct waiting *const *)left;
	const struct waiting *b = *(struct waiting *const *)right;
	int order = compare(&a->signature, &b->signature);

	if (order != 0)
		return order;
	if (a->created != b->created)
		return a->created < b->created ? -1 : 1;
	/* By uid, so that of two series all dates are those of one. */
	order = slice_cmp(a->uid, b->uid);
	return order != 0 ? order : compare(&a->name, &b->name);
}

/* Has it this signature still? */
static bool
is_alike_now(
    const struct mirrors *m, const struct waiting *w, const struct linked *l)
{
	const struct digest *now = look_up(m, &l->id);

	return now == NULL || is_same(now, &w->signature);
}

static void
refuse(struct waiting *w, const struct digest *other, struct slice crm_id)
{
	w->refused = true;
	w->wait = *other;
	w->crm_id = crm_id;
}

static void
settle(struct mirrors *m, struct waiting *w)
{
	const struct digest *in;

	for (size_t i = 0; i < w->linked_count; i++)
		if (is_alike_now(m, w, &w->linked[i])) {
			refuse(w, &w->linked[i].name, w->linked[i].crm_id);
			return;
		}
	in = look_up(m, &w->signature);
	if (in == NULL)
		note(m, &w->signature, &w->name);
	else if (!is_same(in, &w->name))
		refuse(w, in, NO_SLICE);
}

bool
mirrors_full(const struct mirrors *m, size_t held)
{
	return m->count >= PAGE_RECORDS_MAX || held / 4 >= PAGE_RECORDS_MAX ||
	       m->arena.used >= PAGE_BYTES_MAX;
}

void
mirrors_settle(struct mirrors *m)
{
	struct waiting **list = xcalloc(m->count + 1, sizeof(struct waiting *));
	size_t n = 0;

	for (struct waiting *w = m->first; w != NULL; w = w->next)
		list[n++] = w;
	if (n > 1)
		qsort(list, n, sizeof(struct waiting *), by_signature);
	for (size_t i = 0; i < n; i++)
		settle(m, list[i]);
	free(list);
}

enum mirrored
mirrors_ask(struct mirrors *m, size_t n, struct refused *r)
{
	const struct waiting *w;

	if (m->at == NULL)
		m->at = m->first;
	while (m->at != NULL && m->at->held + m->at->lines <= n &&
	       m->at->next != NULL)
		m->at = m->at->next;
	w = m->at;
	if (w == NULL || !w->refused || n < w->held || n >= w->held + w->lines)
		return MIRROR_NONE;
	if (n > w->held)
		return MIRROR_DROPPED;
	r->record = w->record;
	r->mirror_crm = w->crm_id;
	snprintf(r->mirror, sizeof r->mirror, "%016" PRIx64 "%016" PRIx64,
	    w->wait.high, w->wait.low);
	return MIRROR_REFUSED;
}
