#include "generate.h"

#include <stdio.h>
#include <string.h>

#include "arena.h"
#include "content.h"
#include "store.h"

struct plan {
	json_int_t mailboxes, events, series, days, attendees;
	const char *domain;
};

static json_int_t
number(json_t *o, const char *name, json_int_t otherwise)
{
	json_t *v = json_object_get(o, name);

	return json_is_integer(v) ? json_integer_value(v) : otherwise;
}

static void
make_series(struct event *e, int64_t day)
{
	struct recurrence *r = arena_alloc(sizeof(*r));

	r->pattern = RECUR_WEEKLY;
	r->interval = 1;
	r->range = RECUR_NO_END;
	r->start_day = day;
	r->days = 1u << when_weekday(day);
	r->zone = arena_strdup(e->c.start_zone);
	store_set_series(e, r);
}

static void
add_guests(struct event *e, json_int_t n)
{
	for (json_int_t i = 0; i < n; i++) {
		char address[64];
		struct attendee a = { .name = address,
			.address = address,
			.responded = WHEN_NEVER };

		snprintf(address, sizeof(address), "guest%d@client.test",
		    (int)random_below(500));
		if (content_attendee(&e->c, address) == NULL)
			content_add_attendee(&e->c, &a);
	}
}

static void
make_event(struct user *u, const struct plan *p, json_int_t n)
{
	struct event *e = store_add_event(u->calendars[0]);
	int64_t day =
	    when_day(world_now()) + (int64_t)random_below((uint64_t)p->days);
	char text[64];

	store_add_meeting(e);
	e->c.start_zone = e->c.end_zone = world_intern(u->zone);
	e->c.start_tz = e->c.end_tz = tz_find(u->zone);
	e->c.start = day * WHEN_DAY + 3600 * (8 + (int64_t)random_below(9));
	e->c.end = e->c.start + 1800 * (1 + (int64_t)random_below(3));
	snprintf(text, sizeof(text), "Meeting %lld", (long long)n);
	arena_set(&e->c.subject, text);
	snprintf(text, sizeof(text), "Agenda of meeting %lld", (long long)n);
	arena_set(&e->c.body, text);
	add_guests(e, p->attendees);
	if ((json_int_t)random_below(100) < p->series)
		make_series(e, day);
}

void
generate_world(json_t *spec)
{
	struct plan p = {
		.mailboxes = number(spec, "mailboxes", 10),
		.events = number(spec, "events", 100),
		.series = number(spec, "series", 2),
		.days = number(spec, "days", 365),
		.attendees = number(spec, "attendees", 1),
		.domain = json_string_value(json_object_get(spec, "domain")),
	};

	if (p.domain == NULL)
		p.domain = "firm.test";
	for (json_int_t m = 1; m <= p.mailboxes; m++) {
		char upn[128], name[32];
		struct user *u;

		snprintf(upn, sizeof(upn), "u%03d@%s", (int)m, p.domain);
		snprintf(name, sizeof(name), "User %03d", (int)m);
		u = store_add_user(NULL, upn, name, "Europe/Berlin");
		u->tenant = world_tenant(p.domain);
		store_add_calendar(u, "Calendar");
		for (json_int_t n = 1; n <= p.events; n++)
			make_event(u, &p, n);
	}
}
