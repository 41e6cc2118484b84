/*
 * json_check: bytes that yajl lets pass.  It checks the structure of UTF-8
 * only, makes one wrong character of a half surrogate pair, and delivers
 * \u0000 as a NUL, which PostgreSQL refuses.
 */
#include <string.h>

#include "json_parts.h"
#include "str_block.h"
#include "utf8.h"

/* Each byte of a word with the same value; the top bit of each byte. */
#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))
#define TOPS	   EACH(0x80)

/* A top bit for each byte that is less than n (n up to 128), and perhaps for
 * others above such a one. */
static uint64_t
less_than(uint64_t word, unsigned n)
{
	return (word - EACH(n)) & ~word & TOPS;
}

static bool
is_plain(unsigned char c)
{
	return c >= 0x20 && c != '"' && c != '\\';
}

/* Many bytes at a time as long as there is nothing to find. */
size_t
json_plain_length(const char *s, size_t n)
{
	size_t i = 0;
	uint64_t word;

#ifdef BLOCK
	for (; n - i >= BLOCK; i += BLOCK)
		if (block_json_odd(s + i) != 0)
			return i + (size_t)__builtin_ctz(block_json_odd(s + i));
#endif
	for (; n - i >= sizeof word; i += sizeof word) {
		memcpy(&word, s + i, sizeof word);
		word = less_than(word, 0x20) | less_than(word ^ EACH('"'), 1) |
		       less_than(word ^ EACH('\\'), 1);
		if (word != 0)
			break;
	}
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	/* The lowest mark is a right one. */
	if (n - i >= sizeof word)
		return i + (size_t)__builtin_ctzll(word) / 8;
#endif
	while (i < n && is_plain((unsigned char)s[i]))
		i++;
	return i;
}

int
json_escaped_unit(const char *s, const char *end)
{
	int i, unit = 0;
	char c;

	if (end - s < 6 || s[0] != '\\' || s[1] != 'u')
		return -1;
	for (i = 2; i < 6; i++) {
		c = ascii_lower(s[i]);
		if (ascii_is_digit(c))
			unit = unit << 4 | (c - '0');
		else if (c >= 'a' && c <= 'f')
			unit = unit << 4 | (c - 'a' + 10);
		else
			return -1;
	}
	return unit;
}

static bool
is_high_surrogate(int unit)
{
	return unit >= 0xd800 && unit <= 0xdbff;
}

static bool
is_low_surrogate(int unit)
{
	return unit >= 0xdc00 && unit <= 0xdfff;
}

/* Judge the \u escape at s; *len is what it takes.  Bad digits are left to
 * yajl, which refuses them. */
static const char *
check_unicode_escape(const char *s, const char *end, size_t *len)
{
	int unit = json_escaped_unit(s, end);
	int next;

	*len = 2;
	if (unit == 0)
		return "a NUL character";
	if (is_low_surrogate(unit))
		return "half a surrogate pair";
	if (!is_high_surrogate(unit))
		return NULL;
	next = json_escaped_unit(s + 6, end);
	if (!is_low_surrogate(next))
		return "half a surrogate pair";
	*len = 12;
	return NULL;
}

/* Backslashes stand in strings only, so pairs can be counted off without
 * knowing where strings begin; elsewhere yajl refuses them. */
static const char *
check_escapes(struct slice line, size_t *at)
{
	const char *s = line.data, *end = s + line.len, *problem;
	size_t len;

	while (s < end) {
		s = memchr(s, '\\', (size_t)(end - s));
		if (s == NULL || end - s < 2)
			break;
		len = 2;
		if (s[1] == 'u') {
			problem = check_unicode_escape(s, end, &len);
			*at = (size_t)(s - line.data);
			if (problem != NULL)
				return problem;
		}
		s += len;
	}
	return NULL;
}

const char *
json_check_bytes(struct slice line, bool is_utf8, size_t *at)
{
	*at = is_utf8 ? line.len : utf8_valid_length(line);
	if (*at < line.len)
		return "not UTF-8";
	return check_escapes(line, at);
}
