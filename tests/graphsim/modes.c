#include "modes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "world.h"

/* clang-format off */
const struct mode_info mode_table[MODE_COUNT] = {
[MODE_ALLDAY_READ] = { "allday.read", "floating|shifted", 0, 1,
    "an all-day event read in another zone: midnight there, or the shifted instant" },
[MODE_ATTENDEE_PATCH] = { "attendee.patch", "local|400|403", 0, 2,
    "PATCH of shared fields on an attendee's copy: local change, or refused" },
[MODE_BATCH_OUTER] = { "batch.outer", "200|424", 0, 1,
    "status of a $batch in which an item was throttled" },
[MODE_BATCH_PARALLEL] = { "batch.parallel", "reject|queue", 0, 0,
    "more than limit.concurrency unchained items on one mailbox: 429, or one after another" },
[MODE_BATCH_SHUFFLE] = { "batch.shuffle", "off|on", 1, 1,
    "answers of a $batch in another order than the requests" },
[MODE_BODY_ECHO] = { "body.echo", "text|html", 0, 1,
    "answer to a write with a text body: echoed as sent, or already HTML" },
[MODE_BODY_WRAPPER] = { "body.wrapper", "random|plain|crlf", 0, 0,
    "HTML that is put around a body; random differs from event to event" },
[MODE_CANCEL_PREFIX] = { "cancel.prefix", "Canceled: |Abgesagt: |Annulé : ", 0, 1,
    "what the server puts before the subject of a cancelled copy" },
[MODE_CHUNKED] = { "chunked", "some|never|always", 0, 2,
    "answers with Transfer-Encoding: chunked" },
[MODE_CONFLICT_RATE] = { "conflict.rate", NULL, 0, 0,
    "percent of writes that meet another write of the mailbox and get 409" },
[MODE_CREATE_VISIBLE] = { "create.visible_after", NULL, 0, 0,
    "seconds for which a created event is 404 and missing from lists" },
[MODE_DELETE_TWICE] = { "delete.twice", "404|403", 0, 1,
    "DELETE of an event that is already gone" },
[MODE_DELTA_EMPTY] = { "delta.empty", NULL, 0, 40,
    "percent chance that a delta page is empty, with a nextLink" },
[MODE_DELTA_GENERATIONS] = { "delta.generations", NULL, 4, 2,
    "tokens that stay valid for each mailbox, calendar and app" },
[MODE_DELTA_GONE] = { "delta.gone", "410|400|resync|malformed|fullsync|empty", 0, 5,
    "answer to a dead token: 410 SyncStateNotFound, 400 syncStateNotFound, 410 resyncRequired, 400 ErrorInvalidIdMalformed, 410 with fullSyncRequired in the text, 410 without a body" },
[MODE_DELTA_LATE] = { "delta.late", NULL, 0, 0,
    "seconds before a change shows in delta, though a GET shows it at once" },
[MODE_DELTA_LOCATION] = { "delta.location", "off|on", 0, 1,
    "a 410 carries Location with the address to start again" },
[MODE_DELTA_MASTER] = { "delta.master", "hit|never|initial", 0, 2,
    "a series master is delivered: when its series has a hit, never, in the first round only" },
[MODE_DELTA_NOISE] = { "delta.noise", NULL, 0, 30,
    "percent chance per page of an @removed for an id that nobody ever saw" },
[MODE_DELTA_OCCURRENCE_DELETED] = { "delta.occurrence_deleted", "series|removed|silent", 0, 2,
    "one occurrence was deleted: the series comes again without it, @removed with its id, nothing" },
[MODE_DELTA_PAGE] = { "delta.page", NULL, 10, 3,
    "items on a delta page when the client names no size" },
[MODE_DELTA_REASON] = { "delta.reason", "deleted|changed", 0, 1,
    "reason in @removed" },
[MODE_DELTA_REMOVED_SERIES] = { "delta.removed_series", "all|master", 0, 1,
    "a series was deleted: @removed for master and occurrences, or for the master only" },
[MODE_DELTA_REPEAT] = { "delta.repeat", NULL, 0, 20,
    "percent of the items that come twice in one round" },
[MODE_DELTA_REPLAY] = { "delta.replay", "off|on", 0, 1,
    "the last round's changes are repeated in the next one" },
[MODE_DELTA_SELECT] = { "delta.select", "ignored|honoured|400", 0, 2,
    "$select on calendarView/delta" },
[MODE_DELTA_SHUFFLE] = { "delta.shuffle", "off|on", 0, 1,
    "order of the items of a round" },
[MODE_DELTA_SPLIT] = { "delta.split", "off|on", 0, 1,
    "a page may end in the middle of a series" },
[MODE_DEVICE_INTERVAL] = { "device.interval", NULL, 5, 5,
    "seconds between two questions of the device code flow" },
[MODE_ENUM_CASE] = { "enum.case", "lower|sloppy", 0, 1,
    "enum values in answers: lower camel case, or Busy and Tentative" },
[MODE_EVENTS_EXCEPTIONS] = { "events.exceptions", "no|yes", 0, 1,
    "GET .../events lists exceptions beside masters and singles" },
[MODE_EXTPROP_COPIED] = { "extprop.copied", "no|yes", 0, 1,
    "extended properties travel to the attendees' copies" },
[MODE_EXTRA_MEMBERS] = { "extra.members", "off|on", 0, 1,
    "unknown members in answers" },
[MODE_GROUP_LOOKUP] = { "group.lookup", "filter|400", 0, 1,
    "a group's events by extended property: found, or refused" },
[MODE_GROUP_MAILS] = { "group.mails", "followers|members", 0, 1,
    "whom a write to a group's calendar mails beside the attendees: who follows the group, or everybody in it, whatever is written" },
[MODE_GROUP_PATCH] = { "group.patch", "keep|join", 0, 1,
    "a PATCH of a group's event leaves its attendees, or adds the group and who wrote" },
[MODE_GROUP_TRANSACTION] = { "group.transaction", "honoured|ignored", 0, 1,
    "transactionId of a group's events" },
[MODE_GZIP] = { "gzip", "on|off", 0, 0,
    "compress when Accept-Encoding asks for it" },
[MODE_HOUSEKEEPING] = { "housekeeping", NULL, 0, 20,
    "percent chance per request that some event of the mailbox gets a new etag and nothing else" },
[MODE_HTTP_LOWERCASE] = { "http.lowercase", "off|on", 0, 1,
    "names of response headers in lower case" },
[MODE_ICAL_OCCURRENCE] = { "ical.occurrence", "dated|same", 0, 1,
    "iCalUId of occurrences: with the date inside, or the master's" },
[MODE_IFMATCH] = { "ifmatch", "412|409|ignored", 0, 1,
    "answer to a stale If-Match" },
[MODE_LATENCY] = { "latency_ms", NULL, 0, 0,
    "real milliseconds that each Graph request takes" },
[MODE_LIMIT_CONCURRENCY] = { "limit.concurrency", NULL, 4, 4,
    "requests in flight for each app and mailbox" },
[MODE_LIMIT_REQUESTS] = { "limit.requests", NULL, 10000, 10000,
    "requests in limit.window for each app and mailbox; 0: no limit" },
[MODE_LIMIT_UPLOAD] = { "limit.upload", NULL, 150000000, 150000000,
    "bytes of request bodies in half of limit.window for each app and mailbox" },
[MODE_LIMIT_WINDOW] = { "limit.window", NULL, 600, 600,
    "seconds of the sliding window" },
[MODE_MAIL_ATTACHMENT] = { "mail.attachment", "all|none", 0, 0,
    "mails for an added or removed attachment" },
[MODE_MAIL_ATTENDEES] = { "mail.attendees", "changed|all", 0, 0,
    "mails for a PATCH of attendees only: to those added and removed, or to all" },
[MODE_MAIL_ATTENDEE_DELETE] = { "mail.attendee_delete", "none|decline", 0, 0,
    "mails for DELETE of an attendee's copy" },
[MODE_MAIL_NOOP] = { "mail.noop", "all|none", 0, 0,
    "mails for a PATCH that changes nothing" },
[MODE_MAIL_PERMANENT_DELETE] = { "mail.permanent_delete", "all|none", 0, 0,
    "mails for permanentDelete" },
[MODE_MAIL_PRIVATE] = { "mail.private", "none|all", 0, 0,
    "mails for a PATCH of categories, showAs, reminder, properties only" },
[MODE_MAIL_ROOMS] = { "mail.rooms", "skip|count", 0, 0,
    "rooms among the recipients in the outbox" },
[MODE_MASTER_PATCH] = { "master.patch", "drop|keep", 0, 0,
    "exceptions after a PATCH of a master's time or pattern" },
[MODE_ORIGINAL_START] = { "original.start", "present|absent", 0, 1,
    "originalStart on exceptions" },
[MODE_PAGE_DEFAULT] = { "page.default", NULL, 10, 10,
    "items on a page of a list when the client names no size" },
[MODE_PAGE_EMPTY] = { "page.empty", NULL, 0, 30,
    "percent chance that a page of a list is empty, with a nextLink" },
[MODE_PAGE_MAX] = { "page.max", NULL, 1000, 7,
    "most items on a page, whatever was asked" },
[MODE_PAGE_SHORT] = { "page.short", NULL, 0, 30,
    "percent chance that a page holds fewer items than asked" },
[MODE_READONLY_PROPERTY] = { "readonly.property", "ignore|reject", 0, 1,
    "read-only members in a request" },
[MODE_REFRESH_ROTATION] = { "refresh.rotation", "keep|revoke|never", 0, 1,
    "a refresh token that was used: still good, or dead; or no new one is given" },
[MODE_RESPONSES_RESET] = { "responses.reset", "no|yes", 0, 1,
    "a new time sets all attendees back to not responded" },
[MODE_ROOM_DELAY] = { "room.delay", NULL, 0, 30,
    "seconds until a room answers an invitation" },
[MODE_TEAMS_JOIN] = { "teams.join", "now|later", 0, 1,
    "onlineMeeting in the answer that made it, or only in a later GET" },
[MODE_TOKEN_LIFETIME] = { "token.lifetime", NULL, 3599, 3599,
    "seconds" },
[MODE_TOKEN_SIZE] = { "token.size", NULL, 2400, 6000,
    "characters of an access token" },
[MODE_TRANSACTION_DIFFERS] = { "transaction.differs", "existing|409|new", 0, 1,
    "a known transactionId with another payload" },
[MODE_TRANSACTION_TTL] = { "transaction.ttl", NULL, 86400, 600,
    "seconds for which a transactionId is remembered" },
[MODE_UNKNOWN_PROPERTY] = { "unknown.property", "accept|reject", 0, 1,
    "unknown members in a request" },
[MODE_USER_UNKNOWN] = { "user.unknown", "ResourceNotFound|Request_ResourceNotFound|ErrorInvalidUser", 0, 2,
    "code for a user who does not exist" },
};
/* clang-format on */

int64_t
mode(enum mode m)
{
	return sim()->modes[m];
}

/* The number of the choice in "a|b|c"; -1 if it is none. */
static int64_t
choice(const char *choices, const char *value)
{
	size_t len = strlen(value);
	int64_t n = 0;

	for (const char *p = choices;; n++) {
		size_t part = strcspn(p, "|");

		if (part == len && strncmp(p, value, len) == 0)
			return n;
		if (p[part] == '\0')
			return -1;
		p += part + 1;
	}
}

bool
mode_set(const char *name, const char *value)
{
	char *end;
	int64_t n;

	for (int i = 0; i < MODE_COUNT; i++) {
		const struct mode_info *m = &mode_table[i];

		if (strcmp(m->name, name) != 0)
			continue;
		if (m->choices != NULL) {
			n = choice(m->choices, value);
		} else {
			n = strtoll(value, &end, 10);
			if (end == value || *end != '\0')
				return false;
		}
		if (n < 0)
			return false;
		sim()->modes[i] = n;
		return true;
	}
	return false;
}

static void
set_mail_model(bool paranoid)
{
	sim()->modes[MODE_MAIL_PRIVATE] = paranoid;
	sim()->modes[MODE_MAIL_ATTENDEES] = paranoid;
	sim()->modes[MODE_MAIL_ATTENDEE_DELETE] = paranoid;
	sim()->modes[MODE_MAIL_NOOP] = 0;
	sim()->modes[MODE_MAIL_PERMANENT_DELETE] = 0;
	sim()->modes[MODE_MAIL_ATTACHMENT] = 0;
}

bool
mode_preset(const char *name)
{
	bool worst = strcmp(name, "worst") == 0;

	if (strcmp(name, "strict") == 0 || strcmp(name, "paranoid") == 0) {
		set_mail_model(strcmp(name, "paranoid") == 0);
		return true;
	}
	if (!worst && strcmp(name, "default") != 0)
		return false;
	for (int i = 0; i < MODE_COUNT; i++)
		sim()->modes[i] =
		    worst ? mode_table[i].worst : mode_table[i].normal;
	return true;
}

const char *
mode_text(enum mode m)
{
	static char text[64];
	const char *p = mode_table[m].choices;
	int64_t n = mode(m);

	if (p == NULL) {
		snprintf(text, sizeof(text), "%lld", (long long)n);
		return text;
	}
	while (n-- > 0)
		p += strcspn(p, "|") + 1;
	snprintf(text, sizeof(text), "%.*s", (int)strcspn(p, "|"), p);
	return text;
}
