#include "tz.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "buf.h"
#include "tz_rule.h"
#include "when.h"
#include "zone_names.h"

/* One parsed zone file (RFC 8536): the 64-bit part and the footer. */
struct tz {
	char *name; /* as it was asked for */
	size_t n;
	int64_t *at;
	int32_t *offset;
	int32_t first; /* before the first change */
	struct tz_rule rule;
	struct tz *next;
};

static struct tz *zones;

static int64_t
big_endian(const unsigned char *p, int bytes)
{
	uint64_t v = bytes == 4 && p[0] & 0x80 ? UINT64_MAX << 32 : 0;

	for (int i = 0; i < bytes; i++)
		v = v << 8 | p[i];
	if (bytes == 4 && p[0] & 0x80)
		v |= UINT64_MAX << 32;
	return (int64_t)v;
}

/* The counts of a header, in the file's order. */
struct counts {
	size_t isut, isstd, leap, time, type, chars;
};

static bool
read_counts(const unsigned char *p, size_t len, struct counts *c)
{
	if (len < 44 || memcmp(p, "TZif", 4) != 0)
		return false;
	c->isut = (size_t)big_endian(p + 20, 4);
	c->isstd = (size_t)big_endian(p + 24, 4);
	c->leap = (size_t)big_endian(p + 28, 4);
	c->time = (size_t)big_endian(p + 32, 4);
	c->type = (size_t)big_endian(p + 36, 4);
	c->chars = (size_t)big_endian(p + 40, 4);
	return true;
}

static size_t
block_size(const struct counts *c, size_t width)
{
	return c->time * (width + 1) + c->type * 6 + c->chars +
	       c->leap * (width + 4) + c->isstd + c->isut;
}

static void
read_changes(struct tz *z, const unsigned char *p, const struct counts *c)
{
	const unsigned char *index = p + c->time * 8;
	const unsigned char *types = index + c->time;

	z->n = c->time;
	z->at = xcalloc(z->n, sizeof(*z->at));
	z->offset = xcalloc(z->n, sizeof(*z->offset));
	for (size_t i = 0; i < z->n; i++) {
		z->at[i] = big_endian(p + 8 * i, 8);
		z->offset[i] = (int32_t)big_endian(types + 6 * index[i], 4);
	}
	z->first = (int32_t)big_endian(types, 4);
}

static bool
parse(struct tz *z, const unsigned char *p, size_t len)
{
	struct counts c;
	size_t skip;

	if (!read_counts(p, len, &c))
		return false;
	skip = 44 + block_size(&c, 4);
	if (skip > len || !read_counts(p + skip, len - skip, &c))
		return false;
	p += skip + 44;
	len -= skip + 44;
	if (block_size(&c, 8) + 2 > len || c.type == 0)
		return false;
	read_changes(z, p, &c);
	p += block_size(&c, 8);
	/* The footer stands between two newlines; the buffer ends in NUL. */
	return tz_rule_parse((const char *)p + 1, &z->rule);
}

static unsigned char *
slurp(const char *iana, size_t *len)
{
	char *path;
	struct buf b = { 0 };
	char piece[4096];
	size_t n;
	FILE *f;

	if (strstr(iana, "..") != NULL || iana[0] == '/')
		return NULL;
	path = xasprintf("/usr/share/zoneinfo/%s", iana);
	f = fopen(path, "rb");
	free(path);
	if (f == NULL)
		return NULL;
	while ((n = fread(piece, 1, sizeof(piece), f)) > 0)
		buf_add(&b, piece, n);
	fclose(f);
	*len = b.len;
	return (unsigned char *)b.data;
}

static struct tz *
load(const char *iana)
{
	size_t len = 0;
	unsigned char *bytes = slurp(iana, &len);
	struct tz *z;

	if (bytes == NULL)
		return NULL;
	z = xcalloc(1, sizeof(*z));
	if (!parse(z, bytes, len)) {
		free(z->at);
		free(z->offset);
		free(z);
		z = NULL;
	}
	free(bytes);
	return z;
}

static bool
has_word(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = list; *p != '\0';) {
		size_t n = strcspn(p, " ");

		if (n == len && strncasecmp(p, word, n) == 0)
			return true;
		p += n;
		p += *p == ' ';
	}
	return false;
}

static const struct zone_name *
lookup(const char *name)
{
	for (const struct zone_name *z = zone_names; z->windows != NULL; z++)
		if (strcasecmp(z->windows, name) == 0 ||
		    strcasecmp(z->iana, name) == 0 || has_word(z->others, name))
			return z;
	return NULL;
}

const struct tz *
tz_find(const char *name)
{
	const struct zone_name *row;
	struct tz *z;

	for (z = zones; z != NULL; z = z->next)
		if (strcasecmp(z->name, name) == 0)
			return z;
	row = lookup(name);
	if (row == NULL)
		return NULL;
	z = strcasecmp(row->windows, name) == 0 ? load(row->iana) : load(name);
	if (z == NULL)
		z = load(row->iana);
	if (z == NULL)
		return NULL;
	z->name = xstrdup(name);
	z->next = zones;
	zones = z;
	return z;
}

const struct tz *
tz_utc(void)
{
	static const struct tz utc = { .name = NULL };

	return &utc;
}

/* Most questions are about the same half year: remember the last answers. */
static struct {
	const struct tz *zone;
	int64_t from, to;
	int32_t offset;
} recent[64];

static int32_t
search(const struct tz *z, int64_t utc, size_t slot)
{
	size_t low = 0, high = z->n;

	while (high - low > 1) {
		size_t middle = (low + high) / 2;

		if (z->at[middle] <= utc)
			low = middle;
		else
			high = middle;
	}
	recent[slot].zone = z;
	recent[slot].from = z->at[low];
	recent[slot].to = z->at[low + 1];
	recent[slot].offset = z->offset[low];
	return z->offset[low];
}

int32_t
tz_offset(const struct tz *z, int64_t utc)
{
	size_t slot = ((uintptr_t)z >> 6 ^ (uint64_t)utc >> 23) % 64;

	if (recent[slot].zone == z && utc >= recent[slot].from &&
	    utc < recent[slot].to)
		return recent[slot].offset;
	if (z->n == 0 || utc >= z->at[z->n - 1])
		return z->rule.std == 0 && !z->rule.has_dst && z->n > 0
			   ? z->offset[z->n - 1]
			   : tz_rule_offset(&z->rule, utc);
	if (utc < z->at[0])
		return z->first;
	return search(z, utc, slot);
}

int64_t
tz_to_local(const struct tz *z, int64_t utc)
{
	return utc + tz_offset(z, utc);
}

int64_t
tz_to_utc(const struct tz *z, int64_t local)
{
	int64_t before = local - tz_offset(z, local - WHEN_DAY);
	int64_t after = local - tz_offset(z, local + WHEN_DAY);
	int64_t early = before < after ? before : after;

	if (tz_to_local(z, early) == local)
		return early;
	return tz_to_local(z, after) == local ? after : before;
}

const char *
tz_windows(const char *name)
{
	const struct zone_name *row = lookup(name);

	return row == NULL ? name : row->windows;
}

const char *
tz_nth(unsigned n, int iana)
{
	for (unsigned i = 0; zone_names[i].windows != NULL; i++)
		if (i == n)
			return iana ? zone_names[i].iana
				    : zone_names[i].windows;
	return NULL;
}
