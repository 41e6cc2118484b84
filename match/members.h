/*
 * members: of a group to whose calendar is written (stream.md, section 9).
 */
#ifndef MEMBERS_H
#define MEMBERS_H

#include "db.h"
#include "section.h"

/* The section's own group record, with what the CRM knows of its members, as a
 * line without LF. */
void members_write(const struct section *s, struct db *db, struct str *line);

#endif
