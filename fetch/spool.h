/*
 * spool: pieces of bytes that are written once, in order, and read anywhere.
 * All spools together keep SPOOL_MEMORY; what exceeds it goes to temporary
 * files that have no name (in $TMPDIR, else /tmp), so that nothing is left
 * behind however the program ends.  A zeroed struct is an empty spool.
 */
#ifndef SPOOL_H
#define SPOOL_H

#include <stdint.h>

#include "str.h"

#define SPOOL_MEMORY ((size_t)6 * 1024 * 1024)

struct spool_chunk;

struct spool {
	struct spool_chunk **chunk; /* the last pieces, not in the file */
	size_t chunks, cap;
	uint64_t in_file; /* the bytes before them */
	int fd;		  /* valid if in_file > 0 */
};

/* Returns where the piece begins.  EXIT_IO if the disk is full. */
uint64_t spool_add(struct spool *s, struct slice piece);
/* The piece of n bytes that begins at `at`: in the spool itself, until
 * something is added to it, or read into `buf`. */
struct slice spool_read(
    const struct spool *s, uint64_t at, size_t n, struct str *buf);
/* Forget everything, memory and file. */
void spool_reset(struct spool *s);
/* Give back the memory and the files that are kept for the next spools. */
void spool_release(void);

#endif
