/* db_rows: the bytes that PostgreSQL reads as an array of a composite type. */
#include "db_rows.h"
#include "t.h"

/* The bytes in hex, a blank behind each four. */
static const char *
hex(const struct db_rows *r)
{
	static char text[4096];
	char *to = text;

	for (size_t i = 0; i < r->bytes.len; i++)
		to += sprintf(to, "%02x%s", (unsigned char)r->bytes.data[i],
		    i % 4 == 3 ? " " : "");
	return text;
}

#define HEADER(count) "00000001 00000000 00000000 " count " 00000001 "

static void
nothing(void)
{
	struct db_rows r = { 0 };

	db_rows_start(&r);
	is_str(hex(&r), HEADER("00000000"), "no row");
	ok(r.count == 0, "and they are counted");
	db_rows_free(&r);
}

static void
fields(void)
{
	struct db_rows r = { 0 };

	db_rows_start(&r);
	db_row(&r, 4);
	db_row_int(&r, 0x01020304);
	db_row_text(&r, SLICE("\",\\)"));
	db_row_text(&r, SLICE(""));
	db_row_text(&r, NO_SLICE);
	db_row(&r, 1);
	db_row_int(&r, -2);
	is_str(hex(&r),
	    HEADER("00000002") "0000002c 00000004 "
			       "00000017 00000004 01020304 "
			       "00000019 00000004 222c5c29 "
			       "00000019 00000000 "
			       "00000019 ffffffff "
			       "00000010 00000001 00000017 00000004 fffffffe ",
	    "a text is taken as it is, empty is not null");
	ok(r.count == 2, "two rows");
	db_rows_start(&r);
	db_row(&r, 2);
	db_row_json(&r, SLICE("[{}]"));
	db_row_null(&r, DB_TYPE_BOOL);
	is_str(hex(&r),
	    HEADER("00000001") "00000018 00000002 "
			       "00000072 00000004 5b7b7d5d 00000010 ffffffff ",
	    "a second use begins anew; null has the type of its field");
	db_rows_start(&r);
	db_row(&r, 2);
	db_row_bool(&r, true);
	db_row_bool(&r, false);
	is_str(hex(&r),
	    HEADER("00000001") "00000016 00000002 00000010 00000001 01000000 "
			       "10000000 0100",
	    "truth is a byte");
	db_rows_free(&r);
}

static void
lists(void)
{
	struct db_rows r = { 0 };

	db_rows_start(&r);
	db_row(&r, 3);
	db_row_list(&r);
	db_row_list_end(&r);
	db_row_list(&r);
	db_row_element(&r, SLICE("a,{}"));
	db_row_element(&r, SLICE(""));
	db_row_list_end(&r);
	db_row_null(&r, DB_TYPE_TEXTS);
	is_str(hex(&r),
	    HEADER("00000001") "00000050 00000003 "
			       "000003f1 00000014 00000001 00000000 00000019 "
			       "00000000 00000001 "
			       "000003f1 00000020 00000001 00000000 00000019 "
			       "00000002 00000001 "
			       "00000004 612c7b7d 00000000 "
			       "000003f1 ffffffff ",
	    "a list is none, without elements, or has some");
	db_rows_free(&r);
}

int
main(void)
{
	nothing();
	fields();
	lists();
	return done();
}
