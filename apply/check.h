/*
 * check: the members of a record that the database would have to cast.  A
 * stream may be written by hand: what is of another type is refused here, with
 * its name, before anything of it reaches SQL.
 */
#ifndef CHECK_H
#define CHECK_H

#include "json.h"
#include "stream.h"

/* The name of the first member that cannot be right; NULL: none. */
const char *check_record(enum rec_type type, const struct json *v);

#endif
