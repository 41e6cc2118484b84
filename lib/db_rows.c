/*
 * db_rows: what array_recv, record_recv and the functions of the fields' types read.
 * Numbers are big-endian, and a length of -1 is null.
 */
#include <assert.h>

#include "db_rows.h"

/* A header of an array: how many dimensions, whether nulls may be in it, the type, how
 * many elements, the number of the first one. */
#define ARRAY_HEADER 20
#define ARRAY_COUNT  12 /* where that stands */
#define IS_NULL	     UINT32_MAX

static char *
put(char *to, uint32_t n)
{
	to[0] = (char)(n >> 24);
	to[1] = (char)(n >> 16);
	to[2] = (char)(n >> 8);
	to[3] = (char)n;
	return to + 4;
}

static void
add_array(struct db_rows *r, uint32_t type)
{
	char *to = str_extend(&r->bytes, ARRAY_HEADER);

	put(put(put(put(put(to, 1), 0), type), 0), 1);
}

/* What stands behind the length at this place is complete. */
static void
put_length(struct db_rows *r, size_t at)
{
	put(r->bytes.data + at, (uint32_t)(r->bytes.len - at - 4));
}

/* The parameter has but one type, and only built-in ones are compared (since 14): so it
 * need not be asked for which one it is in this database. */
void
db_rows_start(struct db_rows *r)
{
	str_reset(&r->bytes);
	r->count = r->fields = 0;
	add_array(r, 0);
}

void
db_row(struct db_rows *r, unsigned fields)
{
	assert(r->fields == 0 && fields > 0);
	r->row = r->bytes.len;
	r->fields = fields;
	put(put(str_extend(&r->bytes, 8), 0), fields);
	put(r->bytes.data + ARRAY_COUNT, ++r->count);
}

static void
field_done(struct db_rows *r)
{
	assert(r->fields > 0);
	if (--r->fields == 0)
		put_length(r, r->row);
}

void
db_row_null(struct db_rows *r, enum db_type type)
{
	put(put(str_extend(&r->bytes, 8), type), IS_NULL);
	field_done(r);
}

static void
add_field(struct db_rows *r, enum db_type type, struct slice value)
{
	char *to;

	if (value.data == NULL) {
		db_row_null(r, type);
		return;
	}
	to = str_extend(&r->bytes, 8 + value.len);
	to = put(put(to, type), (uint32_t)value.len);
	memcpy(to, value.data, value.len);
	field_done(r);
}

void
db_row_int(struct db_rows *r, int32_t n)
{
	char bytes[4];

	put(bytes, (uint32_t)n);
	add_field(r, DB_TYPE_INT, (struct slice){ bytes, sizeof bytes });
}

void
db_row_bool(struct db_rows *r, bool b)
{
	char byte = b ? 1 : 0;

	add_field(r, DB_TYPE_BOOL, (struct slice){ &byte, 1 });
}

void
db_row_text(struct db_rows *r, struct slice text)
{
	add_field(r, DB_TYPE_TEXT, text);
}

void
db_row_json(struct db_rows *r, struct slice json)
{
	add_field(r, DB_TYPE_JSON, json);
}

void
db_row_list(struct db_rows *r)
{
	assert(r->fields > 0);
	put(str_extend(&r->bytes, 8), DB_TYPE_TEXTS);
	r->list = r->bytes.len - 4;
	r->elements = 0;
	add_array(r, DB_TYPE_TEXT);
}

void
db_row_element(struct db_rows *r, struct slice text)
{
	char *to;

	assert(text.data != NULL);
	to = str_extend(&r->bytes, 4 + text.len);
	memcpy(put(to, (uint32_t)text.len), text.data, text.len);
	r->elements++;
}

void
db_row_list_end(struct db_rows *r)
{
	put(r->bytes.data + r->list + 4 + ARRAY_COUNT, r->elements);
	put_length(r, r->list);
	field_done(r);
}

void
db_rows_free(struct db_rows *r)
{
	str_free(&r->bytes);
}
