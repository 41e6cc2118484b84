/*
 * out_set: values.  Where the CRM knows fewer values than Graph, its word is
 * one of Graph's own; what was coarser in the CRM and was not changed is not
 * written at all (U3), so nothing is made coarser here.
 *
 * The backlink line is the policy's text with the record's address (`url`,
 * which an adapter may give); without an address there is no line.
 */
#include <string.h>

#include "gates_out.h"
#include "instant.h"
#include "marks.h"
#include "out_set.h"
#include "tz.h"

#define NO_SUBJECT "(no subject)"
#define URL_WORD   "{url}"

/* What was born in Outlook gets no line: it would be mailed to people. */
static bool
is_the_crms(const struct candidate *c)
{
	return c->link == NULL ? c->from_crm
			       : json_is(json_get(c->link, "born"), "crm");
}

/* NO_SLICE: none is wanted. */
static struct slice
backlink(const struct candidate *c)
{
	struct slice text = policy_text(c->policy, POL_BACKLINK);
	struct slice url = json_text(c->crm, "url");
	struct str s = { 0 };

	if (text.len == 0 || url.len == 0 || !is_the_crms(c))
		return NO_SLICE;
	for (size_t i = 0; i < text.len; i++) {
		struct slice rest = { text.data + i, text.len - i };

		if (slice_starts(rest, URL_WORD)) {
			str_add_slice(&s, url);
			i += sizeof URL_WORD - 2;
		} else {
			str_addc(&s, text.data[i]);
		}
	}
	return candidate_keep(c, &s);
}

struct slice
body_without_backlink(const struct candidate *c, struct slice body)
{
	struct slice line = backlink(c);

	if (line.len == 0 || body.len < line.len ||
	    memcmp(body.data + body.len - line.len, line.data, line.len) != 0)
		return body;
	body.len -= line.len;
	while (body.len > 0 && body.data[body.len - 1] == '\n')
		body.len--;
	return body;
}

static struct slice
body_outward(const struct candidate *c)
{
	struct slice text = body_without_header(json_text(c->crm, "body"));
	struct slice line = backlink(c);
	struct str s = { 0 };

	if (line.len == 0)
		return text.data != NULL ? text : SLICE("");
	str_add_slice(&s, text);
	str_adds(&s, text.len > 0 ? "\n\n" : "");
	str_add_slice(&s, line);
	return candidate_keep(c, &s);
}

/* Graph has its own zone for the event; another one comes from the CRM only
 * if somebody chose it there. */
static struct slice
zone_of_set(const struct candidate *c)
{
	struct slice graph = json_text(c->event, "zone");
	struct slice crm = json_text(c->crm, "zone");

	if (graph.len == 0)
		return zone_outward(c);
	if (slice_eq(crm, json_text(c->base_crm, "zone")))
		return graph;
	return crm.len > 0 && !slice_is(crm, "UTC") ? crm : graph;
}

static void
write_minutes(struct jsonw *w, const struct json *v)
{
	int64_t minutes;

	if (json_int(v, INT32_MIN, INT32_MAX, &minutes))
		jw_int(w, "reminder", minutes > 0 ? minutes : 0);
	else
		jw_null(w, "reminder");
}

bool
out_set_has(const struct field *f)
{
	return f->unit != UNIT_RECURRENCE || strcmp(f->name, "recurrence") == 0;
}

void
out_set_field(struct jsonw *w, const struct candidate *c, const struct field *f)
{
	const struct json *v = json_get(c->crm, f->name);

	if (f->unit == UNIT_BODY) {
		jw_str(w, f->name, body_outward(c));
	} else if (f->unit == UNIT_SUBJECT) {
		jw_str(w, f->name,
		    json_is(v, NO_SUBJECT) ? SLICE("") : json_str(v));
	} else if (strcmp(f->name, "zone") == 0) {
		jw_str(w, f->name, zone_of_set(c));
	} else if (f->unit == UNIT_REMINDER) {
		write_minutes(w, v);
	} else if (f->unit == UNIT_ONLINE) {
		jw_object(w, f->name);
		jw_cstr(w, "provider", "teamsForBusiness");
		jw_end(w);
	} else {
		jw_raw(w, f->name, v ? v->raw : NO_SLICE);
	}
}

/* A private event is made private whatever is exchanged: its subject would be
 * seen by everybody who sees the calendar. */
static bool
is_made(const struct candidate *c, const struct field *f)
{
	const struct json *v = json_get(c->crm, f->name);

	if (v == NULL || !out_set_has(f))
		return false;
	if (f->unit == UNIT_SENSITIVITY && c->private)
		return true;
	if (!field_exchanged(c, f))
		return false;
	if (f->unit == UNIT_BODY)
		return !policy_is(c->policy, POL_DESCRIPTION_MODE, "never");
	if (f->unit == UNIT_ONLINE || f->unit == UNIT_RECURRENCE)
		return v->type != JSON_NULL;
	return true;
}

struct slice
out_set_new(const struct candidate *c)
{
	struct slice marks = marks_new(c);
	struct str s = { 0 };
	struct jsonw w;

	jw_start(&w, &s);
	jw_object(&w, NULL);
	for (size_t i = 0; i < FIELD_COUNT; i++)
		if (is_made(c, &fields[i]) ||
		    (strcmp(fields[i].name, "zone") == 0 &&
			field_exchanged(c, &fields[i])))
			out_set_field(&w, c, &fields[i]);
	if (marks.data != NULL)
		jw_raw(&w, "categories", marks);
	jw_end(&w);
	return candidate_keep(c, &s);
}
