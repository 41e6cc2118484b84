/*
 * xalloc: allocation that succeeds or ends the program with EXIT_SYSTEM and
 * one constant line on stderr.  No caller checks for NULL.  In sanitizer
 * builds CALSYNC_ALLOC_FAIL=N makes the N-th allocation fail.
 */
#ifndef XALLOC_H
#define XALLOC_H

#include <stddef.h>

void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
/* Grow or shrink to count * size bytes; overflow ends the program too. */
void *xreallocarray(void *p, size_t count, size_t size);
char *xstrdup(const char *s);

/* End the program at once with a constant line ("calsync: error: ...\n"):
 * for the layers below log, where nothing may be allocated any more. */
_Noreturn void xdie(int status, const char *line);

#endif
