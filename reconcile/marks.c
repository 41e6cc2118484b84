/*
 * marks: what is wanted on a copy follows from the decision; see want().
 *
 * Not on an occurrence of a series: written there it would become an exception
 * of its own, and each exception is a mail more when the series changes.  Nor on
 * a group's calendar, where each write mails everybody: what is made there has the
 * category that the CRM gives its calendar (section.category).
 */
#include <string.h>

#include "mail.h"
#include "marks.h"
#include "outward.h"
#include "required.h"
#include "utf8.h"

#define TRACKED "Status: Tracked successfully."
#define MISSING "Status: Required fields are missing: "
#define REFUSED "Status: Not tracked: refused by the CRM."

/* Outlook's presets: red and blue. */
#define COLOR_ERROR "preset0"
#define COLOR_MARK  "preset7"

#define NAME_MAX 255 /* characters of a category */

enum want {
	WANT_LEFT_ALONE,
	WANT_SYNCED,
	WANT_FAILED,
	WANT_NO_FAILURE, /* it is out for a reason that is no failure */
	WANT_OFF
};

/* What a set of ours says; `status` NO_SLICE: none. */
struct marks {
	enum want want;
	struct slice status;
};

static const struct {
	enum reason reason;
	const char *text;
} failures[] = {
	{ R_TIMEZONE, "Status: Not tracked: unknown time zone." },
	{ R_TOO_LONG, "Status: Not tracked: too long." },
	{ R_RECURRING_ALLDAY, "Status: Not tracked: all-day series." },
	{ R_MISSING_FIELDS, MISSING },
};

#define FAILURE_COUNT (sizeof failures / sizeof *failures)

static const struct policy *
own_policy(const struct candidate *c)
{
	return &c->section->policy;
}

static bool
writes(const struct candidate *c, const char *what)
{
	return policy_lists(own_policy(c), POL_CATEGORY_WRITE, slice_of(what));
}

static struct slice
mark_name(const struct candidate *c)
{
	return policy_text(own_policy(c), POL_CATEGORY_MARK);
}

static struct slice
error_name(const struct candidate *c)
{
	return policy_text(own_policy(c), POL_CATEGORY_ERROR);
}

static bool
is_failure_status(struct slice name)
{
	for (size_t i = 0; i < FAILURE_COUNT; i++)
		if (slice_starts(name, failures[i].text))
			return true;
	return slice_is(name, REFUSED);
}

static bool
is_status(struct slice name)
{
	return slice_is(name, TRACKED) || is_failure_status(name);
}

static bool
is_ours(const struct candidate *c, struct slice name)
{
	if (c->section->group)
		return name.len > 0 && slice_eq(name, c->section->category);
	return name.len > 0 &&
	       (slice_eq(name, mark_name(c)) || slice_eq(name, error_name(c)) ||
		   is_status(name));
}

/* --- what is wanted --------------------------------------------------- */

/* Looked at and left as it is, or written in Graph only. */
static bool
is_still_linked(const struct candidate *c, const struct decision *d)
{
	return c->state == LINK_ACTIVE && c->is_known_copy &&
	       (d->reason == R_NONE || d->reason == R_UNCHANGED ||
		   d->reason == R_CRM_CHANGED || d->reason == R_CONFLICT ||
		   d->reason == R_NOT_ORGANIZER);
}

static bool
says_nothing(enum reason r)
{
	return r == R_NONE || r == R_UNCHANGED || r == R_REMOVED ||
	       r == R_CANCELLED || r == R_SERIES_MASTER || r == R_INACTIVE ||
	       r == R_DIRECTION || r == R_DRAFT || r == R_WINDOW_PAST ||
	       r == R_ENDED || reason_keeps_changes(r);
}

static bool
is_failure(enum reason r)
{
	for (size_t i = 0; i < FAILURE_COUNT; i++)
		if (failures[i].reason == r)
			return true;
	return false;
}

static enum want
want_of_skip(const struct candidate *c, const struct decision *d)
{
	if (is_still_linked(c, d))
		return WANT_SYNCED;
	if (is_failure(d->reason))
		return WANT_FAILED;
	return says_nothing(d->reason) ? WANT_LEFT_ALONE : WANT_NO_FAILURE;
}

/* delete.to_graph says what becomes of those of a deleted CRM event. */
static enum want
want_of_end(const struct decision *d)
{
	bool ends = d->state != NULL && strcmp(d->state, "ended") == 0;

	return ends && strcmp(d->rule, "deleted_in_crm") != 0 ? WANT_OFF
							      : WANT_LEFT_ALONE;
}

static enum want
want(const struct candidate *c, const struct decision *d)
{
	if (d->out.op == OP_POST || d->out.op == OP_REMOVE ||
	    d->out.state != NULL)
		return WANT_LEFT_ALONE;
	switch (d->op) {
	case OP_CREATE:
	case OP_UPDATE:
	case OP_BASE:
	case OP_COPY:
	case OP_ADOPT:
		return WANT_SYNCED;
	case OP_DELETE:
		return WANT_OFF;
	case OP_END:
		return want_of_end(d);
	case OP_SKIP:
		return want_of_skip(c, d);
	case OP_DROP:
	case OP_LOCATION:
	case OP_PERSON:
	case OP_POST:
	case OP_PATCH:
	case OP_REMOVE:
	case OP_RESPOND:
	case OP_MARK:
	case OP_HOLD:
	case OP_COUNT:
		break;
	}
	return WANT_LEFT_ALONE;
}

static struct slice
failure_status(const struct candidate *c, enum reason r)
{
	struct str s = { 0 }, names = { 0 };
	struct slice text;

	for (size_t i = 0; i < FAILURE_COUNT; i++)
		if (failures[i].reason == r)
			str_adds(&s, failures[i].text);
	if (r == R_MISSING_FIELDS && required_is_missing(c, &names))
		str_add_slice(&s, str_slice(&names));
	str_free(&names);
	text = candidate_keep(c, &s);
	return utf8_head(text, NAME_MAX);
}

/* --- the difference --------------------------------------------------- */

static bool
lists(const struct json *list, struct slice name)
{
	const struct json *i;

	for (i = list ? list->child : NULL; i != NULL; i = i->next)
		if (slice_eq(json_str(i), name))
			return true;
	return false;
}

static size_t
write_add(struct jsonw *w, const struct json *have, struct slice name)
{
	if (name.len == 0 || lists(have, name))
		return 0;
	jw_str(w, NULL, name);
	return 1;
}

static size_t
write_added(struct jsonw *w, const struct candidate *c, const struct marks *m)
{
	const struct json *have = json_get(c->event, "categories");
	size_t n = 0;

	if (m->want == WANT_SYNCED && writes(c, "mark"))
		n += write_add(w, have, mark_name(c));
	if (m->want == WANT_FAILED && writes(c, "error"))
		n += write_add(w, have, error_name(c));
	if (writes(c, "status"))
		n += write_add(w, have, m->status);
	return n;
}

/* A name that is ours and is not wanted. */
static bool
goes(const struct candidate *c, const struct marks *m, struct slice name)
{
	if (slice_eq(name, m->status))
		return false;
	if (m->want == WANT_OFF && writes(c, "mark") &&
	    slice_eq(name, mark_name(c)))
		return true;
	if (m->want != WANT_FAILED && writes(c, "error") &&
	    slice_eq(name, error_name(c)))
		return true;
	return writes(c, "status") &&
	       (m->want == WANT_NO_FAILURE ? is_failure_status(name)
					   : is_status(name));
}

static struct slice
difference(const struct candidate *c, const struct marks *m)
{
	const struct json *i = json_get(c->event, "categories");
	struct str s = { 0 };
	struct jsonw w;
	size_t n;

	jw_start(&w, &s);
	jw_object(&w, NULL);
	jw_array(&w, "add");
	n = write_added(&w, c, m);
	jw_end(&w);
	jw_array(&w, "remove");
	for (i = i ? i->child : NULL; i != NULL; i = i->next) {
		if (!goes(c, m, json_str(i)))
			continue;
		jw_raw(&w, NULL, i->raw);
		n++;
	}
	jw_end(&w);
	jw_end(&w);
	return candidate_keep_if(c, &s, n > 0);
}

/* What it is if the CRM refuses what stands before it. */
static struct slice
difference_if_refused(const struct candidate *c)
{
	const struct marks m = { WANT_FAILED, SLICE(REFUSED) };
	struct slice d = difference(c, &m);

	return d.data ? d : SLICE("{\"add\":[],\"remove\":[]}");
}

static const struct json *
parse(const struct candidate *c, struct slice text)
{
	return text.data ? json_parse(c->arena, text, JSON_IS_UTF8, NULL)
			 : NULL;
}

/* "+Salesforce, -Sync Error" */
static struct slice
tell(const struct candidate *c, const struct json *change)
{
	struct str s = { 0 };
	const struct json *i;

	for (i = json_get(change, "add")->child; i != NULL; i = i->next)
		str_addf(&s, "%s+%.*s", s.len > 0 ? ", " : "",
		    SLICE_ARG(json_str(i)));
	for (i = json_get(change, "remove")->child; i != NULL; i = i->next)
		str_addf(&s, "%s-%.*s", s.len > 0 ? ", " : "",
		    SLICE_ARG(json_str(i)));
	return candidate_keep_if(c, &s, s.len > 0);
}

/* --- the op ----------------------------------------------------------- */

static void
fill(const struct candidate *c, const struct marks *m, bool may_be_refused,
    struct decision *d)
{
	static const char *const rules[] = { "", "synced", "failed",
		"no_failure", "ended" };
	static const struct guests nobody = { 0 };
	struct outgoing *o = &d->mark;

	o->op = OP_MARK;
	o->rule = rules[m->want];
	o->key = POL_CATEGORY_WRITE;
	o->evidence = tell(c, parse(c, o->categories));
	if (may_be_refused)
		o->failed = difference_if_refused(c);
	o->colors = marks_colors(c, o->categories, o->failed);
	outward_finish(c, o, &nobody);
	/* Nothing for those who must not be mailed about what is over. */
	o->is_meeting = o->mail.count > 0;
}

static bool
concerns(const struct candidate *c)
{
	return c->event != NULL && !c->from_crm && !c->section->shared &&
	       !c->section->group && !c->cancelled && !c->draft &&
	       c->kind != SERIES_OCCURRENCE &&
	       !policy_lists(
		   own_policy(c), POL_CATEGORY_WRITE, SLICE("none")) &&
	       (policy_is(own_policy(c), POL_DIRECTION_EVENTS, "both") ||
		   policy_is(own_policy(c), POL_DIRECTION_EVENTS, "to_graph"));
}

void
marks_decide(const struct candidate *c, struct decision *d)
{
	bool writes_crm = d->op == OP_CREATE || d->op == OP_UPDATE;
	bool may_be_refused =
	    writes_crm && (writes(c, "error") || writes(c, "status"));
	struct marks m = { .want = WANT_LEFT_ALONE };

	if (concerns(c))
		m.want = want(c, d);
	if (m.want == WANT_LEFT_ALONE)
		return;
	if (m.want == WANT_SYNCED)
		m.status = SLICE(TRACKED);
	if (m.want == WANT_FAILED)
		m.status = failure_status(c, d->reason);
	d->mark.categories = difference(c, &m);
	if (d->mark.categories.data == NULL) {
		/* It was refused before: it may be again. */
		if (!may_be_refused || !slice_is(c->again, "crm_error"))
			return;
		d->mark.categories = SLICE("{\"add\":[],\"remove\":[]}");
	}
	if (d->out.op == OP_SKIP)
		fill(c, &m, may_be_refused, d);
	else
		d->out.more = true; /* one write of an event at a time */
}

struct slice
marks_new(const struct candidate *c)
{
	struct str s = { 0 };
	struct jsonw w;
	size_t n = 0;

	jw_start(&w, &s);
	jw_array(&w, NULL);
	if (c->section->group) {
		n += write_add(&w, NULL, c->section->category);
		jw_end(&w);
		return candidate_keep_if(c, &s, n > 0);
	}
	if (writes(c, "mark"))
		n += write_add(&w, NULL, mark_name(c));
	if (writes(c, "status"))
		n += write_add(&w, NULL, SLICE(TRACKED));
	jw_end(&w);
	return candidate_keep_if(c, &s, n > 0);
}

struct slice
marks_off(const struct candidate *c)
{
	const struct json *i = json_get(c->event, "categories");
	struct str s = { 0 };
	struct jsonw w;
	size_t n = 0;

	jw_start(&w, &s);
	jw_object(&w, NULL);
	jw_array(&w, "add");
	jw_end(&w);
	jw_array(&w, "remove");
	for (i = i ? i->child : NULL; i != NULL; i = i->next) {
		if (!is_ours(c, json_str(i)))
			continue;
		jw_raw(&w, NULL, i->raw);
		n++;
	}
	jw_end(&w);
	jw_end(&w);
	return candidate_keep_if(c, &s, n > 0);
}

struct slice
marks_left(const struct candidate *c)
{
	const struct json *i = json_get(c->event, "categories");
	struct str s = { 0 };
	struct jsonw w;

	jw_start(&w, &s);
	jw_array(&w, NULL);
	for (i = i ? i->child : NULL; i != NULL; i = i->next)
		if (!is_ours(c, json_str(i)))
			jw_raw(&w, NULL, i->raw);
	jw_end(&w);
	return candidate_keep(c, &s);
}

static bool
adds(const struct candidate *c, struct slice added, struct slice name)
{
	const struct json *v = parse(c, added);

	return name.len > 0 &&
	       lists(
		   v && v->type == JSON_OBJECT ? json_get(v, "add") : v, name);
}

struct slice
marks_colors(
    const struct candidate *c, struct slice added, struct slice or_added)
{
	const struct {
		struct slice name, color;
	} ours[] = {
		{ mark_name(c), SLICE("\"" COLOR_MARK "\"") },
		{ error_name(c), SLICE("\"" COLOR_ERROR "\"") },
	};
	struct str s = { 0 };
	struct jsonw w;
	size_t n = 0;

	jw_start(&w, &s);
	jw_object(&w, NULL);
	for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) {
		if (!adds(c, added, ours[i].name) &&
		    !adds(c, or_added, ours[i].name))
			continue;
		jw_key_raw(&w, ours[i].name, ours[i].color);
		n++;
	}
	jw_end(&w);
	return candidate_keep_if(c, &s, n > 0);
}
