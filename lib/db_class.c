/*
 * db_class: SQLSTATEs, and array parameters; the part of db without libpq.
 * Error texts are translated and change between versions, codes do not, so
 * every decision is made by code.  The first prefix that fits counts.
 */
#include <string.h>

#include "db.h"

#define SETUP "run `calsync setup` to create or update the schema calsync"

static const struct {
	const char *prefix;
	enum db_class class;
	enum exits status;
	bool may_show; /* the text names our objects or the server's state */
	const char *hint;
} table[] = {
	{ "40001", DB_RETRY, EXIT_TEMPFAIL, true, NULL },
	{ "40P01", DB_RETRY, EXIT_TEMPFAIL, true, NULL },
	{ "55P03", DB_RETRY, EXIT_TEMPFAIL, true, NULL },
	{ "57P04", DB_FATAL, EXIT_CONFIG, true, NULL },
	{ "57P", DB_RECONNECT, EXIT_UNAVAILABLE, true, NULL },
	{ "08", DB_RECONNECT, EXIT_UNAVAILABLE, true, NULL },
	{ "53", DB_RECONNECT, EXIT_UNAVAILABLE, true, NULL },
	{ "57014", DB_FATAL, EXIT_TEMPFAIL, true, NULL },
	{ "23505", DB_CONFLICT, EXIT_SOFTWARE, true, NULL },
	{ "22", DB_DATA, EXIT_SOFTWARE, false, NULL },
	{ "23", DB_DATA, EXIT_SOFTWARE, true, NULL },
	{ "42501", DB_PERMISSION, EXIT_NOPERM, true,
	    "grant the login calsync_read or calsync_write" },
	{ "28", DB_PERMISSION, EXIT_NOPERM, true,
	    "check the login in --db or $CALSYNC_DB, and ~/.pgpass (mode "
	    "0600)" },
	{ "CS001", DB_MOVED, EXIT_TEMPFAIL, true, NULL },
	{ "25006", DB_FATAL, EXIT_CONFIG, true,
	    "this is a standby server, or a login that may only read" },
	{ "3D000", DB_FATAL, EXIT_CONFIG, true,
	    "name the database in --db or $CALSYNC_DB" },
	{ "3F000", DB_FATAL, EXIT_CONFIG, true, SETUP },
	{ "42883", DB_FATAL, EXIT_CONFIG, true, SETUP },
	{ "42P01", DB_FATAL, EXIT_CONFIG, true, SETUP },
	{ "42703", DB_FATAL, EXIT_CONFIG, true, SETUP },
	{ "42704", DB_FATAL, EXIT_CONFIG, true, SETUP },
	{ "42804", DB_FATAL, EXIT_CONFIG, true, SETUP },
	{ "42", DB_FATAL, EXIT_SOFTWARE, true, NULL },
	{ "54", DB_FATAL, EXIT_SOFTWARE, true, NULL },
	{ "58", DB_FATAL, EXIT_UNAVAILABLE, true, NULL },
	{ "", DB_FATAL, EXIT_SOFTWARE, false, NULL },
};

static size_t
row(const char *sqlstate)
{
	size_t i = 0;

	while (strncmp(sqlstate, table[i].prefix, strlen(table[i].prefix)) != 0)
		i++;
	return i;
}

enum db_class
db_classify(const char *sqlstate)
{
	return table[row(sqlstate)].class;
}

enum exits
db_exit_status(const char *sqlstate)
{
	return table[row(sqlstate)].status;
}

const char *
db_hint(const char *sqlstate)
{
	return table[row(sqlstate)].hint;
}

bool
db_may_show(const char *sqlstate)
{
	return table[row(sqlstate)].may_show;
}

void
db_array_reset(struct str *array)
{
	str_reset(array);
	str_addc(array, '{');
}

/* Hardly anything has. */
static bool
has_mark(struct slice element)
{
	return element.len > 0 &&
	       (memchr(element.data, '"', element.len) != NULL ||
		   memchr(element.data, '\\', element.len) != NULL);
}

/* Always quoted, so that NULL, blanks and commas are ordinary text. */
void
db_array_add(struct str *array, struct slice element)
{
	size_t from = 0, i = has_mark(element) ? 0 : element.len;

	if (array->len > 1)
		str_addc(array, ',');
	str_addc(array, '"');
	for (; i < element.len; i++) {
		if (element.data[i] != '"' && element.data[i] != '\\')
			continue;
		str_add(array, element.data + from, i - from);
		str_addc(array, '\\');
		from = i;
	}
	str_add(array, element.data + from, element.len - from);
	str_addc(array, '"');
}

const char *
db_array_text(struct str *array)
{
	str_addc(array, '}');
	return array->data;
}
