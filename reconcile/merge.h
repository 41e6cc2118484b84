/*
 * merge: three ways, unit by unit.  Each side is compared with its own base
 * in its own terms (U1); where both have moved, conflict.events says who
 * wins, and conflict.scope whether that goes for the unit or for the record.
 */
#ifndef MERGE_H
#define MERGE_H

#include "decision.h"
#include "fields.h"

struct unit_state {
	bool graph;   /* Graph's class is another than at the base */
	bool crm;     /* the CRM's value is another than at the base */
	bool edited;  /* the same, also where it does not travel */
	bool unknown; /* no base: it was not exchanged then */
	bool differs; /* the two sides do not agree now */
	bool own; /* the CRM was edited, and what Graph has in this date alone
		     is something else */
	bool graph_says,
	    crm_says; /* and this one has more than an empty value */
};

/* What becomes of a unit in which the sides differ. */
struct choice {
	bool write[UNIT_COUNT];	  /* Graph's value goes into the CRM */
	bool out[UNIT_COUNT];	  /* the CRM's goes to Graph */
	bool pending[UNIT_COUNT]; /* neither: the CRM's waits */
	bool lost[UNIT_COUNT];	  /* a change of the losing side */
	bool refused;		  /* Graph's change is not taken */
};

struct merge {
	const struct candidate *c;
	const struct json *now; /* Graph's state in CRM terms */
	const struct json *was; /* base.graph in CRM terms */
	const struct json
	    *own; /* of an exception that is seen as its master has
				   it: what Graph has; else NULL */
	struct unit_state units[UNIT_COUNT];
};

void merge_compare(struct merge *m, const struct candidate *c);
/* Is this field exchanged, compared, and known on both sides? */
bool merge_compares(const struct merge *m, const struct field *f);
/* Has the CRM's value of this field moved from its base?  What the CRM shows
 * for people only never has. */
bool merge_crm_moved(const struct merge *m, const struct field *f);
/* Has Graph's? */
bool merge_graph_moved(const struct merge *m, const struct field *f);
/* Of an answer that was given on both sides: whose counts?  Another's meeting is
 * Graph's, but one's own answer is not. */
bool merge_answer_is_graphs(const struct candidate *c);
/* Do the two sides not agree on this field? */
bool merge_differs(const struct merge *m, const struct field *f);
/* Is what Graph has in the event itself another value than the CRM's? */
bool merge_own_differs(const struct merge *m, const struct field *f);
void merge_choose(struct merge *m, struct choice *k);
/* May the CRM's changes go to Graph?  Only through the organizer's copy (U7). */
bool merge_goes_out(const struct candidate *c);

/*
 * The CRM's part of the answer: d->out.  True: something of the CRM's people
 * waits for another write (attendees.trigger).  d->attendees is what goes into
 * the CRM by the same decision.
 */
bool merge_out(
    const struct merge *m, const struct choice *k, struct decision *d);

/* A list of the CRM's (attendees by address, rooms by resource), with the
 * `difference` that comes in beside what goes out. */
void merge_list_after(struct jsonw *w, const struct candidate *c,
    const char *name, const char *key, struct slice difference);

/* What a side has in the fields `told`, for the admins' log; `names`, empty before,
 * gets those fields.  Of private events that is all that is told (L8). */
struct slice merge_values(const struct merge *m, const bool told[FIELD_COUNT],
    const struct json *side, struct str *names);
/* The same of the losing side (`loser`: Graph's event, or the CRM's): what is
 * overwritten in the units `written`. */
struct slice merge_lost(const struct merge *m, const struct choice *k,
    const bool written[UNIT_COUNT], const struct json *loser,
    struct str *names);
/* "what: names"; NO_SLICE without any. */
struct slice merge_say(
    const struct candidate *c, const char *what, const struct str *names);

/* Compare, decide, fill in the ops or the skip. */
void merge_decide(const struct candidate *c, struct decision *d);

#endif
