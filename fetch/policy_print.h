/*
 * policy_print: the policy on stdout, as a table for people or as one JSON
 * object a line for programs.  Only the keys that are wanted.
 */
#ifndef POLICY_PRINT_H
#define POLICY_PRINT_H

#include "policy.h"

/* Key, value and where it comes from. */
void policy_print_values(
    const struct policy *p, const bool wanted[POL_COUNT], bool as_json);
/* What each key means, may be, and is by default. */
void policy_print_keys(const bool wanted[POL_COUNT], bool as_json);

/* Keys whose values differ, with both values, where they come from, and what the
 * key means.  How many there are. */
size_t policy_print_difference(
    const struct policy *from, const struct policy *to, bool as_json);

#endif
