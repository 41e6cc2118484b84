/*
 * canon_event: one Graph item as the canonical record of docs/stream.md, section 3.
 * Read first, all of it; what was read can be written without another check.
 */
#ifndef CANON_EVENT_H
#define CANON_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "canon_fields.h"
#include "canon_people.h"
#include "canon_series.h"
#include "canon_text.h"
#include "canon_when.h"
#include "digest.h"
#include "json.h"

enum kind { KIND_SINGLE, KIND_MASTER, KIND_OCCURRENCE, KIND_EXCEPTION };

/* What the stream says around the items. */
struct context {
	const struct tz *mailbox_zone; /* NULL: none, or not known */
	struct slice marker; /* policy key `marker`: an extension's name */
	struct text text;    /* workspace */
};

struct event {
	enum kind kind;
	struct slice id, etag, change_key, uid, subject, location, marker,
	    transaction;
	struct slice body; /* plain text */
	struct event_zone zone;
	struct when when;
	struct people people;
	const char *show_as, *sensitivity, *response;
	bool has_reminder;
	int64_t reminder; /* minutes */
	bool is_organizer, attachments, draft, cancelled;
	bool online;
	const char *provider;
	struct slice url;	       /* NO_SLICE: none */
	struct slice rule, sentence;   /* NO_SLICE: not recurring */
	struct slice master;	       /* NO_SLICE: no member of a series */
	int32_t slot;		       /* with master */
	const struct event *planned;   /* an exception's date as its master has
					* it; NULL: not known */
	const struct json *categories; /* NULL: none */
	bool has_created, has_modified;
	int64_t created, modified;
};

/* By its type, or by its members when that is not known. */
enum kind event_kind(const struct fields *f);

/*
 * False: f->fault says why not.  `s` is the open block if the item is its
 * master or a member (already filled), else NULL.  `body` is made in
 * *body_space, or is the block's.
 */
bool event_read(struct fields *f, struct context *c, struct series *s,
    struct str *body_space, struct event *e);

/* The object, with its digest, as member `event`. */
void event_write(const struct event *e, struct jsonw *w);

#endif
