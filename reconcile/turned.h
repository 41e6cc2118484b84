/*
 * turned: a single event that is made a series in Outlook, and the way back.  Its
 * Graph id becomes the master's, which is nothing in the CRM where series come in by
 * their dates; the link goes on with the first date, and then with what the master
 * has become.  match says of that event that its link is from the time before
 * (candidate.turned), and the op that it gives has the link's new key.
 */
#ifndef TURNED_H
#define TURNED_H

#include "decision.h"

/* What had the link is a master now. */
bool turned_into_series(const struct candidate *c);
/* Late, as the first date may come behind it and go on with the link. */
void turned_decide(const struct candidate *c, struct decision *d);
/* Does this op give the link another key?  Only through the copy that decides. */
bool turned_has_key(const struct candidate *c, const struct decision *d);

#endif
