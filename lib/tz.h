/*
 * tz: time zones.  Names are those of Windows, which Exchange stores, and of
 * IANA, which calsync speaks everywhere; older IANA names are understood and
 * come out as the present one.  Case does not matter.  The rules are read
 * from the system's TZif files (RFC 8536), with their footer for years that
 * the files do not list.  Neither TZ nor the C library's zones have a part.
 *
 * A zone's file is read when the zone is first asked for.  A program that
 * confines itself calls tz_load_all before that; the zones then cost about
 * 2 ms and 0.4 MiB.
 */
#ifndef TZ_H
#define TZ_H

#include <stdbool.h>
#include <stdint.h>

#include "str.h"

struct tz;

/* Read every zone.  Ends the program (EXIT_CONFIG) if there are none. */
void tz_load_all(void);

/* NULL: no such name, or the system has no rules for it.  Never a guess:
 * "tzone://Microsoft/Custom" is no zone (U20). */
const struct tz *tz_find(struct slice name);

/* The IANA name, and the Windows name that means it (NULL if Windows has
 * none).  Several IANA zones may share one Windows name. */
const char *tz_name(const struct tz *z);
const char *tz_windows_name(const struct tz *z);

/* Seconds east of UTC at an instant (microseconds, as in instant.h). */
int32_t tz_offset(const struct tz *z, int64_t us);
/* The wall clock at an instant, as microseconds of a local time. */
int64_t tz_local(const struct tz *z, int64_t us);
/*
 * The instant of a local time.  A time that stands twice (clocks went back)
 * is the first of the two; one that does not exist (clocks went forward) is
 * taken with the offset before the gap, so 02:30 becomes 03:30.  These are
 * the rules of RFC 5545, 3.3.5.
 */
int64_t tz_utc(const struct tz *z, int64_t local_us);

/* The version of the system's rules, such as "2026b"; "" if it is not said. */
const char *tz_version(void);

#endif
