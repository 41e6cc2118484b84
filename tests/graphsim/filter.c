#include "filter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "buf.h"
#include "content.h"
#include "ids.h"
#include "names.h"

enum {
	TERMS = 8,
};

/* One comparison; for properties: id in value, value in second. */
struct term {
	char name[64];
	char op[4];
	char *value;
	char *second;
};

struct filter {
	struct term terms[TERMS];
	size_t n;
};

static void
skip_spaces(const char **s)
{
	*s += strspn(*s, " ");
}

/* A quoted string ('' is one quote), or a bare word. */
static char *
value(const char **s)
{
	struct buf b = { 0 };

	buf_puts(&b, "");
	skip_spaces(s);
	if (**s != '\'') {
		size_t n = strcspn(*s, " )");

		buf_add(&b, *s, n);
		*s += n;
		return b.data;
	}
	for ((*s)++; **s != '\0'; (*s)++) {
		if (**s == '\'' && (*s)[1] != '\'')
			break;
		*s += **s == '\'';
		buf_putc(&b, **s);
	}
	*s += **s == '\'';
	return b.data;
}

static bool
word(const char **s, const char *w)
{
	size_t n = strlen(w);

	skip_spaces(s);
	if (strncasecmp(*s, w, n) != 0)
		return false;
	*s += n;
	return true;
}

/* (ep: ep/id eq 'x' [and ep/value eq 'y']) */
static bool
read_any(const char **s, struct term *t)
{
	*s += strcspn(*s, ":");
	if (*(*s)++ != ':')
		return false;
	*s += strcspn(*s, "/");
	if (!word(s, "/id") || !word(s, "eq"))
		return false;
	t->value = value(s);
	if (word(s, "and")) {
		*s += strcspn(*s, "/");
		if (!word(s, "/value") || !word(s, "eq"))
			return false;
		t->second = value(s);
	}
	return word(s, ")");
}

static bool
read_term(const char **s, struct term *t)
{
	size_t n;

	skip_spaces(s);
	n = strcspn(*s, " (");
	if (n == 0 || n >= sizeof(t->name))
		return false;
	snprintf(t->name, sizeof(t->name), "%.*s", (int)n, *s);
	*s += n;
	if (**s == '(')
		return read_any(s, t);
	skip_spaces(s);
	n = strcspn(*s, " ");
	snprintf(t->op, sizeof(t->op), "%.*s", (int)n, *s);
	*s += n;
	t->value = value(s);
	return strstr("eq ne ge gt le lt", t->op) != NULL && n == 2;
}

static bool
parse(const char *s, struct filter *f)
{
	do {
		if (f->n == TERMS || !read_term(&s, &f->terms[f->n++]))
			return false;
	} while (word(&s, "and "));
	skip_spaces(&s);
	return *s == '\0';
}

static bool
compare(const char *op, int64_t a, int64_t b)
{
	if (strcasecmp(op, "eq") == 0)
		return a == b;
	if (strcasecmp(op, "ne") == 0)
		return a != b;
	if (strcasecmp(op, "ge") == 0)
		return a >= b;
	if (strcasecmp(op, "gt") == 0)
		return a > b;
	if (strcasecmp(op, "le") == 0)
		return a <= b;
	return a < b;
}

static bool
match_time(const struct term *t, const struct item *it)
{
	int64_t limit, mine;

	if (!when_parse_utc(t->value, &limit))
		return false;
	if (strcasecmp(t->name, "start/dateTime") == 0)
		mine = it->start_utc;
	else if (strcasecmp(t->name, "end/dateTime") == 0)
		mine = it->end_utc;
	else if (strcasecmp(t->name, "createdDateTime") == 0)
		mine = it->event->created / 10000000;
	else
		mine = it->event->modified / 10000000;
	return compare(t->op, mine, limit);
}

static bool
match_text(const struct term *t, const char *mine)
{
	bool equal = mine != NULL && strcmp(mine, t->value) == 0;

	return strcasecmp(t->op, "ne") == 0 ? !equal : equal;
}

static bool
match_flag(const struct term *t, bool mine)
{
	return compare(t->op, mine, strcasecmp(t->value, "true") == 0);
}

static bool
match_property(const struct term *t, const struct item *it)
{
	const char *mine;

	if (strncasecmp(t->name, "extensions", 10) == 0)
		return content_extension(it->c, t->value) != NULL;
	mine = content_property(it->c, t->value);
	return mine != NULL &&
	       (t->second == NULL || strcmp(mine, t->second) == 0);
}

static bool
match_master(const struct term *t, const struct item *it)
{
	char *id;
	bool equal;

	if (it->type != ITEM_OCCURRENCE && it->type != ITEM_EXCEPTION)
		return false;
	id = ids_event(it->event,
	    t->value[0] == 'A' && t->value[1] == 'A' && t->value[2] == 'k');
	equal = strcmp(id, t->value) == 0;
	free(id);
	return equal;
}

/* Which reader a name has; 0: none. */
static char
kind(const char *name)
{
	static const struct {
		const char *name;
		char kind;
	} kinds[] = {
		{ "start/dateTime", 't' },
		{ "end/dateTime", 't' },
		{ "createdDateTime", 't' },
		{ "lastModifiedDateTime", 't' },
		{ "iCalUId", 'u' },
		{ "subject", 's' },
		{ "type", 'y' },
		{ "transactionId", 'x' },
		{ "isCancelled", 'c' },
		{ "isOrganizer", 'o' },
		{ "isAllDay", 'a' },
		{ "seriesMasterId", 'm' },
		{ "singleValueExtendedProperties/any", 'p' },
		{ "extensions/any", 'p' },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcasecmp(kinds[i].name, name) == 0)
			return kinds[i].kind;
	return 0;
}

static bool
match(const struct term *t, const struct item *it)
{
	switch (kind(t->name)) {
	case 't':
		return match_time(t, it);
	case 'u':
		return match_text(t, it->event->meeting->uid);
	case 's':
		return match_text(t, it->c->subject);
	case 'y':
		return match_text(t, names_type[(int)it->type]);
	case 'x':
		return match_text(t, it->event->transaction);
	case 'c':
		return match_flag(t, it->c->cancelled);
	case 'o':
		return match_flag(t, it->event->is_organizer);
	case 'a':
		return match_flag(t, it->c->all_day);
	case 'm':
		return match_master(t, it);
	default:
		return match_property(t, it);
	}
}

static bool
match_all(const struct filter *f, const struct item *it)
{
	for (size_t i = 0; i < f->n; i++)
		if (!match(&f->terms[i], it))
			return false;
	return true;
}

struct reply *
filter_items(const char *text, struct item_list *list)
{
	struct filter f = { .n = 0 };
	struct reply *error = NULL;
	size_t kept = 0;
	bool ok = parse(text, &f);

	for (size_t i = 0; i < f.n; i++)
		ok = ok && kind(f.terms[i].name) != 0;
	if (!ok)
		error = reply_error(400, "ErrorInvalidUrlQueryFilter",
		    "The query filter contains one or more invalid nodes.");
	for (size_t i = 0; ok && i < list->n; i++)
		if (match_all(&f, &list->items[i]))
			list->items[kept++] = list->items[i];
	if (ok)
		list->n = kept;
	for (size_t i = 0; i < f.n; i++) {
		free(f.terms[i].value);
		free(f.terms[i].second);
	}
	return error;
}
