/*
 * answer: of the CRM only a change is written, never a state: what stood there
 * before, and what Graph says already, is left alone.
 */
#include <string.h>

#include "answer.h"
#include "expand.h"
#include "merge.h"
#include "out_base.h"
#include "outward.h"

bool
answer_is_exchanged(const struct candidate *c)
{
	return policy_is(&c->section->policy, POL_RSVP, "quiet") &&
	       candidate_goes_out(c) && !c->is_organizer && !c->draft &&
	       !c->section->shared && !c->section->group && c->own == NULL &&
	       !is_date_of_expanded(c) && attendees_exchanged(c) &&
	       !people_are_withheld(c);
}

/* The CRM's word for a response, to the last shade. */
static struct slice
word_of(struct slice response)
{
	return slice_is(response, "tentativelyAccepted")
		   ? SLICE("tentative")
		   : slice_of(response_class(response));
}

static struct slice
graph_word(struct slice answer)
{
	return slice_is(answer, "tentative") ? SLICE("tentativelyAccepted")
					     : answer;
}

/* The line of this person among the CRM's people. */
static const struct json *
line_of(const struct json *people, struct slice user)
{
	const struct json *i;

	for (i = people ? people->child : NULL; i != NULL; i = i->next)
		if (json_is(json_get(i, "person"), "user") &&
		    slice_eq(json_text(i, "id"), user))
			return i;
	return NULL;
}

/* The answer of this user was set in the CRM. */
static bool
has_moved(const struct candidate *c, struct slice user, struct slice *answer)
{
	const struct json *now = line_of(json_get(c->crm, "attendees"), user);
	const struct json *was =
	    line_of(json_get(c->base_crm, "attendees"), user);

	*answer = json_text(now, "response");
	return now != NULL && was != NULL &&
	       !slice_eq(*answer, json_text(was, "response"));
}

/* Answered in Outlook since.  Before answers went out at all, only its class was
 * kept. */
static bool
graph_has_moved(const struct candidate *c)
{
	const struct json *was = json_get(c->base, "response");
	struct slice now = candidate_response(c);

	if (was != NULL)
		return !slice_eq(word_of(json_str(was)), word_of(now));
	was = line_of(json_get(c->base, "relations"), c->section->user);
	return was != NULL &&
	       !json_is(json_get(was, "response"), response_class(now));
}

static void
put_class(
    const struct candidate *c, struct relations *people, struct slice answer)
{
	for (size_t i = 0; i < people->count; i++)
		if (slice_is(people->list[i].person, "user") &&
		    slice_eq(people->list[i].id, c->section->user))
			people->list[i].response =
			    response_class(graph_word(answer));
}

struct slice
answer_out(const struct candidate *c, struct relations *people)
{
	struct slice answer;

	if (!answer_is_exchanged(c) ||
	    !has_moved(c, c->section->user, &answer) ||
	    slice_is(answer, "none") ||
	    slice_eq(answer, word_of(candidate_response(c))))
		return NO_SLICE;
	if (graph_has_moved(c) && merge_answer_is_graphs(c))
		return NO_SLICE;
	put_class(c, people, answer);
	return answer;
}

/* The event as it will be: the user's own answer is another one. */
static struct slice
base_after(const struct candidate *c, struct slice answer)
{
	static const struct guests nobody = { 0 };
	static const bool none[UNIT_COUNT];
	struct candidate after = *c;
	struct str set = { 0 };
	struct jsonw w;

	after.people.list =
	    arena_array(c->arena, c->people.count + 1, sizeof *c->people.list);
	for (size_t i = 0; i < c->people.count; i++) {
		after.people.list[i] = c->people.list[i];
		if (c->people.list[i].is_self)
			after.people.list[i].response = graph_word(answer);
	}
	jw_start(&w, &set);
	jw_object(&w, NULL);
	jw_str(&w, "response", graph_word(answer));
	jw_end(&w);
	return out_base_graph(
	    &after, candidate_keep(c, &set), &nobody, NO_SLICE, none);
}

/* Of the CRM only the people are settled by it. */
static struct slice
base_crm(const struct candidate *c, struct slice difference)
{
	struct str s = { 0 };
	struct jsonw w;

	jw_start(&w, &s);
	jw_object(&w, NULL);
	merge_list_after(&w, c, "attendees", "address", difference);
	jw_end(&w);
	return candidate_keep(c, &s);
}

void
answer_write(const struct candidate *c, struct decision *d, struct slice answer)
{
	static const struct guests nobody = { 0 };
	struct outgoing *o = &d->out;
	bool lost = graph_has_moved(c);

	o->op = OP_RESPOND;
	o->rule = lost ? "conflict" : "answer";
	o->key = lost ? POL_CONFLICT_EVENTS : POL_RSVP;
	o->response = answer;
	o->base_graph = base_after(c, answer);
	o->base_crm = base_crm(c, d->attendees);
	outward_finish(c, o, &nobody);
	/* Also of a meeting that is over nobody is told, but nothing is written
	 * to it without being asked (mail.past). */
	o->is_meeting = true;
}

bool
answer_is_idle(const struct candidate *c)
{
	struct slice answer;

	return !answer_is_exchanged(c) &&
	       has_moved(c, c->section->user, &answer);
}

bool
answer_is_anothers(const struct candidate *c)
{
	const struct json *all = json_get(c->crm, "attendees"), *i;
	struct slice answer, user;

	if (!policy_is(&c->section->policy, POL_RSVP, "quiet") ||
	    !candidate_goes_out(c))
		return false;
	for (i = all ? all->child : NULL; i != NULL; i = i->next) {
		user = json_text(i, "id");
		if (json_is(json_get(i, "person"), "user") &&
		    !(answer_is_exchanged(c) &&
			slice_eq(user, c->section->user)) &&
		    has_moved(c, user, &answer))
			return true;
	}
	return false;
}
