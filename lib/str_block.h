/*
 * str_block: sixteen bytes at a time, where the processor can (every x86-64).
 * Elsewhere BLOCK is not defined and callers go by words or bytes.
 */
#ifndef STR_BLOCK_H
#define STR_BLOCK_H

#ifdef __SSE2__
#include <emmintrin.h>

#define BLOCK ((size_t)16)

static inline __m128i
block_at(const char *p)
{
	return _mm_loadu_si128((const __m128i *)(const void *)p);
}

/* The bytes of v that are c; those that are below a blank. */
static inline __m128i
block_equal(__m128i v, unsigned char c)
{
	return _mm_cmpeq_epi8(v, _mm_set1_epi8((char)c));
}

static inline __m128i
block_control(__m128i v)
{
	return _mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(0x1f)), v);
}

/* Of all these: a bit for each byte at p, the first one lowest.  Above ASCII. */
static inline unsigned
block_wide(const char *p)
{
	return (unsigned)_mm_movemask_epi8(block_at(p));
}

static inline unsigned
block_blank(const char *p)
{
	return (unsigned)_mm_movemask_epi8(block_equal(block_at(p), ' '));
}

/* What ends a plain piece of a JSON string: a quote, a backslash, a control. */
static inline unsigned
block_json_odd(const char *p)
{
	const __m128i v = block_at(p);
	const __m128i marks =
	    _mm_or_si128(block_equal(v, '"'), block_equal(v, '\\'));

	return (unsigned)_mm_movemask_epi8(
	    _mm_or_si128(marks, block_control(v)));
}

/* A control, or the first byte of an NBSP or of a character without a width. */
static inline unsigned
block_text_odd(const char *p)
{
	const __m128i v = block_at(p);
	const __m128i leads =
	    _mm_or_si128(block_equal(v, 0xc2), block_equal(v, 0xef));

	return (unsigned)_mm_movemask_epi8(
	    _mm_or_si128(leads, block_control(v)));
}
#endif

#endif
