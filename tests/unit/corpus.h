/*
 * corpus: replay what a fuzzer has found.  Paths are those of the top
 * directory; clang is not needed.
 */
#ifndef CORPUS_H
#define CORPUS_H

#include <dirent.h>
#include <stdlib.h>

#include "t.h"

typedef int fuzzer(const uint8_t *data, size_t size);

static inline void
replay_file(fuzzer *fuzz, const char *dir, const char *name)
{
	static uint8_t bytes[65536];
	char path[512];
	uint8_t *exact;
	FILE *f;
	size_t n;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	f = fopen(path, "rb");
	if (f == NULL) {
		ok(false, "cannot open %s", path);
		return;
	}
	n = fread(bytes, 1, sizeof bytes, f);
	fclose(f);
	/* Of the exact size, so that a sanitizer sees one byte too many. */
	exact = malloc(n > 0 ? n : 1);
	memcpy(exact, bytes, n);
	is_int(fuzz(exact, n), 0, "%s", path);
	free(exact);
}

static inline void
replay(fuzzer *fuzz, const char *dir)
{
	struct dirent **entries;
	int i, n = scandir(dir, &entries, NULL, alphasort);

	ok(n > 2, "there is a corpus in %s", dir);
	for (i = 0; i < n; i++) {
		if (entries[i]->d_name[0] != '.')
			replay_file(fuzz, dir, entries[i]->d_name);
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
}

#endif
