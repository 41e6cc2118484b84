/*
 * str: bytes with a length.  `struct slice` is a view that owns nothing;
 * `struct str` is a buffer that grows up to a maximum and is always followed
 * by a NUL, so that `s.data` can be given to C libraries.
 */
#ifndef STR_H
#define STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
	const char *data; /* NULL: no value; then len is 0 */
	size_t len;
};

struct str {
	char *data; /* NULL before the first byte */
	size_t len, cap;
	size_t
	    max; /* 0: LINE_MAX_BYTES; beyond it the program ends, EXIT_DATA */
};

/* For printf: "%.*s", SLICE_ARG(s) */
#define SLICE_ARG(s) (int)(s).len, ((s).data ? (s).data : "")
/* Of a literal; INIT: as the first value of a static one. */
#define SLICE_INIT(literal)                    \
	{                                      \
		(literal), sizeof(literal) - 1 \
	}
#define SLICE(literal) ((struct slice)SLICE_INIT(literal))
#define NO_SLICE       ((struct slice){ NULL, 0 })

/* These stand here so that the length of a literal costs nothing. */
static inline struct slice
slice_of(const char *s) /* of a C string or NULL */
{
	return (struct slice){ s, s != NULL ? strlen(s) : 0 };
}

static inline bool
slice_eq(struct slice a, struct slice b) /* NULL equals only NULL */
{
	if (a.data == NULL || b.data == NULL)
		return a.data == b.data;
	return a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
}

static inline bool
slice_is(struct slice a, const char *s)
{
	if (a.data == NULL || s == NULL)
		return a.data == s;
	/* Where many words are tried, most differ here. */
	if (a.len > 0 && a.data[0] != s[0])
		return false;
	return a.len == strlen(s) && memcmp(a.data, s, a.len) == 0;
}

struct slice str_slice(const struct str *s);
bool slice_is_nocase(struct slice a, const char *s); /* ASCII case only */
bool slice_eq_nocase(struct slice a, struct slice b);
bool slice_starts(struct slice a, const char *prefix);
bool slice_ends(struct slice a, const char *suffix);
int slice_cmp(struct slice a, struct slice b); /* bytewise, total order */
struct slice slice_trim(struct slice a);       /* ASCII blanks off */
/* Split off what stands before the first `sep`; *rest is what follows. */
struct slice slice_cut(struct slice a, char sep, struct slice *rest);
/* Whole slice as a decimal number within bounds, else false. */
bool slice_int64(struct slice a, int64_t min, int64_t max, int64_t *out);

/* Room for n more bytes and the NUL: what str_extend does if there is none. */
void str_grow(struct str *s, size_t n);

/* Make the buffer n bytes longer; returns where they are to be written. */
static inline char *
str_extend(struct str *s, size_t n)
{
	char *from;

	/* The maximum is asked for when the buffer grows: it grows to no more. */
	if (n >= s->cap - s->len)
		str_grow(s, n);
	from = s->data + s->len;
	s->len += n;
	s->data[s->len] = '\0';
	return from;
}

static inline void
str_add(struct str *s, const char *data, size_t n)
{
	char *to = str_extend(s, n);

	if (n != 0)
		memcpy(to, data, n);
}

static inline void
str_adds(struct str *s, const char *text)
{
	str_add(s, text, strlen(text));
}

static inline void
str_addc(struct str *s, char c)
{
	*str_extend(s, 1) = c;
}

void str_add_slice(struct str *s, struct slice a);
void str_add_int(struct str *s, int64_t n);
void str_addf(struct str *s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void str_reset(struct str *s); /* length 0, memory kept */
void str_free(struct str *s);

/* ASCII only; bytes above 0x7f are left alone. */
static inline char
ascii_lower(char c)
{
	if (c < 'A' || c > 'Z')
		return c;
	/* The two cases of a letter differ in one bit. */
	return (char)(c | 0x20);
}

static inline bool
ascii_is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static inline bool
ascii_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

#endif
