/*
 * accounts: a plain list.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "accounts.h"
#include "db.h"
#include "exits.h"
#include "log.h"
#include "xalloc.h"

void
accounts_add(struct accounts *a, const struct json *mailbox)
{
	bool writes = json_true(mailbox, "outward");
	int64_t id;

	if (!json_int(json_get(mailbox, "account"), 0, INT64_MAX, &id))
		return;
	if (a->count == a->max) {
		a->max = a->max * 2 + 16;
		a->list = xreallocarray(a->list, a->max, sizeof *a->list);
	}
	a->list[a->count++] = (struct account){ .id = id, .writes = writes };
	a->writers += writes;
}

struct account *
accounts_find(const struct accounts *a, int64_t id)
{
	size_t i;

	for (i = 0; i < a->count; i++)
		if (a->list[i].id == id)
			return &a->list[i];
	die(EXIT_SOFTWARE, NULL,
	    "the journal names account %" PRId64 ", which is not of this run",
	    id);
}

const char *
accounts_text(struct accounts *a)
{
	char text[24];
	size_t i;

	db_array_reset(&a->array);
	for (i = 0; i < a->count; i++) {
		if (a->list[i].off)
			continue;
		snprintf(text, sizeof text, "%" PRId64, a->list[i].id);
		db_array_add(&a->array, slice_of(text));
	}
	return db_array_text(&a->array);
}

void
accounts_free(struct accounts *a)
{
	free(a->list);
	str_free(&a->array);
}
