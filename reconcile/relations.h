/*
 * relations: whom the CRM event gets, and who owns it (mapping page, 3.2 and
 * 3.3).  A relation is one user, contact or lead, however many of their
 * addresses stand on the event.
 */
#ifndef RELATIONS_H
#define RELATIONS_H

#include "candidate.h"
#include "fields.h"

struct relation {
	struct slice person; /* user, contact, lead */
	struct slice id;
	struct slice address, name, role;
	const char *response; /* the CRM's word */
	bool cut;	      /* left out by attendees.max */
};

struct relations {
	struct relation *list; /* by name, then address; the cut ones last */
	size_t count;
};

/* Its record is made before the event (unmatched.create): the id is not known. */
bool relation_is_made(const struct relation *r);

/* The user who owns the CRM event: never empty. */
struct slice owner_user(const struct candidate *c);
/* The slot of the meeting's key: "" or the section's account. */
struct slice owner_slot(const struct candidate *c);

/* Who of the event becomes a relation. */
struct relations relations_wanted(const struct candidate *c);
/* The CRM's word for a Graph response (mapping page, 2.2). */
const char *response_class(struct slice response);
/* The class of the CRM's own word: tentative has accepted. */
struct slice answer_class(struct slice answer);

/*
 * What has to change in the CRM: {"add":[],"remove":[],"change":[]}, or
 * NO_SLICE if nothing.  For a new meeting everybody is added.
 */
struct slice relations_difference(
    const struct candidate *c, const struct relations *wanted);
/* The "relations" member of base.graph: what of Graph became a relation. */
void relations_write_base(
    struct jsonw *w, const struct candidate *c, const struct relations *r);

/* A change of one relation's answer, as relations_difference gives it.
 * `relation` is one of the CRM's. */
struct slice relation_answer(
    const struct candidate *c, const struct json *relation, const char *answer);

/* The same for rooms, by locations.mode. */
struct slice rooms_difference(const struct candidate *c);
void rooms_write_base(struct jsonw *w, const struct candidate *c);
/*
 * The rooms of the event that locations.mode=create makes a calendar for, each
 * once: those that the CRM has none for.  Free text has no address, and none
 * is made for it.  rooms_difference adds them without a resource.
 */
const struct json **rooms_missing(const struct candidate *c, size_t *count);
/* A room name that fits more than one resource. */
bool rooms_are_ambiguous(const struct candidate *c);

#endif
