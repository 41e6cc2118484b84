#include "outbox.h"

#include <string.h>
#include <strings.h>

#include "arena.h"
#include "groups.h"
#include "text.h"

/* Two mails of one version tell their recipient the same thing. */
static uint64_t
version_of(const struct event *e, int64_t day)
{
	const struct exception *x = item_exception(e, day);
	const struct content *c = day == WHOLE || x == NULL ? &e->c : &x->c;
	uint64_t h = text_hash(c->subject, strlen(c->subject));

	h = h * 31 + text_hash(c->body, strlen(c->body));
	h = h * 31 + (uint64_t)c->start;
	h = h * 31 + (uint64_t)c->end;
	for (size_t i = 0; i < c->nplaces; i++)
		h = h * 31 +
		    text_hash(c->places[i].name, strlen(c->places[i].name));
	return h;
}

/* What is mailed to a list. */
struct letter {
	const struct event *event;
	int64_t day;
	const char *kind;
	const struct actor *actor;
};

static void
mail_member(void *ctx, const char *address, const struct group *nested)
{
	const struct letter *l = ctx;

	if (nested == NULL)
		outbox_add(l->event, l->day, address, l->kind, l->actor);
}

void
outbox_add(const struct event *e, int64_t day, const char *recipient,
    const char *kind, const struct actor *a)
{
	struct world *w = sim();
	const struct user *u = world_user(recipient);
	const struct group *g = groups_find(recipient);
	struct letter letter = { e, day, kind, a };
	struct mail *m;

	if (g != NULL) {
		groups_each(g, mail_member, &letter);
		return;
	}
	if (strcasecmp(recipient, e->organizer_address) == 0 && e->is_organizer)
		return;
	if (u != NULL && u->room && mode(MODE_MAIL_ROOMS) == 0)
		return;
	m = world_push(w->mails, w->nmails);
	m->at = world_now();
	m->kind = kind;
	m->mailbox = arena_strdup(e->user->upn);
	m->op = arena_strdup(a->op);
	m->uid = arena_strdup(e->meeting->uid);
	m->recipient = arena_strdup(recipient);
	m->subject = arena_strdup(e->c.subject);
	m->day = day;
	m->version = version_of(e, day);
	m->by_person = a->person;
}

static json_t *
mail_json(const struct mail *m)
{
	char at[WHEN_TEXT], day[WHEN_TEXT];
	json_t *o;

	when_format_utc(m->at, at);
	o = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "time", at,
	    "kind", m->kind, "recipient", m->recipient, "mailbox", m->mailbox,
	    "op", m->op, "by", m->by_person ? "person" : "api", "iCalUId",
	    m->uid, "subject", m->subject);
	if (m->day != WHOLE)
		when_format_day(m->day, day);
	json_object_set_new(
	    o, "instance", m->day == WHOLE ? json_null() : json_string(day));
	return o;
}

static void
count(json_t *counters, const char *name)
{
	json_int_t n = json_integer_value(json_object_get(counters, name));

	json_object_set_new(counters, name, json_integer(n + 1));
}

static bool
same_mail(const struct mail *a, const struct mail *b)
{
	return a->version == b->version && a->day == b->day &&
	       a->by_person == b->by_person && strcmp(a->kind, b->kind) == 0 &&
	       strcmp(a->uid, b->uid) == 0 &&
	       strcasecmp(a->recipient, b->recipient) == 0;
}

/* Mails of the API that say what an earlier one said to the same person. */
static int
repeated(const struct world *w)
{
	int n = 0;

	for (size_t i = 0; i < w->nmails; i++)
		for (size_t k = 0; k < i; k++)
			if (!w->mails[i].by_person &&
			    same_mail(&w->mails[i], &w->mails[k])) {
				n++;
				break;
			}
	return n;
}

json_t *
outbox_json(void)
{
	struct world *w = sim();
	json_t *list = json_array(), *kinds = json_object();
	json_t *recipients = json_object(), *events = json_object();
	json_t *ops = json_object();
	int api = 0, person = 0;

	for (size_t i = 0; i < w->nmails; i++) {
		const struct mail *m = &w->mails[i];

		json_array_append_new(list, mail_json(m));
		if (m->by_person) {
			person++;
			continue;
		}
		api++;
		count(kinds, m->kind);
		count(recipients, m->recipient);
		count(events, m->uid);
		count(ops, m->op);
	}
	return json_pack("{s:i, s:i, s:i, s:o, s:o, s:o, s:o, s:o}", "count",
	    api, "byPeople", person, "repeated", repeated(w), "kinds", kinds,
	    "recipients", recipients, "ops", ops, "events", events, "mails",
	    list);
}

void
outbox_clear(void)
{
	struct world *w = sim();

	for (size_t i = 0; i < w->nmails; i++) {
		arena_free(w->mails[i].mailbox);
		arena_free(w->mails[i].op);
		arena_free(w->mails[i].uid);
		arena_free(w->mails[i].recipient);
		arena_free(w->mails[i].subject);
	}
	w->nmails = 0;
}
