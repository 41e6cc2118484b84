/*
 * render: items as Graph's JSON.
 */
#ifndef GRAPHSIM_RENDER_H
#define GRAPHSIM_RENDER_H

#include "item.h"
#include "prefer.h"

/* The full event, or what $select leaves of it. */
json_t *render_event(const struct item *it, const struct prefer *p);

/* An item of calendarView/delta: an occurrence has seven members only. */
json_t *render_delta(const struct item *it, const struct prefer *p);

/* The recurrence as Graph fills it; null without a series. */
json_t *render_recurrence(const struct recurrence *r);

/* W/"changeKey" of the item; on the heap. */
char *render_etag(const struct item *it);

/* {"dateTime","timeZone"} in the asked zone. */
json_t *render_time(
    int64_t local, const struct tz *from, bool all_day, const struct prefer *p);

/* The body with its wrapper, as HTML or as text. */
json_t *render_body(const struct event *e, const struct content *c, bool text);

#endif
