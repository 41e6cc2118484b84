/*
 * candidate: what a decision is made from.  Everything here lives in the
 * record's arena or points into the record's line; the run and the section
 * have arenas of their own.
 *
 * A record stands for a Graph event of the section's mailbox, or, from_crm, for
 * a CRM event that has no copy there.  What the way out needs beside it is at
 * the end of the struct.
 *
 * "Graph" and "CRM" values are in the terms of docs/stream.md, sections 3 and
 * 6; fields.h translates.  Instants are microseconds (instant.h).
 */
#ifndef CANDIDATE_H
#define CANDIDATE_H

#include "arena.h"
#include "json.h"
#include "people.h"
#include "policy.h"
#include "str.h"

struct run {
	struct arena arena;
	int64_t now;
	struct policy policy;	    /* the org's */
	const struct json *domains; /* of the firm; may be NULL */
	const struct json *holds;   /* CRM fields that the adapter keeps */
	uint32_t held;		    /* those of them that fields.h knows */
	int64_t mails;		    /* that this run has caused before */
	int64_t ops;	  /* applied today, if limit.per_day counts them */
	bool regenerated; /* these tables were restored from elsewhere */
};

/* A distribution list, as fetch told. */
struct group {
	struct group *next;
	const struct json *record;
};

struct section {
	struct arena arena;
	struct group *groups;
	bool group;		      /* the calendar is a group's: public */
	const struct json *followers; /* whom a write mails; NULL: unknown */
	struct slice writer;	      /* whom Graph puts on what is written */
	struct slice category;	      /* of what is made here; NO_SLICE: none */
	struct policy policy;	      /* the org's with the user's rows */
	struct slice mailbox, user, zone;
	int64_t account;
	int64_t since; /* when the user was enabled */
	bool has_since;
	bool first;	   /* no complete section of it was committed yet */
	int64_t deletions; /* by us in 24 hours, on either side */
	bool shared; /* another's calendar: nothing is written through it */
	bool off;    /* not synced: only what was asked for by name is done */
	bool only;   /* and that are single events */
	int64_t cleanup; /* the last link of the user's cleanup; 0: none */
	int64_t request; /* its number, 0 in a plan */
	const struct json *shifts; /* seconds that many events moved by */
};

enum series_kind {
	SERIES_SINGLE,
	SERIES_MASTER,
	SERIES_OCCURRENCE,
	SERIES_EXCEPTION
};

enum link_state {
	LINK_NONE,
	LINK_ACTIVE,
	LINK_INACTIVE, /* past window.stop */
	LINK_DORMANT,  /* its user was switched off */
	LINK_ENDED     /* a tombstone */
};

struct candidate {
	const struct run *run;
	const struct section *section;
	const struct policy *policy; /* the one that holds for this event */
	struct arena *arena;
	struct slice id;
	struct slice again; /* why it was read by id; NO_SLICE: it was not */
	bool by_id;	   /* of several calendars: it may lie in another one */
	struct slice mark; /* of the bytes that it came as: passed on */
	int64_t exceptions; /* of the series, in Graph */

	/* The event as Graph has it; both NULL when it is gone. */
	const struct json *event;
	struct slice uid, original_date, digest;
	enum series_kind kind;
	bool all_day, draft, cancelled, is_organizer;
	bool private;  /* in the weak sense: anything but normal */
	int64_t start; /* all-day: midnight in the mailbox's zone */
	int64_t end;
	struct people people;
	bool marked;	  /* category.mark is on this copy */
	bool mark_counts; /* and it is one that select.manual_by lets count */
	/* Of an exception that is seen as its master has it (expand.h): what
	 * Graph has; NULL for all others. */
	const struct json *own, *own_base;
	struct people own_people;

	/* What the sync knows. */
	const struct json *link, *base, *base_crm, *crm, *rooms;
	enum link_state state;
	bool deciding;
	bool restores;	      /* the deleted CRM event becomes it again */
	bool body_is_crms;    /* the event's body is the CRM's own text */
	bool from_crm;	      /* no event of Graph's: start ... are the CRM's */
	bool is_known_copy;   /* link.copies has it */
	bool is_noted_gone;   /* and knows that it is gone */
	bool holds_organizer; /* it is, or was, the organizer's copy */
	bool turned;	      /* the link is from when it was of another kind */
	struct slice former;  /* then its copy's id here; NO_SLICE: none */
	bool first_cancelled; /* of a master: its first date is cancelled */
	int64_t meeting, version;
	struct slice crm_digest, seen;
	struct slice adds; /* whom Graph will put on it by itself: see base.h */

	/* The way out. */
	struct slice crm_id;   /* NO_SLICE: the CRM has nothing like it */
	struct slice changes;  /* raw array: for which this record stands */
	struct slice origin;   /* of the last of them */
	bool in_flight;	       /* a write was sent, its outcome is unknown */
	bool own_post;	       /* it may be our own, not yet settled */
	int64_t series_left;   /* dates that the CRM still has; -1: unknown */
	int64_t owner_account; /* 0: the owner does not sync */
	struct slice
	    series_as; /* how its series is linked: master, occurrences */
	const struct json *twins;	/* CRM events that may be the same */
	const struct json *series_gone; /* see series_gone.h */
	struct slice guid;		/* the CRM event's, for `marker` */
	const struct json *relations;	/* the CRM's people, as they go out */
	const struct json *known;	/* match's `who` */
	const struct json *open_holds, *spent;
	const struct json *picks; /* by hand, see picks.h; NULL: none */

	/* The last write to Graph of each field, within a day, and how often they
	 * were undone: see swings.h. */
	const struct json *wrote;
	struct slice swings;

	/* Of the same mailbox, equal, and linked: see mirrors.h. */
	const struct json *alike;
	struct slice mirror;	 /* it is one: what it waits for */
	struct slice mirror_crm; /* of that CRM event; NO_SLICE: not known */
};

/*
 * Read a candidate record into *c, of which run, section, policy and arena
 * are set.  NULL, or the name of the member that is missing or wrong, for a
 * problem record.  own_policy: room for the owner's policy, when another
 * user's holds.
 */
const char *candidate_read(
    struct candidate *c, const struct json *record, struct policy *own_policy);

/* An instant, or a date's midnight in the mailbox's zone (U19). */
bool event_instant(const struct candidate *c, struct slice text, int64_t *us);
/* Where its fields are: Graph's event, or the CRM's if there is none. */
const struct json *candidate_content(const struct candidate *c);
/* Does policy let Graph's changes in, and the CRM's out? */
bool candidate_comes_in(const struct candidate *c);
bool candidate_goes_out(const struct candidate *c);
/* The CRM has it no more. */
bool candidate_crm_is_gone(const struct candidate *c);
/* An occurrence that went away in Outlook, whose series has it again. */
bool candidate_came_back(const struct candidate *c);
/* Move what was written into the arena; the buffer is freed. */
struct slice candidate_keep(const struct candidate *c, struct str *s);
/* The same, or NO_SLICE. */
struct slice candidate_keep_if(
    const struct candidate *c, struct str *s, bool wanted);
/* Is category.mark among these categories? */
bool candidate_has_mark(
    const struct candidate *c, const struct json *categories);
/* A present copy of the meeting other than this one, in the organizer's
 * mailbox. */
bool candidate_has_organizer_copy(const struct candidate *c);
/* What the user of the section says of themselves on their copy. */
struct slice candidate_response(const struct candidate *c);

#endif
