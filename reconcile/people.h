/*
 * people: who is on an event, in two views.  The gates look at everybody, the
 * organizer included (mapping page, 3.2); the CRM gets relations: those whom
 * attendees.to_crm lets in, one per record, cut to attendees.max by name.
 * Rooms are no people.
 */
#ifndef PEOPLE_H
#define PEOPLE_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "json.h"
#include "str.h"

struct candidate;

struct person {
	struct slice address, name; /* NO_SLICE where Graph has none */
	struct slice role;	    /* required, optional */
	struct slice response;	    /* Graph's word */
	const struct json *user;    /* entry of `who`, or NULL */
	const struct json *contact; /* the same: a contact or lead */
	bool is_organizer;
	bool is_self;	   /* the user of this section */
	bool is_group;	   /* a list, whose members stand behind it: nobody */
	bool is_uncertain; /* it may be a list, or who is on it is not known */
	bool is_member;	   /* is here by a list, and not in Graph's */
	bool is_added; /* Graph put them on it by itself: nobody, but mailed */
};

struct people {
	struct person *list; /* the organizer first, then Graph's order */
	size_t count;
};

void people_of_event(struct candidate *c, const struct json *who);

/* Somebody may be on the event by a list whose members are not known. */
bool people_are_uncertain(const struct people *p);

const struct person *people_organizer(const struct people *p);
/* Anybody beside the user of the section? */
bool people_has_others(const struct people *p);
/* internal.by=users: everybody is a CRM user; =domains: of the firm. */
bool people_are_internal(const struct candidate *c);
/* A contact who is no CRM user, or NULL. */
const struct person *people_matched(const struct people *p);
/* Private events under private.mode=no_attendees: the people are not
 * exchanged while it is private. */
bool people_are_withheld(const struct candidate *c);
/* unmatched.create: what is made in the CRM for people whom nobody knows, or
 * NULL for nothing.  Nothing is made of what a private event shows. */
const char *people_make(const struct candidate *c);
/* Is it made for this one?  Never for users, for addresses that the CRM has in
 * any field, for rooms, and for the firm's own domains. */
bool people_is_made(const struct candidate *c, const struct person *p);
/* JSON array of the text digests of addresses that are known to nobody;
 * is_written: and of whom nothing is made, as the event is written now. */
struct slice people_unknown(
    const struct candidate *c, bool is_written, size_t *count);
/* Domain of an address: what follows the last @; NO_SLICE if there is none. */
struct slice address_domain(struct slice address);
bool domain_is_firm(const struct candidate *c, struct slice address);
/* The same mailbox?  The CRM spells addresses as people typed them; none is
 * like no other. */
bool address_eq(struct slice a, struct slice b);
/* Is this entry of the CRM's people, or of a base's relations, that person?  Who
 * has no record (an empty id) is known by the address. */
bool is_person(const struct json *entry, struct slice person, struct slice id,
    struct slice address);

#endif
