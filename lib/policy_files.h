/*
 * policy_files: the layers of the org's policy, read from files: built-in
 * defaults, the profile that the firm's file (or --set) names, the firm's file,
 * --set; later wins.  Only programs that start a run read files; the others
 * take the policy from the stream.
 *
 * A file is lines "KEY = VALUE".  Blank lines, lines that begin with # and what
 * follows a # behind a blank do not count.  "profile = NAME" may stand first in
 * the firm's file; "allow KEY = VALUES" in a profile limits what the firm's
 * file and --set may say.  An unknown key, a key that stands twice and a value
 * that is not allowed are errors (U15).
 */
#ifndef POLICY_FILES_H
#define POLICY_FILES_H

#include "policy.h"

#define POLICY_FILE_MAX ((size_t)1024 * 1024) /* bytes */

struct policy_sources {
	const char *file;     /* the firm's file; NULL: none */
	const char *profiles; /* directory of NAME.policy */
	const char *const *set;
	size_t set_count;    /* "KEY=VALUE" each */
	const char *profile; /* out: its name, or NULL */
	struct slice text;   /* in place of what is in the file; or NO_SLICE */
};

/*
 * Read all layers into *p.  Returns the number of errors; each is a line of
 * *errors, "FILE:LINE: what is wrong, and what is allowed".
 */
size_t policy_load(struct policy *p, struct arena *a,
    struct policy_sources *sources, struct str *errors);

#endif
