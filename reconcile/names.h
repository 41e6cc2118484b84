/*
 * names: a set of texts that were met before, such as the addresses of places
 * or the keys of meetings.  The texts are copied.
 */
#ifndef NAMES_H
#define NAMES_H

#include "str.h"

struct names;

struct names *names_open(void);
void names_close(struct names *n);
bool names_have(const struct names *n, struct slice text);
/* False: it was there before. */
bool names_add(struct names *n, struct slice text);
void names_forget(struct names *n); /* all of them */

#endif
