/*
 * exchange: what is asked, and what each answer means for the intent.
 *
 * The one rule that must not be broken: after a request that may have been
 * done, nothing is sent before the event was looked at.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "bounds.h"
#include "box.h"
#include "content.h"
#include "deliver.h"
#include "echo.h"
#include "exchange.h"
#include "exchange_parts.h"
#include "log.h"
#include "outward.h"
#include "tool.h"

/* Seconds.  A POST that is repeated so soon makes no second event: Graph knows its
 * transactionId.  For how long, it does not say; of groups' calendars not at all.
 * The next run of cron is to be within it, so that a POST that never arrived waits
 * for no further one. */
#define KNOWN_S 1200
/* An event that gets new etags faster than it can be written waits for the next run. */
#define OVERTAKEN_MAX 8
/* What was made is found by its key after so long, at the latest. */
#define FOUND_S 1800

static bool on_event(void *ctx, const struct graph_answer *a);
static bool on_written(void *ctx, const struct graph_answer *a);

static bool
patches(const struct intent *in)
{
	return in->op == INTENT_UPDATE || in->op == INTENT_MARK;
}

/* Whether it was done can be seen in the event. */
static bool
is_seen(const struct intent *in)
{
	return patches(in) || in->op == INTENT_RESPOND;
}

/* That the event is gone says that it was done. */
static bool
takes_away(const struct intent *in)
{
	return in->op == INTENT_DELETE || echo_declines(in->doc);
}

static void
keep_request_id(struct intent *in, const struct graph_answer *a)
{
	snprintf(in->request_id, sizeof in->request_id, "%s", a->request_id);
}

static void
end(struct intent *in, enum delivery outcome, const struct graph_answer *a)
{
	keep_request_id(in, a);
	intent_end(in, outcome, a->status, a->code);
}

/* It was not done.  What counts is the answer to the write, if there was one. */
static void
end_undone(
    struct intent *in, enum delivery outcome, const struct graph_answer *a)
{
	if (in->refusal == 0)
		keep_request_id(in, a);
	intent_end(in, outcome, in->refusal != 0 ? in->refusal : a->status,
	    in->refusal != 0 ? in->refusal_code : a->code);
}

void
exchange_url(const struct intent *in, struct str *url)
{
	url->max = 4 * URL_MAX_BYTES;
	str_add_slice(url, graph_mailbox_url(in->box->graph));
	str_adds(url, "/events");
	if (in->op != INTENT_CREATE) {
		str_addc(url, '/');
		http_escape(url, in->item);
	}
}

static void
ask_event(struct intent *in, enum purpose purpose)
{
	in->purpose = purpose;
	in->stage = STAGE_ASKED;
	reads_want(&in->box->reads, in->item, on_event, in);
}

/* Done: what the journal and the link need to know of the event. */
static void
take_event(struct intent *in, const struct json *event,
    const struct json *before, bool whole)
{
	struct str text = { .max = 8 * LINE_MAX_BYTES };
	bool quiet = whole && echo_is_quiet(in->doc, event, before);

	in->new_item = intent_keep(in, json_text(event, "id"));
	in->etag = intent_keep(in, json_text(event, "etag"));
	echo_event(event, quiet, &text);
	in->answer = intent_keep(in, str_slice(&text));
	str_reset(&text);
	echo_base(in->doc, event, quiet, &text);
	in->base = intent_keep(in, str_slice(&text));
	str_free(&text);
}

void
exchange_found(struct intent *in, const struct json *event,
    const struct json *before, bool whole, const struct graph_answer *a)
{
	in->found = true;
	if (event != NULL)
		take_event(in, event, before, whole);
	end(in, DELIVERY_DONE, a);
}

static void
send_again(struct intent *in, const struct graph_answer *a)
{
	if (!in->box->may_write)
		end(in, DELIVERY_MOVED, a);
	else
		in->stage = STAGE_GO;
}

/*
 * Graph gives an event another etag also where nothing of it changed: by
 * housekeeping, or as another date of its series was written.
 */
static bool
is_as_expected(const struct intent *in, const struct json *event)
{
	struct slice etag = json_text(in->doc, "etag"),
		     content = json_text(in->doc, "content");
	char hex[TEXT_DIGEST_LEN + 1];

	if (json_is_null(json_get(in->doc, "etag")) || /* a whole series */
	    slice_eq(json_text(event, "etag"), etag))
		return true;
	content_digest(event, hex);
	return slice_is(content, hex);
}

/* Refused as stale: the event has another etag, and nothing else. */
static bool
is_overtaken(const struct intent *in, const struct json *event)
{
	char hex[TEXT_DIGEST_LEN + 1];

	if (in->purpose != TO_VERIFY || in->undone != DELIVERY_MOVED ||
	    in->overtaken >= OVERTAKEN_MAX ||
	    slice_eq(json_text(event, "etag"), in->if_match))
		return false;
	content_digest(event, hex);
	return strcmp(hex, in->content) == 0;
}

static void
send_under(struct intent *in, const struct json *event)
{
	in->overtaken++;
	in->refusal = 0;
	in->now = event;
	in->if_match = intent_keep(in, json_text(event, "etag"));
	in->stage = STAGE_GO;
}

/* An open intent, or one that Graph did not take: is it there? */
static void
judge_event(struct intent *in, const struct json *event, bool whole,
    const struct graph_answer *a)
{
	if (is_seen(in) && echo_holds(in->doc, event))
		exchange_found(in, event, NULL, whole, a);
	else if (in->purpose == TO_FIND &&
		 slice_eq(json_text(event, "etag"), in->if_match))
		send_again(in, a);
	else if (is_overtaken(in, event))
		send_under(in, event);
	else
		end_undone(in,
		    in->purpose == TO_VERIFY ? in->undone : DELIVERY_MOVED, a);
}

/* The event as it is now has to be the one that the op was made from. */
static void
check_event(struct intent *in, const struct json *item,
    const struct json *event, bool whole, const struct graph_answer *a)
{
	struct outward o = { .op = in->doc,
		.event = item,
		.now = event,
		.zone = in->zone,
		.arena = &in->seen };
	bool empty = false;
	const char *why = NULL;

	in->if_match = intent_keep(in, json_text(event, "etag"));
	if (!is_as_expected(in, event)) {
		end(in, DELIVERY_MOVED, a);
		return;
	}
	content_digest(event, in->content);
	if (outward_mails_more(&o)) {
		end(in, DELIVERY_MAIL_MOVED, a);
		return;
	}
	str_reset(&in->body);
	if (patches(in))
		why = outward_body(&o, &in->body, &empty);
	else if (in->op == INTENT_RESPOND)
		str_adds(&in->body, "{\"sendResponse\":false}");
	if (why != NULL) {
		intent_end(in, DELIVERY_REFUSED, 0, why);
	} else if (empty) {
		/* Of a mark nothing else is known to compare it with. */
		exchange_found(
		    in, event, in->op == INTENT_MARK ? event : NULL, whole, a);
	} else {
		in->now = event;
		in->stage = STAGE_READY;
	}
}

/* Done; what the answer said of the event, if anything. */
static void
end_written(struct intent *in, const struct json *event, bool whole,
    const struct graph_answer *a)
{
	enum delivery outcome = DELIVERY_DONE;

	if (is_seen(in) && echo_is_unapplied(in->doc, event))
		outcome = DELIVERY_NOT_APPLIED;
	take_event(in, event, in->now, whole);
	end(in, outcome, a);
}

static bool
take_read(struct intent *in, const struct graph_answer *a)
{
	const struct json *item = exchange_parse(&in->seen, a->body), *event;
	const char *why;
	bool whole;

	if (item == NULL)
		return false;
	event = exchange_event(in, item, &in->seen, &whole, &why);
	if (event == NULL && in->purpose == TO_TAKE)
		end(in, DELIVERY_DONE, a);
	else if (event == NULL)
		intent_end(in, DELIVERY_REFUSED, a->status, why);
	else if (in->purpose == TO_TAKE)
		end_written(in, event, whole, a);
	else if (in->purpose == TO_CHECK)
		check_event(in, item, event, whole, a);
	else
		judge_event(in, event, whole, a);
	return true;
}

/* Neither the write nor the look is allowed: then nothing was done. */
static bool
is_shut_out(const struct intent *in, const struct graph_answer *a)
{
	return in->purpose == TO_VERIFY && in->undone != DELIVERY_MOVED &&
	       (a->verdict == GRAPH_DENIED || a->verdict == GRAPH_REFUSED ||
		   a->verdict == GRAPH_NO_MAILBOX);
}

void
exchange_no_answer(struct intent *in, const struct graph_answer *a)
{
	const char *code = graph_verdict_name(a->verdict);

	if (is_shut_out(in, a)) {
		end_undone(in, in->undone, a);
		return;
	}
	keep_request_id(in, a);
	intent_end(in,
	    in->purpose == TO_CHECK ? DELIVERY_LATE : DELIVERY_UNKNOWN,
	    a->status, code);
}

static bool
on_event(void *ctx, const struct graph_answer *a)
{
	struct intent *in = ctx;
	bool gone = a->verdict == GRAPH_GONE || a->verdict == GRAPH_DEAD_LINK;

	arena_reset(&in->seen);
	in->now = NULL;
	if (a->verdict == GRAPH_OK)
		return take_read(in, a);
	if (gone && in->purpose == TO_TAKE)
		end(in, DELIVERY_DONE, a);
	else if (gone && takes_away(in) && in->purpose != TO_CHECK)
		exchange_found(in, NULL, NULL, false, a);
	else if (gone)
		end_undone(in, DELIVERY_MOVED, a);
	else if (in->purpose == TO_CHECK &&
		 (a->verdict == GRAPH_BAD_ID || a->verdict == GRAPH_REFUSED))
		end(in, DELIVERY_REFUSED, a);
	else
		exchange_no_answer(in, a);
	return true;
}

void
exchange_not_found(struct intent *in, const struct graph_answer *a)
{
	if (in->purpose == TO_VERIFY)
		end_undone(in, in->undone, a); /* and not ours */
	else if ((in->age >= KNOWN_S || box_is_group(in->box)) &&
		 in->age < FOUND_S)
		intent_end(in, DELIVERY_UNKNOWN, 0, "waits");
	else
		send_again(in, a);
}

void
exchange_begin(struct intent *in)
{
	struct outward o = { .op = in->doc,
		.zone = in->zone,
		.transaction = in->transaction,
		.arena = &in->seen };
	bool empty;
	const char *why;

	if (in->op != INTENT_CREATE) {
		ask_event(in, in->open ? TO_FIND : TO_CHECK);
		return;
	}
	if (in->open) {
		exchange_find(in, TO_FIND);
		return;
	}
	str_reset(&in->body);
	if (outward_mails_more(&o)) {
		intent_end(in, DELIVERY_MAIL_MOVED, 0, "mail");
		return;
	}
	why = outward_body(&o, &in->body, &empty);
	in->stage = STAGE_READY;
	if (why != NULL)
		intent_end(in, DELIVERY_REFUSED, 0, why);
}

static bool
take_written(struct intent *in, const struct graph_answer *a)
{
	struct arena arena = { .max = PAGE_ARENA_MAX };
	const struct json *item = exchange_parse(&arena, a->body),
			  *event = NULL;
	const char *why = NULL;
	bool whole = false;

	if (item != NULL)
		event = exchange_event(in, item, &arena, &whole, &why);
	if (event != NULL)
		end_written(in, event, whole, a);
	arena_free(&arena);
	return event != NULL;
}

/* Graph refused it.  The refusal may be the echo of our own write, which the
 * network has brought twice, or some gateway's, and the write was done: look
 * before it is believed.  `undone`: what it is if nothing is there. */
static void
verify(struct intent *in, enum delivery undone, const struct graph_answer *a)
{
	in->undone = undone;
	in->refusal = a->status;
	snprintf(in->refusal_code, sizeof in->refusal_code, "%s", a->code);
	keep_request_id(in, a);
	if (in->op == INTENT_CREATE)
		exchange_find(in, TO_VERIFY);
	else
		ask_event(in, TO_VERIFY);
}

static void
refused(struct intent *in, const struct graph_answer *a)
{
	if (a->status == 401)
		end(in, DELIVERY_LATE, a); /* the run's trouble, not the op's */
	else if (in->op == INTENT_CREATE ||
		 /* So do some answer a DELETE of what is gone. */
		 (in->op == INTENT_DELETE && a->status == 403))
		verify(in, DELIVERY_REFUSED, a);
	else
		end(in, DELIVERY_REFUSED, a);
}

/* Nothing was done, for a reason that passes. */
static void
put_off(struct intent *in, const struct graph_answer *a)
{
	keep_request_id(in, a);
	intent_end(
	    in, DELIVERY_LATE, a->status, graph_verdict_name(a->verdict));
}

static void
judge_written(struct intent *in, const struct graph_answer *a)
{
	switch (a->verdict) {
	case GRAPH_UNKNOWN:
	case GRAPH_NONSENSE:
		end(in, DELIVERY_UNKNOWN, a);
		break;
	case GRAPH_GONE:
	case GRAPH_DEAD_LINK:
	case GRAPH_STALE:
		verify(in, DELIVERY_MOVED, a);
		break;
	case GRAPH_BUSY:
	case GRAPH_LATE:
	case GRAPH_UNREACHABLE:
	case GRAPH_FOREIGN:
		put_off(in, a);
		break;
	case GRAPH_OK:
	case GRAPH_BAD_ID:
	case GRAPH_NO_MAILBOX:
	case GRAPH_DENIED:
	case GRAPH_REFUSED:
		refused(in, a);
		break;
	}
}

static bool
on_written(void *ctx, const struct graph_answer *a)
{
	struct intent *in = ctx;

	if (a->verdict != GRAPH_OK)
		judge_written(in, a);
	else if (in->op == INTENT_DELETE)
		end(in, DELIVERY_DONE, a);
	else if (in->op == INTENT_RESPOND)
		ask_event(in, TO_TAKE);
	else if (!take_written(in, a))
		return false; /* comes again as GRAPH_UNKNOWN */
	if (a->verdict == GRAPH_OK || a->verdict == GRAPH_UNKNOWN)
		step("graph.sent");
	return true;
}

void
exchange_send(struct intent *in)
{
	static const char *const methods[] = { "POST", "PATCH", "DELETE",
		"PATCH", "POST" };
	struct str url = { 0 };
	struct graph_write write = { .method = methods[in->op],
		.body =
		    in->op == INTENT_DELETE ? NO_SLICE : str_slice(&in->body),
		.if_match = in->op == INTENT_CREATE || in->op == INTENT_RESPOND
				? NULL
				: in->if_match.data };

	in->stage = STAGE_SENT;
	exchange_url(in, &url);
	if (in->op == INTENT_RESPOND)
		str_adds(&url, outward_answer(in->doc));
	write.url = str_slice(&url);
	graph_send(in->box->graph, &write, on_written, in);
	str_free(&url);
}
