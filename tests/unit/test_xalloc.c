/*
 * xalloc: out of memory and overflow end the program with EXIT_SYSTEM, at
 * whichever allocation it happens.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "exits.h"
#include "json.h"
#include "t.h"
#include "xalloc.h"

static int
status_of(int (*body)(size_t), size_t n)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0)
		_exit(body(n));
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int
array(size_t count)
{
	free(xreallocarray(NULL, count, 16));
	return EXIT_OK;
}

static int
zeroed(size_t count)
{
	char *p = xcalloc(count, 16);

	/* A request for nothing gives a byte that may be freed. */
	free(p);
	return EXIT_OK;
}

/* A line that makes yajl, the arena and a buffer allocate. */
static int
parse_and_write(size_t fail_at)
{
	char number[32];
	struct arena a = { .max = 0 };
	struct str out = { .max = 0 };
	struct json *v;
	int i;

	snprintf(number, sizeof number, "%zu", fail_at);
	setenv("CALSYNC_ALLOC_FAIL", number, 1);
	for (i = 0; i < 2000; i++)
		str_addf(&out, "%s\"k\\n%d\":[%d]", i ? "," : "{", i, i);
	str_addc(&out, '}');
	v = json_parse(&a, str_slice(&out), JSON_STRICT, NULL);
	i = v != NULL && v->count == 2000 ? EXIT_OK : EXIT_SOFTWARE;
	arena_free(&a);
	str_free(&out);
	return i;
}

int
main(void)
{
	size_t n;
	int status, told = 0;
	char *copy;

	dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
	is_int(status_of(array, 1000), EXIT_OK, "an array");
	is_int(status_of(array, 0), EXIT_OK, "of no elements");
	is_int(status_of(array, SIZE_MAX / 16 + 1), EXIT_SYSTEM, "of too many");
	is_int(status_of(array, SIZE_MAX), EXIT_SYSTEM, "of far too many");
	is_int(status_of(zeroed, 0), EXIT_OK, "nothing, zeroed");
	is_int(
	    status_of(zeroed, SIZE_MAX / 8), EXIT_SYSTEM, "too much, zeroed");
	/* Nothing was allocated in this process so far: the children look at the
	 * environment.  In sanitizer builds each allocation fails once; else
	 * none does. */
	for (n = 1; n < 200; n++) {
		status = status_of(parse_and_write, n);
		if (status != EXIT_SYSTEM)
			break;
		told++;
	}
	is_int(status, EXIT_OK, "after the last allocation all is well");
#ifdef CALSYNC_SANITIZED
	ok(told > 10, "each of %d failures ended the program", told);
#else
	is_int(told, 0, "the environment breaks no release build");
#endif
	copy = xstrdup("abc");
	is_str(copy, "abc", "a copy");
	free(copy);
	return done();
}
