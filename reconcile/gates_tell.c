/*
 * gates_tell: what a gate's answer was made from.
 */
#include "gates_tell.h"
#include "required.h"

/* Addresses that evidence names. */
#define TOLD_MAX 5

void
tell_people(const struct candidate *c, struct str *s)
{
	size_t others = 0, known = 0;

	for (size_t i = 0; i < c->people.count; i++) {
		const struct person *p = &c->people.list[i];

		if (p->is_group)
			continue;
		others += !p->is_self;
		known += !p->is_self && (p->user || p->contact);
	}
	str_addf(s, "%zu %s, %zu known", others,
	    others == 1 ? "person" : "people", known);
}

void
tell_unknown(const struct candidate *c, struct str *s)
{
	size_t count = 0;

	for (size_t i = 0; i < c->people.count; i++) {
		const struct person *p = &c->people.list[i];

		if (c->private || p->user || p->contact || p->is_self ||
		    p->is_group || p->address.len == 0)
			continue;
		if (count++ < TOLD_MAX)
			str_addf(s, "%s%.*s",
			    count == 1 ? "the CRM has no record of " : ", ",
			    SLICE_ARG(p->address));
	}
	if (count > TOLD_MAX)
		str_addf(s, " and %zu more", count - TOLD_MAX);
	if (count > 0)
		str_adds(s, ": make one, and the event comes in");
	else
		tell_people(c, s);
}

void
tell_organizer(const struct candidate *c, struct str *s)
{
	const struct person *o = people_organizer(&c->people);

	if (!c->private && o->address.len > 0)
		str_addf(s, "organized by %.*s", SLICE_ARG(o->address));
}

void
tell_start(const struct candidate *c, struct str *s)
{
	str_addf(s, "%.*s to %.*s", SLICE_ARG(json_text(c->event, "start")),
	    SLICE_ARG(json_text(c->event, "end")));
}

void
tell_stamps(const struct candidate *c, struct str *s)
{
	str_addf(s, "created %.*s, modified %.*s",
	    SLICE_ARG(json_text(c->event, "created")),
	    SLICE_ARG(json_text(c->event, "modified")));
}

void
tell_response(const struct candidate *c, struct str *s)
{
	str_addf(s, "response %.*s", SLICE_ARG(candidate_response(c)));
}

void
tell_missing(const struct candidate *c, struct str *s)
{
	struct str names = { 0 };

	required_is_missing(c, &names);
	str_addf(s, "missing: %s", names.data);
	str_free(&names);
}

void
tell_mirrored(const struct candidate *c, struct str *s)
{
	str_adds(s, "equal to another event of the mailbox");
	if (c->mirror_crm.len > 0)
		str_addf(s, ", CRM event %.*s", SLICE_ARG(c->mirror_crm));
}

void
tell_ended(const struct candidate *c, struct str *s)
{
	str_addf(s, "meeting %lld has ended", (long long)c->meeting);
}
