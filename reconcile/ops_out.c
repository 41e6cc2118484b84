/*
 * ops_out: member order is fixed, as in ops.c.
 */
#include "ops_out.h"
#include "content.h"
#include "digest.h"
#include "instant.h"
#include "ops.h"

static void
write_if(struct jsonw *w, const char *key, struct slice raw)
{
	if (raw.data != NULL)
		jw_raw(w, key, raw);
}

static void
write_mail(struct jsonw *w, const struct outgoing *o)
{
	jw_array(w, "mail");
	for (size_t i = 0; i < o->mail.count; i++)
		jw_str(w, NULL, o->mail.list[i]);
	jw_end(w);
}

static void
write_meeting(struct jsonw *w, const struct candidate *c)
{
	jw_str(w, "crm_id", c->crm_id);
	if (c->link != NULL)
		jw_int(w, "meeting", c->meeting);
	else
		jw_null(w, "meeting");
}

static void
write_expect(struct jsonw *w, const struct candidate *c)
{
	jw_object(w, "expect");
	if (c->link != NULL)
		jw_int(w, "version", c->version);
	else
		jw_null(w, "version");
	jw_str(w, "digest", c->crm_digest);
	jw_end(w);
}

/* With owner.unsynced_out=copies each syncing user has one of their own. */
static void
write_owner(struct jsonw *w, const struct candidate *c)
{
	struct str slot = { 0 };
	struct slice linked = json_text(c->link, "slot");

	jw_str(w, "owner", json_text(c->crm, "owner"));
	if (linked.data == NULL && c->owner_account != c->section->account)
		str_addf(&slot, "%lld", (long long)c->section->account);
	jw_str(w, "slot",
	    linked.data ? linked
	    : slot.len	? str_slice(&slot)
			: SLICE(""));
	str_free(&slot);
}

/* By this extension the event is known for the CRM's, also without a link. */
static void
write_marker(struct jsonw *w, const struct candidate *c)
{
	struct slice name = policy_text(c->policy, POL_MARKER);

	if (name.len == 0 || c->guid.len == 0)
		return;
	jw_object(w, "marker");
	jw_str(w, "extension", name);
	jw_str(w, "guid", c->guid);
	jw_end(w);
}

static void
write_bases(struct jsonw *w, const struct outgoing *o)
{
	if (o->base_graph.data == NULL)
		return;
	jw_object(w, "base");
	jw_raw(w, "graph", o->base_graph);
	jw_raw(w, "crm", o->base_crm);
	jw_end(w);
}

/* The event that the op was made from; a whole series goes in whatever state it is. */
static void
write_state(
    struct jsonw *w, const struct candidate *c, const struct outgoing *o)
{
	char content[TEXT_DIGEST_LEN + 1];

	if (o->series.len > 0) {
		jw_null(w, "etag");
		return;
	}
	jw_str(w, "etag", json_text(c->event, "etag"));
	content_digest(c->event, content);
	jw_cstr(w, "content", content);
}

void
ops_out_head(
    struct str *line, const struct candidate *c, const struct decision *d)
{
	const struct outgoing *o = &d->out;
	struct jsonw w;

	jw_start(&w, line);
	jw_object(&w, NULL);
	jw_cstr(&w, "type", "op");
	jw_cstr(&w, "op", op_name(o->op));
	jw_str(&w, "id",
	    o->op == OP_POST	? NO_SLICE
	    : o->series.len > 0 ? o->series
				: c->id);
	write_meeting(&w, c);
	if (o->op == OP_POST) {
		write_owner(&w, c);
		if (c->id.len > 0)
			jw_str(&w, "gone", c->id);
		if (o->dates.len > 0)
			jw_str(&w, "dates", o->dates);
		write_marker(&w, c);
	} else {
		write_state(&w, c, o);
	}
	if (o->state != NULL)
		jw_cstr(&w, "state", o->state);
	if (o->more)
		jw_bool(&w, "more", true);
	if (o->response.len > 0)
		jw_str(&w, "response", o->response);
	write_if(&w, "set", o->set);
	write_if(&w, "attendees", o->attendees);
	write_if(&w, "categories", o->categories);
	write_if(&w, "failed", o->failed);
	write_if(&w, "colors", o->colors);
	write_if(&w, "was", o->was);
	write_bases(&w, o);
	write_expect(&w, c);
	if (o->lost.data != NULL) {
		jw_raw(&w, "lost", o->lost);
		jw_cstr(&w, "lost_side", "graph");
	}
	jw_raw(&w, "changes",
	    c->changes.data && o->leaves.len == 0 ? c->changes : SLICE("[]"));
}

struct slice
ops_out_digest(const struct candidate *c, const struct outgoing *o)
{
	struct str s = { 0 };
	struct jsonw w;
	char *hex = arena_alloc(c->arena, TEXT_DIGEST_LEN + 1);

	jw_start(&w, &s);
	jw_object(&w, NULL);
	jw_cstr(&w, "op", op_name(o->op));
	jw_raw(&w, "set", o->set);
	jw_raw(&w, "attendees", o->attendees);
	jw_raw(&w, "categories", o->categories);
	if (o->response.len > 0)
		jw_str(&w, "response", o->response);
	write_mail(&w, o);
	jw_end(&w);
	text_digest(str_slice(&s), hex);
	str_free(&s);
	return (struct slice){ hex, TEXT_DIGEST_LEN };
}

static bool
is_private(const struct json *side)
{
	return side != NULL && side->type == JSON_OBJECT &&
	       !json_is(json_get(side, "sensitivity"), "normal");
}

struct slice
ops_out_title(const struct candidate *c)
{
	const struct json *subject = json_get(c->crm, "subject");

	if (json_is_null(subject))
		subject = json_get(c->event, "subject");
	if (json_is_null(subject) || is_private(c->crm) || is_private(c->event))
		return SLICE("null");
	return subject->raw;
}

void
ops_out_held(struct str *line, const struct candidate *c,
    const struct decision *d, struct slice digest)
{
	const struct outgoing *o = &d->out;
	struct jsonw w;

	jw_start(&w, line);
	jw_object(&w, NULL);
	jw_cstr(&w, "type", "op");
	jw_cstr(&w, "op", op_name(OP_HOLD));
	jw_str(&w, "id", c->id);
	write_meeting(&w, c);
	if (o->dates.len > 0)
		jw_str(&w, "dates", o->dates);
	jw_object(&w, "held");
	jw_cstr(&w, "op", op_name(o->op));
	jw_raw(&w, "subject", ops_out_title(c));
	jw_raw(&w, "fields", o->names);
	jw_str(&w, "digest", digest);
	write_mail(&w, o);
	jw_end(&w);
	write_expect(&w, c);
}

static struct slice
write_why(const struct candidate *c, const char *rule, struct slice evidence,
    const struct policy *p, enum policy_key key)
{
	struct str s = { 0 }, line = { 0 };
	struct jsonw w;

	jw_start(&w, &s);
	jw_object(&w, NULL);
	jw_cstr(&w, "rule", rule);
	jw_str(&w, "evidence", evidence);
	if (key != POL_NONE)
		policy_line(p, ops_key(c, key), &line);
	jw_str(&w, "policy", key != POL_NONE ? str_slice(&line) : NO_SLICE);
	str_free(&line);
	jw_end(&w);
	return candidate_keep(c, &s);
}

struct slice
ops_out_why(const struct candidate *c, const struct outgoing *o)
{
	/* Whose answer it is, not whose event. */
	const struct policy *p =
	    o->key == POL_RSVP ? &c->section->policy : c->policy;

	return write_why(c, o->rule, o->evidence, p, o->key);
}

struct slice
ops_out_why_held(
    const struct candidate *c, const struct policy *p, const struct verdict *v)
{
	return write_why(c, v->rule ? v->rule : reason_name(v->reason),
	    v->evidence, p, v->key);
}
