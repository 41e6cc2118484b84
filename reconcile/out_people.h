/*
 * out_people: which people of a CRM event Graph gets (mapping page, 3.2):
 * everybody whom attendees.to_graph lets out when the meeting is made, later
 * additions and removals against the base (U5).  Never a list that replaces
 * Graph's.
 */
#ifndef OUT_PEOPLE_H
#define OUT_PEOPLE_H

#include "candidate.h"

/* Somebody, or a room, that goes out. */
struct guest {
	struct slice person, id; /* of a room: NO_SLICE, the resource */
	struct slice address, name;
	bool is_room;
};

struct guests {
	struct guest *add;
	size_t added;
	struct slice *remove; /* addresses, as Graph has them */
	bool *removes_room;
	size_t removed;
	size_t people; /* of both, without rooms */
	size_t
	    mute; /* would be added, and have no address that can be mailed */
	bool invites; /* send_invites was ticked: more than a list's change */
};

/* The gates' questions about everybody on the CRM event (not the owner). */
bool out_people_have_private(const struct candidate *c);
bool out_people_are_internal(const struct candidate *c);

/* For a new meeting. */
struct guests out_people_new(const struct candidate *c);
/* What the CRM changed since its base and Graph has not done already. */
struct guests out_people_changed(const struct candidate *c);

/* {"add":[...],"remove":[...]}, or NO_SLICE if there is nobody. */
struct slice out_people_write(
    const struct candidate *c, const struct guests *g);

#endif
