/* arena: alignment, reuse after a reset, the maximum, foreign sizes. */
#include <stdalign.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arena.h"
#include "exits.h"
#include "t.h"

static void
test_pieces(void)
{
	static const size_t sizes[] = { 1, 0, 3, 16, 17, 4000, 1, 100000, 5 };
	struct arena a = { .max = 0 };
	char *p[sizeof sizes / sizeof *sizes];
	size_t i, k, aligned = 0, kept = 0, total = 0;

	for (i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		p[i] = arena_alloc(&a, sizes[i]);
		memset(p[i], (int)i, sizes[i]);
		aligned += (uintptr_t)p[i] % alignof(max_align_t) == 0;
		total += sizes[i];
	}
	for (i = 0; i < sizeof sizes / sizeof *sizes; i++)
		for (k = 0; k < sizes[i]; k++)
			kept += p[i][k] == (char)i;
	is_int((long long)aligned, sizeof sizes / sizeof *sizes,
	    "all are aligned");
	is_int((long long)kept, (long long)total, "no piece lies over another");
	is_int((long long)a.used, (long long)total,
	    "used counts what was asked for");
	arena_free(&a);
	ok(a.block == NULL && a.used == 0, "free");
	arena_free(&a);
	arena_reset(&a);
	ok(a.block == NULL, "an empty arena may be freed and reset");
}

static void
test_reset(void)
{
	struct arena a = { .max = 0 };
	char *first = NULL;
	size_t i;
	int round;

	for (round = 0; round < 5; round++) {
		arena_reset(&a);
		for (i = 0; i < 1000; i++) {
			char *p = arena_alloc(&a, 100);

			if (i == 0 && round == 4)
				ok(p == first, "after a few rounds the memory "
					       "is the same");
			if (i == 0)
				first = p;
		}
	}
	is_int((long long)a.used, 100000, "used begins anew");
	arena_free(&a);
}

static void
test_copies(void)
{
	struct arena a = { .max = 0 };
	long *n = arena_array(&a, 3, sizeof *n);

	ok(n[0] == 0 && n[1] == 0 && n[2] == 0, "an array is zeroed");
	is_str(arena_copy(&a, "abc", 2), "ab", "a copy ends in NUL");
	is_str(arena_copy(&a, NULL, 0), "", "a copy of nothing");
	arena_free(&a);
}

/* The next piece begins where the one that was too long really ends. */
static void
test_shrink(void)
{
	struct arena a = { .max = 1000 };
	char *before = arena_alloc(&a, 10), *p = arena_alloc(&a, 900), *next;

	memcpy(before, "abcdefghi", 10);
	memcpy(p, "123456789", 10);
	arena_shrink(&a, p, 900, 10);
	is_int((long long)a.used, 20, "what is not needed does not count");
	next = arena_alloc(&a, 900);
	memset(next, 'x', 900);
	is_int(next - p, p - before, "and is handed out again");
	ok(strcmp(before, "abcdefghi") == 0 && strcmp(p, "123456789") == 0,
	    "the rest stays as it was");
	arena_shrink(&a, next, 900, 0);
	arena_shrink(&a, next, 0, 0);
	/* But for the gap that sanitizers get. */
	is_int((char *)arena_alloc(&a, 1) - next, p - before - 16,
	    "all of it may go");
	arena_free(&a);
}

enum request { ALLOC, ARRAY, COPY };

static int
status_of(enum request r, size_t max, size_t size)
{
	struct arena a = { .max = max };
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		close(STDERR_FILENO);
		if (r == ALLOC) {
			arena_alloc(&a, 10);
			arena_alloc(&a, size);
		} else if (r == ARRAY) {
			arena_array(&a, size, 16);
		} else {
			arena_copy(&a, "", size);
		}
		arena_free(&a);
		_exit(EXIT_OK);
	}
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status)
		   ? WEXITSTATUS(status)
		   : -1;
}

int
main(void)
{
	test_pieces();
	test_reset();
	test_copies();
	test_shrink();
	is_int(status_of(ALLOC, 100, 90), EXIT_OK, "up to the maximum");
	is_int(
	    status_of(ALLOC, 100, 91), EXIT_DATA, "beyond it the program ends");
	is_int(status_of(ALLOC, 0, SIZE_MAX - 5), EXIT_DATA,
	    "a size that overflows");
	is_int(status_of(ARRAY, 0, SIZE_MAX / 8), EXIT_DATA,
	    "a count that overflows");
	is_int(status_of(COPY, 0, SIZE_MAX), EXIT_DATA,
	    "a length whose NUL overflows");
	return done();
}
