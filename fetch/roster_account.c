/*
 * roster_account: whose turn it is, under which policy, and what is to be read.
 * A user who cannot be synced gets a line too, with the reason (`gate`), so
 * that a plan shows everybody.
 */
#include "roster_account.h"
#include <string.h>

#include "graph.h"
#include "instant.h"
#include "log.h"
#include "policy_layers.h"
#include "roster_window.h"

struct account {
	const struct json *row;
	struct policy policy;
	char digest[POLICY_DIGEST_SIZE];
	int64_t since; /* INSTANT_MIN: none */
	struct slice gate;
	struct window window;
	bool outward; /* its policy writes to Graph */
	bool off;     /* not synced, and yet something was asked for by name */
	const struct json *cleanup; /* the open request, or NULL */
	bool cleans;		    /* it, or --cleanup */
};

/* An instant that may be absent. */
static bool
read_instant(const struct json *row, const char *key, int64_t *us)
{
	*us = INSTANT_MIN;
	return json_is_null(json_get(row, key)) ||
	       instant_parse(json_text(row, key), us);
}

/* Changes of the CRM and writes without an outcome; a mailbox that cannot be
 * read would only be told of once more. */
static bool
has_work_outward(
    const struct roster *r, const struct account *acc, int64_t last)
{
	if (!json_is_null(json_get(acc->row, "gate")))
		return false;
	return json_true(acc->row, "open") ||
	       (acc->outward && json_true(acc->row, "changes") &&
		   is_due(&acc->policy, POL_RUN_OUT, r->now, last));
}

static bool
has_turn(const struct roster *r, const struct account *acc, int64_t last)
{
	return r->all || last == INSTANT_MIN || acc->cleans ||
	       json_true(acc->row, "due_now") ||
	       is_due(&acc->policy, POL_RUN_IN, r->now, last) ||
	       has_work_outward(r, acc, last);
}

static void
write_window(struct jsonw *w, const struct window *window)
{
	char text[INSTANT_TEXT_MAX];
	size_t n;

	jw_object(w, "window");
	n = instant_print(window->start, text);
	jw_str(w, "start", (struct slice){ text, n });
	n = instant_print(window->end, text);
	jw_str(w, "end", (struct slice){ text, n });
	jw_end(w);
}

static void
copy(struct jsonw *w, const struct json *row, const char *key)
{
	const struct json *v = json_get(row, key);

	jw_raw(w, key, v != NULL ? v->raw : NO_SLICE);
}

/* In a first section the CRM tells all that may go out, not only changes. */
static void
write_outward(
    struct jsonw *w, const struct roster *r, const struct account *acc)
{
	char text[INSTANT_TEXT_MAX];
	int64_t from;
	size_t n;

	jw_bool(w, "outward", true);
	jw_object(w, "spent");
	copy(w, acc->row, "deletes");
	jw_end(w);
	if (!json_true(acc->row, "first") || acc->off || r->events > 0 ||
	    !policy_is(&acc->policy, POL_BACKFILL_OUT, "all"))
		return;
	from =
	    policy_back(&acc->policy, POL_WINDOW_PAST_OUT, r->now, acc->since);
	n = instant_print(from, text);
	jw_str(w, "crm_from", (struct slice){ text, n });
}

/* Events that were asked for by name, and the user's cleanup. */
static void
write_asked(struct jsonw *w, const struct roster *r, const struct account *acc)
{
	if (acc->off)
		jw_bool(w, "off", true);
	if (r->events > 0) {
		jw_array(w, "only");
		for (size_t i = 0; i < r->events; i++)
			jw_cstr(w, NULL, r->event[i]);
		jw_end(w);
	} else if (acc->cleans) {
		jw_object(w, "cleanup");
		copy(w, acc->cleanup, "request");
		copy(w, acc->cleanup, "upto");
		jw_str(w, "sides", policy_value_text(r->org, POL_CLEANUP));
		jw_end(w);
	}
}

/* Calendars that were read once. */
static const struct json *
known_calendars(const struct account *acc)
{
	const struct json *list = json_get(acc->row, "calendars");

	return list != NULL ? list->child : NULL;
}

static const struct json *
default_cursor(const struct account *acc)
{
	const struct json *c = known_calendars(acc);

	while (c != NULL && json_text(c, "calendar").len > 0)
		c = c->next;
	return json_get(c, "cursor");
}

/* Which others are read is found out by fetch, which asks Graph what there is; and
 * those that are read no more have to be told once. */
static void
write_calendars(struct jsonw *w, const struct account *acc)
{
	const struct json *c = known_calendars(acc);

	while (c != NULL && json_text(c, "calendar").len == 0)
		c = c->next;
	if (c == NULL && policy_is(&acc->policy, POL_CALENDARS, "default"))
		return;
	jw_object(w, "calendars");
	jw_str(w, "which", policy_value_text(&acc->policy, POL_CALENDARS));
	jw_array(w, "known");
	for (c = known_calendars(acc); c != NULL; c = c->next)
		if (json_text(c, "calendar").len > 0)
			jw_raw(w, NULL, c->raw);
	jw_end(w);
	jw_end(w);
}

static void
write_mailbox(struct roster *r, const struct account *acc)
{
	static const char *const copied[] = { "mailbox", "account", "user",
		"graph_user", "connection", "zone", "since" };
	const struct json *cursor = default_cursor(acc);
	struct str line = { 0 };
	struct jsonw w;

	jw_start(&w, &line);
	jw_object(&w, NULL);
	jw_cstr(&w, "type", "mailbox");
	for (size_t n = 0; n < sizeof copied / sizeof copied[0]; n++)
		copy(&w, acc->row, copied[n]);
	if (json_text(acc->row, "category").len > 0)
		copy(&w, acc->row, "category");
	jw_object(&w, "policy");
	policy_write(&w, &acc->policy, r->org);
	jw_end(&w);
	jw_cstr(&w, "policy_digest", acc->digest);
	jw_bool(&w, "first", json_true(acc->row, "first"));
	if (acc->gate.data != NULL)
		jw_str(&w, "gate", acc->gate);
	else
		write_window(&w, &acc->window);
	jw_cstr(&w, "calendar", "");
	jw_raw(&w, "cursor", cursor != NULL ? cursor->raw : NO_SLICE);
	if (acc->gate.data == NULL) {
		if (acc->outward)
			write_outward(&w, r, acc);
		write_asked(&w, r, acc);
		if (!acc->off && r->events == 0)
			write_calendars(&w, acc);
	}
	jw_end(&w);
	stream_put(r->out, str_slice(&line));
	str_free(&line);
	r->mailboxes++;
	r->gated += acc->gate.data != NULL;
}

/* Most users have no rows of their own: their policy is the org's. */
static void
put_digest(const struct roster *r, struct account *acc)
{
	if (memcmp(&acc->policy, r->org, sizeof acc->policy) == 0)
		memcpy(acc->digest, r->org_digest, sizeof acc->digest);
	else
		policy_digest(&acc->policy, acc->digest);
}

/*
 * A reason of step 1, or none.  Who is off is read nevertheless where an event
 * was asked for by name (C-002), or the cleanup; but then only that.
 */
static void
find_gate(const struct roster *r, struct account *acc)
{
	bool asked = acc->cleans || r->events > 0;

	acc->gate = json_text(acc->row, "gate");
	if (asked && slice_is(acc->gate, "user_off")) {
		acc->gate = json_text(acc->row, "gate_if_on");
		acc->off = acc->gate.data == NULL;
	}
	if (acc->gate.data != NULL ||
	    !policy_is(&acc->policy, POL_DIRECTION_EVENTS, "off"))
		return;
	if (acc->cleans && r->events == 0)
		acc->off = true;
	else
		acc->gate = SLICE("direction");
}

/* Of who is off nothing is written to Graph but what the cleanup removes. */
static bool
goes_out(const struct roster *r, const struct account *acc)
{
	if (acc->cleans && r->events == 0 &&
	    !policy_is(&acc->policy, POL_CLEANUP, "crm"))
		return true;
	return !acc->off && writes_to_graph(&acc->policy);
}

static bool
has_cleanup(const struct roster *r, const struct account *acc)
{
	return (acc->cleanup != NULL || r->cleanup) &&
	       !policy_is(r->org, POL_CLEANUP, "off");
}

bool
roster_account(struct roster *r, const struct json *row, struct arena *a)
{
	struct account acc = { .row = row };
	struct policy_user facts = { .now = r->now };
	const struct json *id = json_get(row, "account");
	int64_t last;

	if (id == NULL || !read_instant(row, "since", &acc.since) ||
	    !read_instant(row, "last_read", &last))
		return false;
	facts.since = acc.since;
	facts.account = arena_copy(a, id->raw.data, id->raw.len);
	r->ignored += policy_apply_rows(
	    &acc.policy, r->org, a, json_get(row, "settings"), &facts);
	if (graph_group_id(json_text(row, "graph_user")).len > 0)
		policy_take_public(&acc.policy, a);
	acc.cleanup = json_get(row, "cleanup");
	if (json_is_null(acc.cleanup))
		acc.cleanup = NULL;
	acc.cleans = has_cleanup(r, &acc);
	find_gate(r, &acc);
	acc.outward = goes_out(r, &acc);
	if (!has_turn(r, &acc, last)) {
		r->waiting++;
		return true;
	}
	put_digest(r, &acc);
	acc.window = window_of(&acc.policy, r->now, acc.since);
	write_mailbox(r, &acc);
	return true;
}
