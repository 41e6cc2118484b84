/*
 * calendars: the calendars of a mailbox as resources.
 */
#ifndef GRAPHSIM_CALENDARS_H
#define GRAPHSIM_CALENDARS_H

#include "scope.h"

/* GET and POST .../calendars */
struct reply *calendars_collection(struct scope *s);

/* GET, PATCH, DELETE .../calendars/{id} and .../calendar */
struct reply *calendars_one(struct scope *s);

#endif
