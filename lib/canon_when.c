/*
 * canon_when: from Graph's local times to instants and dates.
 *
 * All-day events are why this is long.  Exchange has two ways to show one
 * under "UTC": midnight of its date, or the instant of midnight in the zone
 * in which it was made.  The first is told by the time itself.  For the
 * second the nearest midnight is taken, not the date of the instant, so that
 * an hour of difference at a clock change does not move a day.
 */
#include "canon_when.h"
#include "instant.h"

#define HALF_DAY_US (DAY_US / 2)

/* .NET's ticks, of 100 ns, from 0001-01-01 on. */
#define DAY_TICKS UINT64_C(864000000000)
enum { DAYS_TO_EPOCH = 719162, DAYS_KNOWN = 366 * 200 };

/* One of start and end. */
struct stamp {
	int64_t us;
	bool midnight; /* as it stands, in whatever zone */
	int32_t date;  /* as it stands */
};

static bool
refuse(struct fields *f, enum field field, const char *start, const char *end)
{
	return fields_refuse(f, "bad_time", field == F_START ? start : end);
}

static int64_t
floor_second(int64_t us)
{
	int64_t rest = us % SECOND_US;

	return us - rest - (rest < 0 ? SECOND_US : 0);
}

static bool
is_utc(struct slice zone)
{
	return slice_is_nocase(zone, "UTC") ||
	       slice_is_nocase(zone, "Etc/UTC") ||
	       slice_is_nocase(zone, "tzone://Microsoft/Utc");
}

/* The instant of a time of day in a named zone. */
static bool
to_instant(struct slice zone, int64_t local, int64_t *us)
{
	const struct tz *tz;

	*us = local;
	if (is_utc(zone))
		return true;
	tz = tz_find(zone);
	if (tz == NULL)
		return false;
	*us = tz_utc(tz, local);
	return true;
}

static bool
read_stamp(struct fields *f, enum field field, struct stamp *s)
{
	struct slice text = SLICE(""), zone = NO_SLICE;
	const struct json *v = NULL;
	int64_t local;

	if (!fields_object(f, field, &v) ||
	    !member_text(f, v, "dateTime", &text) ||
	    !member_text(f, v, "timeZone", &zone))
		return false;
	if (v == NULL)
		return fields_refuse(f, "bad_record",
		    field == F_START ? "start is missing" : "end is missing");
	if (instant_parse(text, &local))
		s->us = local; /* an offset says more than a zone's name */
	else if (!local_parse(text, &local))
		return refuse(f, field, "start.dateTime is no local time",
		    "end.dateTime is no local time");
	else if (!to_instant(zone, local, &s->us))
		return refuse(f, field, "start.timeZone is not known",
		    "end.timeZone is not known");
	local = floor_second(local);
	s->us = floor_second(s->us);
	if (s->us < INSTANT_MIN || s->us > INSTANT_MAX)
		return refuse(
		    f, field, "start is out of range", "end is out of range");
	s->date = date_of(local);
	s->midnight = local == s->date * DAY_US;
	return true;
}

/* The zone in which start is given, unless that is UTC, which we ask for. */
static bool
read_start_zone(struct fields *f, struct slice *name)
{
	const struct json *start = NULL;

	if (!fields_object(f, F_START, &start) ||
	    !member_text(f, start, "timeZone", name))
		return false;
	if (is_utc(*name))
		*name = NO_SLICE;
	return true;
}

bool
when_read_zone(struct fields *f, struct slice recurrence_zone,
    const struct tz *mailbox_zone, struct event_zone *zone)
{
	struct slice name = NO_SLICE;

	if (!fields_text(f, F_ZONE, &name))
		return false;
	if (name.len == 0)
		name = recurrence_zone;
	if (name.len == 0 && !read_start_zone(f, &name))
		return false;
	*zone = (struct event_zone){ .stated = NO_SLICE };
	if (name.len == 0) {
		zone->tz = mailbox_zone;
		if (mailbox_zone == NULL)
			zone->stated = SLICE("");
		return true;
	}
	zone->tz = tz_find(name);
	if (zone->tz == NULL)
		zone->stated = name;
	return true;
}

/* A midnight between noon and noon. */
static int32_t
nearest_date(int64_t local)
{
	return date_of(local + HALF_DAY_US - 1);
}

static bool
all_day_date(struct fields *f, const struct stamp *s,
    const struct event_zone *zone, int32_t *date)
{
	if (!s->midnight && zone->tz == NULL)
		return fields_refuse(f, "bad_time",
		    "the dates of an all-day event need its zone");
	*date = s->midnight ? s->date : nearest_date(tz_local(zone->tz, s->us));
	return true;
}

bool
when_read(struct fields *f, const struct event_zone *zone, struct when *w)
{
	struct stamp start = { 0 }, end = { 0 };

	*w = (struct when){ .all_day = false };
	if (!fields_bool(f, F_ALL_DAY, &w->all_day) ||
	    !read_stamp(f, F_START, &start) || !read_stamp(f, F_END, &end))
		return false;
	if (end.us < start.us)
		return fields_refuse(f, "bad_time", "end is before start");
	w->start = start.us;
	w->end = end.us;
	if (!w->all_day)
		return true;
	if (!all_day_date(f, &start, zone, &w->start_date) ||
	    !all_day_date(f, &end, zone, &w->end_date))
		return false;
	if (w->end_date <= w->start_date)
		w->end_date = w->start_date + 1;
	return true;
}

static int32_t
slot_date(int64_t us, const struct tz *zone, bool all_day)
{
	int64_t local = zone != NULL ? tz_local(zone, us) : us;

	if (!all_day)
		return date_of(local);
	return us == date_of(us) * DAY_US ? date_of(us) : nearest_date(local);
}

/* Of base64 in either alphabet; -1: none. */
static int
sextet(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

/*
 * Graph has been seen to leave originalStart out of exceptions.  Then the id
 * tells, for it is base64 with the slot's date inside as 8 bytes of ticks, and
 * keeps that date when the exception moves.  Nobody promises it: what is found
 * counts only if it is a midnight of our time, which no other 8 bytes are by
 * chance.
 */
static bool
slot_in_id(struct slice id, int32_t *date)
{
	uint64_t bytes = 0, days;
	unsigned bits = 0, have = 0;
	size_t i;
	int six;

	for (i = 0; i < id.len && (six = sextet(id.data[i])) >= 0; i++) {
		have = (have << 6 | (unsigned)six) & 0xffff;
		bits += 6;
		if (bits < 8)
			continue;
		bits -= 8;
		bytes = bytes << 8 | (have >> bits & 0xff);
		days = bytes / DAY_TICKS;
		if (bytes % DAY_TICKS == 0 && days >= DAYS_TO_EPOCH &&
		    days < DAYS_TO_EPOCH + DAYS_KNOWN) {
			*date = (int32_t)days - DAYS_TO_EPOCH;
			return true;
		}
	}
	return false;
}

bool
when_read_slot(struct fields *f, bool exception, const struct tz *series_zone,
    bool series_all_day, const struct when *w, int32_t *date)
{
	struct slice text = NO_SLICE, id = NO_SLICE;
	int64_t us;

	if (!fields_text(f, F_ORIGINAL_START, &text))
		return false;
	if (text.data == NULL) {
		if (exception && fields_text(f, F_ID, &id) &&
		    slot_in_id(id, date))
			return true;
		*date = w->all_day ? w->start_date
				   : slot_date(w->start, series_zone, false);
		return true;
	}
	if (!instant_parse(text, &us) && !local_parse(text, &us))
		return fields_refuse(
		    f, "bad_time", "originalStart is no instant");
	*date = slot_date(us, series_zone, series_all_day);
	return true;
}

void
when_move(struct when *w, const struct tz *zone, int32_t date)
{
	int64_t local = zone != NULL ? tz_local(zone, w->start) : w->start;
	int64_t length = w->end - w->start;

	if (w->all_day) {
		w->end_date += date - w->start_date;
		w->start_date = date;
		return;
	}
	local += (date - (int64_t)date_of(local)) * DAY_US;
	w->start = zone != NULL ? tz_utc(zone, local) : local;
	w->end = w->start + length;
}

bool
when_read_instant(struct fields *f, enum field field, bool *known, int64_t *us)
{
	struct slice text = NO_SLICE;

	*known = false;
	if (!fields_text(f, field, &text))
		return false;
	if (text.data == NULL)
		return true;
	if (!instant_parse(text, us))
		return fields_refuse(f, "bad_time",
		    field == F_CREATED ? "createdDateTime is no instant"
				       : "lastModifiedDateTime is no instant");
	*us = floor_second(*us);
	*known = *us >= INSTANT_MIN + 366 * DAY_US;
	return true;
}
