/*
 * mail: whom Exchange mails because of a write (mail.model), whether they may
 * be mailed, and how many there may be.  Graph has no switch against it, so
 * this is counted before (law L3).
 *
 * The gates are asked in this order: the mailbox's first run, a meeting that
 * is over, tables that were restored, mail.allow; when the section is complete,
 * op after op, the budgets.
 */
#ifndef MAIL_H
#define MAIL_H

#include "decision.h"
#include "out_people.h"

/* Everybody whom a write mails: the model's rules, M1 to M5. */
struct recipients mail_of_post(
    const struct candidate *c, const struct guests *g);
struct recipients mail_of_patch(const struct candidate *c,
    const struct outgoing *o, const struct guests *g);
struct recipients mail_of_delete(const struct candidate *c);
/* Of the series of a date that is worked out from its master: who is on either. */
struct recipients mail_of_series(const struct candidate *c);

/* R_NONE: it may go.  R_FIRST_RUN: a skip.  Else it is held. */
struct verdict {
	enum reason reason;
	const char *rule; /* NULL: the reason's name */
	enum policy_key key;
	struct slice evidence;
};

struct verdict mail_gate(const struct candidate *c, const struct outgoing *o);
/* Held, because many events of the CRM moved by the same time at once: a clock
 * that was set wrong, rather than people who changed their plans. */
struct verdict mail_gate_shift(void);

/* What was passed so far: in this run and, since it opened, in this section. */
struct mail_count;

struct mail_count *mail_count_open(void);
void mail_count_close(struct mail_count *n);
void mail_count_section(struct mail_count *n);

/* Mails of 24 hours to one address. */
struct mailed {
	struct slice address;
	int64_t times;
};

/* What one op asks of the budgets. */
struct mail_ask {
	const struct run *run;
	const struct policy *policy;
	const struct recipients *mail;
	const struct mailed *spent; /* in the 24 hours before this run */
	size_t spent_count;
	bool released; /* counted, and not asked */
};

/* The budgets: R_NONE and it is counted, or R_MAIL_HELD; evidence is appended to
 * `tell`. */
struct verdict mail_spend(
    struct mail_count *n, const struct mail_ask *ask, struct str *tell);

#endif
