#include "content.h"

#include <string.h>
#include <strings.h>

#include "arena.h"

void
content_init(struct content *c)
{
	memset(c, 0, sizeof(*c));
	c->subject = arena_strdup("");
	c->body = arena_strdup("");
	c->importance = 1;
	c->show_as = 3;
	c->reminder = 15;
	c->reminder_on = true;
	c->response_requested = true;
	c->allow_new_time = true;
	c->responded = WHEN_NEVER;
	c->start_zone = c->end_zone = world_intern("UTC");
	c->start_tz = c->end_tz = tz_utc();
}

static void
copy_attendee(struct attendee *to, const struct attendee *from)
{
	*to = *from;
	to->name = arena_strdup(from->name);
	to->address = arena_strdup(from->address);
}

static void
copy_place(struct place *to, const struct place *from)
{
	*to = *from;
	to->name = arena_strdup(from->name);
	to->email = arena_strdup(from->email);
	to->uri = arena_strdup(from->uri);
	to->unique = arena_strdup(from->unique);
	to->address = arena_strdup(from->address);
	to->coordinates = arena_strdup(from->coordinates);
}

static void
copy_attendees(struct content *to, const struct content *from)
{
	to->attendees = NULL;
	to->nattendees = 0;
	for (size_t i = 0; i < from->nattendees; i++)
		content_add_attendee(to, &from->attendees[i]);
}

static void
copy_places(struct content *to, const struct content *from)
{
	to->places = NULL;
	to->nplaces = 0;
	for (size_t i = 0; i < from->nplaces; i++)
		copy_place(
		    world_push(to->places, to->nplaces), &from->places[i]);
}

static void
copy_properties(struct content *to, const struct content *from)
{
	to->properties = NULL;
	to->nproperties = 0;
	to->extensions = NULL;
	to->nextensions = 0;
	for (size_t i = 0; i < from->nproperties; i++)
		content_set_property(
		    to, from->properties[i].id, from->properties[i].value);
	for (size_t i = 0; i < from->nextensions; i++)
		content_set_extension(
		    to, from->extensions[i].name, from->extensions[i].members);
}

void
content_copy(struct content *to, const struct content *from)
{
	*to = *from;
	to->subject = arena_strdup(from->subject);
	to->body = arena_strdup(from->body);
	to->join_url = arena_strdup(from->join_url);
	copy_attendees(to, from);
	copy_places(to, from);
	copy_properties(to, from);
	to->categories = NULL;
	to->ncategories = 0;
	for (size_t i = 0; i < from->ncategories; i++)
		content_add_category(to, from->categories[i]);
}

void
content_free_attendees(struct content *c)
{
	for (size_t i = 0; i < c->nattendees; i++) {
		arena_free(c->attendees[i].name);
		arena_free(c->attendees[i].address);
	}
	arena_free(c->attendees);
	c->attendees = NULL;
	c->nattendees = 0;
}

void
content_free_places(struct content *c)
{
	for (size_t i = 0; i < c->nplaces; i++) {
		struct place *p = &c->places[i];

		arena_free(p->name);
		arena_free(p->email);
		arena_free(p->uri);
		arena_free(p->unique);
		arena_free(p->address);
		arena_free(p->coordinates);
	}
	arena_free(c->places);
	c->places = NULL;
	c->nplaces = 0;
}

static void
free_properties(struct content *c)
{
	for (size_t i = 0; i < c->nproperties; i++) {
		arena_free(c->properties[i].id);
		arena_free(c->properties[i].value);
	}
	for (size_t i = 0; i < c->nextensions; i++) {
		arena_free(c->extensions[i].name);
		arena_free(c->extensions[i].members);
	}
	arena_free(c->properties);
	arena_free(c->extensions);
}

void
content_free(struct content *c)
{
	arena_free(c->subject);
	arena_free(c->body);
	arena_free(c->join_url);
	content_free_attendees(c);
	content_free_places(c);
	free_properties(c);
	for (size_t i = 0; i < c->ncategories; i++)
		arena_free(c->categories[i]);
	arena_free(c->categories);
	memset(c, 0, sizeof(*c));
}

/* Move the private members of one content into another one. */
static void
move_private(struct content *to, struct content *from)
{
	to->categories = from->categories;
	to->ncategories = from->ncategories;
	to->properties = from->properties;
	to->nproperties = from->nproperties;
	to->extensions = from->extensions;
	to->nextensions = from->nextensions;
	to->reminder = from->reminder;
	to->reminder_on = from->reminder_on;
	to->show_as = from->show_as;
	to->response = from->response;
	to->responded = from->responded;
	from->categories = NULL;
	from->properties = NULL;
	from->extensions = NULL;
	from->ncategories = from->nproperties = from->nextensions = 0;
}

void
content_share(struct content *to, const struct content *from)
{
	struct content fresh;

	content_copy(&fresh, from);
	for (size_t i = 0; i < fresh.ncategories; i++)
		arena_free(fresh.categories[i]);
	arena_free(fresh.categories);
	free_properties(&fresh);
	move_private(&fresh, to);
	content_free(to);
	*to = fresh;
}

int64_t
content_start_utc(const struct content *c)
{
	return tz_to_utc(c->start_tz, c->start);
}

int64_t
content_end_utc(const struct content *c)
{
	return tz_to_utc(c->end_tz, c->end);
}

struct attendee *
content_attendee(const struct content *c, const char *address)
{
	for (size_t i = 0; i < c->nattendees; i++)
		if (strcasecmp(c->attendees[i].address, address) == 0)
			return &c->attendees[i];
	return NULL;
}

void
content_add_attendee(struct content *c, const struct attendee *a)
{
	copy_attendee(world_push(c->attendees, c->nattendees), a);
}

struct place *
content_add_place(struct content *c, const char *name)
{
	struct place *p;

	if (name == NULL || *name == '\0')
		return NULL;
	p = world_push(c->places, c->nplaces);
	p->name = arena_strdup(name);
	p->unique = arena_strdup(name);
	p->unique_type = 3;
	return p;
}

bool
content_has_category(const struct content *c, const char *name)
{
	for (size_t i = 0; i < c->ncategories; i++)
		if (strcasecmp(c->categories[i], name) == 0)
			return true;
	return false;
}

void
content_add_category(struct content *c, const char *name)
{
	if (!content_has_category(c, name))
		*world_push(c->categories, c->ncategories) = arena_strdup(name);
}

void
content_drop_category(struct content *c, const char *name)
{
	size_t kept = 0;

	for (size_t i = 0; i < c->ncategories; i++)
		if (strcasecmp(c->categories[i], name) != 0)
			c->categories[kept++] = c->categories[i];
		else
			arena_free(c->categories[i]);
	c->ncategories = kept;
}

void
content_set_property(struct content *c, const char *id, const char *value)
{
	struct property *p;

	for (size_t i = 0; i < c->nproperties; i++)
		if (strcasecmp(c->properties[i].id, id) == 0) {
			arena_set(&c->properties[i].value, value);
			return;
		}
	p = world_push(c->properties, c->nproperties);
	p->id = arena_strdup(id);
	p->value = arena_strdup(value);
}

const char *
content_property(const struct content *c, const char *id)
{
	for (size_t i = 0; i < c->nproperties; i++)
		if (strcasecmp(c->properties[i].id, id) == 0)
			return c->properties[i].value;
	return NULL;
}

struct extension *
content_extension(const struct content *c, const char *name)
{
	static const char prefix[] =
	    "Microsoft.OutlookServices.OpenTypeExtension.";

	if (strncasecmp(name, prefix, sizeof(prefix) - 1) == 0)
		name += sizeof(prefix) - 1;
	for (size_t i = 0; i < c->nextensions; i++)
		if (strcasecmp(c->extensions[i].name, name) == 0)
			return &c->extensions[i];
	return NULL;
}

void
content_set_extension(struct content *c, const char *name, const char *members)
{
	struct extension *e = content_extension(c, name);

	if (e == NULL) {
		e = world_push(c->extensions, c->nextensions);
		e->name = arena_strdup(name);
	}
	arena_set(&e->members, members);
}

bool
content_drop_extension(struct content *c, const char *name)
{
	struct extension *e = content_extension(c, name);

	if (e == NULL)
		return false;
	arena_free(e->name);
	arena_free(e->members);
	*e = c->extensions[--c->nextensions];
	return true;
}

bool
content_same_attendees(const struct content *a, const struct content *b)
{
	if (a->nattendees != b->nattendees)
		return false;
	for (size_t i = 0; i < a->nattendees; i++) {
		const struct attendee *x = &a->attendees[i];
		const struct attendee *y = content_attendee(b, x->address);

		if (y == NULL || y->type != x->type)
			return false;
	}
	return true;
}

struct recurrence *
content_copy_series(const struct recurrence *r)
{
	struct recurrence *copy;

	if (r == NULL)
		return NULL;
	copy = arena_alloc(sizeof(*copy));
	*copy = *r;
	copy->zone = arena_strdup(r->zone);
	return copy;
}

void
content_free_series(struct recurrence *r)
{
	if (r != NULL)
		arena_free(r->zone);
	arena_free(r);
}
