/*
 * canon: a Graph item as the canonical event of docs/stream.md, section 3.
 *
 * One place for all who read events: normalize makes the stream's records with
 * it, apply what Graph answers to a write, so that both come to the same
 * digest.  normalize has whole series (canon_series.h) and uses event_read and
 * event_write itself; canon_item is for a single answer.
 */
#ifndef CANON_H
#define CANON_H

#include <stdbool.h>

#include "canon_event.h"
#include "canon_html.h"

/* Zeroed but for the context is ready.  The buffers are kept. */
struct canon {
	struct context context;
	struct series alone; /* stands in for a series that is not at hand */
	struct str body;
};

enum canon_kind {
	CANON_FAULT,
	CANON_WHOLE, /* as normalize would write it, digest included */
	/* A member of a series without its master: what it has itself is
	 * right; uid, slot, recurrence_text and digest need not be. */
	CANON_MEMBER
};

/*
 * Write the canonical event of `item`, an object as Graph sent it (parsed with
 * JSON_LAST_WINS), as an object into w (member `event`).  CANON_FAULT: nothing
 * was written, *fault says why.
 */
enum canon_kind canon_item(struct canon *c, const struct json *item,
    struct arena *arena, struct jsonw *w, struct fault *fault);

void canon_free(struct canon *c);

#endif
