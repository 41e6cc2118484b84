/*
 * candidate: the record that match makes of an event or a removal, and of an
 * event of the CRM that is in no mailbox.
 */
#ifndef CANDIDATE_H
#define CANDIDATE_H

#include "batch.h"

/* A removal of what is neither linked, nor remembered as skipped, nor waited
 * for concerns nobody. */
bool candidate_needed(const struct item *i);
/* Write the candidate's line over *line.  owner_policy: an object, NO_SLICE
 * when the section's own policy holds. */
void candidate_write(
    struct str *line, const struct item *i, struct slice owner_policy);

#endif
