/*
 * ops: decisions as lines.  Member order is fixed, so that equal decisions are
 * equal bytes (L6).
 */
#include <inttypes.h>

#include "day.h"
#include "instant.h"
#include "ops.h"
#include "relations.h"
#include "series_gone.h"

static const char *const op_names[OP_COUNT] = {
	[OP_SKIP] = "skip",
	[OP_CREATE] = "crm.create",
	[OP_UPDATE] = "crm.update",
	[OP_DELETE] = "crm.delete",
	[OP_BASE] = "link.base",
	[OP_COPY] = "link.copy",
	[OP_DROP] = "link.drop",
	[OP_END] = "link.end",
	[OP_LOCATION] = "crm.location.create",
	[OP_PERSON] = "crm.person.create",
	[OP_ADOPT] = "link.adopt",
	[OP_POST] = "graph.create",
	[OP_PATCH] = "graph.update",
	[OP_REMOVE] = "graph.delete",
	[OP_RESPOND] = "graph.respond",
	[OP_MARK] = "graph.mark",
	[OP_HOLD] = "hold",
};

const char *
op_name(enum op op)
{
	return op_names[op];
}

enum policy_key
ops_key(const struct candidate *c, enum policy_key key)
{
	return c->section != NULL && c->section->group &&
		       key == POL_DIRECTION_EVENTS
		   ? POL_DIRECTION_PUBLIC
		   : key;
}

static void
write_instant(struct jsonw *w, const char *key, int64_t us)
{
	char text[INSTANT_TEXT_MAX];

	if (us == 0) {
		jw_null(w, key);
		return;
	}
	instant_print(us, text);
	jw_cstr(w, key, text);
}

static void
write_if(struct jsonw *w, const char *key, struct slice raw)
{
	if (raw.data != NULL)
		jw_raw(w, key, raw);
}

static void
write_why(struct jsonw *w, const struct candidate *c, const struct decision *d)
{
	struct str line = { 0 };

	jw_object(w, "why");
	jw_cstr(w, "rule", d->rule ? d->rule : reason_name(d->reason));
	jw_str(w, "evidence", d->evidence);
	if (d->key == POL_NONE) {
		jw_null(w, "policy");
	} else {
		policy_line(d->policy ? d->policy : c->policy,
		    ops_key(c, d->key), &line);
		jw_str(w, "policy", str_slice(&line));
		str_free(&line);
	}
	write_if(w, "notes", d->notes);
	jw_end(w);
}

static void
write_waits(struct jsonw *w, const struct decision *d)
{
	write_instant(w, "due", d->due);
	jw_raw(w, "waits", d->waits.data ? d->waits : SLICE("[]"));
}

/* Does the record have to say which CRM event it is about? */
static bool
names_crm(const struct candidate *c, const struct decision *d)
{
	return c->crm_id.len > 0 && (c->from_crm || c->changes.data != NULL ||
					reason_keeps_changes(d->reason));
}

static void
write_id(struct jsonw *w, const struct candidate *c)
{
	jw_str(w, "id", c->id.len > 0 ? c->id : NO_SLICE);
	if (c->by_id)
		jw_bool(w, "by_id", true);
}

static void
write_mark(struct jsonw *w, const struct candidate *c)
{
	if (c->mark.len > 0)
		jw_str(w, "raw", c->mark);
}

static void
write_skip(struct jsonw *w, const struct candidate *c, const struct decision *d)
{
	jw_cstr(w, "type", "skip");
	write_id(w, c);
	if (names_crm(c, d))
		jw_str(w, "crm_id", c->crm_id);
	jw_str(w, "uid", c->uid);
	jw_str(w, "original_date", c->original_date);
	jw_str(w, "digest", c->digest);
	write_mark(w, c);
	jw_cstr(w, "reason", reason_name(d->reason));
	jw_bool(w, "error", reason_is_error(d->reason));
	jw_bool(w, "new", !slice_is(c->seen, reason_name(d->reason)));
	write_waits(w, d);
	if (d->waits_account > 0)
		jw_int(w, "waits_account", d->waits_account);
	else
		jw_null(w, "waits_account");
	if (!reason_keeps_changes(d->reason) || (d->sleeps && c->from_crm))
		write_if(w, "changes", c->changes);
	if (d->is_final && c->from_crm)
		jw_bool(w, "final", true);
	if (d->is_beside)
		jw_bool(w, "beside", true);
	write_if(w, "subject", d->title);
	if (d->reason == R_SERIES_MASTER)
		series_gone_remember(w, c);
	write_why(w, c, d);
}

static void
write_key(struct jsonw *w, const struct candidate *c)
{
	jw_object(w, "key");
	jw_str(w, "uid", c->uid);
	jw_str(w, "original_date", c->original_date);
	jw_str(w, "slot", owner_slot(c));
	jw_end(w);
	jw_str(w, "owner", owner_user(c));
	jw_int(w, "rank", c->is_organizer ? 0 : c->section->account);
}

static void
write_copy(struct jsonw *w, const struct candidate *c)
{
	const struct json *series = json_get(c->event, "series");

	jw_object(w, "copy");
	jw_str(w, "etag", json_text(c->event, "etag"));
	jw_str(w, "digest", c->digest);
	write_mark(w, c);
	jw_cstr(w, "role", c->is_organizer ? "organizer" : "attendee");
	jw_str(w, "master", json_text(series, "master"));
	jw_str(w, "original_date", c->original_date);
	write_instant(w, "start", c->start);
	write_instant(w, "end", c->end);
	jw_end(w);
}

static void
write_expect(
    struct jsonw *w, const struct candidate *c, const struct decision *d)
{
	if (d->op == OP_CREATE && !d->revives) {
		jw_null(w, "expect");
		return;
	}
	jw_object(w, "expect");
	if (d->op == OP_ADOPT)
		jw_null(w, "version");
	else
		jw_int(w, "version", c->version);
	jw_str(w, "digest", d->needs_crm ? c->crm_digest : NO_SLICE);
	jw_end(w);
}

static void
write_op(struct jsonw *w, const struct candidate *c, const struct decision *d)
{
	jw_cstr(w, "type", "op");
	jw_cstr(w, "op", op_names[d->op]);
	write_id(w, c);
	if (c->from_crm || d->op == OP_ADOPT || d->restores.data != NULL)
		jw_str(w, "crm_id", c->crm_id);
	if (d->op == OP_CREATE || d->op == OP_ADOPT)
		write_key(w, c);
	if ((d->op != OP_CREATE && d->op != OP_ADOPT) || d->revives)
		jw_int(w, "meeting", c->meeting);
	if (d->how != NULL)
		jw_cstr(w, "how", d->how);
	if (d->state != NULL)
		jw_cstr(w, "state", d->state);
	write_if(w, "set", d->set);
	write_if(w, "attendees", d->attendees);
	write_if(w, "rooms", d->rooms);
	write_if(w, "base", d->base);
	if (d->files)
		jw_bool(w, "files", true);
	write_if(w, "pending", d->pending);
	if (c->event != NULL)
		write_copy(w, c);
	write_expect(w, c, d);
	day_write_limits(w, c->run, d->op);
	write_if(w, "differs", d->differs);
	write_if(w, "lost", d->lost);
	/* Those of the other side wait for what goes out beside this. */
	if (d->out.op == OP_SKIP)
		write_if(w, "changes", c->changes);
	if (d->due != 0 || d->waits.data != NULL)
		write_waits(w, d);
	write_why(w, c, d);
	jw_array(w, "mail");
	jw_end(w);
}

void
ops_write(struct str *line, const struct candidate *c, const struct decision *d)
{
	struct jsonw w;

	jw_start(&w, line);
	jw_object(&w, NULL);
	if (d->op == OP_SKIP)
		write_skip(&w, c, d);
	else
		write_op(&w, c, d);
	jw_end(&w);
}

void
ops_put(struct stream_out *out, struct tally *t, const struct candidate *c,
    const struct decision *d)
{
	struct str line = { 0 };

	ops_write(&line, c, d);
	stream_put(out, str_slice(&line));
	str_free(&line);
	t->ops[d->op]++;
	if (d->op == OP_SKIP)
		t->skips[d->reason]++;
}

static void
add_count(struct str *s, const char *kind, const char *name, uint64_t n)
{
	if (n == 0)
		return;
	str_adds(s, slice_ends(str_slice(s), "{") ? "" : ",");
	str_addf(s, "\"reconcile.%s%s\":%" PRIu64, kind, name, n);
}

void
ops_write_tally(struct str *s, const struct tally *t)
{
	str_adds(s, "\"counts\":{");
	for (int i = 0; i < OP_COUNT; i++)
		add_count(s, "", op_names[i], t->ops[i]);
	for (int i = 0; i < REASON_COUNT; i++)
		add_count(s, "skip.", reason_name((enum reason)i), t->skips[i]);
	str_addc(s, '}');
}
