/*
 * exits: the exit statuses of every program, as documented in its man page.
 * Numbers follow sysexits.h; 1 says that the run was complete but that some
 * records were refused, and that they are in the output.
 */
#ifndef EXITS_H
#define EXITS_H

enum exits {
	EXIT_OK = 0,
	EXIT_REFUSED = 1,      /* done, but some records became problems */
	EXIT_USAGE = 64,       /* bad option or argument: fix the call */
	EXIT_DATA = 65,	       /* malformed input, or input without its end */
	EXIT_UNAVAILABLE = 69, /* Graph or the database cannot be reached */
	EXIT_SOFTWARE = 70,    /* a bug in calsync */
	EXIT_SYSTEM = 71,      /* out of memory, cannot fork */
	EXIT_IO = 74,	       /* reading or writing failed: disk full */
	EXIT_TEMPFAIL = 75,    /* throttled, locked: the next run will do */
	EXIT_PROTOCOL = 76,    /* the server answered nonsense */
	EXIT_NOPERM = 77,      /* refused credentials or rights: fix them */
	EXIT_CONFIG = 78,      /* a missing or wrong setting: fix it */
	EXIT_STOPPED = 100     /* stopped by the step counter of a test */
};

#endif
