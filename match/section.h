/*
 * section: what match keeps of the run and of the open section.
 */
#ifndef SECTION_H
#define SECTION_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "json.h"
#include "str.h"

struct section {
	struct arena run_arena; /* the run record */
	struct arena arena;	/* the mailbox record */
	const struct json *run_policy, *now;
	const struct json *mailbox;
	struct str now_text;	 /* as a parameter of a query */
	bool first;		 /* a first one of a policy that writes out */
	const char *owner_from;	 /* who owns what comes in: user, synced, or
				    NULL for the section's user always */
	int64_t account;	 /* 0: the section is nobody's */
	struct str account_text; /* as a parameter of a query */
	struct group *groups;	 /* distribution lists that fetch told of */
	const struct json *own;	 /* the last such record, see section_group */
	bool files;		 /* attachments=to_crm */
	bool dates;		 /* series come in by their dates */
	bool places;		 /* of a mailbox with several calendars */
	struct str calendar;	 /* as a parameter of a query */
	bool marks; /* `marker`: what the CRM creates carries its guid */
	/* Slots that a meeting's key may have. */
	bool slot_shared, slot_own;
};

struct group {
	struct group *next;
	const struct json *record;
};

/* A record of a distribution list: kept until the section ends.  True: it is
 * the group whose calendar the section is, in `own`. */
bool section_group(struct section *s, struct slice line);
/* Its members; NULL if the address is no list, or they are not known. */
const struct json *section_members(
    const struct section *s, struct slice address);

/* The tree stays valid until the next call. */
void section_run(struct section *s, struct slice line);
void section_open(struct section *s, struct slice line);
void section_free(struct section *s);

#endif
