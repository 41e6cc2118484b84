/*
 * series_gone: a series that is worked out by dates and is gone from Outlook,
 * where policy says that what the CRM keeps is made there again.
 *
 * The links of its dates end like any other.  What stands for the whole is the
 * removal of the master, which match completes by what was remembered of it
 * (`series_gone`: its uid, rule and first date) and by one date that the CRM
 * has.  One POST makes the series again; apply then hands the dates' links over
 * to the new uid, each by its original date.
 */
#ifndef SERIES_GONE_H
#define SERIES_GONE_H

#include "decision.h"

/* What of a master is remembered, for its skip; nothing if it is not one that
 * may have to be made again. */
void series_gone_remember(struct jsonw *w, const struct candidate *c);
/* True: this is the removal of such a master, and *d makes it again. */
bool series_gone_decide(const struct candidate *c, struct decision *d);

#endif
