/*
 * gates_tell: the evidence of the entry gates: for people to read, without content;
 * the addresses of a private event are content.
 */
#ifndef GATES_TELL_H
#define GATES_TELL_H

#include "candidate.h"

void tell_people(const struct candidate *c, struct str *s);
/* Whom the user could make a record of, so that the event comes in (C-045); of a
 * long list the beginning. */
void tell_unknown(const struct candidate *c, struct str *s);
void tell_organizer(const struct candidate *c, struct str *s);
void tell_start(const struct candidate *c, struct str *s);
void tell_stamps(const struct candidate *c, struct str *s);
void tell_response(const struct candidate *c, struct str *s);
void tell_missing(const struct candidate *c, struct str *s);
/* Of which other event it seems to be a copy. */
void tell_mirrored(const struct candidate *c, struct str *s);
void tell_ended(const struct candidate *c, struct str *s);

#endif
