/*
 * http_retry: whether to repeat a request, and how long to wait before.  The
 * spread that keeps many mailboxes from coming back in the same moment is
 * taken from a seed and not from a random number, so that a run can be
 * repeated.
 */
#include <stddef.h>
#include <string.h>
#include <time.h>

#include "http.h"
#include "instant.h"

#define WAIT_MAX_US (INT64_C(120) * SECOND_US)
#define YEAR_US	    (INT64_C(366) * DAY_US)

static bool
number_at(const char *p, size_t n, int *value)
{
	int64_t v;

	if (!ascii_is_digit(p[0]) ||
	    !slice_int64((struct slice){ p, n }, 0, 9999, &v))
		return false;
	*value = (int)v;
	return true;
}

/* Number 1..12 of the month's name, 0: none. */
static int
month_at(const char *p)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	int i;

	for (i = 0; i < 12; i++)
		if (memcmp(p, names + (ptrdiff_t)3 * i, 3) == 0)
			return i + 1;
	return 0;
}

bool
http_date(struct slice text, int64_t *us)
{
	static const char form[] = "ddd, nn mmm nnnn nn:nn:nn GMT";
	const char *p = text.data;
	struct civil c = { 0 };
	size_t i;

	if (text.len != sizeof form - 1)
		return false;
	for (i = 0; i < text.len; i++)
		if (strchr("dnm", form[i]) == NULL && p[i] != form[i])
			return false;
	c.month = month_at(p + 8);
	if (c.month == 0 || !number_at(p + 5, 2, &c.day) ||
	    !number_at(p + 12, 4, &c.year) || !number_at(p + 17, 2, &c.hour) ||
	    !number_at(p + 20, 2, &c.minute) ||
	    !number_at(p + 23, 2, &c.second))
		return false;
	if (c.second == 60)
		c.second = 59; /* a leap second, which instants do not have */
	return civil_to(&c, us);
}

/* "12" or "2.128" seconds, rounded up to milliseconds. */
static bool
read_seconds(struct slice text, int64_t *wait_us)
{
	struct slice fraction, whole = slice_cut(text, '.', &fraction);
	int64_t seconds, ms = 0, scale = 100;
	bool up = false;
	size_t i;

	if (whole.len == 0 || !ascii_is_digit(whole.data[0]))
		return false;
	for (i = 0; i < whole.len; i++)
		if (!ascii_is_digit(whole.data[i]))
			return false;
	if (!slice_int64(whole, 0, YEAR_US / SECOND_US, &seconds))
		seconds = YEAR_US / SECOND_US;
	for (i = 0; i < fraction.len; i++) {
		if (!ascii_is_digit(fraction.data[i]))
			return false;
		ms += (fraction.data[i] - '0') * scale;
		up = up || (scale == 0 && fraction.data[i] != '0');
		scale /= 10;
	}
	*wait_us = seconds * SECOND_US + (ms + up) * 1000;
	return true;
}

bool
http_retry_after(struct slice retry_after, struct slice date, int64_t now_us,
    int64_t *wait_us)
{
	int64_t then, server_us;

	retry_after = slice_trim(retry_after);
	if (retry_after.len == 0)
		return false;
	if (!read_seconds(retry_after, wait_us)) {
		if (!http_date(retry_after, &then))
			return false;
		if (!http_date(slice_trim(date), &server_us))
			server_us = now_us;
		*wait_us = then - server_us;
	}
	if (*wait_us > YEAR_US)
		*wait_us = YEAR_US;
	return *wait_us > 0;
}

bool
http_may_repeat(const struct http_answer *answer, bool safe)
{
	if (answer->fault == HTTP_NO_WAY)
		return true;
	if (answer->fault != HTTP_WHOLE)
		return safe && (answer->fault == HTTP_TIMEOUT ||
				   answer->fault == HTTP_BROKEN);
	switch (answer->status) {
	case 429:
		return true; /* refused before it was looked at */
	case 404:
		/* Graph's own 404 has a body; an empty one is a gateway's. */
		return safe && answer->body.len == 0;
	case 408:
	case 412: /* on a read: seen now and then, means nothing */
	case 423:
	case 500:
	case 502:
	case 503:
	case 504:
	case 509:
		return safe;
	default:
		return false;
	}
}

/* Bits that depend on all of the seed's (splitmix64's last steps). */
static uint64_t
mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

static int64_t
wall_clock_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * SECOND_US + t.tv_nsec / 1000;
}

int64_t
http_repeat_wait(const struct http_answer *answer, unsigned attempt,
    uint64_t seed, int64_t base_us)
{
	int64_t wait, share;
	unsigned i;

	if (http_retry_after(slice_of(answer->retry_after),
		slice_of(answer->date), wall_clock_us(), &wait))
		return wait;
	wait = base_us;
	for (i = 1; i < attempt && wait < WAIT_MAX_US; i++)
		wait *= 2;
	if (wait > WAIT_MAX_US)
		wait = WAIT_MAX_US;
	/* 750 to 1250 thousandths */
	share = 750 + (int64_t)(mix(seed + attempt) % 501);
	wait = wait / 1000 * share;
	return wait < WAIT_MAX_US ? wait : WAIT_MAX_US;
}
