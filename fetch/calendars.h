/*
 * calendars: which calendars of a mailbox are read beside its default one
 * (policy key calendars).  roster says in the section of the default one which
 * are wanted and which are known; Graph says which there are.  Each becomes a
 * section of its own, with its own cursor, one after the other, so that a
 * mailbox with many calendars has no more of them open than one with two.
 *
 * The user's own are those that Graph says are owned by whom the default one is
 * owned by, and that can be written to: a subscription to holidays, birthdays
 * or a web calendar is nobody's to write.  The others that have an owner are
 * shared with the user.
 *
 * A known calendar that is not in the list any more gets a section without
 * records (`gone`): that says nothing about its events, which are then proved
 * one by one (law L2).  An incomplete list says nothing at all.  One that is known
 * and not wanted any more gets such a section, too (`rests`).
 */
#ifndef CALENDARS_H
#define CALENDARS_H

#include <stdbool.h>

struct graph_tenant;
struct mailbox;

/* Ask for the list, if the section's record wants calendars. */
void calendars_start(struct mailbox *m, struct graph_tenant *tenant);
/* After a section: the next one of its mailbox, started, or NULL. */
struct mailbox *calendars_next(struct mailbox *m);
void calendars_close(struct mailbox *m);

#endif
