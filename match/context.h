/*
 * context: the questions that match asks the database about a batch.
 */
#ifndef CONTEXT_H
#define CONTEXT_H

#include "batch.h"
#include "db.h"
#include "people.h"
#include "section.h"

/*
 * Fill `known`, `who` and `context` of the batch's items: at most four statements
 * (match_known, match_people, match_context, match_crm of docs/stream.md), none when
 * there is nothing to ask.  Ends the program when the database cannot answer.
 */
void context_ask(struct batch *b, struct db *db, const struct section *s,
    struct people *people);

#endif
