/*
 * rooms: relations to resource calendars (mapping page, section 4).  match
 * has looked the names up; here they become additions and removals.
 *
 * A relation goes only when Graph's rooms have changed, so a calendar that
 * was renamed in the CRM stays where it was.  What locations.mode=create makes
 * has no resource yet: apply puts it in when it has made the calendar, here
 * and in the base.
 */
#include "fields.h"
#include "relations.h"

static bool
lists_text(const struct json *array, struct slice text)
{
	const struct json *i;

	for (i = array ? array->child : NULL; i != NULL; i = i->next)
		if (slice_eq(json_str(i), text))
			return true;
	return false;
}

static bool
lists_resource(const struct json *rooms, struct slice resource)
{
	const struct json *i;

	for (i = rooms ? rooms->child : NULL; i != NULL; i = i->next)
		if (slice_eq(json_text(i, "resource"), resource))
			return true;
	return false;
}

static bool
rooms_have_changed(const struct candidate *c)
{
	const struct json *a = json_get(c->base, "rooms");
	const struct json *b = json_get(c->event, "rooms");
	const struct json *i, *j;

	if (a == NULL || b == NULL || a->count != b->count)
		return true;
	for (i = a->child, j = b->child; i && j; i = i->next, j = j->next)
		if (!field_equal(i, j))
			return true;
	return false;
}

static bool
lists_address(const struct json *rooms, struct slice address)
{
	const struct json *i;

	for (i = rooms ? rooms->child : NULL; i != NULL; i = i->next)
		if (slice_eq(json_text(i, "address"), address))
			return true;
	return false;
}

/* match leaves out what it does not find. */
static bool
is_missing(const struct candidate *c, const struct json *room)
{
	struct slice address = json_text(room, "address");

	return address.len > 0 && slice_trim(json_text(room, "name")).len > 0 &&
	       !lists_address(c->rooms, address) &&
	       !lists_address(json_get(c->crm, "rooms"), address);
}

static bool
is_listed(const struct json **list, size_t count, const struct json *room)
{
	for (size_t n = 0; n < count; n++)
		if (slice_eq(json_text(list[n], "address"),
			json_text(room, "address")))
			return true;
	return false;
}

const struct json **
rooms_missing(const struct candidate *c, size_t *count)
{
	const struct json *rooms = json_get(c->event, "rooms"), *i;
	const struct json **list = arena_array(c->arena,
	    rooms ? rooms->count + 1 : 1, sizeof(const struct json *));

	*count = 0;
	if (!rooms_exchanged(c) ||
	    !policy_is(c->policy, POL_LOCATIONS_MODE, "create"))
		return list;
	for (i = rooms ? rooms->child : NULL; i != NULL; i = i->next)
		if (is_missing(c, i) && !is_listed(list, *count, i))
			list[(*count)++] = i;
	return list;
}

static void
write_room(struct jsonw *w, struct slice resource, const struct json *room)
{
	jw_object(w, NULL);
	jw_str(w, "resource", resource);
	jw_str(w, "name", json_text(room, "name"));
	jw_str(w, "address", json_text(room, "address"));
	jw_end(w);
}

static size_t
write_added(struct jsonw *w, const struct candidate *c)
{
	const struct json *base = json_get(c->base, "resources");
	const struct json *crm = json_get(c->crm, "rooms"), *i, *before;
	const struct json **missing;
	size_t count = 0, more;

	for (i = c->rooms ? c->rooms->child : NULL; i != NULL; i = i->next) {
		struct slice id = json_text(i, "resource");

		if (id.len == 0 || lists_text(base, id) ||
		    lists_resource(crm, id))
			continue;
		for (before = c->rooms->child; before != i;)
			if (slice_eq(json_text(before, "resource"), id))
				break;
			else
				before = before->next;
		if (before != i)
			continue; /* two names of one resource */
		write_room(w, id, i);
		count++;
	}
	missing = rooms_missing(c, &more);
	for (size_t n = 0; n < more; n++)
		write_room(w, NO_SLICE, missing[n]);
	return count + more;
}

static size_t
write_removed(struct jsonw *w, const struct candidate *c)
{
	const struct json *base = json_get(c->base, "resources");
	const struct json *crm = json_get(c->crm, "rooms"), *i;
	size_t count = 0;

	if (!rooms_have_changed(c))
		return 0;
	for (i = base ? base->child : NULL; i != NULL; i = i->next) {
		if (lists_resource(c->rooms, json_str(i)) ||
		    !lists_resource(crm, json_str(i)))
			continue;
		jw_str(w, NULL, json_str(i));
		count++;
	}
	return count;
}

struct slice
rooms_difference(const struct candidate *c)
{
	struct str s = { 0 };
	struct jsonw w;
	size_t count;

	if (!rooms_exchanged(c))
		return NO_SLICE;
	jw_start(&w, &s);
	jw_object(&w, NULL);
	jw_array(&w, "add");
	count = write_added(&w, c);
	jw_end(&w);
	jw_array(&w, "remove");
	count += write_removed(&w, c);
	jw_end(&w);
	jw_end(&w);
	return candidate_keep_if(c, &s, count > 0);
}

void
rooms_write_base(struct jsonw *w, const struct candidate *c)
{
	const struct json *was = json_get(c->base, "resources"), *i;
	bool changed = rooms_have_changed(c);

	if (!rooms_exchanged(c)) {
		if (was != NULL)
			jw_raw(w, "resources", was->raw);
		return;
	}
	jw_array(w, "resources");
	for (i = c->rooms ? c->rooms->child : NULL; i != NULL; i = i->next)
		if (json_text(i, "resource").len > 0)
			jw_str(w, NULL, json_text(i, "resource"));
	for (i = was ? was->child : NULL; i != NULL && !changed; i = i->next)
		if (!lists_resource(c->rooms, json_str(i)))
			jw_str(w, NULL, json_str(i));
	jw_end(w);
}

bool
rooms_are_ambiguous(const struct candidate *c)
{
	const struct json *i;

	if (!rooms_exchanged(c))
		return false;
	for (i = c->rooms ? c->rooms->child : NULL; i != NULL; i = i->next)
		if (json_true(i, "ambiguous"))
			return true;
	return false;
}
