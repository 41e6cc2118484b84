/*
 * pick: numbers that are random and the same each time, from `seed` on.
 */
#ifndef PICK_H
#define PICK_H

#include <stddef.h>
#include <stdint.h>

static uint64_t seed;

/* Below n. */
static size_t
pick(size_t n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (size_t)(seed >> 33) % n;
}

#endif
