/*
 * str_block: sixteen bytes at a time, where the processor can (every x86-64).
 * Elsewhere BLOCK is not defined and callers go by words or bytes.
 */
#ifndef STR_BLOCK_H
#define STR_BLOCK_H

#ifdef __SSE2__
#include <emmintrin.h>

#define BLOCK ((size_t)16)

/* A bit for each byte at p that is above ASCII, the first byte lowest. */
static inline unsigned
block_wide(const char *p)
{
	return (unsigned)_mm_movemask_epi8(
	    _mm_loadu_si128((const __m128i *)(const void *)p));
}

/* A bit for each byte at p that ends a plain piece of a JSON string: a quote,
 * a backslash or a control character. */
static inline unsigned
block_json_odd(const char *p)
{
	const __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
	const __m128i quote = _mm_cmpeq_epi8(v, _mm_set1_epi8('"'));
	const __m128i slash = _mm_cmpeq_epi8(v, _mm_set1_epi8('\\'));
	const __m128i control =
	    _mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(0x1f)), v);

	return (unsigned)_mm_movemask_epi8(
	    _mm_or_si128(_mm_or_si128(quote, slash), control));
}
#endif

#endif
