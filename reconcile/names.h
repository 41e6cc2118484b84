/*
 * names: texts that were met before, such as the addresses of places, the keys
 * of meetings or those who were mailed, and how often.  The texts are copied.
 */
#ifndef NAMES_H
#define NAMES_H

#include <stdint.h>

#include "str.h"

struct names;

struct names *names_open(void);
void names_close(struct names *n);
bool names_have(const struct names *n, struct slice text);
/* How often it was added; 0: never. */
int64_t names_times(const struct names *n, struct slice text);
/* False: it was there before. */
bool names_add(struct names *n, struct slice text);
/* Once less; true: it is there no more. */
bool names_drop(struct names *n, struct slice text);
void names_forget(struct names *n); /* all of them */

#endif
