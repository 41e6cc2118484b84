/*
 * decide: linked or not, and what goes with every answer: when time will
 * change it, whom it waits for, what is to be logged beside it.
 */
#include "decide.h"
#include "adopt.h"
#include "create.h"
#include "fields.h"
#include "files.h"
#include "gates.h"
#include "instant.h"
#include "linked.h"
#include "marks.h"
#include "relations.h"
#include "series_gone.h"
#include "unsynced.h"
#include "utf8.h"
#include "window.h"

/* How long a link may take, and how often it is looked for. */
#define JOIN_HOPED_US (3600 * SECOND_US)
#define JOIN_PAUSE_US (300 * SECOND_US)

static bool
url_is_too_long(const struct candidate *c)
{
	return utf8_count(json_text(json_get(c->event, "online"), "url")) >
	       JOIN_URL_MAX;
}

/* Codes that are logged although the event is synced. */
static struct slice
write_notes(const struct candidate *c)
{
	struct str s = { 0 };
	struct jsonw w;
	bool rooms = rooms_are_ambiguous(c), url = url_is_too_long(c);

	jw_start(&w, &s);
	jw_array(&w, NULL);
	if (rooms)
		jw_cstr(&w, NULL, "room_ambiguous");
	if (url)
		jw_cstr(&w, NULL, "url_too_long");
	jw_end(&w);
	return candidate_keep_if(c, &s, rooms || url);
}

/* Somebody who becomes known later becomes a relation without any change in
 * Graph (mapping page, 3.2). */
static struct slice
unknown_people(const struct candidate *c, bool is_written)
{
	size_t count;
	struct slice digests = people_unknown(c, is_written, &count);

	return count > 0 && attendees_exchanged(c) && !people_are_withheld(c)
		   ? digests
		   : NO_SLICE;
}

/* The link of an online meeting may come without any change of the event: it is
 * looked for again, for an hour after the last one. */
static int64_t
join_due(const struct candidate *c)
{
	const struct json *online = json_get(c->event, "online");
	int64_t modified;

	if (json_is_null(online) || json_text(online, "url").len > 0 ||
	    !online_exchanged(c) ||
	    !event_instant(c, json_text(c->event, "modified"), &modified) ||
	    c->run->now >= modified + JOIN_HOPED_US)
		return 0;
	return c->run->now + JOIN_PAUSE_US;
}

static int64_t
sooner(int64_t a, int64_t b)
{
	return a == 0 || (b != 0 && b < a) ? b : a;
}

static bool
writes_content(const struct decision *d)
{
	return d->op == OP_CREATE || d->op == OP_UPDATE || d->op == OP_BASE;
}

/* Only beside these is somebody made. */
static bool
writes_event(const struct decision *d)
{
	return d->op == OP_CREATE || d->op == OP_UPDATE;
}

/* Looked at, and left as it is: what it waited for it waits for still. */
static bool
stays_linked(const struct decision *d)
{
	return d->op == OP_SKIP &&
	       (d->reason == R_UNCHANGED || d->reason == R_CONFLICT ||
		   d->reason == R_CRM_CHANGED);
}

/* Our own POST, seen before its outcome is known: it would come in twice. */
static bool
may_be_own(const struct candidate *c)
{
	return c->own_post || c->in_flight;
}

static void
decide_own(const struct candidate *c, struct decision *d)
{
	d->reason = c->own_post ? R_OWN_POST : R_IN_FLIGHT;
	d->due = c->run->now;
}

static void
decide_event(const struct candidate *c, struct decision *d)
{
	if (c->from_crm)
		unsynced_decide(c, d);
	else if (c->link != NULL)
		linked_decide(c, d);
	else if (may_be_own(c))
		decide_own(c, d);
	else if (!series_gone_decide(c, d) && !adopt_decide(c, d) &&
		 gates_pass(c, d))
		create_decide(c, d);
	if (!writes_content(d) && !stays_linked(d))
		return;
	d->due = sooner(window_next(c), join_due(c));
	d->waits = unknown_people(c, writes_event(d));
	if (!writes_content(d))
		return;
	d->notes = write_notes(c);
	d->files = files_wanted(c);
}

void
decide(const struct candidate *c, struct decision *d)
{
	*d = (struct decision){ .op = OP_SKIP };
	decide_event(c, d);
	marks_decide(c, d);
}
