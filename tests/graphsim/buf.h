/*
 * buf: a growable byte buffer on the ordinary heap, for answers and the like.
 *
 * The bytes are always followed by a NUL, so b.data is a C string as long as
 * nobody put a NUL in.  Start with a zeroed struct; end with buf_free().
 */
#ifndef GRAPHSIM_BUF_H
#define GRAPHSIM_BUF_H

#include <stddef.h>

struct buf {
	char *data;
	size_t len;
	size_t size;
};

void buf_add(struct buf *b, const void *bytes, size_t len);
void buf_puts(struct buf *b, const char *s);
void buf_putc(struct buf *b, char c);
void buf_printf(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void buf_free(struct buf *b);

/* The heap's functions, without a NULL to check. */
void *xmalloc(size_t size);
void *xcalloc(size_t n, size_t size);
void *xrealloc(void *p, size_t size);
char *xstrdup(const char *s);
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
