/*
 * tz: names, files and conversions.
 *
 * One question a reader may have: why are the files not mapped or read on
 * demand only?  The pure stages can open nothing once they read foreign
 * bytes, and any zone may stand in those.  So they read all files before,
 * which costs less than starting the process does.
 *
 * Of a file the 64-bit block and the footer are kept, as they are; a lookup
 * reads the big-endian numbers in place.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arena.h"
#include "bounds.h"
#include "instant.h"
#include "log.h"
#include "tz.h"
#include "tz_names.h"
#include "tz_rule.h"

#ifndef TZ_DIR
#define TZ_DIR "/usr/share/zoneinfo"
#endif

/* The largest files are 4 KiB. */
#define FILE_MAX	65536
#define HEADER		44
#define TYPE_SIZE	6
#define NAME_MAX_LENGTH 64
/* A power of two, well above the number of names. */
#define SLOTS 2048

enum state { UNREAD, GOOD, ABSENT };

struct tz {
	const struct tz_names *names;
	enum state state;
	size_t time_count;
	const unsigned char *times; /* 8 bytes each, rising */
	const unsigned char *kinds; /* index of a type, for each time */
	const unsigned char *types; /* TYPE_SIZE bytes each */
	bool has_rule;
	struct tz_rule rule;
};

/* The counts in a TZif header, in the file's order. */
struct header {
	uint32_t is_utc, is_standard, leap, time, type, name;
	char version;
};

static struct {
	struct arena arena;
	struct tz *zones;
	struct {
		const char *name;
		size_t len;
		struct tz *zone;
	} slots[SLOTS];
	int dir;
	bool ready;
	char version[64];
	const char *version_known;
} tz;

static uint32_t
get32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
}

static int64_t
get64(const unsigned char *p)
{
	return (int64_t)((uint64_t)get32(p) << 32 | get32(p + 4));
}

static bool
read_header(const unsigned char *p, size_t n, struct header *h)
{
	if (n < HEADER || memcmp(p, "TZif", 4) != 0)
		return false;
	h->version = (char)p[4];
	h->is_utc = get32(p + 20);
	h->is_standard = get32(p + 24);
	h->leap = get32(p + 28);
	h->time = get32(p + 32);
	h->type = get32(p + 36);
	h->name = get32(p + 40);
	/* No count can be larger than the file, so sums do not overflow. */
	return h->is_utc <= FILE_MAX && h->is_standard <= FILE_MAX &&
	       h->leap <= FILE_MAX && h->time <= FILE_MAX &&
	       h->type <= FILE_MAX && h->name <= FILE_MAX;
}

/* Bytes of the block behind a header whose times take `width` bytes. */
static size_t
block_size(const struct header *h, size_t width)
{
	return h->time * (width + 1) + h->type * (size_t)TYPE_SIZE + h->name +
	       h->leap * (width + 4) + h->is_standard + h->is_utc;
}

/* Times that rise, types that exist: then a lookup needs no checks. */
static bool
check_block(const struct header *h, const unsigned char *block)
{
	const unsigned char *kinds = block + h->time * (size_t)8;
	size_t i;

	if (h->type == 0 || h->leap != 0)
		return false;
	for (i = 0; i < h->time; i++)
		if (kinds[i] >= h->type ||
		    (i > 0 && get64(block + i * 8) <= get64(block + i * 8 - 8)))
			return false;
	return true;
}

static void
take_footer(struct tz *z, const unsigned char *p, size_t n)
{
	const unsigned char *end = n > 1 ? memchr(p + 1, '\n', n - 1) : NULL;

	if (end == NULL || *p != '\n')
		return;
	z->has_rule = tz_rule_parse(
	    (struct slice){ (const char *)p + 1, (size_t)(end - p) - 1 },
	    &z->rule);
}

/* Fill z from a file's bytes.  Files of version 1 (until 2005) are refused:
 * their times end in 2038. */
static bool
parse_file(struct tz *z, const unsigned char *p, size_t n)
{
	struct header h;
	unsigned char *copy;
	size_t skip, size;

	if (!read_header(p, n, &h) || h.version < '2')
		return false;
	skip = HEADER + block_size(&h, 4);
	if (skip > n || !read_header(p + skip, n - skip, &h))
		return false;
	p += skip + HEADER;
	n -= skip + HEADER;
	size = block_size(&h, 8);
	if (size > n || !check_block(&h, p))
		return false;
	take_footer(z, p + size, n - size);
	/* What follows the types is not needed. */
	size = h.time * (size_t)9 + h.type * (size_t)TYPE_SIZE;
	copy = arena_alloc(&tz.arena, size);
	memcpy(copy, p, size);
	z->time_count = h.time;
	z->times = copy;
	z->kinds = copy + h.time * (size_t)8;
	z->types = z->kinds + h.time;
	return true;
}

static ssize_t
read_file(const char *name, void *buf, size_t n)
{
	int fd = openat(tz.dir, name, O_RDONLY | O_CLOEXEC);
	ssize_t got;

	if (fd == -1)
		return -1;
	got = read(fd, buf, n);
	close(fd);
	return got;
}

static bool
load_as(struct tz *z, const char *name)
{
	unsigned char file[FILE_MAX];
	ssize_t n = read_file(name, file, sizeof file);

	return n > 0 && parse_file(z, file, (size_t)n);
}

/* An older tz database may have the zone under its former name only. */
static bool
load_as_older(struct tz *z)
{
	struct slice rest = slice_of(z->names->older), name;
	char text[NAME_MAX_LENGTH];

	while (rest.len > 0) {
		name = slice_cut(rest, ' ', &rest);
		if (name.len >= sizeof text)
			continue;
		memcpy(text, name.data, name.len);
		text[name.len] = '\0';
		if (load_as(z, text))
			return true;
	}
	return false;
}

static void
load(struct tz *z)
{
	bool good = load_as(z, z->names->iana) || load_as_older(z);

	z->state = good ? GOOD : ABSENT;
}

static size_t
hash(struct slice name)
{
	uint32_t h = 2166136261u;
	size_t i;

	for (i = 0; i < name.len; i++)
		h = (h ^ (unsigned char)ascii_lower(name.data[i])) * 16777619u;
	return (h ^ h >> 15) & (SLOTS - 1);
}

static size_t
find_slot(struct slice name)
{
	size_t i = hash(name);

	while (tz.slots[i].name != NULL &&
	       (tz.slots[i].len != name.len ||
		   !slice_is_nocase(name, tz.slots[i].name)))
		i = (i + 1) & (SLOTS - 1);
	return i;
}

static void
add_name(struct slice name, struct tz *z)
{
	size_t i = find_slot(name);

	tz.slots[i].name = arena_copy(&tz.arena, name.data, name.len);
	tz.slots[i].len = name.len;
	tz.slots[i].zone = z;
}

static void
add_zone(const struct tz_names *names, struct tz *z)
{
	struct slice older = slice_of(names->older);

	z->names = names;
	add_name(slice_of(names->iana), z);
	if (names->is_windows)
		add_name(slice_of(names->windows), z);
	while (older.len > 0)
		add_name(slice_cut(older, ' ', &older), z);
}

static void
make_ready(void)
{
	size_t i;

	if (tz.ready)
		return;
	tz.ready = true;
	tz.arena.max = RUN_ARENA_MAX;
	tz.zones = arena_array(&tz.arena, tz_names_count, sizeof *tz.zones);
	for (i = 0; i < tz_names_count; i++)
		add_zone(&tz_names[i], &tz.zones[i]);
	tz.dir = open(TZ_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (tz.dir == -1)
		die(EXIT_CONFIG, "install the package tzdata",
		    "cannot open " TZ_DIR ": %s", strerror(errno));
}

void
tz_load_all(void)
{
	size_t i, good = 0;

	make_ready();
	for (i = 0; i < tz_names_count; i++) {
		if (tz.zones[i].state == UNREAD)
			load(&tz.zones[i]);
		good += tz.zones[i].state == GOOD;
	}
	if (good == 0)
		die(EXIT_CONFIG, "install the package tzdata",
		    "there are no time zones in " TZ_DIR);
	tz_version();
}

const struct tz *
tz_find(struct slice name)
{
	struct tz *z;

	if (name.len == 0 || name.len >= NAME_MAX_LENGTH)
		return NULL;
	make_ready();
	z = tz.slots[find_slot(name)].zone;
	if (z != NULL && z->state == UNREAD)
		load(z);
	return z != NULL && z->state == GOOD ? z : NULL;
}

const char *
tz_name(const struct tz *z)
{
	return z->names->iana;
}

const char *
tz_windows_name(const struct tz *z)
{
	return z->names->windows;
}

static int32_t
type_offset(const struct tz *z, size_t type)
{
	return (int32_t)get32(z->types + type * TYPE_SIZE);
}

/* The number of listed times that are not after `second`. */
static size_t
times_until(const struct tz *z, int64_t second)
{
	size_t low = 0, high = z->time_count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (get64(z->times + middle * 8) <= second)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int32_t
offset_at(const struct tz *z, int64_t second)
{
	size_t n = times_until(z, second);

	if (n == z->time_count && z->has_rule)
		return tz_rule_offset(&z->rule, second);
	/* Before the first time the first type holds (RFC 8536, 3.2). */
	return type_offset(z, n == 0 ? 0 : z->kinds[n - 1]);
}

static int64_t
floor_second(int64_t us)
{
	return us / SECOND_US - (us % SECOND_US < 0);
}

int32_t
tz_offset(const struct tz *z, int64_t us)
{
	return offset_at(z, floor_second(us));
}

int64_t
tz_local(const struct tz *z, int64_t us)
{
	return us + tz_offset(z, us) * SECOND_US;
}

int64_t
tz_utc(const struct tz *z, int64_t local_us)
{
	int64_t local = floor_second(local_us);
	/* No offset reaches a day, so these stand on either side. */
	int32_t before = offset_at(z, local - 86400);
	int32_t after = offset_at(z, local + 86400);

	if (offset_at(z, local - before) == before ||
	    offset_at(z, local - after) != after)
		return local_us - before * SECOND_US;
	return local_us - after * SECOND_US;
}

/* The first line of tzdata.zi is "# version 2026b". */
const char *
tz_version(void)
{
	static const char prefix[] = "# version ";
	char text[sizeof tz.version] = "";
	size_t n = sizeof prefix - 1;

	if (tz.version_known != NULL)
		return tz.version_known;
	make_ready();
	read_file("tzdata.zi", text, sizeof text - 1);
	if (strncmp(text, prefix, n) == 0) {
		text[n + strcspn(text + n, " \n")] = '\0';
		memcpy(tz.version, text + n, strlen(text + n) + 1);
	}
	tz.version_known = tz.version;
	return tz.version_known;
}
