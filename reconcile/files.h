/*
 * files: attachments=to_crm.  What is attached to an event is no part of it:
 * apply reads the files when the event is settled, and they never travel in
 * the stream.  Here it is decided whether it has to: when the copy that
 * decides has files, and its version is not the one that was looked at last.
 */
#ifndef FILES_H
#define FILES_H

#include "decision.h"

/* The event's files are to be looked at. */
bool files_wanted(const struct candidate *c);
/* "files" of base.graph: the version at which they were, or will be now. */
void files_write_base(struct jsonw *w, const struct candidate *c);

#endif
