/*
 * window: when time alone changes an answer.  The moments that are written
 * into `due` are held against the questions themselves: a microsecond before
 * the answer is the old one, at the moment it is the new one, whatever the
 * calendar does in between (U12, U19).
 */
#include "../../reconcile/blocked.c"
#include "../../reconcile/window.c"

#include "t.h"

static struct arena arena;
static struct run run;
static struct section section;

bool
event_instant(const struct candidate *c, struct slice text, int64_t *us)
{
	(void)c;
	return instant_parse(text, us);
}

struct slice
address_domain(struct slice address)
{
	return address;
}

static int64_t
at(const char *text)
{
	int64_t us = 0;

	ok(instant_parse(slice_of(text), &us), "%s is an instant", text);
	return us;
}

static struct candidate
candidate_with(enum policy_key key, const char *value)
{
	struct str why = { 0 };

	policy_init(&section.policy);
	ok(policy_set(
	       &section.policy, &arena, key, slice_of(value), "test", &why),
	    "%s = %s", policy_key_name(key), value);
	str_free(&why);
	return (struct candidate){ .run = &run,
		.section = &section,
		.policy = &section.policy,
		.arena = &arena };
}

/* Days around every month's end, of a leap year and of another one. */
static void
check_future(const char *span)
{
	struct candidate c = candidate_with(POL_WINDOW_FUTURE_IN, span);
	int64_t first = at("2027-01-25T13:30:00Z"), due;
	int wrong = 0;

	for (int day = 0; day < 800; day++) {
		c.start = first + day * DAY_US;
		due = window_enters(&c);
		run.now = due;
		wrong += window_is_future(&c);
		run.now = due - 1;
		wrong += !window_is_future(&c);
	}
	is_int(
	    wrong, 0, "U12 window_future is due when %s ahead comes in", span);
}

static void
check_stop(const char *span)
{
	struct candidate c = candidate_with(POL_WINDOW_STOP, span);
	int64_t first = at("2027-01-25T13:30:00Z");
	int wrong = 0, early = 0;

	for (int day = 0; day < 800; day++) {
		c.end = first + day * DAY_US;
		run.now = window_next(&c);
		wrong += !window_has_stopped(&c);
		run.now = c.end;
		early += window_has_stopped(&c);
	}
	is_int(
	    wrong, 0, "U12 window_stop = %s is due when it has stopped", span);
	is_int(early, 0, "nothing stops at its own end under %s", span);
}

static void
check_words(void)
{
	static const struct {
		const char *text, *word;
		bool found;
	} rows[] = {
		{ "Dentist", "dentist", true },
		{ "At the DENTIST, 10:00", "Dentist", true },
		{ "Dentistry", "Dentist", false },
		{ "Mydentist", "Dentist", false },
		{ "Zahn\xc3\xa4rztin", "Zahn", false },
		{ "the yearly dentist visit", "dentist visit", true },
		{ "dentistdentist dentist", "dentist", true },
		{ "", "dentist", false },
		{ "#urgent!", "urgent", true },
		{ "abc", "bc", false },
		{ "bca", "bc", false },
		{ "z bc", "bc", true },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		is_int(text_has_word(
			   slice_of(rows[i].text), slice_of(rows[i].word)),
		    rows[i].found, "C-015 '%s' in '%s'", rows[i].word,
		    rows[i].text);
}

int
main(void)
{
	static const char *const spans[] = { "60d", "1w", "1mo", "6mo", "1y",
		"10y", "36h" };

	for (size_t i = 0; i < sizeof spans / sizeof *spans; i++) {
		check_future(spans[i]);
		check_stop(spans[i]);
	}
	check_words();
	arena_free(&arena);
	return done();
}
