/*
 * fields: the members of an event in a request body, read into a content.
 */
#ifndef GRAPHSIM_FIELDS_H
#define GRAPHSIM_FIELDS_H

#include "http.h"
#include "meeting.h"

struct fields {
	struct content *c;	   /* written to; filled with what was before */
	bool creating;		   /* POST: transactionId is allowed */
	bool lenient;		   /* from a person or a world: no 400 */
	unsigned sent;		   /* enum field bits */
	struct recurrence *series; /* new series, if FIELD_RECURRENCE */
	const char *transaction;   /* points into the body */
	bool text_body;		   /* the body was sent as text */
	struct reply *error;	   /* the first thing wrong, or NULL */
};

/* Read all members; false if f->error was set. */
bool fields_read(struct fields *f, json_t *body);

/*
 * What can only be judged when all members are known: order of times,
 * all-day rules, series against start.  series: the one that will hold.
 */
bool fields_check(struct fields *f, const struct recurrence *series);

/* The bits among sent whose value differs between two contents. */
unsigned fields_changed(
    const struct content *old, const struct content *now, unsigned sent);

/* For the readers of single members. */
void fields_fail(
    struct fields *f, int status, const char *code, const char *message);

/* {"pattern","range"}; NULL and f->error if it is wrong. */
struct recurrence *fields_series(struct fields *f, json_t *value);

/* dateTime and timeZone into start or end. */
void fields_time(struct fields *f, const char *name, json_t *value);

/* body, isOnlineMeeting */
void fields_body(struct fields *f, json_t *value);
void fields_online(struct fields *f, bool on);

#endif
