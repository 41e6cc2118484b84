/*
 * context: what the stream says of the run and of a section, before the first
 * candidate.  A record that cannot be used ends the program.
 */
#ifndef CONTEXT_H
#define CONTEXT_H

#include "candidate.h"

void run_read(struct run *run, struct slice line);
/* `links`: how many events of the mailbox are linked; -1: roster did not say. */
void section_read(struct section *s, const struct run *run, struct slice line,
    int64_t *links);
/* A group that the section's events name, or whose calendar it is. */
void section_add_group(struct section *s, struct slice line);

#endif
