/*
 * mail_count: the budgets.  What is passed is counted; what would go over one
 * of them is held, and a smaller one behind it may still pass.
 *
 * The addresses mailed in this run are kept; there are no more of them
 * than mails were passed, and mail.per_run bounds those.
 */
#include <stdlib.h>

#include "mail.h"
#include "names.h"
#include "xalloc.h"

struct mail_count {
	struct names *mailed; /* in this run */
	int64_t run, section;
};

struct mail_count *
mail_count_open(void)
{
	struct mail_count *n = xcalloc(1, sizeof *n);

	n->mailed = names_open();
	return n;
}

void
mail_count_close(struct mail_count *n)
{
	names_close(n->mailed);
	free(n);
}

void
mail_count_section(struct mail_count *n)
{
	n->section = 0;
}

static int64_t
spent_on(const struct mailed *spent, size_t count, struct slice address)
{
	for (size_t i = 0; i < count; i++)
		if (slice_eq(spent[i].address, address))
			return spent[i].times;
	return 0;
}

/* The first address that would get too many, by mail.per_person.  The list is
 * sorted: equal ones stand together. */
static bool
is_too_much_for_one(const struct mail_count *n, const struct recipients *mail,
    const struct mailed *spent, size_t spent_count, int64_t most)
{
	int64_t here = 0;

	for (size_t i = 0; i < mail->count; i++) {
		struct slice a = mail->list[i];

		here = i > 0 && slice_eq(a, mail->list[i - 1]) ? here + 1 : 1;
		if (here + names_times(n->mailed, a) +
			spent_on(spent, spent_count, a) >
		    most)
			return true;
	}
	return false;
}

static struct verdict
over(const char *rule, enum policy_key key, int64_t now, size_t more,
    struct str *tell)
{
	str_addf(tell, "%zu more after %lld", more, (long long)now);
	return (struct verdict){ R_MAIL_HELD, rule, key, str_slice(tell) };
}

/* a + b > most, without overflow; most may be "unlimited" */
static bool
exceeds(int64_t a, size_t b, int64_t most)
{
	return b > 0 && (a > most || (int64_t)b > most - a);
}

/* Is there room in the budgets? */
static struct verdict
judge(struct mail_count *n, const struct mail_ask *ask, struct str *tell)
{
	const struct policy *p = ask->policy;
	size_t more = ask->mail->count;
	int64_t passed = ask->run->mails + n->run;

	if (exceeds(passed, more, policy_number(p, POL_MAIL_PER_RUN)))
		return over(
		    "mail.per_run", POL_MAIL_PER_RUN, passed, more, tell);
	if (exceeds(n->section, more, policy_number(p, POL_MAIL_PER_MAILBOX)))
		return over("mail.per_mailbox", POL_MAIL_PER_MAILBOX,
		    n->section, more, tell);
	if (is_too_much_for_one(n, ask->mail, ask->spent, ask->spent_count,
		policy_number(p, POL_MAIL_PER_PERSON)))
		return (struct verdict){ R_MAIL_HELD, "mail.per_person",
			POL_MAIL_PER_PERSON,
			SLICE("somebody would get too many in 24 hours") };
	return (struct verdict){ .reason = R_NONE };
}

struct verdict
mail_spend(struct mail_count *n, const struct mail_ask *ask, struct str *tell)
{
	struct verdict v = { .reason = R_NONE };

	if (!ask->released)
		v = judge(n, ask, tell);
	if (v.reason != R_NONE)
		return v;
	for (size_t i = 0; i < ask->mail->count; i++)
		names_add(n->mailed, ask->mail->list[i]);
	n->run += (int64_t)ask->mail->count;
	n->section += (int64_t)ask->mail->count;
	return v;
}
