/*
 * outlet: stdout in whole sections, although several are worked on at once.
 * One section has stdout until its end; the others' lines wait in memory.
 */
#ifndef OUTLET_H
#define OUTLET_H

#include "section.h"
#include "stream.h"

struct outlet;

/* Over the sections that were written to their end. */
struct outlet_sums {
	size_t sections, committed, skips, problems;
	size_t counts[OUTCOME_COUNT];
};

struct outlet *outlet_open(struct stream_out *out);
/* The section belongs to the outlet, which frees it after its end. */
void outlet_add(struct outlet *o, struct section *s);
/* A line that stands in no section. */
void outlet_pass(struct outlet *o, struct slice line);
/* Write what can be written, and flush if there was anything. */
void outlet_write(struct outlet *o);
/* Too much waits for another section's end. */
bool outlet_crowded(const struct outlet *o);
const struct outlet_sums *outlet_sums(const struct outlet *o);
/* At the end: also the rest of a section that has no end.  Frees all. */
void outlet_close(struct outlet *o);

#endif
