/*
 * settings: mailbox settings, categories, id translation, free/busy.
 */
#ifndef GRAPHSIM_SETTINGS_H
#define GRAPHSIM_SETTINGS_H

#include "scope.h"

struct reply *settings_mailbox(struct scope *s);
struct reply *settings_outlook(struct scope *s);
struct reply *settings_translate(struct scope *s);
struct reply *settings_schedule(struct scope *s);

#endif
