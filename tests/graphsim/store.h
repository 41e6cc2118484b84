/*
 * store: changes of single items in single mailboxes.  Nothing here knows of
 * other people's copies or of mail; that is meeting.h.
 */
#ifndef GRAPHSIM_STORE_H
#define GRAPHSIM_STORE_H

#include "item.h"

/* Mailboxes and calendars. */
struct user *store_add_user(
    const char *guid, const char *upn, const char *name, const char *zone);
struct calendar *store_add_calendar(struct user *u, const char *name);
/* With its events; of a shared one only the view of it goes. */
void store_delete_calendar(struct calendar *c);

/* A new event with default content, not yet part of a meeting. */
struct event *store_add_event(struct calendar *cal);

/* A new meeting of which e is the first copy. */
void store_add_meeting(struct event *e);
void store_join_meeting(struct event *e, struct meeting *m);

/* The copy in a mailbox; NULL if it has none. */
struct event *store_copy_of(const struct meeting *m, const struct user *u);

/* A new change key.  Unless silent, delta will show the event again. */
void store_touch(struct event *e, bool silent);

void store_delete(struct event *e);

/* Put it into another calendar: a new default id, the old one is gone. */
struct event *store_move(struct event *e, struct calendar *to);

/* The exception of a slot; made from the master if there is none. */
struct exception *store_exception(struct event *e, int64_t day);
void store_drop_exceptions(struct event *e);

/* Delete one occurrence. */
void store_drop_day(struct event *e, int64_t day);

/* Make it a series, or with NULL a single event.  Takes over r. */
void store_set_series(struct event *e, struct recurrence *r);

/* Find a test's event by key, or by id in any mailbox; NULL if none. */
struct event *store_by_key(const char *key, const struct user *u);

#endif
