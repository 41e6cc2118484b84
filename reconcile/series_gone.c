/*
 * series_gone: the content is that of one date, the times are the master's.
 */
#include "series_gone.h"
#include "gates.h"
#include "outward.h"

static const char *const times[] = { "recurrence", "start", "end", "zone",
	"all_day" };
#define TIMES (sizeof times / sizeof times[0])

static bool
is_of_master(struct slice name)
{
	for (size_t i = 0; i < TIMES; i++)
		if (slice_is(name, times[i]))
			return true;
	return false;
}

static bool
is_worked_out_by_dates(const struct candidate *c)
{
	return policy_is(c->policy, POL_RECURRING_MODE, "expand");
}

void
series_gone_remember(struct jsonw *w, const struct candidate *c)
{
	if (c->event == NULL || c->kind != SERIES_MASTER || !c->is_organizer ||
	    !is_worked_out_by_dates(c) ||
	    json_text(c->event, "recurrence").len == 0 ||
	    json_text(c->event, "zone").len == 0)
		return;
	jw_object(w, "series");
	jw_str(w, "uid", c->uid);
	for (size_t i = 0; i < TIMES; i++) {
		const struct json *v = json_get(c->event, times[i]);

		jw_raw(w, times[i], v != NULL ? v->raw : NO_SLICE);
	}
	jw_end(w);
}

/* The date as the CRM has it, with the master's rule and times. */
static const struct json *
series_of(const struct candidate *c)
{
	const struct json *i;
	struct str s = { 0 };
	struct jsonw w;

	jw_start(&w, &s);
	jw_object(&w, NULL);
	for (i = c->crm->child; i != NULL; i = i->next)
		if (!is_of_master(i->key))
			jw_key_raw(&w, i->key, i->raw);
	for (size_t n = 0; n < TIMES; n++) {
		i = json_get(c->series_gone, times[n]);
		jw_raw(&w, times[n], i ? i->raw : NO_SLICE);
	}
	jw_end(&w);
	return json_parse(c->arena, candidate_keep(c, &s), JSON_IS_UTF8, NULL);
}

/* As of a single event: only what was the user's own; and what has become private
 * stays where it is. */
static bool
is_made_again(const struct candidate *c)
{
	return c->series_gone != NULL && c->event == NULL && c->crm != NULL &&
	       is_worked_out_by_dates(c) && candidate_goes_out(c) &&
	       !c->section->shared && !candidate_crm_is_gone(c) &&
	       policy_is(c->policy, POL_DELETE_TO_CRM, "recreate") &&
	       policy_yes(c->policy, POL_RECURRING_TO_GRAPH) &&
	       slice_eq(json_text(c->crm, "owner"), c->section->user) &&
	       !(json_is(json_get(c->crm, "sensitivity"), "private") &&
		   gates_refuse_private(c));
}

bool
series_gone_decide(const struct candidate *c, struct decision *d)
{
	struct candidate fresh = *c;

	if (!is_made_again(c))
		return false;
	fresh.crm = series_of(c);
	fresh.kind = SERIES_MASTER;
	outward_post(&fresh, d, "deleted");
	d->out.key = POL_DELETE_TO_CRM;
	d->out.evidence = SLICE("its dates are in the CRM: the series");
	d->out.dates = json_text(c->series_gone, "uid");
	return true;
}
