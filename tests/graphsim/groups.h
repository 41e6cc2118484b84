/*
 * groups: distribution lists of the directory.  Mail to one is mail to its
 * members; a meeting's copies are not made for them.  Some are Microsoft 365
 * groups, which have a calendar: people who are on it may read it, applications
 * never, and delta is not for it.  What is written there has the group and who
 * wrote it as attendees, whatever was sent, and mails whoever follows the group.
 */
#ifndef GRAPHSIM_GROUPS_H
#define GRAPHSIM_GROUPS_H

#include "http.h"
#include "meeting.h"

struct group {
	char guid[37];
	char *mail, *name;
	char **members; /* addresses: of users, outside, or of other groups */
	size_t nmembers;
	char **followers; /* addresses: those who have its events by mail */
	size_t nfollowers;
	struct user *calendar; /* what holds it; NULL: there is none */
};

/* From a world: mail, name, members.  NULL or the error. */
struct reply *groups_load(json_t *o);
const struct group *groups_find(const char *mail);
/* Everybody on it, and on the groups on it, each once. */
void groups_each(const struct group *g,
    void (*take)(void *ctx, const char *address, const struct group *nested),
    void *ctx);

/* Whose calendar a path is about; NULL: of none. */
const struct group *groups_calendar(const struct request *r);
/* NULL: this person may read that. */
struct reply *groups_refuse(const struct request *r, const struct group *g);

/* A new event (a changed one: in a mode) of a group's calendar. */
void groups_join(const struct request *r, struct event *e, bool is_new);
/* To those who follow the group of this event, if it is one's, and are not on it. */
void groups_mail(const struct event *e, int64_t day, const struct content *c,
    const char *kind, const struct actor *a);
/* Do people of groups get mail about this? */
bool groups_mail_all(const struct event *e);

/* /groups, /groups/{id}, /groups/{id}/transitiveMembers and members */
struct reply *groups_serve(struct request *r);

#endif
