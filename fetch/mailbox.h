/*
 * mailbox: one calendar of one mailbox while it is read.  Requests are put
 * down and answered later, so everything between two answers is kept here.
 * Which calendars there are beside the default one      calendars.c
 * asks the section of that one, while it is read.
 * The order of the work (mailbox.c):
 *
 *   1. the round: delta pages to the delta link; of a
 *      group's calendar all of the window                calendar.c
 *   2. by id: what is said to be removed, `again`,       confirm.c
 *      what the CRM changed                      feed.c, lost.c
 *   3. each series that was touched: master, instances   series.c
 *   4. known members of these that are missing: by id
 *   5. after a baseline, known events that are missing: by id
 *   6. what came as it was is left out                   same.c
 *   7. the marker of events that nobody knows            markers.c
 *   8. distribution lists among the attendees            groups.c
 *   9. of a group's calendar that is written to: whom that mails   followers.c
 *
 * until nothing new turns up; then the section is written.
 */
#ifndef MAILBOX_H
#define MAILBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "db.h"
#include "feed.h"
#include "graph.h"
#include "groups.h"
#include "inquiry.h"
#include "instant.h"
#include "json.h"
#include "json_scan.h"
#include "page.h"
#include "section.h"

/* Reasons of `again`, of all mailboxes; there are about ten. */
#define REASONS_MAX 64

struct fetch {
	struct graph *graph;
	struct db *db; /* NULL: --no-db */
	struct routes routes;
	struct bundles waiting; /* what a change elsewhere brings back */
	bool asked_waiting;
	struct groups groups;
	struct slice expand; /* the query that brings the marker, or "" */
	struct stream_out *out;
	struct slice now; /* the run's */
	struct arena arena;
	struct slice reason[REASONS_MAX];
	size_t reasons;
	struct page page; /* the one that is taken apart now */
	uint64_t stamp;	  /* see same.c */
	/* For the summary. */
	uint64_t sections, incomplete, baselines, by_id, unknown, repaired;
	uint64_t same;
	bool no_select; /* Graph refuses $select on masters */
	bool refused;	/* credentials of a connection */
	bool late;	/* the deadline came first */
};

struct window {
	struct slice start, end;
	int64_t start_us, end_us;
};

/* In `wanted`: settled without a request. */
#define NO_WANT (IDMAP_NONE - 1)
/* Single events that are kept in mind before the database is asked whether
 * they were series once. */
#define SINGLES_MAX 500

/* Where the pages of the round come from. */
enum source {
	FROM_RESUME, /* where a round broke off in an earlier run */
	FROM_LINK,   /* the last delta link */
	FROM_WINDOW  /* a new baseline */
};

enum want_why {
	WANT_REMOVED, /* Graph says that it is gone from this view */
	WANT_AGAIN,   /* the database wants it read again */
	WANT_KNOWN    /* the database has it, this round has not */
};

struct want {
	struct slice id; /* in the mailbox's arena */
	enum want_why why;
	uint16_t again;
	bool off; /* came by itself since */
	bool sent;
	bool gone;    /* 404 */
	bool unknown; /* somebody named it, and nothing was read of it yet */
	bool checked;
};

/* What the default calendar's section has to tell of the others; code NULL:
 * nothing. */
struct list_failed {
	const char *code, *detail;
	int status;
};

struct mailbox {
	struct fetch *fetch;
	struct mailbox *next;
	struct graph_mailbox *graph;

	/* From the mailbox record, which stands in the arena. */
	struct arena arena;
	const struct json *record;
	int64_t account;
	struct slice user, calendar, policy_digest;
	bool shared;		     /* the calendar is another's */
	struct calendars *calendars; /* those that come after this one */
	struct list_failed list_failed;
	struct window need; /* what policy needs */
	uint64_t stamp;	    /* see same.c */
	uint64_t same;	    /* events that were left out */

	/* The round. */
	enum source source;
	struct window window; /* of its token */
	struct slice round;   /* when it began */
	bool group;	      /* a group's calendar: without delta */
	bool by_id; /* no round: what was asked for by name (`only`, `off`) */
	bool baseline; /* all of the window is delivered */
	bool first_page;
	bool was_stuck;
	unsigned restarts, pages, idle_pages;
	struct slice delta_link;
	struct section section;
	struct feed feed; /* changes of the CRM */

	/* By id. */
	struct want *want;
	size_t wants, wants_cap, wants_sent;
	struct idmap wanted;	/* -> want */
	struct inquiry inquiry; /* about which wants */

	/* Series. */
	struct slice *single; /* SINGLES_MAX ids, when there is a need */
	size_t singles;
	uint32_t series_asked; /* all before are asked for */
	unsigned outstanding;  /* requests under way */

	struct lost_ask *lost;		 /* likewise */
	struct same_ask *same_ask;	 /* NULL: nothing to be asked */
	struct markers_ask *markers;	 /* NULL: nothing to be asked */
	struct groups_ask *groups;	 /* NULL: not asked yet */
	struct followers_ask *followers; /* likewise */
	bool asked_again, asked_absent, asked_same;
	bool round_done;
	bool failed;
	const char *error;
	int error_status;
	bool done; /* nothing more will come: write it */
};

/* mailbox.c */
/* Begin to read; `line` is copied.  tenant NULL: it cannot be read. */
struct mailbox *mailbox_open(struct fetch *f, struct slice line);
/* What its record says: the connection, or false if there is nothing to
 * read (a gate, no window). */
bool mailbox_connection(const struct mailbox *m, int64_t *id);
void mailbox_start(struct mailbox *m, struct graph_tenant *tenant);
/* Go on after an answer. */
void mailbox_advance(struct mailbox *m);
/* Incomplete: nothing more is asked.  code as in docs/stream.md; detail NULL:
 * no problem record. */
void mailbox_fail(
    struct mailbox *m, const char *code, int status, const char *detail);
/* The same because of an answer. */
void mailbox_fail_by(struct mailbox *m, const struct graph_answer *answer);
/* It is about what was asked for alone, and asking again would not help. */
bool mailbox_is_lasting(const struct graph_answer *answer);
/* Append a text as a filter has it: in quotation marks, those in it twice. */
void mailbox_add_quoted(struct str *filter, struct slice text);
void mailbox_write(struct mailbox *m);
void mailbox_close(struct mailbox *m);
/* A copy in the mailbox's arena. */
struct slice mailbox_keep(struct mailbox *m, struct slice text);
/* Append the path of the calendar: "" for the default one. */
void mailbox_add_calendar(const struct mailbox *m, struct str *url);
/*
 * The same for what is asked for by id.  An event of the user's own is found by
 * its id wherever it lies, and has to be: that it is not in this calendar is no
 * proof that it is gone.  Another's is found through the calendar only.
 */
void mailbox_add_place(const struct mailbox *m, struct str *url);

/* calendar.c */
void calendar_begin(struct mailbox *m);

/* item.c */
/* False: it cannot be read (a problem was added).  What is repaired stands in
 * the arena. */
bool item_settle(struct mailbox *m, struct arena *a, struct item *item);
/* Put it into its place in the section; true if it is news. */
bool item_take(struct mailbox *m, const struct item *item, uint16_t again);
/* The same from a body that is one resource. */
bool item_take_body(struct mailbox *m, struct slice body, uint16_t again);
/* What a body is; false: nothing that can be read.  It stands in the arena. */
bool item_read(
    struct mailbox *m, struct arena *a, struct slice body, struct item *item);

/* confirm.c */
/* True if the id was not wanted yet. */
bool confirm_want(
    struct mailbox *m, struct slice id, enum want_why why, uint16_t again);
void confirm_forget(struct mailbox *m, struct slice id);
/* Ask for what is wanted; true if a request went out. */
bool confirm_start(struct mailbox *m);
void confirm_reset(struct mailbox *m);

/* lost.c */
/* The CRM says that one of its events, which has no link, is this one. */
void lost_note(struct mailbox *m, struct slice uid, uint16_t again);
/* Look for those; true if a request went out. */
bool lost_start(struct mailbox *m);
void lost_close(struct mailbox *m);

/* markers.c: policy's `marker`.  Rounds do not bring extensions, so what carries
 * one is read by id: once, when it is new here. */
void markers_run(struct fetch *f, const struct json *run);
/* The round brought this one. */
void markers_note(struct mailbox *m, const struct item *item);
/* Ask for those that are not known; true if a request went out. */
bool markers_start(struct mailbox *m);
void markers_reset(struct mailbox *m);
void markers_close(struct mailbox *m);

/* followers.c: ask whom a write to this group's calendar mails; true if a request went
 * out.  The record, an LF behind it, appended to `lines`. */
bool followers_start(struct mailbox *m);
void followers_line(const struct mailbox *m, struct str *lines);
void followers_close(struct mailbox *m);

/* same.c: events that came as they were, byte for byte, are left out. */
void same_run(struct fetch *f, const struct json *run);
void same_mailbox(struct mailbox *m);
/* What is kept of an event's bytes to know them again; 0: nothing. */
uint64_t same_mark(const struct mailbox *m, struct slice data);
/* The round brought this one, now the section's last. */
void same_note(struct mailbox *m, struct slice id);
/* All is there, and what has to be looked at is known; once. */
void same_leave_out(struct mailbox *m);
void same_reset(struct mailbox *m);
void same_close(struct mailbox *m);

/* series.c */
/* The same for series that must be asked for. */
bool series_start(struct mailbox *m);
/* This master is gone: its members that came are asked for by id. */
void series_drop(struct mailbox *m, struct slice master);

/* links.c: what the database knows.  Without one nothing is wanted. */
void links_want_again(struct mailbox *m);
/* The events that were asked for by name. */
void links_want_only(struct mailbox *m);
/* What the CRM changed: linked events are wanted. */
void links_want_changed(struct mailbox *m);
/* What is said to be removed and not known needs no proof. */
void links_drop_unknown(struct mailbox *m);
/* A single event may have been a series: the members that the database has of
 * it are wanted then (a baseline misses them anyway). */
void links_note_single(struct mailbox *m, struct slice id);
/* Known members of series that are new since the last call. */
void links_want_members(struct mailbox *m);
void links_want_absent(struct mailbox *m);

#endif
