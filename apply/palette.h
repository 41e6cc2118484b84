/*
 * palette: the colours of our categories.  A category has a colour only where
 * the mailbox's own list has it (outlook/masterCategories), so those that a
 * write brings are added to the list if they are not there: once a run and
 * mailbox it is read, and what is there is left as its user wants it.
 *
 * A colour is no content and mails nobody, and making it again does nothing: it
 * is not in the journal.  No write waits for it; that it may not be done is
 * told in a warning, and the category stays without a colour.
 */
#ifndef PALETTE_H
#define PALETTE_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "graph.h"
#include "json.h"
#include "str.h"

#define PALETTE_MAX 4 /* names; we have two */

struct palette {
	struct arena arena;
	struct graph_mailbox *graph;
	struct slice mailbox; /* for messages */
	struct {
		struct slice name, color;
	} wanted[PALETTE_MAX];
	size_t wanted_count;
	bool asked;  /* for the list, in this run */
	bool listed; /* it was answered */
	size_t under_way;
	struct str url, body[PALETTE_MAX];
};

/* colors: an op's {"Salesforce":"preset7"}, or NULL.  The palette's graph and
 * mailbox are set, the mailbox open. */
void palette_want(struct palette *p, const struct json *colors);
/* Requests are under way. */
bool palette_is_busy(const struct palette *p);
void palette_free(struct palette *p);

#endif
