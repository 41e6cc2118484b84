/*
 * render_parts: the sub-objects of an event as JSON.
 */
#ifndef GRAPHSIM_RENDER_PARTS_H
#define GRAPHSIM_RENDER_PARTS_H

#include "item.h"
#include "prefer.h"

json_t *render_categories(const struct content *c);
json_t *render_preview(const struct content *c);
json_t *render_response(enum response r, int64_t at);
json_t *render_location(const struct content *c);
json_t *render_locations(const struct content *c);
json_t *render_attendees(
    const struct event *e, const struct content *c, const struct prefer *p);

/* Set an enum member, in the case that the mode asks for. */
void render_enum(
    json_t *o, const char *name, const char *const *names, int value);

/* $expand: properties, extensions, exceptionOccurrences, and the like. */
void render_expansions(
    json_t *o, const struct item *it, const struct prefer *p);

/* Members that no document knows. */
void render_extra(json_t *o);

/* An open extension as a resource. */
json_t *render_extension(const struct extension *e);

#endif
