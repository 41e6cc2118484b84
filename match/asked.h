/*
 * asked: the events that match asks about, as rows of calsync.asked
 * (schemas/049-asked.sql), whose members docs/stream.md section 8 tells.
 */
#ifndef ASKED_H
#define ASKED_H

#include "batch.h"
#include "db_rows.h"
#include "people.h"
#include "section.h"

/* The next row is about item n, counted from 1; its people must be known. */
void asked_add(struct db_rows *rows, const struct item *i, size_t n,
    const struct section *s, const struct people *people);

#endif
