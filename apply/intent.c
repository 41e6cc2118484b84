/*
 * intent: a row of the journal, and the record that tells what became of it.
 */
#include <stdio.h>
#include <stdlib.h>

#include "bounds.h"
#include "deliver.h"
#include "intent.h"
#include "log.h"
#include "xalloc.h"

const char *const delivery_names[DELIVERY_COUNT] = {
	[DELIVERY_DONE] = "done",
	[DELIVERY_MOVED] = "moved",
	[DELIVERY_MAIL_MOVED] = "mail_moved",
	[DELIVERY_OVER_BUDGET] = "over_budget",
	[DELIVERY_NOT_APPLIED] = "not_applied",
	[DELIVERY_UNKNOWN] = "unknown",
	[DELIVERY_REFUSED] = "refused",
	[DELIVERY_LOCKED] = "locked",
	[DELIVERY_LATE] = "late",
};

static const char *const op_names[] = { "graph.create", "graph.update",
	"graph.delete", "graph.mark", "graph.respond" };

struct slice
intent_keep(struct intent *in, struct slice text)
{
	if (text.data == NULL)
		return NO_SLICE;
	return (struct slice){ arena_copy(&in->arena, text.data, text.len),
		text.len };
}

static void
read_op(struct intent *in, const struct json *row)
{
	for (int i = INTENT_CREATE; i <= INTENT_RESPOND; i++) {
		if (json_is(json_get(row, "op"), op_names[i])) {
			in->op = (enum intent_op)i;
			return;
		}
	}
	die(EXIT_SOFTWARE, NULL, "the journal holds an op that nobody knows");
}

struct intent *
intent_new(struct deliver *d, struct slice row)
{
	struct intent *in = xcalloc(1, sizeof *in);
	const struct json *v;

	in->deliver = d;
	in->arena.max = in->seen.max = PAGE_ARENA_MAX;
	in->body.max = 16 * LINE_MAX_BYTES;
	v = json_parse(&in->arena, intent_keep(in, row), JSON_LAST_WINS, NULL);
	if (!json_int(json_get(v, "intent"), 0, INT64_MAX, &in->id))
		die(EXIT_SOFTWARE, NULL, "an intent without a number");
	read_op(in, v);
	in->open = json_true(v, "open");
	if (in->open && !json_int(json_get(v, "age"), 0, INT64_MAX, &in->age))
		in->age = 0;
	in->doc = json_get(v, "doc");
	in->item = json_text(v, "item");
	if (in->item.data == NULL)
		in->item = json_text(in->doc, "id");
	in->transaction = json_text(v, "transaction");
	/* A copy ends in NUL, as a header has to. */
	in->if_match = intent_keep(in, json_text(v, "if_match"));
	in->zone = json_text(v, "zone");
	in->sent = json_text(v, "sent");
	if (json_text(v, "body").data != NULL)
		str_add_slice(&in->body, json_text(v, "body"));
	in->box = box_of(d, v);
	return in;
}

void
intent_free(struct intent *in)
{
	arena_free(&in->arena);
	arena_free(&in->seen);
	str_free(&in->body);
	free(in);
}

void
intent_end(
    struct intent *in, enum delivery outcome, int status, const char *code)
{
	in->stage = STAGE_SETTLED;
	/* What an earlier run has sent is not undone by this one's haste. */
	if (in->open && outcome == DELIVERY_LATE)
		outcome = DELIVERY_UNKNOWN;
	in->outcome = outcome;
	in->status = status;
	snprintf(in->code, sizeof in->code, "%s", code);
	/* What was read before is needed no more. */
	in->now = NULL;
	arena_free(&in->seen);
}

/* Exchange has mailed, or may have. */
static bool
may_have_mailed(const struct intent *in)
{
	return in->outcome == DELIVERY_DONE ||
	       in->outcome == DELIVERY_UNKNOWN ||
	       in->outcome == DELIVERY_NOT_APPLIED;
}

static void
put_member(struct jsonw *w, const struct intent *in, const char *name,
    struct slice better)
{
	const struct json *v = json_get(in->doc, name);

	jw_raw(w, name,
	    better.data != NULL ? better
	    : v != NULL		? v->raw
				: NO_SLICE);
}

static void
put_end(struct jsonw *w, const struct intent *in)
{
	const struct json *mail = json_get(in->doc, "mail"),
			  *why = json_get(in->doc, "why");

	jw_cstr(w, "outcome", delivery_names[in->outcome]);
	if (in->status != 0)
		jw_int(w, "status", in->status);
	if (in->code[0] != '\0')
		jw_cstr(w, "code", in->code);
	if (in->found)
		jw_bool(w, "found", true);
	jw_raw(w, "mail",
	    may_have_mailed(in) && mail != NULL ? mail->raw : SLICE("[]"));
	jw_raw(w, "why", why != NULL ? why->raw : NO_SLICE);
}

void
intent_result(const struct intent *in, struct str *out)
{
	struct jsonw w;

	jw_start(&w, out);
	jw_object(&w, NULL);
	jw_cstr(&w, "type", "result");
	jw_cstr(&w, "op", op_names[in->op]);
	jw_str(&w, "mailbox", box_mailbox(in->box));
	jw_int(&w, "intent", in->id);
	jw_str(&w, "id", in->new_item.data != NULL ? in->new_item : in->item);
	put_member(&w, in, "meeting", in->meeting);
	put_member(&w, in, "crm_id", in->crm_id);
	put_end(&w, in);
	jw_end(&w);
}
