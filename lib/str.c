/*
 * str: see the header.  A buffer doubles until it reaches its maximum; going
 * over that ends the program, because only foreign data can want it and a
 * caller that had to check each append would forget one.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bounds.h"
#include "exits.h"
#include "str.h"
#include "xalloc.h"

/* Most texts stay below: they are grown once. */
#define FIRST_CAP ((size_t)512)

/* Buffers of texts that are gone, for the next ones, which would grow to the
 * same sizes step by step.  Sanitizers see who holds on to one that is gone. */
#define SPARES_MAX 8
#ifdef CALSYNC_SANITIZED
#define SPARE_CAP_MAX ((size_t)0)
#else
#define SPARE_CAP_MAX ((size_t)16 * 1024)
#endif

static struct str spare[SPARES_MAX];
static size_t spares;

struct slice
str_slice(const struct str *s)
{
	return (struct slice){ s->data != NULL ? s->data : "", s->len };
}

bool
slice_is_nocase(struct slice a, const char *s)
{
	return slice_eq_nocase(a, slice_of(s));
}

bool
slice_eq_nocase(struct slice a, struct slice b)
{
	if (a.data == NULL || b.data == NULL)
		return a.data == b.data;
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (ascii_lower(a.data[i]) != ascii_lower(b.data[i]))
			return false;
	return true;
}

bool
slice_starts(struct slice a, const char *prefix)
{
	size_t n = strlen(prefix);

	return a.data != NULL && a.len >= n && memcmp(a.data, prefix, n) == 0;
}

bool
slice_ends(struct slice a, const char *suffix)
{
	size_t n = strlen(suffix);

	return a.data != NULL && a.len >= n &&
	       memcmp(a.data + a.len - n, suffix, n) == 0;
}

int
slice_cmp(struct slice a, struct slice b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int order;

	/* No value comes before an empty one. */
	if (a.data == NULL || b.data == NULL)
		return (a.data != NULL) - (b.data != NULL);
	order = memcmp(a.data, b.data, n);
	if (order != 0)
		return order;
	return (a.len > b.len) - (a.len < b.len);
}

struct slice
slice_trim(struct slice a)
{
	while (a.len > 0 && ascii_is_space(a.data[a.len - 1]))
		a.len--;
	while (a.len > 0 && ascii_is_space(a.data[0])) {
		a.data++;
		a.len--;
	}
	return a;
}

struct slice
slice_cut(struct slice a, char sep, struct slice *rest)
{
	const char *p = a.len > 0 ? memchr(a.data, sep, a.len) : NULL;
	size_t n;

	if (p == NULL) {
		*rest = NO_SLICE;
		return a;
	}
	n = (size_t)(p - a.data);
	*rest = (struct slice){ p + 1, a.len - n - 1 };
	return (struct slice){ a.data, n };
}

bool
slice_int64(struct slice a, int64_t min, int64_t max, int64_t *out)
{
	bool negative = a.len > 0 && a.data[0] == '-';
	size_t i = negative ? 1 : 0;
	int64_t n = 0, digit;

	if (i == a.len)
		return false;
	/* Built up on the negative side, which reaches one further. */
	for (; i < a.len; i++) {
		if (!ascii_is_digit(a.data[i]))
			return false;
		digit = a.data[i] - '0';
		if (n < (INT64_MIN + digit) / 10)
			return false;
		n = n * 10 - digit;
	}
	if (!negative && n == INT64_MIN)
		return false;
	n = negative ? n : -n;
	if (n < min || n > max)
		return false;
	*out = n;
	return true;
}

/* No larger than it may become: nobody asks again. */
static void
take_spare(struct str *s, size_t max)
{
	if (spares == 0 || spare[spares - 1].cap > max + 1)
		return;
	spares--;
	s->data = spare[spares].data;
	s->cap = spare[spares].cap;
}

void
str_grow(struct str *s, size_t n)
{
	size_t max = s->max != 0 ? s->max : LINE_MAX_BYTES;
	size_t cap;

	if (n > max || s->len > max - n)
		xdie(EXIT_DATA, "calsync: error: a text is longer than is"
				" allowed\n");
	if (s->cap == 0)
		take_spare(s, max);
	if (s->len + n < s->cap)
		return;
	cap = s->cap != 0 ? s->cap * 2 : FIRST_CAP;
	if (cap < s->len + n + 1)
		cap = s->len + n + 1;
	if (cap > max + 1)
		cap = max + 1;
	s->data = xreallocarray(s->data, cap, 1);
	s->cap = cap;
}

void
str_add_slice(struct str *s, struct slice a)
{
	str_add(s, a.data, a.len);
}

void
str_addf(struct str *s, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		xdie(EXIT_SOFTWARE, "calsync: error: bad format\n");
	str_grow(s, (size_t)n);
	va_start(ap, fmt);
	vsnprintf(s->data + s->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	s->len += (size_t)n;
}

void
str_add_int(struct str *s, int64_t n)
{
	/* Built up on the positive side, which reaches one further. */
	uint64_t left = n < 0 ? -(uint64_t)n : (uint64_t)n;
	char digits[24], *p = digits + sizeof digits;

	do
		*--p = (char)('0' + left % 10);
	while ((left /= 10) != 0);
	if (n < 0)
		*--p = '-';
	str_add(s, p, (size_t)(digits + sizeof digits - p));
}

void
str_reset(struct str *s)
{
	s->len = 0;
	if (s->data != NULL)
		s->data[0] = '\0';
}

void
str_free(struct str *s)
{
	if (s->data != NULL && s->cap <= SPARE_CAP_MAX && spares < SPARES_MAX)
		spare[spares++] = *s;
	else
		free(s->data);
	s->data = NULL;
	s->len = s->cap = 0;
}
