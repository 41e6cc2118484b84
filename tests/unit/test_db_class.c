/* db: what each SQLSTATE means, and array parameters. */
#include "db.h"
#include "t.h"

static void
classes(void)
{
	static const struct {
		const char *sqlstate;
		enum db_class class;
		enum exits status;
	} want[] = {
		{ "40001", DB_RETRY, EXIT_TEMPFAIL },
		{ "40P01", DB_RETRY, EXIT_TEMPFAIL },
		{ "40002", DB_FATAL, EXIT_SOFTWARE },
		{ "55P03", DB_RETRY, EXIT_TEMPFAIL },
		{ "08006", DB_RECONNECT, EXIT_UNAVAILABLE },
		{ "57P01", DB_RECONNECT, EXIT_UNAVAILABLE },
		{ "57P03", DB_RECONNECT, EXIT_UNAVAILABLE },
		{ "57P04", DB_FATAL, EXIT_CONFIG },
		{ "57014", DB_FATAL, EXIT_TEMPFAIL },
		{ "53300", DB_RECONNECT, EXIT_UNAVAILABLE },
		{ "23505", DB_CONFLICT, EXIT_SOFTWARE },
		{ "23514", DB_DATA, EXIT_SOFTWARE },
		{ "22P02", DB_DATA, EXIT_SOFTWARE },
		{ "42501", DB_PERMISSION, EXIT_NOPERM },
		{ "28P01", DB_PERMISSION, EXIT_NOPERM },
		{ "CS001", DB_MOVED, EXIT_TEMPFAIL },
		{ "3D000", DB_FATAL, EXIT_CONFIG },
		{ "3F000", DB_FATAL, EXIT_CONFIG },
		{ "42883", DB_FATAL, EXIT_CONFIG },
		{ "42704", DB_FATAL, EXIT_CONFIG },
		{ "42804", DB_FATAL, EXIT_CONFIG },
		{ "42601", DB_FATAL, EXIT_SOFTWARE },
		{ "25006", DB_FATAL, EXIT_CONFIG },
		{ "P0001", DB_FATAL, EXIT_SOFTWARE },
		{ "", DB_FATAL, EXIT_SOFTWARE },
	};

	for (size_t i = 0; i < sizeof(want) / sizeof(*want); i++) {
		is_int(db_classify(want[i].sqlstate), want[i].class,
		    "class of '%s'", want[i].sqlstate);
		is_int(db_exit_status(want[i].sqlstate), want[i].status,
		    "status of '%s'", want[i].sqlstate);
	}
	ok(db_hint("3F000") != NULL, "a missing schema has a hint");
	ok(db_hint("40001") == NULL, "a deadlock has none");
}

static void
shown(void)
{
	ok(!db_may_show("22P02"), "bad input quotes values (L8)");
	ok(!db_may_show("P0001"), "a trigger may say anything (L8)");
	ok(!db_may_show("00000"), "so may a notice (L8)");
	ok(!db_may_show("ZZ999"), "so may a code of the CRM's own (L8)");
	ok(db_may_show("23505"), "a unique violation names the constraint");
	ok(db_may_show("57P01"), "the server's state may be shown");
}

static void
arrays(void)
{
	struct str a = { 0 };

	db_array_reset(&a);
	is_str(db_array_text(&a), "{}", "no element");
	db_array_reset(&a);
	db_array_add(&a, SLICE("one"));
	db_array_add(&a, SLICE(""));
	db_array_add(&a, SLICE("NULL"));
	db_array_add(&a, SLICE("a,b {c} \"d\" \\e"));
	is_str(db_array_text(&a),
	    "{\"one\",\"\",\"NULL\",\"a,b {c} \\\"d\\\" \\\\e\"}",
	    "every element is quoted");
	db_array_reset(&a);
	db_array_add(&a, SLICE("a\""));
	db_array_add(&a, SLICE("\\b"));
	db_array_add(&a, NO_SLICE);
	is_str(db_array_text(&a), "{\"a\\\"\",\"\\\\b\",\"\"}",
	    "one mark is enough to be seen");
	str_free(&a);
}

int
main(void)
{
	classes();
	shown();
	arrays();
	return done();
}
