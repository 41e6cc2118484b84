/*
 * room: mailboxes of rooms that answer invitations by themselves.
 */
#ifndef GRAPHSIM_ROOM_H
#define GRAPHSIM_ROOM_H

#include "world.h"

/* A copy arrived in a mailbox; if it is a room's, it will answer. */
void room_invited(struct event *copy);

/* Answers that are due by now. */
void room_tick(void);

#endif
