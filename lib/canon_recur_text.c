/*
 * canon_recur_text: the sentence.  "Monthly on the last Fri" is plain; several days
 * with a position mean the first (or last) of all of them in the month, which
 * is what "weekday" says, or else "the first of Mon, Thu".
 */
#include "canon_recur.h"
#include "instant.h"

#define WEEKDAYS 0x1fu
#define WEEKEND	 0x60u
#define ALL_DAYS 0x7fu

static const char *const day_names[] = { "Mon", "Tue", "Wed", "Thu", "Fri",
	"Sat", "Sun" };
static const char *const month_names[] = { "Jan", "Feb", "Mar", "Apr", "May",
	"Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

/* "Daily", "Every 3 days" */
static void
add_frequency(const struct recurrence *r, struct str *out)
{
	static const struct {
		const char *once, *unit;
	} words[] = { { "Daily", "days" }, { "Weekly", "weeks" },
		{ "Monthly", "months" }, { "Monthly", "months" },
		{ "Yearly", "years" }, { "Yearly", "years" } };

	if (r->interval == 1)
		str_adds(out, words[r->pattern].once);
	else
		str_addf(out, "Every %lld %s", (long long)r->interval,
		    words[r->pattern].unit);
}

static void
add_day_names(unsigned days, struct str *out)
{
	const char *separator = "";
	int i;

	for (i = 0; i < 7; i++) {
		if ((days & 1u << i) == 0)
			continue;
		str_adds(out, separator);
		str_adds(out, day_names[i]);
		separator = ", ";
	}
}

/* "the last Fri", "the first weekday", "the first of Mon, Thu" */
static void
add_position(const struct recurrence *r, struct str *out)
{
	static const char *const words[] = { "", "first", "second", "third",
		"fourth" };

	str_addf(out, " on the %s ",
	    r->position == -1 ? "last" : words[r->position]);
	if (r->days == ALL_DAYS) {
		str_adds(out, "day");
	} else if (r->days == WEEKDAYS) {
		str_adds(out, "weekday");
	} else if (r->days == WEEKEND) {
		str_adds(out, "weekend day");
	} else {
		if ((r->days & (r->days - 1)) != 0)
			str_adds(out, "of ");
		add_day_names(r->days, out);
	}
}

static void
add_details(const struct recurrence *r, struct str *out)
{
	switch (r->pattern) {
	case DAILY:
		break;
	case WEEKLY:
		str_adds(out, " on ");
		add_day_names(r->days, out);
		break;
	case ABSOLUTE_MONTHLY:
		str_addf(out, " on day %lld", (long long)r->day);
		break;
	case RELATIVE_MONTHLY:
		add_position(r, out);
		break;
	case ABSOLUTE_YEARLY:
		str_addf(out, " on %lld %s", (long long)r->day,
		    month_names[r->month - 1]);
		break;
	case RELATIVE_YEARLY:
		add_position(r, out);
		str_addf(out, " of %s", month_names[r->month - 1]);
		break;
	}
}

void
recur_text(const struct recurrence *r, struct str *out)
{
	char date[INSTANT_TEXT_MAX];

	add_frequency(r, out);
	add_details(r, out);
	if (r->range == END_DATE) {
		date_print(r->end, date);
		str_addf(out, " until %s", date);
	} else if (r->range == NUMBERED) {
		str_addf(out, ", %lld time%s", (long long)r->count,
		    r->count == 1 ? "" : "s");
	}
}
