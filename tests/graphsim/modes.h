/*
 * modes: every behaviour of the service that its documents leave open, or
 * that a test wants to choose, under a name.  The table in modes.c is the
 * documentation; `GET /__sim/mode` prints it.
 */
#ifndef GRAPHSIM_MODES_H
#define GRAPHSIM_MODES_H

#include <stdbool.h>
#include <stdint.h>

enum mode {
	MODE_ALLDAY_READ,
	MODE_ATTENDEE_PATCH,
	MODE_BATCH_OUTER,
	MODE_BATCH_PARALLEL,
	MODE_BATCH_SHUFFLE,
	MODE_BODY_ECHO,
	MODE_BODY_WRAPPER,
	MODE_CANCEL_PREFIX,
	MODE_CHUNKED,
	MODE_CONFLICT_RATE,
	MODE_CREATE_VISIBLE,
	MODE_DELETE_TWICE,
	MODE_DELTA_EMPTY,
	MODE_DELTA_GENERATIONS,
	MODE_DELTA_GONE,
	MODE_DELTA_LATE,
	MODE_DELTA_LOCATION,
	MODE_DELTA_MASTER,
	MODE_DELTA_NOISE,
	MODE_DELTA_OCCURRENCE_DELETED,
	MODE_DELTA_PAGE,
	MODE_DELTA_REASON,
	MODE_DELTA_REMOVED_SERIES,
	MODE_DELTA_REPEAT,
	MODE_DELTA_REPLAY,
	MODE_DELTA_SELECT,
	MODE_DELTA_SHUFFLE,
	MODE_DELTA_SPLIT,
	MODE_DEVICE_INTERVAL,
	MODE_ENUM_CASE,
	MODE_EVENTS_EXCEPTIONS,
	MODE_EXTPROP_COPIED,
	MODE_EXTRA_MEMBERS,
	MODE_GROUP_LOOKUP,
	MODE_GROUP_MAILS,
	MODE_GROUP_PATCH,
	MODE_GROUP_TRANSACTION,
	MODE_GZIP,
	MODE_HOUSEKEEPING,
	MODE_HTTP_LOWERCASE,
	MODE_ICAL_OCCURRENCE,
	MODE_IFMATCH,
	MODE_LATENCY,
	MODE_LIMIT_CONCURRENCY,
	MODE_LIMIT_REQUESTS,
	MODE_LIMIT_UPLOAD,
	MODE_LIMIT_WINDOW,
	MODE_MAIL_ATTACHMENT,
	MODE_MAIL_ATTENDEES,
	MODE_MAIL_ATTENDEE_DELETE,
	MODE_MAIL_NOOP,
	MODE_MAIL_PERMANENT_DELETE,
	MODE_MAIL_PRIVATE,
	MODE_MAIL_ROOMS,
	MODE_MASTER_PATCH,
	MODE_ORIGINAL_START,
	MODE_PAGE_DEFAULT,
	MODE_PAGE_EMPTY,
	MODE_PAGE_MAX,
	MODE_PAGE_SHORT,
	MODE_READONLY_PROPERTY,
	MODE_REFRESH_ROTATION,
	MODE_RESPONSES_RESET,
	MODE_ROOM_DELAY,
	MODE_TEAMS_JOIN,
	MODE_TOKEN_LIFETIME,
	MODE_TOKEN_SIZE,
	MODE_TRANSACTION_DIFFERS,
	MODE_TRANSACTION_TTL,
	MODE_UNKNOWN_PROPERTY,
	MODE_USER_UNKNOWN,
	MODE_COUNT
};

struct mode_info {
	const char *name;
	const char *choices; /* "a|b|c", first is 0; NULL: a number */
	int64_t normal;	     /* value at start */
	int64_t worst;	     /* value in the preset "worst" */
	const char *help;
};

extern const struct mode_info mode_table[MODE_COUNT];

/* The value now: a number, or the index of the choice. */
int64_t mode(enum mode m);

/* Set by name and text; false: no such mode or value. */
bool mode_set(const char *name, const char *value);

/* "worst", "default", "strict" or "paranoid"; false: no such preset. */
bool mode_preset(const char *name);

/* The value as text, for printing; in a static buffer. */
const char *mode_text(enum mode m);

#endif
