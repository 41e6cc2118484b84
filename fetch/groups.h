/*
 * groups: attendees.groups=expand.  Which attendees of the section's events
 * are distribution lists of the firm, and who is on them.  Asked once a run
 * for each address, in batches; only of the firm's own domains, and of no
 * mailbox that is synced.
 *
 * A list is told with its members.  Where it is not known whether an address
 * is one, or who is on it (no right to read groups, no answer, too many), it
 * is told with `members` null: whoever writes to such an event must not
 * believe that it mails one person.
 */
#ifndef GROUPS_H
#define GROUPS_H

#include <stdbool.h>

#include "idmap.h"
#include "json.h"
#include "str.h"

struct mailbox;

/* Members of a list; with more it is not known who is on it. */
#define GROUP_MEMBERS_MAX 999

/* What the run knows. */
struct groups {
	bool on;
	const struct json *domains; /* the firm's; none: all are asked */
	struct idmap index;	    /* address -> group */
	struct group {
		struct slice address; /* in the run's arena */
		struct slice line;    /* the record; NO_SLICE: it is no list */
		bool asked;	      /* an answer came, or will not come */
	} * list;
	size_t count, cap;
	bool told_denied;
};

void groups_run(struct groups *g, const struct json *run);
/* A synced mailbox is no list. */
void groups_mailbox(struct mailbox *m);
void groups_free(struct groups *g);

/* Ask for what this section needs; true if a request went out. */
bool groups_start(struct mailbox *m);
/* The records for this section, an LF behind each, appended to `lines`. */
void groups_lines(struct mailbox *m, struct str *lines);

/* Of a link into /groups what stands behind the service's address, or "". */
struct slice groups_path(struct slice link);

/* Of one mailbox. */
struct groups_ask;
void groups_close(struct mailbox *m);

#endif
