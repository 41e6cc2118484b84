/*
 * mail_count: the budgets.  What is passed is counted; what would go over one
 * of them is held, and a smaller one behind it may still pass.
 *
 * The addresses mailed in this run are kept in a hash table; there are no more
 * of them than mails were passed, and mail.per_run bounds those.
 */
#include <stdlib.h>
#include <string.h>

#include "mail.h"
#include "xalloc.h"

#define SLOTS_FIRST 256

struct mail_count {
	struct arena arena; /* the addresses */
	int64_t run, section;
	struct mailed *slots; /* a power of two; open addressing */
	size_t slot_count, used;
};

struct mail_count *
mail_count_open(void)
{
	return xcalloc(1, sizeof(struct mail_count));
}

void
mail_count_close(struct mail_count *n)
{
	arena_free(&n->arena);
	free(n->slots);
	free(n);
}

void
mail_count_section(struct mail_count *n)
{
	n->section = 0;
}

/* FNV-1a */
static size_t
hash(struct slice s)
{
	uint64_t h = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < s.len; i++)
		h = (h ^ (unsigned char)s.data[i]) * UINT64_C(1099511628211);
	return (size_t)h;
}

static struct mailed *
find(const struct mail_count *n, struct slice address)
{
	size_t i = hash(address) & (n->slot_count - 1);

	while (n->slots[i].address.data != NULL &&
	       !slice_eq(n->slots[i].address, address))
		i = (i + 1) & (n->slot_count - 1);
	return &n->slots[i];
}

static void
grow(struct mail_count *n)
{
	struct mailed *old = n->slots;
	size_t count = n->slot_count;

	if (n->used * 2 < n->slot_count)
		return;
	n->slot_count = count > 0 ? count * 2 : SLOTS_FIRST;
	n->slots = xcalloc(n->slot_count, sizeof *n->slots);
	for (size_t i = 0; i < count; i++)
		if (old[i].address.data != NULL)
			*find(n, old[i].address) = old[i];
	free(old);
}

static void
count_one(struct mail_count *n, struct slice address)
{
	struct mailed *m;

	grow(n);
	m = find(n, address);
	if (m->address.data == NULL) {
		m->address = (struct slice){ arena_copy(&n->arena, address.data,
						 address.len),
			address.len };
		n->used++;
	}
	m->times++;
}

static int64_t
passed_to(const struct mail_count *n, struct slice address)
{
	return n->slot_count > 0 ? find(n, address)->times : 0;
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
		if (here + passed_to(n, a) + spent_on(spent, spent_count, a) >
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
		count_one(n, ask->mail->list[i]);
	n->run += (int64_t)ask->mail->count;
	n->section += (int64_t)ask->mail->count;
	return v;
}
