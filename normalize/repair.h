/*
 * repair: find out whose record it is that holds what no text may hold.
 *
 * \u0000 and half surrogate pairs are well-formed JSON to some writers, but
 * neither PostgreSQL nor a strict reader takes them.  Such a record is a
 * problem; to name it, its id has to be read.
 */
#ifndef REPAIR_H
#define REPAIR_H

#include "arena.h"
#include "str.h"

/* A copy with U+FFFD in place of such escapes; NO_SLICE if there are none. */
struct slice repair_escapes(struct arena *a, struct slice line);

#endif
