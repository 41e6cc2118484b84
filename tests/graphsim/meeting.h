/*
 * meeting: what a change of one copy does to the other copies, and to whom
 * Exchange would send mail about it.
 */
#ifndef GRAPHSIM_MEETING_H
#define GRAPHSIM_MEETING_H

#include "item.h"

/* The parts of an event that a write names; see fields.c for the members. */
enum field {
	FIELD_SUBJECT = 1 << 0,
	FIELD_BODY = 1 << 1,
	FIELD_IMPORTANCE = 1 << 2,
	FIELD_SENSITIVITY = 1 << 3,
	FIELD_START = 1 << 4,
	FIELD_END = 1 << 5,
	FIELD_LOCATION = 1 << 6,
	FIELD_ATTENDEES = 1 << 7,
	FIELD_RECURRENCE = 1 << 8,
	FIELD_ALL_DAY = 1 << 9,
	FIELD_ONLINE = 1 << 10,
	FIELD_OPTIONS = 1 << 11, /* hideAttendees, responseRequested, ... */
	FIELD_CATEGORIES = 1 << 12,
	FIELD_SHOW_AS = 1 << 13,
	FIELD_REMINDER = 1 << 14,
	FIELD_PROPERTY = 1 << 15,

	FIELD_PRIVATE =
	    FIELD_CATEGORIES | FIELD_SHOW_AS | FIELD_REMINDER | FIELD_PROPERTY,
	FIELD_TIME = FIELD_START | FIELD_END | FIELD_RECURRENCE | FIELD_ALL_DAY,
};

/* The whole event, not one of its instances. */
#define WHOLE INT64_MIN

/* Who does it, and how the outbox is to name it. */
struct actor {
	bool person;	/* somebody in Outlook, not a client of the API */
	const char *op; /* "POST", "PATCH", "DELETE", "cancel", ... */
};

/* A new event, or a draft that is sent: copies and invitations. */
void meeting_send(struct event *e, const struct actor *a);

/* The same without mail: every internal attendee gets a copy. */
void meeting_spread(struct event *e);

/* An organizer outside cancels: all copies are marked. */
void meeting_mark_cancelled(struct event *e, int64_t day);

/* What a write did, for meeting_update. */
struct update {
	int64_t day;		   /* the instance, or WHOLE */
	unsigned sent;		   /* enum field bits in the request */
	unsigned changed;	   /* those whose value differs */
	const struct content *old; /* the content before */
	size_t exceptions;	   /* that the master had before */
};

/* The organizer's copy was written: carry it over, and mail. */
void meeting_update(
    struct event *e, const struct update *u, const struct actor *a);

/* Delete at the organizer's; the copies are marked as cancelled. */
void meeting_cancel(struct event *e, int64_t day, const struct actor *a);

/* An answer from an attendee's copy. */
struct answer {
	enum response response;
	bool send;
	int64_t proposed_start, proposed_end; /* utc, 0: none */
};

void meeting_respond(struct event *copy, int64_t day, const struct answer *r,
    const struct actor *a);

/* An attendee deletes the own copy. */
void meeting_discard(struct event *copy, int64_t day, const struct actor *a);

/* Mail to the people of an event for some other reason (attachment). */
void meeting_notify(struct event *e, int64_t day, const struct actor *a);

#endif
