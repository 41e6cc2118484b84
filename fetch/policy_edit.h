/*
 * policy_edit: a firm's file with other values, all else as people wrote it:
 * comments, order, blanks, line ends.
 */
#ifndef POLICY_EDIT_H
#define POLICY_EDIT_H

#include "policy_files.h"

/*
 * Set each "KEY=VALUE" in `path`, or with an empty value take the key's line
 * away.  The result is checked with all its layers before the file is replaced,
 * in one step; a file that is missing is made only if `creates`.  Two at once follow
 * each other.  Ends the program when something is wrong: then the file is as it was.
 */
void policy_edit(
    const char *path, const char *profiles, char *const *changes, bool creates);

#endif
