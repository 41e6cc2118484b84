/*
 * accounts: those of the run, and what may be done for each.
 */
#ifndef ACCOUNTS_H
#define ACCOUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "json.h"

struct account {
	int64_t id;
	bool writes; /* its user's policy writes to Graph */
	bool off;    /* nothing can be done for it in this run */
};

struct accounts {
	struct account *list;
	size_t count, max;
	size_t writers;
	struct str array;
};

/* Of a mailbox record; one without an account is left out. */
void accounts_add(struct accounts *a, const struct json *mailbox);
/* It has to be there. */
struct account *accounts_find(const struct accounts *a, int64_t id);
/* Those that are not off, as bigint[]. */
const char *accounts_text(struct accounts *a);
void accounts_free(struct accounts *a);

#endif
