/*
 * mail: the recipients by the two models (scenarios page, "Mail model"), and
 * the gates that need no other op.
 *
 *   M1 POST: everybody on it.  M2 PATCH by the organizer: nobody if it holds
 *   only what is the user's own (show-as, reminder, categories); those added
 *   and removed if it holds only people; else all who stay, are added or
 *   removed.  M3 DELETE by the organizer: all.  M4 an attendee's copy: nobody.
 *   M5 the organizer and rooms are never counted.
 *
 * paranoid: every PATCH by the organizer mails all, and that an attendee's copy
 * is deleted is told to the organizer.
 *
 * Each write to a group's calendar mails whoever follows the group, which nobody
 * can read: so it is everybody in it (section.followers), whatever is written.
 *
 * A change to the master of a series mails once more for each exception
 * (candidate.exceptions), so each address stands that often.
 */
#include <stdlib.h>

#include "expand.h"
#include "instant.h"
#include "mail.h"
#include "ops.h"

static struct recipients
recipients_new(const struct candidate *c, size_t most, int64_t times)
{
	const struct json *followers = c->section->followers;

	most += followers ? followers->count * (size_t)times : 0;
	return (struct recipients){
		arena_array(c->arena, most + 1, sizeof(struct slice)), 0
	};
}

static int
by_address(const void *a, const void *b)
{
	return slice_cmp(*(const struct slice *)a, *(const struct slice *)b);
}

static bool
has_address(const struct recipients *r, struct slice address)
{
	for (size_t i = 0; i < r->count; i++)
		if (slice_eq(r->list[i], address))
			return true;
	return false;
}

/* With those who follow the group; who is on the event is mailed with the others. */
static struct recipients
sorted(const struct candidate *c, struct recipients r, int64_t times)
{
	const struct json *i = c->section->followers;

	for (i = i ? i->child : NULL; i != NULL; i = i->next) {
		struct slice address = json_text(i, "address");

		for (int64_t n = has_address(&r, address) ? times : 0;
		     n < times; n++)
			r.list[r.count++] = address;
	}
	if (r.count > 1)
		qsort(r.list, r.count, sizeof *r.list, by_address);
	return r;
}

static void
add_guests(struct recipients *r, const struct guests *g)
{
	for (size_t i = 0; i < g->added; i++)
		if (!g->add[i].is_room)
			r->list[r->count++] = g->add[i].address;
	for (size_t i = 0; i < g->removed; i++)
		if (!g->removes_room[i])
			r->list[r->count++] = g->remove[i];
}

static bool
is_removed(const struct guests *g, struct slice address)
{
	for (size_t i = 0; g != NULL && i < g->removed; i++)
		if (slice_eq(g->remove[i], address))
			return true;
	return false;
}

/* Graph's present list, without the organizer and those who are taken off. */
static void
add_staying(struct recipients *r, const struct candidate *c,
    const struct guests *g, int64_t times)
{
	for (size_t i = 0; i < c->people.count; i++) {
		const struct person *p = &c->people.list[i];

		if (p->is_organizer || p->address.len == 0 ||
		    is_removed(g, p->address))
			continue;
		for (int64_t n = 0; n < times; n++)
			r->list[r->count++] = p->address;
	}
}

/* Once, and once more for each exception of a series. */
static int64_t
times_mailed(const struct candidate *c)
{
	return c->kind == SERIES_MASTER ? 1 + c->exceptions : 1;
}

struct recipients
mail_of_post(const struct candidate *c, const struct guests *g)
{
	struct recipients r = recipients_new(c, g->added, 1);

	add_guests(&r, g);
	return sorted(c, r, 1);
}

/* More than what is the user's own? */
static bool
holds_more(const struct candidate *c, struct slice set)
{
	const struct json *v =
	    set.data ? json_parse(c->arena, set, JSON_IS_UTF8, NULL) : NULL;

	for (v = v ? v->child : NULL; v != NULL; v = v->next)
		if (!slice_is(v->key, "show_as") &&
		    !slice_is(v->key, "reminder"))
			return true;
	return false;
}

struct recipients
mail_of_patch(
    const struct candidate *c, const struct outgoing *o, const struct guests *g)
{
	int64_t times = times_mailed(c);
	size_t most = c->people.count * (size_t)times + g->added + g->removed;
	struct recipients r = recipients_new(c, most, times);
	bool paranoid = policy_is(c->policy, POL_MAIL_MODEL, "paranoid") ||
			c->section->group;
	bool people = g->added + g->removed > 0;

	if (!c->is_organizer)
		return sorted(c, r, times);
	if (paranoid || holds_more(c, o->set) ||
	    (people && (o->set.data != NULL || o->categories.data != NULL)))
		add_staying(&r, c, g, times);
	add_guests(&r, g);
	return sorted(c, r, times);
}

struct recipients
mail_of_delete(const struct candidate *c)
{
	struct recipients r = recipients_new(c, c->people.count, 1);
	const struct person *organizer = people_organizer(&c->people);

	if (c->is_organizer)
		add_staying(&r, c, NULL, 1);
	else if (policy_is(c->policy, POL_MAIL_MODEL, "paranoid") &&
		 organizer != NULL && organizer->address.len > 0)
		r.list[r.count++] = organizer->address;
	return sorted(c, r, 1);
}

struct recipients
mail_of_series(const struct candidate *c)
{
	const struct candidate own = expand_own(c);
	struct recipients all = mail_of_delete(c);
	struct recipients date = mail_of_delete(&own);
	struct recipients r = recipients_new(c, all.count + date.count, 1);

	while (r.count < all.count) {
		r.list[r.count] = all.list[r.count];
		r.count++;
	}
	for (size_t i = 0; i < date.count; i++)
		if (!has_address(&r, date.list[i]))
			r.list[r.count++] = date.list[i];
	return sorted(c, r, 1);
}

/* Is it an address of a CRM user? */
static bool
is_users(const struct candidate *c, struct slice address)
{
	const struct json *i;

	for (i = c->relations ? c->relations->child : NULL; i; i = i->next)
		if (json_is(json_get(i, "person"), "user") &&
		    slice_eq(json_text(i, "address"), address))
			return true;
	for (i = c->section->followers ? c->section->followers->child : NULL; i;
	     i = i->next)
		if (json_get(i, "user") != NULL &&
		    slice_eq(json_text(i, "address"), address))
			return true;
	for (i = c->known ? c->known->child : NULL; i; i = i->next)
		if (json_get(i, "user") != NULL &&
		    slice_eq(json_text(i, "address"), address))
			return true;
	return false;
}

static struct slice
tell_first(const struct candidate *c, const struct outgoing *o)
{
	struct str s = { 0 };

	str_addf(&s, "%s, %zu %s", op_name(o->op), o->mail.count,
	    o->mail.count == 1 ? "mail" : "mails");
	return candidate_keep(c, &s);
}

static const struct person *
find_address(const struct candidate *c, struct slice address)
{
	for (size_t i = 0; i < c->people.count; i++)
		if (slice_eq(c->people.list[i].address, address))
			return &c->people.list[i];
	return NULL;
}

/* A list is one of the recipients beside its members: Exchange mails them, and
 * apply compares with what Graph shows. */
static bool
is_list(const struct candidate *c, struct slice address)
{
	const struct person *p = find_address(c, address);

	return p != NULL && p->is_group;
}

static bool
mails_uncertain(const struct candidate *c, const struct outgoing *o)
{
	const struct person *p;

	for (size_t i = 0; i < o->mail.count; i++) {
		p = find_address(c, o->mail.list[i]);
		if (p != NULL && p->is_uncertain)
			return true;
	}
	return false;
}

/* Who may not be mailed; of a private event only how many. */
static struct slice
tell_blocked(const struct candidate *c, const struct outgoing *o)
{
	bool all = policy_is(c->policy, POL_MAIL_ALLOW, "all");
	bool none = policy_is(c->policy, POL_MAIL_ALLOW, "none");
	bool private =
	    c->private || json_is(json_get(c->crm, "sensitivity"), "private");
	struct str s = { 0 };
	size_t count = 0;

	for (size_t i = 0; i < o->mail.count && !all; i++) {
		struct slice address = o->mail.list[i];

		if (!none && (is_users(c, address) || is_list(c, address)))
			continue;
		if (i > 0 && count > 0 &&
		    slice_eq(address, o->mail.list[i - 1]))
			continue;
		if (!private)
			str_addf(&s, "%s%.*s",
			    count > 0 ? ", " : "blocked: ", SLICE_ARG(address));
		count++;
	}
	if (private && count > 0)
		str_addf(&s, "blocked: %zu", count);
	return candidate_keep_if(c, &s, count > 0);
}

/* By how much the CRM moves it: is that what many others move by? */
static bool
moves_with_many(const struct candidate *c, const struct outgoing *o)
{
	const struct json *i = c->section->shifts;
	int64_t now, then, shift;

	if (i == NULL || o->op != OP_PATCH || o->mail.count == 0 ||
	    !event_instant(c, json_text(c->crm, "start"), &now) ||
	    !event_instant(c, json_text(c->base_crm, "start"), &then))
		return false;
	for (i = i->child; i != NULL; i = i->next)
		if (json_int(i, INT32_MIN, INT32_MAX, &shift) &&
		    now - then == shift * SECOND_US)
			return true;
	return false;
}

struct verdict
mail_gate_shift(void)
{
	return (struct verdict){ R_EQUAL_SHIFTS, NULL, POL_NONE,
		SLICE("many events moved by the same time at once") };
}

struct verdict
mail_gate(const struct candidate *c, const struct outgoing *o)
{
	const struct candidate own = expand_own(c);
	struct slice blocked;

	if (c->section->first)
		return (struct verdict){ R_FIRST_RUN, NULL, POL_NONE,
			tell_first(c, o) };
	if (o->is_over && o->is_meeting &&
	    !policy_yes(c->policy, POL_MAIL_PAST))
		return (
		    struct verdict){ R_PAST, NULL, POL_MAIL_PAST, NO_SLICE };
	if (c->run->regenerated && o->op == OP_REMOVE)
		return (struct verdict){ R_DELETE_MAX, "generation", POL_NONE,
			SLICE("the database was restored from elsewhere") };
	if (o->cuts_body)
		return (struct verdict){ R_BODY_CUT, NULL, POL_NONE,
			SLICE("the CRM holds only the head of this text") };
	if (o->cuts_people)
		return (struct verdict){ R_PEOPLE_CUT, NULL, POL_NONE,
			SLICE("the CRM has more people on it than are read") };
	if (o->swings)
		return (struct verdict){ R_OSCILLATION, NULL, POL_NONE,
			SLICE("it was undone in Graph three times") };
	if (c->section->group && c->section->followers == NULL)
		return (struct verdict){ R_MAIL_HELD, "direction.public",
			POL_DIRECTION_PUBLIC,
			SLICE("it is not known who is in the group") };
	blocked = tell_blocked(&own, o);
	if (blocked.data != NULL)
		return (struct verdict){ R_MAIL_HELD, "mail.allow",
			POL_MAIL_ALLOW, blocked };
	if (mails_uncertain(&own, o))
		return (struct verdict){ R_MAIL_HELD, "attendees.groups",
			POL_ATTENDEES_GROUPS,
			SLICE("it is not known who is on a list") };
	if (moves_with_many(c, o))
		return mail_gate_shift();
	return (struct verdict){ .reason = R_NONE };
}
