#include "ids.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "text.h"

enum {
	TWINS = 26,		/* from A to a in base64 */
	DAYS_TO_EPOCH = 719162, /* from 0001-01-01, where ticks begin */
};

/* The provider of every mailbox entry id, and the immutable id's. */
static const unsigned char provider[16] = { 0x94, 0x6e, 0x79, 0x3e, 0x8b, 0x04,
	0x19, 0x45, 0xb5, 0xcc, 0x82, 0x47, 0xca, 0xb6, 0x66, 0x21 };
static const unsigned char immutable_head[] = { 0x00, 0x09, 0x00, 0x2e, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x1d, 0x84, 0x03, 0x11, 0xaa, 0x66, 0x11, 0xcd,
	0x9b, 0xc8, 0x00, 0xaa, 0x00, 0x2f, 0xc4, 0x5a, 0x0d, 0x00 };

static void
put_number(struct buf *b, uint64_t v, int bytes)
{
	for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
		buf_putc(b, (char)(v >> shift & 0xff));
}

/* Neighbours n and n+1 become ids that differ by TWINS. */
static uint64_t
spread(size_t num)
{
	size_t rest = num % (2 * (size_t)TWINS);

	return (uint64_t)(num / (2 * (size_t)TWINS)) * 64 +
	       rest % 2 * (size_t)TWINS + rest / 2 + ((uint64_t)0x1c51 << 16);
}

static bool
unspread(uint64_t v, size_t *num)
{
	uint64_t low;

	if (v < (uint64_t)0x1c51 << 16)
		return false;
	v -= (uint64_t)0x1c51 << 16;
	low = v % 64;
	if (low >= 2 * (uint64_t)TWINS)
		return false;
	*num = (size_t)(v / 64 * 2 * (uint64_t)TWINS +
			(low >= TWINS ? (low - TWINS) * 2 + 1 : low * 2));
	return true;
}

static uint64_t
ticks(int64_t day)
{
	return (uint64_t)(day + DAYS_TO_EPOCH) * UINT64_C(864000000000);
}

/* The 70 bytes of an item's entry id. */
static void
put_entry(struct buf *b, const struct user *u, size_t folder, size_t num)
{
	put_number(b, 0, 4);
	buf_add(b, provider, sizeof(provider));
	put_number(b, 0x0700, 2);
	buf_add(b, u->store, sizeof(u->store));
	put_number(b, 0x010d + folder, 6);
	put_number(b, 0, 2);
	buf_add(b, u->store, sizeof(u->store));
	put_number(b, spread(num), 6);
	put_number(b, 0, 2);
}

static char *
make_default(const struct event *e, bool instance, int64_t day)
{
	struct buf b = { 0 };
	char *id;

	put_number(&b, 0x00032400, 4);
	buf_puts(&b, e->user->guid);
	if (instance) {
		put_number(&b, 0x01510008, 4);
		put_number(&b, ticks(day), 8);
	} else {
		buf_putc(&b, '\0');
	}
	put_number(&b, 0x4600, 2);
	put_entry(&b, e->user, e->calendar->num, e->num);
	if (instance)
		buf_putc(&b, 0x10);
	id = text_base64(b.data, b.len, true);
	buf_free(&b);
	return id;
}

static char *
make_immutable(const struct event *e, bool instance, int64_t day)
{
	struct buf b = { 0 };
	char *id;

	buf_add(&b, immutable_head, sizeof(immutable_head));
	buf_add(&b, e->user->store, sizeof(e->user->store));
	put_number(&b, spread(e->imm), 6);
	put_number(&b, 0, 2);
	if (instance) {
		put_number(&b, ticks(day), 8);
		buf_putc(&b, 0x10);
	}
	id = text_base64(b.data, b.len, true);
	buf_free(&b);
	return id;
}

char *
ids_item(const struct item *it, bool immutable)
{
	bool instance =
	    it->type == ITEM_OCCURRENCE || it->type == ITEM_EXCEPTION;

	if (immutable)
		return make_immutable(it->event, instance, it->day);
	return make_default(it->event, instance, it->day);
}

char *
ids_event(const struct event *e, bool immutable)
{
	return immutable ? make_immutable(e, false, 0)
			 : make_default(e, false, 0);
}

static uint64_t
get_number(const unsigned char *p, int bytes)
{
	uint64_t v = 0;

	for (int i = 0; i < bytes; i++)
		v = v << 8 | p[i];
	return v;
}

/* What the bytes of an id say. */
struct parsed {
	size_t num;
	int64_t day;
	bool instance, immutable;
};

static bool
parse_day(const unsigned char *p, struct parsed *out)
{
	uint64_t t = get_number(p, 8);

	out->instance = true;
	out->day = (int64_t)(t / UINT64_C(864000000000)) - DAYS_TO_EPOCH;
	return true;
}

static bool
parse(const unsigned char *p, size_t len, struct parsed *out)
{
	size_t head = sizeof(immutable_head) + 16;

	memset(out, 0, sizeof(*out));
	if (len >= head + 8 && memcmp(p, immutable_head, 4) == 0) {
		out->immutable = true;
		if (len == head + 17)
			parse_day(p + head + 8, out);
		return unspread(get_number(p + head, 6), &out->num);
	}
	if (len == 113)
		return unspread(get_number(p + 105, 6), &out->num);
	if (len != 125)
		return false;
	parse_day(p + 44, out);
	return unspread(get_number(p + 116, 6), &out->num);
}

bool
ids_well_formed(const char *id)
{
	size_t len;
	unsigned char *p = text_unbase64(id, &len);
	struct parsed out;
	bool ok = p != NULL && parse(p, len, &out);

	free(p);
	return ok;
}

/* Every id is made again and compared, so that its case matters. */
static bool
same(const struct item *it, const char *id, bool immutable)
{
	char *made = ids_item(it, immutable);
	bool equal = strcmp(made, id) == 0;

	free(made);
	return equal;
}

bool
ids_find(struct user *u, const char *id, struct item *it)
{
	size_t len;
	unsigned char *p = text_unbase64(id, &len);
	struct parsed out;
	bool ok = p != NULL && parse(p, len, &out) && out.num < u->nitems;
	struct event *e;

	free(p);
	if (!ok)
		return false;
	e = u->items[out.num];
	while (out.immutable && e->moved_to != NULL)
		e = e->moved_to;
	item_of_event(e, it);
	if (out.instance && !item_of_day(e, out.day, it))
		return false;
	return same(it, id, out.immutable);
}

char *
ids_calendar(const struct calendar *c)
{
	struct buf b = { 0 };
	char *id;

	put_number(&b, 0x00032400, 4);
	buf_puts(&b, c->user->guid);
	put_number(&b, 0x002e00, 3);
	put_number(&b, 0, 4);
	buf_add(&b, provider, sizeof(provider));
	put_number(&b, 0x0100, 2);
	buf_add(&b, c->user->store, sizeof(c->user->store));
	put_number(&b, 0x010d + c->num, 6);
	put_number(&b, 0, 2);
	id = text_base64(b.data, b.len, true);
	buf_free(&b);
	return id;
}

struct calendar *
ids_find_calendar(struct user *u, const char *id)
{
	for (size_t i = 0; i < u->ncalendars; i++) {
		char *made = ids_calendar(u->calendars[i]);
		bool equal = strcmp(made, id) == 0;

		free(made);
		if (equal && !u->calendars[i]->deleted)
			return u->calendars[i];
	}
	return NULL;
}

char *
ids_change_key(const struct user *u, uint32_t n)
{
	struct buf b = { 0 };
	char *key;

	buf_add(&b, u->store, sizeof(u->store));
	put_number(&b, n, 6);
	key = text_base64(b.data, b.len, false);
	buf_free(&b);
	return key;
}

void
ids_uid(uint64_t meeting, int64_t utc, char out[113])
{
	uint64_t filetime = (uint64_t)(utc + INT64_C(11644473600)) * 10000000;
	char *o = out;

	o += snprintf(o, 113, "040000008200E00074C5B7101A82E00800000000");
	for (int i = 0; i < 8; i++)
		o += snprintf(
		    o, 3, "%02X", (unsigned)(filetime >> 8 * i & 0xff));
	o += snprintf(o, 25, "%s", "000000000000000010000000");
	snprintf(o, 33, "%016llX%016llX", (unsigned long long)random_next(),
	    (unsigned long long)meeting);
}

void
ids_uid_of_day(const char *uid, int64_t day, char out[113])
{
	struct when_civil c;
	char date[9];

	strcpy(out, uid);
	when_civil_of_day(day, &c);
	snprintf(date, sizeof(date), "%04X%02X%02X", (unsigned)c.year & 0xffff,
	    (unsigned)c.month & 0xff, (unsigned)c.day & 0xff);
	memcpy(out + 32, date, 8);
}
