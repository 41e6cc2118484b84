/*
 * utf8: see the header.  Nearly all text is ASCII, so eight bytes are looked
 * at together; what is not is decoded by the table of RFC 3629, section 4,
 * whose only irregular column is the second byte.
 */
#include <assert.h>
#include <string.h>

#include "str_block.h"
#include "utf8.h"

#define HIGH_BITS UINT64_C(0x8080808080808080)

static bool
is_ascii8(const char *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof word);
	return (word & HIGH_BITS) == 0;
}

/* Length of the sequence that a lead byte opens and the range of its second
 * byte; 0: no lead byte. */
static size_t
sequence(unsigned char lead, unsigned char *low, unsigned char *high)
{
	*low = 0x80;
	*high = 0xbf;
	if (lead < 0x80)
		return 1;
	if (lead < 0xc2 || lead > 0xf4)
		return 0;
	if (lead < 0xe0)
		return 2;
	if (lead == 0xe0)
		*low = 0xa0; /* shorter forms exist */
	else if (lead == 0xed)
		*high = 0x9f; /* surrogates */
	else if (lead == 0xf0)
		*low = 0x90;
	else if (lead == 0xf4)
		*high = 0x8f; /* beyond U+10FFFF */
	return lead < 0xf0 ? 3 : 4;
}

/* Length of the character at p, of which n bytes are there; 0: invalid. */
static size_t
character(const unsigned char *p, size_t n)
{
	unsigned char low, high;
	size_t i, len = sequence(p[0], &low, &high);

	if (len < 2)
		return len;
	if (len > n || p[1] < low || p[1] > high)
		return 0;
	for (i = 2; i < len; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return len;
}

/* Where the ASCII that stands at i ends, or a place on the way there. */
static size_t
skip_ascii(struct slice s, size_t i)
{
#ifdef BLOCK
	unsigned wide = 0;

	for (; wide == 0 && s.len - i >= BLOCK; i += BLOCK)
		wide = block_wide(s.data + i);
	if (wide != 0)
		return i - BLOCK + (size_t)__builtin_ctz(wide);
#endif
	while (s.len - i >= 8 && is_ascii8(s.data + i))
		i += 8;
	return i;
}

size_t
utf8_valid_length(struct slice s)
{
	size_t n, i = 0;

	while ((i = skip_ascii(s, i)) < s.len) {
		do
			n = character(
			    (const unsigned char *)s.data + i, s.len - i);
		while (n != 0 && (i += n) < s.len && (s.data[i] & 0x80) != 0);
		if (n == 0)
			break;
	}
	return i;
}

bool
utf8_valid(struct slice s)
{
	return utf8_valid_length(s) == s.len;
}

static bool
is_continuation(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

size_t
utf8_prefix(struct slice s, size_t max)
{
	size_t n = s.len < max ? s.len : max;

	if (n == s.len)
		return n;
	while (n > 0 && is_continuation(s.data[n]))
		n--;
	return n;
}

size_t
utf8_count(struct slice s)
{
	size_t i, n = 0;

	for (i = 0; i < s.len; i++)
		n += !is_continuation(s.data[i]);
	return n;
}

struct slice
utf8_head(struct slice s, size_t n)
{
	size_t i;

	for (i = 0; i < s.len; i++) {
		if (is_continuation(s.data[i]))
			continue;
		if (n == 0)
			break;
		n--;
	}
	s.len = i;
	return s;
}

size_t
utf8_encode(uint32_t cp, char buf[4])
{
	size_t i, n = 1;
	uint32_t lead = 0;

	if (cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff))
		return 0;
	if (cp >= 0x80) {
		n = cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;
		lead = (0xf00U >> n) & 0xff;
	}
	for (i = n - 1; i > 0; i--) {
		buf[i] = (char)(0x80 | (cp & 0x3f));
		cp >>= 6;
	}
	buf[0] = (char)(lead | cp);
	return n;
}

size_t
utf8_decode(struct slice s, uint32_t *cp)
{
	unsigned char low, high, lead;
	size_t i, n;

	assert(s.len > 0);
	lead = (unsigned char)s.data[0];
	n = sequence(lead, &low, &high);
	assert(n > 0 && n <= s.len);
	*cp = n == 1 ? lead : lead & (0x7fU >> n);
	for (i = 1; i < n; i++)
		*cp = *cp << 6 | ((unsigned char)s.data[i] & 0x3f);
	return n;
}
