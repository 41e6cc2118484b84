/*
 * siphash: SipHash-1-3, 64 bits of some bytes under a key: cheap enough for
 * all that Graph sends, and nobody who does not know all of the bytes can make
 * others of the same hash.  It is kept in the database, so it has to stay.
 */
#ifndef SIPHASH_H
#define SIPHASH_H

#include <stdint.h>

#include "str.h"

uint64_t siphash(uint64_t key, struct slice bytes);

#endif
