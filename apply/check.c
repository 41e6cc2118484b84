/*
 * check: one row per member.  Absent and null are right everywhere here: what
 * an op has to have is asked where it is used.
 */
#include "check.h"
#include "instant.h"

enum kind {
	NUMBER,	 /* whole, 0 or more */
	NUMBERS, /* an array of them */
	NUMERIC, /* an object whose members are NUMBER or null */
	DIGITS,	 /* a text that is one, 1 or more */
	TIME,	 /* RFC 3339 in UTC, or a date */
	TEXT,
	TEXTS,
	OBJECT
};

struct member {
	const char *in; /* the object that has it; NULL: the record */
	const char *name;
	enum kind kind;
	const char *full; /* for people */
};

static const struct member of_op[] = {
	{ NULL, "op", TEXT, "op" },
	{ NULL, "content", TEXT, "content" },
	{ NULL, "id", TEXT, "id" },
	{ NULL, "crm_id", TEXT, "crm_id" },
	{ NULL, "meeting", NUMBER, "meeting" },
	{ NULL, "rank", NUMBER, "rank" },
	{ NULL, "hold", NUMBER, "hold" },
	{ NULL, "changes", NUMBERS, "changes" },
	{ NULL, "mail", TEXTS, "mail" },
	{ NULL, "limits", NUMERIC, "limits" },
	{ NULL, "response", TEXT, "response" },
	{ NULL, "start", TIME, "start" },
	{ NULL, "due", TIME, "due" },
	{ NULL, "waits", TEXTS, "waits" },
	{ NULL, "why", OBJECT, "why" },
	{ NULL, "key", OBJECT, "key" },
	{ NULL, "set", OBJECT, "set" },
	{ NULL, "marker", OBJECT, "marker" },
	{ "marker", "extension", TEXT, "marker.extension" },
	{ "marker", "guid", TEXT, "marker.guid" },
	{ "expect", "version", NUMBER, "expect.version" },
	{ "copy", "raw", DIGITS, "copy.raw" },
	{ "copy", "start", TIME, "copy.start" },
	{ "copy", "end", TIME, "copy.end" },
	{ "held", "fields", TEXTS, "held.fields" },
	{ "held", "mail", TEXTS, "held.mail" },
};

static const struct member of_skip[] = {
	{ NULL, "id", TEXT, "id" },
	{ NULL, "crm_id", TEXT, "crm_id" },
	{ NULL, "uid", TEXT, "uid" },
	{ NULL, "raw", DIGITS, "raw" },
	{ NULL, "reason", TEXT, "reason" },
	{ NULL, "due", TIME, "due" },
	{ NULL, "waits", TEXTS, "waits" },
	{ NULL, "waits_account", NUMBER, "waits_account" },
	{ NULL, "changes", NUMBERS, "changes" },
	{ NULL, "why", OBJECT, "why" },
};

static const struct member of_known[] = {
	{ NULL, "id", TEXT, "id" },
	{ NULL, "digest", TEXT, "digest" },
	{ NULL, "raw", DIGITS, "raw" },
};

static const struct member of_problem[] = {
	{ NULL, "id", TEXT, "id" },
	{ NULL, "code", TEXT, "code" },
	{ NULL, "changes", NUMBERS, "changes" },
};

static const struct member of_page[] = {
	{ NULL, "resume", TEXT, "resume" },
	{ NULL, "round", TIME, "round" },
	{ "window", "start", TIME, "window.start" },
	{ "window", "end", TIME, "window.end" },
};

static const struct member of_end[] = {
	{ "cursor", "link", TEXT, "cursor.link" },
	{ "cursor", "issued", TIME, "cursor.issued" },
	{ "cursor", "round", TIME, "cursor.round" },
	{ "cursor", "window", OBJECT, "cursor.window" },
};

static bool
is_number(const struct json *v)
{
	int64_t n;

	return json_int(v, 0, INT64_MAX, &n);
}

static bool
is_time(struct slice s)
{
	int64_t us;
	int32_t days;

	return instant_parse(s, &us) || date_parse(s, &days);
}

static bool
all_are(const struct json *v, enum json_type container, enum kind kind)
{
	if (v->type != container)
		return false;
	for (const struct json *i = v->child; i != NULL; i = i->next)
		if (kind == NUMBER
			? !is_number(i) &&
			      !(container == JSON_OBJECT && json_is_null(i))
			: i->type != JSON_STRING)
			return false;
	return true;
}

static bool
is_right(const struct json *v, enum kind kind)
{
	if (json_is_null(v))
		return true;
	switch (kind) {
	case NUMBER:
		return is_number(v);
	case NUMBERS:
		return all_are(v, JSON_ARRAY, NUMBER);
	case NUMERIC:
		return all_are(v, JSON_OBJECT, NUMBER);
	case DIGITS:
		return slice_int64(json_str(v), 1, INT64_MAX, &(int64_t){ 0 });
	case TIME:
		return v->type == JSON_STRING && is_time(json_str(v));
	case TEXT:
		return v->type == JSON_STRING;
	case TEXTS:
		return all_are(v, JSON_ARRAY, TEXT);
	case OBJECT:
	default:
		return v->type == JSON_OBJECT;
	}
}

static const char *
check(const struct json *v, const struct member *m, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct json *home = m[i].in ? json_get(v, m[i].in) : v;

		if (m[i].in != NULL && !is_right(home, OBJECT))
			return m[i].in;
		if (home != NULL &&
		    !is_right(json_get(home, m[i].name), m[i].kind))
			return m[i].full;
	}
	return NULL;
}

#define CHECK(v, members) check(v, members, sizeof(members) / sizeof *(members))

const char *
check_record(enum rec_type type, const struct json *v)
{
	if (type == REC_OP)
		return CHECK(v, of_op);
	if (type == REC_SKIP)
		return CHECK(v, of_skip);
	if (type == REC_KNOWN)
		return CHECK(v, of_known);
	if (type == REC_PROBLEM)
		return CHECK(v, of_problem);
	if (type == REC_PAGE)
		return CHECK(v, of_page);
	return type == REC_MAILBOX_END ? CHECK(v, of_end) : NULL;
}
