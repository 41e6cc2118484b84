/*
 * tz: time zones by Windows or IANA name, with the rules of the system's
 * zone files.
 *
 * Zones are loaded once and never freed; a struct tz pointer stays valid for
 * the life of the program.  Callers hold the world lock.
 */
#ifndef GRAPHSIM_TZ_H
#define GRAPHSIM_TZ_H

#include <stdint.h>

struct tz;

/* A zone by any name that Graph knows; NULL if it knows none. */
const struct tz *tz_find(const char *name);

const struct tz *tz_utc(void);

/* Seconds to add to UTC at that instant. */
int32_t tz_offset(const struct tz *z, int64_t utc);

int64_t tz_to_local(const struct tz *z, int64_t utc);

/*
 * The instant of a wall clock time.  A time that occurs twice means the first
 * one; a time that is skipped is read with the offset from before the gap.
 */
int64_t tz_to_utc(const struct tz *z, int64_t local);

/* The Windows name that belongs to a zone name; the name itself if none. */
const char *tz_windows(const char *name);

/* The n-th Windows or IANA name of the table; NULL after the last one. */
const char *tz_nth(unsigned n, int iana);

#endif
