/*
 * adopt: the pair's bases are what each side has, so that nothing differs from
 * its base and nothing will be written until somebody changes something.
 */
#include <stdlib.h>

#include "adopt.h"
#include "base.h"
#include "merge.h"
#include "relations.h"

static const char *const rules[] = { [SIGN_SIGNATURE] = "same_signature",
	[SIGN_KEY] = "same_key",
	[SIGN_MARKER] = "same_marker",
	[SIGN_UID] = "same_uid" };

static enum sign
sign_of(const struct json *twin)
{
	const struct json *by = json_get(twin, "by");

	return json_is(by, "uid")      ? SIGN_UID
	       : json_is(by, "marker") ? SIGN_MARKER
	       : json_is(by, "key")    ? SIGN_KEY
				       : SIGN_SIGNATURE;
}

size_t
adopt_twins(
    const struct candidate *c, const struct json **twins, enum sign *sign)
{
	const struct json *i;
	size_t count = 0;

	*sign = SIGN_SIGNATURE;
	for (i = c->twins ? c->twins->child : NULL; i != NULL; i = i->next)
		if (sign_of(i) > *sign)
			*sign = sign_of(i);
	for (i = c->twins ? c->twins->child : NULL; i != NULL; i = i->next)
		if (sign_of(i) == *sign)
			twins[count++] = i;
	return count;
}

/* What differs stays as it is on either side, and is named. */
static struct slice
write_differing(const struct candidate *c)
{
	struct merge m = { 0 };
	struct relations people = relations_wanted(c);
	struct str s = { 0 };
	struct jsonw w;

	merge_compare(&m, c);
	jw_start(&w, &s);
	jw_array(&w, NULL);
	for (size_t i = 0; i < FIELD_COUNT; i++)
		if (merge_compares(&m, &fields[i]) &&
		    merge_differs(&m, &fields[i]))
			jw_cstr(&w, NULL, fields[i].name);
	if (relations_difference(c, &people).data != NULL)
		jw_cstr(&w, NULL, "attendees");
	jw_end(&w);
	return candidate_keep(c, &s);
}

static bool
is_no_event(const struct candidate *c)
{
	return c->event == NULL || c->link != NULL || c->cancelled ||
	       (c->draft &&
		   policy_lists(c->policy, POL_REFUSE, SLICE("draft"))) ||
	       (c->kind == SERIES_MASTER &&
		   !policy_is(c->policy, POL_RECURRING_MODE, "series"));
}

bool
adopt_decide(const struct candidate *c, struct decision *d)
{
	static const bool none[UNIT_COUNT];
	struct candidate pair = *c;
	struct relations people;
	const struct json *twin, *i;

	if (c->twins == NULL || c->twins->count == 0 || is_no_event(c) ||
	    policy_is(c->policy, POL_DIRECTION_EVENTS, "off"))
		return false;
	twin = c->twins->child;
	for (i = twin->next; i != NULL; i = i->next)
		if (sign_of(i) > sign_of(twin))
			twin = i;
	pair.crm = json_get(twin, "crm");
	pair.body_is_crms = true;
	people = relations_wanted(&pair);
	d->op = OP_ADOPT;
	d->rule = rules[sign_of(twin)];
	d->base = base_write(&pair, &people, none);
	d->differs = write_differing(&pair);
	d->needs_crm = true;
	d->twin = twin;
	return true;
}

static int
by_crm_id(const void *left, const void *right)
{
	const struct claim *a = left, *b = right;
	int order = slice_cmp(a->crm_id, b->crm_id);

	if (order != 0)
		return order;
	return a->event < b->event ? -1 : a->event > b->event;
}

/* One CRM event's claims: the strongest sign counts, if it is the only one. */
static void
settle_group(struct claim *list, size_t count)
{
	enum sign best = SIGN_SIGNATURE;
	size_t with_best = 0;

	for (size_t i = 0; i < count; i++)
		if (list[i].sign > best)
			best = list[i].sign;
	for (size_t i = 0; i < count; i++)
		with_best += list[i].sign == best;
	for (size_t i = 0; i < count; i++)
		list[i].adopts = list[i].event_has == 1 &&
				 list[i].sign == best && with_best == 1;
}

void
claims_settle(struct claim *list, size_t count)
{
	size_t end;

	if (count > 1)
		qsort(list, count, sizeof *list, by_crm_id);
	for (size_t i = 0; i < count; i = end) {
		for (end = i + 1; end < count; end++)
			if (!slice_eq(list[i].crm_id, list[end].crm_id))
				break;
		settle_group(list + i, end - i);
	}
}

enum claimed
claims_ask(const struct claim *list, size_t count, struct slice crm_id)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (slice_cmp(list[middle].crm_id, crm_id) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == count || !slice_eq(list[low].crm_id, crm_id))
		return UNCLAIMED;
	for (; low < count && slice_eq(list[low].crm_id, crm_id); low++)
		if (list[low].adopts)
			return ADOPTED;
	return AMBIGUOUS;
}
