/*
 * siphash: after Aumasson and Bernstein, "SipHash: a fast short-input PRF", with
 * one round for each eight bytes and three at the end.  The key's other half
 * is constant.
 */
#include "siphash.h"

#define KEY_REST UINT64_C(0x63616c73796e6321)

struct state {
	uint64_t a, b, c, d;
};

static uint64_t
rotl(uint64_t x, unsigned n)
{
	return x << n | x >> (64 - n);
}

static void
mix(struct state *s)
{
	s->a += s->b;
	s->c += s->d;
	s->b = rotl(s->b, 13) ^ s->a;
	s->d = rotl(s->d, 16) ^ s->c;
	s->a = rotl(s->a, 32);
	s->c += s->b;
	s->a += s->d;
	s->b = rotl(s->b, 17) ^ s->c;
	s->d = rotl(s->d, 21) ^ s->a;
	s->c = rotl(s->c, 32);
}

static void
take(struct state *s, uint64_t word)
{
	s->d ^= word;
	mix(s);
	s->a ^= word;
}

/* The first byte lowest, whatever the machine's order is. */
static uint64_t
byte_at(const char *p, unsigned n)
{
	return (uint64_t)(unsigned char)p[n] << (8 * n);
}

/* Compilers make one load of it. */
static uint64_t
word_at(const char *p)
{
	return byte_at(p, 0) | byte_at(p, 1) | byte_at(p, 2) | byte_at(p, 3) |
	       byte_at(p, 4) | byte_at(p, 5) | byte_at(p, 6) | byte_at(p, 7);
}

uint64_t
siphash(uint64_t key, struct slice bytes)
{
	struct state s = { key ^ UINT64_C(0x736f6d6570736575),
		KEY_REST ^ UINT64_C(0x646f72616e646f6d),
		key ^ UINT64_C(0x6c7967656e657261),
		KEY_REST ^ UINT64_C(0x7465646279746573) };
	uint64_t last = (uint64_t)bytes.len << 56;
	const char *p = bytes.data;
	size_t left = bytes.len;

	for (; left >= 8; p += 8, left -= 8)
		take(&s, word_at(p));
	while (left-- > 0)
		last |= byte_at(p, (unsigned)left);
	take(&s, last);
	s.c ^= 0xff;
	mix(&s);
	mix(&s);
	mix(&s);
	return s.a ^ s.b ^ s.c ^ s.d;
}
