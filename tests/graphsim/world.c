#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "arena.h"

enum {
	LOG_MAX = 200000,
};

struct world *
sim(void)
{
	return arena_root();
}

void
world_new(uint64_t seed)
{
	struct world *w;

	arena_reset();
	w = arena_alloc(sizeof(*w));
	arena_set_root(w);
	w->seed = seed;
	w->random = seed;
	w->seq = 1; /* 0 means: before everything */
	mode_preset("default");
}

int64_t
world_now(void)
{
	return sim()->now + (sim()->real_time ? (int64_t)time(NULL) : 0);
}

void
world_set_now(int64_t utc)
{
	sim()->now = utc - (sim()->real_time ? (int64_t)time(NULL) : 0);
}

const char *
world_intern(const char *s)
{
	struct world *w = sim();

	for (size_t i = 0; i < w->nstrings; i++)
		if (strcmp(w->strings[i], s) == 0)
			return w->strings[i];
	return *world_push(w->strings, w->nstrings) = arena_strdup(s);
}

static bool
has_proxy(const struct user *u, const char *address)
{
	for (size_t i = 0; i < u->nproxies; i++)
		if (strcasecmp(u->proxies[i], address) == 0)
			return true;
	return false;
}

static bool
is_called(const struct user *u, const char *name)
{
	return strcasecmp(u->upn, name) == 0 ||
	       strcasecmp(u->mail, name) == 0 ||
	       strcasecmp(u->guid, name) == 0 || has_proxy(u, name);
}

struct user *
world_user(const char *name)
{
	struct world *w = sim();

	for (size_t i = 0; i < w->nusers; i++)
		if (w->users[i]->state != USER_GONE &&
		    is_called(w->users[i], name))
			return w->users[i];
	return NULL;
}

struct user *
world_mailbox(const char *address)
{
	struct user *u = address == NULL ? NULL : world_user(address);

	if (u == NULL || u->state == USER_NO_MAILBOX || u->state == USER_GUEST)
		return NULL;
	return u;
}

struct app *
world_app(const char *client_id)
{
	struct world *w = sim();

	for (size_t i = 0; i < w->napps; i++)
		if (strcasecmp(w->apps[i]->client_id, client_id) == 0)
			return w->apps[i];
	return NULL;
}

struct tenant *
world_tenant(const char *name)
{
	struct world *w = sim();

	for (size_t i = 0; i < w->ntenants; i++) {
		struct tenant *t = w->tenants[i];

		if (strcasecmp(t->id, name) == 0)
			return t;
		for (size_t d = 0; d < t->ndomains; d++)
			if (strcasecmp(t->domains[d], name) == 0)
				return t;
	}
	return NULL;
}

struct calendar *
world_default_calendar(struct user *u)
{
	for (size_t i = 0; i < u->ncalendars; i++)
		if (u->calendars[i]->is_default)
			return u->calendars[i];
	return u->calendars[0];
}

void
log_add(enum log log, char *line)
{
	struct log_lines *l = &sim()->logs[log];

	if (l->n < LOG_MAX)
		*world_push(l->lines, l->n) = arena_strdup(line);
	else
		l->dropped++;
	free(line);
}

void
log_clear(enum log log)
{
	struct log_lines *l = &sim()->logs[log];

	for (size_t i = 0; i < l->n; i++)
		arena_free(l->lines[i]);
	l->n = l->dropped = 0;
}

/* splitmix64: small, and good enough for names and dice. */
uint64_t
random_next(void)
{
	uint64_t z = sim()->random += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

uint64_t
random_below(uint64_t n)
{
	return n == 0 ? 0 : random_next() % n;
}

bool
random_percent(int64_t percent)
{
	if (percent <= 0)
		return false;
	return random_below(100) < (uint64_t)percent;
}

void
random_guid(char out[37])
{
	uint64_t a = random_next(), b = random_next();

	snprintf(out, 37, "%08x-%04x-4%03x-%04x-%012llx", (unsigned)(a >> 32),
	    (unsigned)(a >> 16 & 0xffff), (unsigned)(a & 0xfff),
	    (unsigned)(b >> 48 & 0x3fff) | 0x8000,
	    (unsigned long long)(b & UINT64_C(0xffffffffffff)));
}
