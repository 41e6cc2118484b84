/*
 * required: fields.required, the CRM fields without which an event is not
 * saved.
 */
#ifndef REQUIRED_H
#define REQUIRED_H

#include "candidate.h"

/* Is one of them missing?  Their names go to `names` (may be NULL), parted by
 * ", ". */
bool required_is_missing(const struct candidate *c, struct str *names);

#endif
