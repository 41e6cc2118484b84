#include "fault.h"

#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "arena.h"
#include "buf.h"
#include "delta.h"
#include "graph.h"
#include "names.h"

static const char *const kinds[] = { "status", "gone", "reset", "cut", "stall",
	"drip", "delay", "close", "redirect", "foreign", "stuck", "edit",
	NULL };

static struct fault *
nth_fault(size_t i)
{
	return sim()->faults[i];
}

static char *
string(json_t *o, const char *name)
{
	return arena_strdup(json_string_value(json_object_get(o, name)));
}

static int64_t
number(json_t *o, const char *name, int64_t otherwise)
{
	json_t *v = json_object_get(o, name);

	return json_is_integer(v) ? json_integer_value(v) : otherwise;
}

/* Retry-After is text, so that 2.128, a date and nonsense can be sent. */
static char *
retry_after(json_t *spec)
{
	json_t *v = json_object_get(spec, "retryAfter");
	char *text, *copy;

	if (json_is_string(v) || v == NULL)
		return arena_strdup(json_string_value(v));
	text = json_dumps(v, JSON_ENCODE_ANY | JSON_REAL_PRECISION(6));
	copy = arena_strdup(text);
	free(text);
	return copy;
}

static void
read_what(struct fault *f, json_t *spec)
{
	f->status = (int)number(spec, "status", 503);
	f->after = json_is_string(json_object_get(spec, "commit")) &&
		   strcmp(json_string_value(json_object_get(spec, "commit")),
		       "after") == 0;
	f->at = string(spec, "at");
	f->code = string(spec, "code");
	f->message = string(spec, "message");
	f->body = string(spec, "body");
	f->retry_after = retry_after(spec);
	f->host = string(spec, "host");
	f->from = string(spec, "from");
	f->to = string(spec, "to");
	f->amount = number(spec, "amount", 0);
}

static struct fault *
new_fault(void)
{
	struct world *w = sim();
	struct fault *f = arena_alloc(sizeof(*f));

	*world_push(w->faults, w->nfaults) = f;
	f->id = (int)w->nfaults;
	return f;
}

struct reply *
fault_arm(json_t *spec, json_t **made)
{
	int kind =
	    names_find(kinds, json_string_value(json_object_get(spec, "kind")));
	const char *path = json_string_value(json_object_get(spec, "path"));
	struct fault *f;
	regex_t re;

	if (kind < 0)
		return reply_error(400, "BadFault", "no such kind of fault");
	if (path != NULL && regcomp(&re, path, REG_EXTENDED | REG_NOSUB) != 0)
		return reply_error(400, "BadFault", "path is no expression");
	if (path != NULL)
		regfree(&re);
	f = new_fault();
	f->armed = true;
	f->kind = (enum fault_kind)kind;
	f->method = string(spec, "method");
	f->path = string(spec, "path");
	f->mailbox = string(spec, "mailbox");
	f->nth = number(spec, "nth", 0);
	f->count = number(spec, "count", f->nth > 0 ? -1 : 1);
	f->percent = number(spec, "percent", 100);
	f->dice = (uint64_t)number(
	    spec, "seed", (int64_t)(sim()->seed + (uint64_t)f->id));
	read_what(f, spec);
	*made = json_pack("{s:i, s:s}", "id", f->id, "kind", kinds[kind]);
	return NULL;
}

bool
fault_disarm(int id)
{
	for (size_t i = 0; i < sim()->nfaults; i++)
		if (nth_fault(i)->id == id && nth_fault(i)->armed) {
			nth_fault(i)->armed = false;
			return true;
		}
	return false;
}

void
fault_clear(void)
{
	for (size_t i = 0; i < sim()->nfaults; i++)
		nth_fault(i)->armed = false;
}

json_t *
fault_list(void)
{
	json_t *out = json_array();

	for (size_t i = 0; i < sim()->nfaults; i++) {
		const struct fault *f = nth_fault(i);

		json_array_append_new(out,
		    json_pack("{s:i, s:s, s:b, s:I, s:I, s:I, s:s?, s:s?}",
			"id", f->id, "kind", kinds[(int)f->kind], "armed",
			f->armed, "matched", (json_int_t)f->matched, "fired",
			(json_int_t)f->fired, "left", (json_int_t)f->count,
			"method", f->method, "path", f->path));
	}
	return out;
}

static bool
path_matches(const struct fault *f, const char *target)
{
	regex_t re;
	bool hit;

	if (f->path == NULL)
		return true;
	if (regcomp(&re, f->path, REG_EXTENDED | REG_NOSUB | REG_ICASE) != 0)
		return false;
	hit = regexec(&re, target, 0, NULL, 0) == 0;
	regfree(&re);
	return hit;
}

static bool
matches(const struct fault *f, const struct request *r)
{
	const struct user *u = f->mailbox == NULL ? NULL : graph_mailbox(r);

	if (!f->armed || f->count == 0)
		return false;
	if (f->method != NULL && strcasecmp(f->method, r->method) != 0)
		return false;
	if (f->mailbox != NULL && (u == NULL || u != world_user(f->mailbox)))
		return false;
	return path_matches(f, r->target);
}

/* Dice of its own, so that a fault does not change the world's numbers. */
static bool
dice_say_yes(struct fault *f)
{
	f->dice = f->dice * UINT64_C(6364136223846793005) +
		  UINT64_C(1442695040888963407);
	return (int64_t)(f->dice >> 33) % 100 < f->percent;
}

struct fault *
fault_match(const struct request *r)
{
	for (size_t i = 0; i < sim()->nfaults; i++) {
		struct fault *f = nth_fault(i);

		if (!matches(f, r))
			continue;
		f->matched++;
		if (f->nth > 0 && f->matched < (uint64_t)f->nth)
			continue;
		if (f->nth > 0 && f->count == -1 &&
		    f->matched > (uint64_t)f->nth)
			continue;
		if (!dice_say_yes(f))
			continue;
		if (f->count > 0)
			f->count--;
		f->fired++;
		return f;
	}
	return NULL;
}

static const char *
default_code(int status)
{
	switch (status) {
	case 401:
		return "InvalidAuthenticationToken";
	case 404:
		return "ErrorItemNotFound";
	case 409:
	case 412:
		return "ErrorIrresolvableConflict";
	case 429:
		return "TooManyRequests";
	case 500:
		return "ErrorInternalServerError";
	case 503:
		return "serviceNotAvailable";
	default:
		return "UnknownError";
	}
}

static struct reply *
status_reply(const struct fault *f)
{
	const char *code = f->code != NULL ? f->code : default_code(f->status);
	const char *message =
	    f->message != NULL ? f->message : "Please try again later.";
	struct reply *reply;

	if (f->body == NULL)
		reply = reply_error(f->status, code, "%s", message);
	else if (strcmp(f->body, "empty") == 0)
		reply = reply_new(f->status, NULL);
	else if (strcmp(f->body, "unknown") == 0)
		reply = reply_error(f->status, "UnknownError", "%s", "");
	else if (strcmp(f->body, "html") == 0)
		reply = reply_text(f->status, "text/html",
		    xasprintf("<html><body><h1>%d</h1></body></html>\r\n",
			f->status));
	else
		reply =
		    reply_text(f->status, "application/json", xstrdup(f->body));
	return reply;
}

/* "date:30" is the moment 30 seconds from now, as HTTP writes dates. */
static void
add_retry_after(const struct fault *f, struct reply *reply)
{
	char text[WHEN_TEXT];

	if (f->retry_after == NULL)
		return;
	if (strncmp(f->retry_after, "date:", 5) != 0) {
		reply_header(reply, "Retry-After", f->retry_after);
		return;
	}
	when_format_http(
	    world_now() + strtol(f->retry_after + 5, NULL, 10), text);
	reply_header(reply, "Retry-After", text);
}

struct reply *
fault_reply(const struct fault *f, const struct request *r)
{
	struct reply *reply = NULL;
	char *where;

	if (f->kind == FAULT_STATUS) {
		reply = status_reply(f);
	} else if (f->kind == FAULT_GONE) {
		reply = delta_gone(r, 605, 841);
	} else if (f->kind == FAULT_REDIRECT) {
		reply = reply_new(f->status == 503 ? 307 : f->status, NULL);
		where = xasprintf("%s%s",
		    f->host != NULL ? f->host : "https://elsewhere.test",
		    r->target);
		reply_header(reply, "Location", where);
		free(where);
	} else if (f->kind == FAULT_RESET && f->at == NULL) {
		reply = reply_new(500, NULL);
	}
	if (reply != NULL)
		add_retry_after(f, reply);
	return reply;
}

static char *
replace(const char *text, const char *from, const char *to)
{
	struct buf b = { 0 };
	const char *p;

	buf_puts(&b, "");
	while (*from != '\0' && (p = strstr(text, from)) != NULL) {
		buf_add(&b, text, (size_t)(p - text));
		buf_puts(&b, to);
		text = p + strlen(from);
	}
	buf_puts(&b, text);
	return b.data;
}

static void
edit(struct reply *reply, const char *from, const char *to)
{
	char *text =
	    reply->json == NULL ? NULL : json_dumps(reply->json, JSON_COMPACT);

	if (text == NULL)
		return;
	reply->text = replace(text, from, to);
	reply->type = "application/json";
	free(text);
}

static void
foreign(const struct fault *f, struct reply *reply)
{
	static const char *const links[] = { "@odata.nextLink",
		"@odata.deltaLink" };

	for (size_t i = 0; i < 2; i++) {
		const char *link =
		    json_string_value(json_object_get(reply->json, links[i]));
		const char *path = link == NULL ? NULL : strstr(link, "/v1.0");
		char *made;

		if (path == NULL)
			continue;
		made = xasprintf("%s%s",
		    f->host != NULL ? f->host : "https://elsewhere.test", path);
		json_object_set_new(reply->json, links[i], json_string(made));
		free(made);
	}
}

static bool
at(const struct fault *f, const char *where)
{
	return f->at != NULL && strcmp(f->at, where) == 0;
}

static void
spoil_body(const struct fault *f, struct wire *w)
{
	w->keep = f->amount > 0 ? f->amount : -1;
	if (at(f, "headers") || at(f, "start"))
		w->keep = 0;
	w->chunked = at(f, "chunk");
	w->cut_json = at(f, "json");
	w->gzip = at(f, "gzip");
}

void
fault_spoil(const struct fault *f, struct reply *reply, struct wire *w)
{
	if (f->kind == FAULT_RESET) {
		w->reset = true;
		w->no_headers = f->at == NULL;
		spoil_body(f, w);
	} else if (f->kind == FAULT_CUT) {
		w->cut = true;
		spoil_body(f, w);
	} else if (f->kind == FAULT_STALL) {
		w->stall = true;
		spoil_body(f, w);
		w->keep = at(f, "start") ? 0 : -1;
		w->stall_s = f->amount;
	} else if (f->kind == FAULT_DRIP) {
		w->drip = f->amount > 0 ? f->amount : 1;
	} else if (f->kind == FAULT_DELAY) {
		w->delay_ms = f->amount;
	} else if (f->kind == FAULT_CLOSE) {
		w->close = true;
	} else if (f->kind == FAULT_EDIT && f->from != NULL && f->to != NULL) {
		edit(reply, f->from, f->to);
	} else if (f->kind == FAULT_FOREIGN) {
		foreign(f, reply);
	}
}
