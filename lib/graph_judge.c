/*
 * graph_judge: what an error means.  Codes are compared without case and the
 * texts around them are never looked at, with one exception: a dead delta
 * token has been seen as a bare text.  What is not in the table is REFUSED
 * (4xx) or BUSY (5xx): the mailbox is given up for this run, and nothing is
 * concluded from it.
 */
#include <string.h>

#include "arena.h"
#include "graph.h"
#include "graph_state.h"
#include "json.h"

/* Larger bodies of errors are pages of gateways. */
#define ERROR_BODY_MAX ((size_t)64 * 1024)

struct code_verdict {
	const char *code;
	enum graph_verdict verdict;
};

/* Dead tokens come with any status. */
static const struct code_verdict dead_codes[] = {
	{ "syncStateNotFound", GRAPH_DEAD_LINK },
	{ "syncStateInvalid", GRAPH_DEAD_LINK },
	{ "resyncRequired", GRAPH_DEAD_LINK },
	{ "fullSyncRequired", GRAPH_DEAD_LINK },
};

/* Of 400 and 404. */
static const struct code_verdict codes[] = {
	{ "ErrorItemNotFound", GRAPH_GONE },
	{ "ErrorInvalidIdMalformed", GRAPH_BAD_ID },
	{ "ErrorInvalidId", GRAPH_BAD_ID },
	{ "MailboxNotEnabledForRESTAPI", GRAPH_NO_MAILBOX },
	{ "MailboxNotHostedInExchangeOnline", GRAPH_NO_MAILBOX },
	{ "ErrorNonExistentMailbox", GRAPH_NO_MAILBOX },
	{ "ErrorInvalidUser", GRAPH_NO_MAILBOX },
	{ "ResourceNotFound", GRAPH_NO_MAILBOX },
	{ "Request_ResourceNotFound", GRAPH_NO_MAILBOX },
};

static const struct code_verdict *
find(const struct code_verdict *table, size_t n, struct slice code)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (slice_is_nocase(code, table[i].code))
			return &table[i];
	return NULL;
}

static bool
is_dead(struct slice code)
{
	return find(dead_codes, sizeof dead_codes / sizeof dead_codes[0],
		   code) != NULL;
}

static const struct code_verdict *
find_code(struct slice code)
{
	return find(codes, sizeof codes / sizeof codes[0], code);
}

static void
keep_code(struct slice from, char code[GRAPH_CODE_MAX])
{
	size_t i, n = 0;
	char c;

	for (i = 0; i < from.len && n < GRAPH_CODE_MAX - 1; i++) {
		c = from.data[i];
		if (ascii_is_digit(c) || strchr("._-", c) != NULL ||
		    (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z'))
			code[n++] = c;
	}
	code[n] = '\0';
}

static bool
holds(struct slice text, const char *word)
{
	size_t i, n = strlen(word);

	for (i = 0; i + n <= text.len; i++)
		if (slice_is_nocase((struct slice){ text.data + i, n }, word))
			return true;
	return false;
}

static enum graph_verdict
by_code(int status, struct slice outer, struct slice inner)
{
	const struct code_verdict *found;

	if (is_dead(outer) || is_dead(inner))
		return GRAPH_DEAD_LINK;
	if (status != 400 && status != 404)
		return GRAPH_REFUSED;
	/* The inner code is the more specific one. */
	found = find_code(inner);
	if (found == NULL)
		found = find_code(outer);
	/* Only a 404 says that something is not there. */
	if (found == NULL || (found->verdict == GRAPH_GONE && status != 404))
		return GRAPH_REFUSED;
	return found->verdict;
}

enum graph_verdict
graph_judge(int status, struct slice body, char code[GRAPH_CODE_MAX])
{
	struct arena a = { .max = 64 * ERROR_BODY_MAX };
	const struct json *error = NULL, *inner;
	enum graph_verdict verdict;

	code[0] = '\0';
	if (status >= 200 && status < 300)
		return GRAPH_OK;
	if (body.len > 0 && body.len <= ERROR_BODY_MAX)
		error = json_get(
		    json_parse(&a, body, JSON_LAST_WINS, NULL), "error");
	inner = json_get(error, "innerError");
	if (inner == NULL)
		inner = json_get(error, "innererror");
	keep_code(json_text(error, "code"), code);
	verdict =
	    by_code(status, json_text(error, "code"), json_text(inner, "code"));
	arena_free(&a);
	if (verdict == GRAPH_DEAD_LINK || status == 410 ||
	    ((status == 400 || status == 404) &&
		holds(body, "fullSyncRequired")))
		return GRAPH_DEAD_LINK;
	if (status == 401 || status == 403)
		return GRAPH_DENIED;
	if (status == 412 || status == 409)
		return GRAPH_STALE;
	if (status == 429 || status == 408 || status == 423 || status >= 500)
		return GRAPH_BUSY;
	return verdict;
}

const char *
graph_verdict_name(enum graph_verdict v)
{
	switch (v) {
	case GRAPH_OK:
		return "ok";
	case GRAPH_DEAD_LINK:
		return "dead_link";
	case GRAPH_BAD_ID:
		return "bad_id";
	case GRAPH_GONE:
		return "gone";
	case GRAPH_NO_MAILBOX:
		return "no_mailbox";
	case GRAPH_DENIED:
		return "denied";
	case GRAPH_STALE:
		return "stale";
	case GRAPH_BUSY:
		return "busy";
	case GRAPH_REFUSED:
		return "refused";
	case GRAPH_UNREACHABLE:
		return "unreachable";
	case GRAPH_NONSENSE:
		return "nonsense";
	case GRAPH_FOREIGN:
		return "foreign_url";
	case GRAPH_LATE:
		return "deadline";
	case GRAPH_UNKNOWN:
		return "unknown";
	}
	return "?";
}
