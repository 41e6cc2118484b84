/*
 * expand: under recurring.mode = expand the dates of a series are worked out from
 * its master.  Of an exception the rules see its date as the master has it
 * (series.planned), so that it follows the master and nothing else; what Graph
 * really has there is candidate.own, which counts for what is written to Graph:
 * whom it mails, and what it replaces.
 *
 * A write of calsync's own makes an exception of a date.  So the base of such a
 * write keeps under `planned` what was agreed with the master before: or the
 * master's value would look like an answer to the write, and take it back.
 */
#ifndef EXPAND_H
#define EXPAND_H

#include "candidate.h"

/* Is it a date of a series that is worked out from its master? */
bool is_date_of_expanded(const struct candidate *c);
/* See the exception as its master has it.  NULL, or what is wrong. */
const char *expand_read(struct candidate *c);
/* What Graph has. */
struct candidate expand_own(const struct candidate *c);
/* `base`, an object, with `planned` for the time when it is an exception. */
struct slice expand_base(
    const struct candidate *c, struct slice base, struct slice planned);

#endif
