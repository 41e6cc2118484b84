/*
 * files: attachments=to_crm.  When all sections are committed, the files of
 * the events that they noted (calsync.file_due) are read and stored, event by
 * event, one file at a time: their bytes are in this program only for as long
 * as it takes to hand one on, and never in the stream.
 *
 * What has the same id, size and time as in the CRM is not read again.  A file
 * that is larger than the CRM takes, and what is no file (another item, a
 * link), is named there without content.  Pictures in the body are left out.
 */
#ifndef FILES_H
#define FILES_H

#include "deliver.h"

struct files;

struct files *files_open(struct deliver *d);
void files_close(struct files *f);
/* The run and mailbox records, as they come by. */
void files_run(struct files *f, struct slice line);
void files_mailbox(struct files *f, const struct json *mailbox);
/* Read and store, and write a result for each event. */
void files_all(struct files *f, struct db *db, struct stream_out *out);
/* 0, EXIT_REFUSED or EXIT_TEMPFAIL */
int files_status(const struct files *f);

#endif
