/*
 * prefer: the wishes of the Prefer header, and $select and $expand, which
 * all say in what form events are to be written.
 */
#ifndef GRAPHSIM_PREFER_H
#define GRAPHSIM_PREFER_H

#include "http.h"

struct prefer {
	const struct tz *tz;
	char zone[128]; /* as asked; "UTC" by default */
	bool zone_given;
	bool text_body;
	bool html_body;
	bool immutable;
	bool minimal;
	long page_size;	    /* 0: not asked */
	const char *select; /* NULL: everything */
	const char *expand;
};

/* Read the wishes; on a bad one returns the error answer, else NULL. */
struct reply *prefer_read(const struct request *r, struct prefer *p);

/* Confirm what was honoured with Preference-Applied. */
void prefer_confirm(const struct prefer *p, struct reply *r);

/* Is a member selected?  Compares names in any case. */
bool prefer_selects(const struct prefer *p, const char *member);

/* Is a word in a comma-separated list, outside parentheses? */
bool prefer_has(const char *list, const char *word);

#endif
