/*
 * section: the run's and the section's opening records, kept apart from the
 * batches because they live longer.  They were parsed by the stream already
 * (that is how it checks the envelope), so they are well-formed here.
 */
#include <assert.h>

#include "section.h"

static const struct json *
keep(struct arena *a, struct slice line)
{
	const struct json *v;

	arena_reset(a);
	line.data = arena_copy(a, line.data, line.len);
	v = json_parse(a, line, JSON_IS_UTF8, NULL);
	assert(v != NULL);
	return v;
}

void
section_run(struct section *s, struct slice line)
{
	const struct json *run = keep(&s->run_arena, line);

	s->run_policy = json_get(run, "policy");
	s->now = json_get(run, "now");
	str_reset(&s->now_text);
	str_add_slice(&s->now_text, json_str(s->now));
}

/*
 * The slot of a meeting's key is '' when all copies share one CRM event, and
 * the owner's account when each user has their own.  Under `foreign` that
 * depends on who organises it, which reconcile decides: both are asked for.
 */
static void
slots(struct section *s)
{
	const struct json *copies = json_get(s->run_policy, "event.copies");
	bool each = json_is(copies, "each");
	bool foreign = json_is(copies, "foreign");

	s->slot_shared = !each;
	s->slot_own = each || foreign;
}

/* owner.from says when the organizer owns a meeting; but where each user has
 * their own event, they own it. */
static void
find_owner_from(struct section *s)
{
	s->owner_from = "user";
	if (json_is(json_get(s->run_policy, "owner.from"), "synced"))
		s->owner_from = "synced";
	if (json_is(json_get(s->run_policy, "event.copies"), "each"))
		s->owner_from = NULL;
}

bool
section_group(struct section *s, struct slice line)
{
	struct group *g = arena_array(&s->arena, 1, sizeof *g);
	char *text = arena_copy(&s->arena, line.data, line.len);

	g->record = json_parse(
	    &s->arena, (struct slice){ text, line.len }, JSON_IS_UTF8, NULL);
	if (json_true(g->record, "own")) {
		s->own = g->record;
		return true;
	}
	g->next = s->groups;
	s->groups = g;
	return false;
}

const struct json *
section_members(const struct section *s, struct slice address)
{
	for (const struct group *g = s->groups; g != NULL; g = g->next)
		if (slice_eq(json_text(g->record, "address"), address))
			return json_get(g->record, "members");
	return NULL;
}

/* The user's own row of policy, else the org's. */
static const struct json *
policy_of(const struct section *s, const char *key)
{
	const struct json *own = json_path(s->mailbox, "policy", key, NULL);

	return own != NULL ? own : json_get(s->run_policy, key);
}

/* Files may change although nothing else of the event does. */
static void
find_files(struct section *s)
{
	/* Those of another's calendar are not to be had by the event's id. */
	s->files = json_text(s->mailbox, "shared").len == 0 &&
		   json_is(policy_of(s, "attachments"), "to_crm");
}

static void
find_dates(struct section *s)
{
	const struct json *mode = policy_of(s, "recurring.mode");

	s->dates = !json_is(mode, "series") && !json_is(mode, "skip");
}

void
section_open(struct section *s, struct slice line)
{
	s->mailbox = keep(&s->arena, line);
	s->groups = NULL;
	if (!json_int(
		json_get(s->mailbox, "account"), 1, INT64_MAX, &s->account))
		s->account = 0;
	str_reset(&s->account_text);
	str_addf(&s->account_text, "%lld", (long long)s->account);
	s->first =
	    json_true(s->mailbox, "first") && json_true(s->mailbox, "outward");
	slots(s);
	find_owner_from(s);
	find_files(s);
	find_dates(s);
	str_reset(&s->calendar);
	str_add_slice(&s->calendar, json_text(s->mailbox, "calendar"));
	s->places =
	    s->calendar.len > 0 || json_get(s->mailbox, "calendars") != NULL;
	s->marks = json_text(s->run_policy, "marker").len > 0 &&
		   !json_is(json_get(s->run_policy, "marker"), "none");
}

void
section_free(struct section *s)
{
	arena_free(&s->run_arena);
	arena_free(&s->arena);
	str_free(&s->account_text);
	str_free(&s->now_text);
	str_free(&s->calendar);
}
