/*
 * ids: identifiers in the forms that Exchange gives them.
 *
 * Nothing is stored: an id is made from the mailbox and a number, and read
 * back into them.  Results are on the heap.
 *
 * Default ids are entry ids in URL-safe base64 (AAMk...).  An occurrence's id
 * holds the .NET ticks of its original date, so that it stays the same when
 * the occurrence becomes an exception.  Numbers are spread so that pairs of
 * ids exist that differ in the case of one letter only.
 */
#ifndef GRAPHSIM_IDS_H
#define GRAPHSIM_IDS_H

#include "item.h"

/* The id of an item; immutable: the form that survives a move. */
char *ids_item(const struct item *it, bool immutable);

/* The id of a master (or single) itself. */
char *ids_event(const struct event *e, bool immutable);

/* What has this id in the mailbox, in either form; deleted ones too. */
bool ids_find(struct user *u, const char *id, struct item *it);

/* Does a text look like an id at all?  If not: ErrorInvalidIdMalformed. */
bool ids_well_formed(const char *id);

char *ids_calendar(const struct calendar *c);
struct calendar *ids_find_calendar(struct user *u, const char *id);

/* changeKey; the etag is W/"changeKey". */
char *ids_change_key(const struct user *u, uint32_t n);

/* A new iCalUId from the number of the meeting. */
void ids_uid(uint64_t meeting, int64_t utc, char out[113]);

/* The uid of an instance: the date goes into bytes 16 to 19. */
void ids_uid_of_day(const char *uid, int64_t day, char out[113]);

#endif
