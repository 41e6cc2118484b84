/*
 * t: TAP for the unit tests.  One ok(), is_str() or is_int() is one test; the
 * name is a printf text that says what is true.  main ends with `return
 * done();`.
 */
#ifndef T_H
#define T_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "str.h"

static int t_run, t_failed;

static inline bool
t_report(bool good, const char *fmt, va_list ap)
{
	t_run++;
	t_failed += !good;
	printf("%sok %d - ", good ? "" : "not ", t_run);
	vprintf(fmt, ap);
	putchar('\n');
	return good;
}

__attribute__((format(printf, 2, 3))) static inline bool
ok(bool good, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	t_report(good, fmt, ap);
	va_end(ap);
	return good;
}

__attribute__((format(printf, 3, 4))) static inline bool
is_int(long long got, long long want, const char *fmt, ...)
{
	va_list ap;
	bool good;

	va_start(ap, fmt);
	good = t_report(got == want, fmt, ap);
	va_end(ap);
	if (!good)
		printf("#   got %lld\n#  want %lld\n", got, want);
	return good;
}

/* NULL equals only NULL. */
__attribute__((format(printf, 3, 4))) static inline bool
is_str(const char *got, const char *want, const char *fmt, ...)
{
	va_list ap;
	bool good = got == want ||
		    (got != NULL && want != NULL && strcmp(got, want) == 0);

	va_start(ap, fmt);
	t_report(good, fmt, ap);
	va_end(ap);
	if (!good)
		printf("#   got %s\n#  want %s\n", got ? got : "(NULL)",
		    want ? want : "(NULL)");
	return good;
}

__attribute__((format(printf, 3, 4))) static inline bool
is_slice(struct slice got, const char *want, const char *fmt, ...)
{
	va_list ap;
	bool good = slice_is(got, want);

	va_start(ap, fmt);
	t_report(good, fmt, ap);
	va_end(ap);
	if (!good)
		printf("#   got %.*s\n#  want %s\n",
		    got.data ? (int)got.len : 6, got.data ? got.data : "(NULL)",
		    want ? want : "(NULL)");
	return good;
}

static inline int
done(void)
{
	printf("1..%d\n", t_run);
	return t_failed == 0 && t_run > 0 ? 0 : 1;
}

#endif
