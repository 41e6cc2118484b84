/*
 * world: what exists in the simulated tenant, and nothing about HTTP.
 *
 * All of it lives in the arena.  Every function here and in the modules above
 * expects that the caller holds the world lock (server.c takes it).
 */
#ifndef GRAPHSIM_WORLD_H
#define GRAPHSIM_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "modes.h"
#include "recur.h"
#include "tz.h"
#include "when.h"

enum response {
	RESPONSE_NONE,
	RESPONSE_ORGANIZER,
	RESPONSE_TENTATIVE,
	RESPONSE_ACCEPTED,
	RESPONSE_DECLINED,
	RESPONSE_NOT_RESPONDED,
};

enum attendee_type {
	ATTENDEE_REQUIRED,
	ATTENDEE_OPTIONAL,
	ATTENDEE_RESOURCE,
};

struct attendee {
	char *name;
	char *address;
	enum attendee_type type;
	enum response response;
	int64_t responded;	/* utc, WHEN_NEVER if not */
	int64_t proposed_start; /* utc, 0 if nothing was proposed */
	int64_t proposed_end;
	bool of_list; /* came in through a distribution list */
};

struct place {
	char *name;
	char *email;
	char *uri;
	char *unique;
	char *address;	   /* JSON text of the physical address, or NULL */
	char *coordinates; /* JSON text, or NULL */
	int type;
	int unique_type;
};

/* A legacy extended property. */
struct property {
	char *id;
	char *value;
};

/* An open extension: its name and its members as JSON text. */
struct extension {
	char *name;
	char *members;
};

/* What one event, or one exception of a series, says. */
struct content {
	char *subject;
	char *body;		/* HTML without wrapper */
	int64_t start, end;	/* local */
	const char *start_zone; /* as given; interned */
	const char *end_zone;
	const struct tz *start_tz, *end_tz;
	struct attendee *attendees;
	struct place *places;
	char **categories;
	struct property *properties;
	struct extension *extensions;
	char *join_url;
	size_t nattendees, nplaces, ncategories, nproperties, nextensions;
	int64_t responded;
	int reminder;
	unsigned attachments;
	enum response response;
	uint8_t importance, sensitivity, show_as, provider;
	bool all_day, reminder_on, response_requested, allow_new_time;
	bool hide_attendees, draft, cancelled;
	bool online;   /* isOnlineMeeting, and its block is in the body */
	bool join_new; /* onlineMeeting is not to be shown yet */
};

struct exception {
	int64_t day; /* the slot's original date */
	struct content c;
};

/* One item in one mailbox. */
struct event {
	size_t num; /* in the mailbox; makes the default id */
	size_t imm; /* makes the immutable id; survives a move */
	struct user *user;
	struct calendar *calendar;
	struct meeting *meeting;
	struct event *moved_to; /* of a deleted item: where it went */
	char *key;		/* a test's name for it */
	char *transaction;
	char *organizer_name, *organizer_address;
	struct content c;
	struct recurrence *series; /* NULL: not a master */
	struct exception *exceptions;
	int64_t *gone; /* original dates of deleted occurrences, sorted */
	size_t nexceptions, ngone;
	int64_t created, modified; /* 100 ns since 1970 */
	int64_t changed_at;	   /* utc of the last visible change */
	int64_t visible_at;	   /* utc */
	uint64_t seq;		   /* of the last change that delta shows */
	uint32_t change_key;
	bool is_organizer;
	bool deleted;
};

/* The copies of one meeting in all mailboxes. */
struct meeting {
	char uid[113];
	struct event **copies; /* deleted ones are taken out */
	size_t ncopies;
};

struct calendar {
	struct user *user;
	char *name;
	char *key;
	size_t num;
	bool is_default, can_edit;
	char *owner_name, *owner_address; /* of a shared one */
	char *shares; /* whose default calendar it shows; NULL: it is its own */
	struct sync *syncs; /* delta.c */
	uint32_t change_key;
	bool deleted;
};

enum user_state {
	USER_NORMAL,
	USER_NO_MAILBOX,
	USER_MOVING,
	USER_GONE,
	USER_GUEST,
};

struct transaction {
	char *id;
	uint64_t payload;
	size_t num;
	int64_t at;
};

struct category {
	char *id, *name, *color;
};

struct user {
	char guid[37];
	uint8_t store[16]; /* in every id of the mailbox */
	char *upn, *mail, *name, *zone;
	char **proxies;
	size_t nproxies;
	enum user_state state;
	int64_t moving_until;
	struct calendar **calendars;
	struct event **items; /* by number; never shrinks */
	struct category *categories;
	struct transaction *transactions;
	size_t ncalendars, nitems, ncategories, ntransactions;
	struct tenant *tenant;
	uint32_t change_key;
	bool room, auto_accept;
	bool group;	    /* no user: what holds a group's calendar */
	bool personal;	    /* a Microsoft account of no tenant */
	bool must_interact; /* a refresh token alone will not do */
	unsigned refresh_serial, refresh_epoch;
	bool denied; /* by application access policy */
	char *room_json;
};

enum permission {
	PERMIT_READ = 1,
	PERMIT_WRITE = 2,
	PERMIT_DIRECTORY = 4,
	PERMIT_PLACES = 8,
	PERMIT_SETTINGS = 16,
	PERMIT_ALL = 31,
};

struct app {
	char *client_id;
	char *secret;
	char *certificate; /* PEM */
	struct tenant *tenant;
	unsigned permissions;
	unsigned epoch;	 /* tokens of an older one are revoked */
	bool no_consent; /* no administrator has allowed it to sign people in */
	char **jti;
	size_t njti;
};

struct tenant {
	char *id;
	char **domains;
	size_t ndomains;
};

enum device_state {
	DEVICE_PENDING,
	DEVICE_APPROVED,
	DEVICE_DECLINED,
	DEVICE_USED,
};

/* A sign-in by device code. */
struct device {
	char *code, *user_code;
	struct app *app;
	struct tenant *tenant; /* NULL: any */
	struct user *user;
	enum device_state state;
	char *scope;
	int64_t expires;
	int64_t interval, asked_ms; /* by the host's clock */
};

struct mail {
	int64_t at;
	const char *kind; /* invitation, update, ...: constants */
	char *mailbox, *op, *uid, *recipient, *subject;
	int64_t day;	  /* original date of an instance, INT64_MIN: none */
	uint64_t version; /* of what it says */
	bool by_person;
};

enum log { LOG_REQUESTS, LOG_WRITES, LOG_VIOLATIONS, LOG_COUNT };

/* A log is an array of JSON texts. */
struct log_lines {
	char **lines;
	size_t n;
	size_t dropped;
};

struct world {
	int64_t now; /* utc; with real_time an offset to the host's clock */
	bool real_time;
	uint64_t seed, random;
	uint64_t seq;
	uint64_t requests;
	uint64_t meetings;
	int64_t modes[MODE_COUNT];
	struct tenant **tenants;
	struct app **apps;
	struct user **users;
	struct device **devices;
	size_t ntenants, napps, nusers, ndevices;
	struct mail *mails;
	size_t nmails;
	struct log_lines logs[LOG_COUNT];
	struct fault **faults; /* fault.c */
	size_t nfaults;
	struct throttle *limits; /* limit.c */
	struct group *groups;	 /* groups.h */
	size_t ngroups;
	struct file *files; /* attached; files.h */
	size_t nfiles;
	uint64_t file_count;
	char **strings; /* interned */
	size_t nstrings;
};

struct world *sim(void);

/* An empty world with default modes; the seed stays. */
void world_new(uint64_t seed);

int64_t world_now(void);
void world_set_now(int64_t utc);

/* Add an element to an array in the arena; returns the new, zeroed one. */
#define world_push(array, n)                                          \
	((array) = arena_grow((array), ((n) + 1) * sizeof(*(array))), \
	    memset(&(array)[n], 0, sizeof(*(array))), &(array)[(n)++])

/* One copy of each string; for zone names. */
const char *world_intern(const char *s);

/* By guid, upn, mail or proxy address; NULL if there is none. */
struct user *world_user(const char *name);

/* The mailbox that gets mail for an address; NULL: outside, or no mailbox. */
struct user *world_mailbox(const char *address);

struct app *world_app(const char *client_id);
struct tenant *world_tenant(const char *id_or_domain);

struct calendar *world_default_calendar(struct user *u);

void log_add(enum log log, char *line_to_free);
void log_clear(enum log log);

/* Random numbers out of the world's seed. */
uint64_t random_next(void);
uint64_t random_below(uint64_t n);
bool random_percent(int64_t percent);
void random_guid(char out[37]);

#endif
