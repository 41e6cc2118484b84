#include "buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

static void *
checked(void *p)
{
	if (p == NULL) {
		fputs("graphsim: out of memory\n", stderr);
		exit(EX_OSERR);
	}
	return p;
}

void *
xmalloc(size_t size)
{
	return checked(malloc(size > 0 ? size : 1));
}

void *
xcalloc(size_t n, size_t size)
{
	return checked(calloc(n > 0 ? n : 1, size > 0 ? size : 1));
}

void *
xrealloc(void *p, size_t size)
{
	return checked(realloc(p, size > 0 ? size : 1));
}

char *
xstrdup(const char *s)
{
	return checked(strdup(s));
}

void
buf_add(struct buf *b, const void *bytes, size_t len)
{
	if (b->size - b->len <= len) {
		size_t size = b->size > 0 ? b->size : 128;

		while (size - b->len <= len)
			size *= 2;
		b->data = xrealloc(b->data, size);
		b->size = size;
	}
	if (len > 0)
		memcpy(b->data + b->len, bytes, len);
	b->len += len;
	b->data[b->len] = '\0';
}

void
buf_puts(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void
buf_putc(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

static char *
format(const char *fmt, va_list ap, size_t *len)
{
	va_list again;
	char *s;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	*len = n < 0 ? 0 : (size_t)n;
	s = xmalloc(*len + 1);
	s[0] = '\0';
	vsnprintf(s, *len + 1, fmt, ap);
	return s;
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	size_t len;
	char *s;

	va_start(ap, fmt);
	s = format(fmt, ap, &len);
	va_end(ap);
	buf_add(b, s, len);
	free(s);
}

char *
xasprintf(const char *fmt, ...)
{
	va_list ap;
	size_t len;
	char *s;

	va_start(ap, fmt);
	s = format(fmt, ap, &len);
	va_end(ap);
	return s;
}

void
buf_free(struct buf *b)
{
	free(b->data);
	b->data = NULL;
	b->len = b->size = 0;
}
