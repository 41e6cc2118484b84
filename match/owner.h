/*
 * owner: whose policy decides about a meeting.  The owner's does; when that is
 * not the user of the section, the candidate carries what the owner's rows
 * change in the org's policy, just as roster writes it into `mailbox`.
 */
#ifndef OWNER_H
#define OWNER_H

#include "batch.h"
#include "section.h"

struct owner;

struct owner *owner_open(void);
/* An object of policy values for owner_policy; NO_SLICE when the section's
 * own policy holds.  Valid until the next call. */
struct slice owner_policy(
    struct owner *o, const struct section *s, const struct item *i);
void owner_close(struct owner *o);

#endif
