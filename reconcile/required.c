/*
 * required: asked of Graph's values, not of the mapped ones: "(no subject)"
 * is no subject.  A field that no event can fill is always missing.
 */
#include "required.h"
#include "relations.h"

static bool
is_filled(const struct candidate *c, struct slice name)
{
	const struct json *i;

	if (slice_is(name, "attendees"))
		return relations_wanted(c).count > 0;
	if (slice_is(name, "event_type") || slice_is(name, "kind") ||
	    slice_is(name, "owner"))
		return true;
	for (i = c->event->child; i != NULL; i = i->next)
		if (slice_eq(i->key, name))
			return i->type == JSON_STRING || i->type == JSON_ARRAY
				   ? i->text.len > 0 || i->count > 0
				   : i->type != JSON_NULL;
	return false;
}

static bool
add_name(struct str *names, struct slice name)
{
	if (names != NULL) {
		str_adds(names, names->len > 0 ? ", " : "");
		str_add_slice(names, name);
	}
	return true;
}

bool
required_is_missing(const struct candidate *c, struct str *names)
{
	const struct policy_item *item;
	bool missing = false;

	for (size_t i = 0;
	     (item = policy_item(c->policy, POL_FIELDS_REQUIRED, i)) != NULL;
	     i++)
		if (item->kind == ITEM_NAME && !is_filled(c, item->name))
			missing = add_name(names, item->name);
	if (c->end < c->start)
		missing = add_name(names, SLICE("end"));
	return missing;
}
