/*
 * write_act: what is posted behind an event: cancel, answers, forward,
 * extensions, attachments, reminders.
 */
#ifndef GRAPHSIM_WRITE_ACT_H
#define GRAPHSIM_WRITE_ACT_H

#include "meeting.h"
#include "scope.h"

struct reply *act_cancel(struct scope *s, const char *id);
struct reply *act_respond(
    struct scope *s, const char *id, enum response response);
struct reply *act_forward(struct scope *s, const char *id);
struct reply *act_extensions(struct scope *s, const char *id);
struct reply *act_attachments(struct scope *s, const char *id);
struct reply *act_reminder(struct scope *s, const char *id);

#endif
