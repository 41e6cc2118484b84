/*
 * decide: a candidate in, a decision out: the whole stage but the reading and
 * writing.  A function of its argument (L6).
 */
#ifndef DECIDE_H
#define DECIDE_H

#include "decision.h"

void decide(const struct candidate *c, struct decision *d);

#endif
