#include "context.h"
#include "exits.h"
#include "fields.h"
#include "instant.h"
#include "log.h"

/* A copy of the line that lives as long as the arena, parsed. */
static struct json *
parse_into(struct arena *a, struct slice line)
{
	struct slice kept = { arena_copy(a, line.data, line.len), line.len };
	const char *why = NULL;
	struct json *v = json_parse(a, kept, JSON_STRICT, &why);

	if (v == NULL)
		die(EXIT_DATA, NULL, "malformed record: %s", why);
	return v;
}

static void
read_policy(struct policy *p, struct arena *a, const struct json *record,
    const char *whose)
{
	struct str why = { 0 };

	if (!policy_read(p, a, json_get(record, "policy"), &why))
		die(EXIT_CONFIG, "correct the policy and run again",
		    "policy of the %s: %s", whose, why.data);
	str_free(&why);
}

void
run_read(struct run *run, struct slice line)
{
	const struct json *record = parse_into(&run->arena, line);
	const struct json *holds;

	if (!instant_parse(json_text(record, "now"), &run->now))
		die(EXIT_DATA, NULL, "the run record has no time");
	policy_init(&run->policy);
	read_policy(&run->policy, &run->arena, record, "run");
	run->domains = json_get(record, "domains");
	holds = json_get(json_get(record, "adapter"), "holds");
	if (!json_int(json_path(record, "spent", "mails", NULL), 0,
		INT64_MAX / 4, &run->mails))
		run->mails = 0;
	if (!json_int(json_path(record, "spent", "ops", NULL), 0, INT64_MAX / 4,
		&run->ops))
		run->ops = 0;
	run->regenerated = json_is(json_get(record, "generation"), "changed");
	run->holds = holds && holds->type == JSON_ARRAY ? holds : NULL;
	run->held = fields_held(run->holds);
}

/* Is the user off, and what is done nevertheless (docs/stream.md, section 1)? */
static void
read_asked(struct section *s, const struct json *record)
{
	const struct json *cleanup = json_get(record, "cleanup");

	s->off = json_true(record, "off");
	s->only = json_get(record, "only") != NULL;
	s->cleanup = s->request = 0;
	if (cleanup == NULL)
		return;
	/* In a plan there is no request: all links that are there. */
	if (!json_int(json_get(cleanup, "upto"), 0, INT64_MAX, &s->cleanup))
		s->cleanup = INT64_MAX;
	if (!json_int(json_get(cleanup, "request"), 1, INT64_MAX, &s->request))
		s->request = 0;
}

void
section_read(
    struct section *s, const struct run *run, struct slice line, int64_t *links)
{
	const struct json *record;

	arena_reset(&s->arena);
	s->groups = NULL;
	s->followers = NULL;
	s->writer = NO_SLICE;
	record = parse_into(&s->arena, line);
	s->policy = run->policy;
	read_policy(&s->policy, &s->arena, record, "user");
	s->mailbox = json_text(record, "mailbox");
	s->user = json_text(record, "user");
	s->zone = json_text(record, "zone");
	s->has_since = instant_parse(json_text(record, "since"), &s->since);
	if (!json_int(json_get(record, "account"), 0, INT64_MAX, &s->account))
		s->account = 0;
	if (!json_int(json_get(record, "links"), 0, INT64_MAX, links))
		*links = -1;
	s->first = json_true(record, "first");
	s->shared = json_text(record, "shared").len > 0;
	s->group = slice_starts(json_text(record, "graph_user"), "groups/");
	s->category = json_text(record, "category");
	if (!json_int(json_path(record, "spent", "deletes", NULL), 0,
		INT64_MAX / 4, &s->deletions))
		s->deletions = 0;
	read_asked(s, record);
	s->shifts = json_get(record, "shifts");
}

void
section_add_group(struct section *s, struct slice line)
{
	struct group *g = arena_array(&s->arena, 1, sizeof *g);

	g->record = parse_into(&s->arena, line);
	if (json_true(g->record, "own")) {
		s->writer = json_text(g->record, "writer");
		s->followers = json_get(g->record, "members");
		if (json_is_null(s->followers))
			s->followers = NULL;
		return;
	}
	g->next = s->groups;
	s->groups = g;
}
