/*
 * echo: what Graph's answer says of an op on a group's calendar; all else is
 * tested where a run writes (deliver*.bats).
 */
#include "../../apply/echo.c"

#include "log.h"
#include "t.h"

/* Neither rules nor zones are written here. */
const char *
rule_read(
    struct slice text, const struct rule_start *start, struct recurrence *r)
{
	(void)text;
	(void)start;
	(void)r;
	return "none";
}

bool
outward_same_zone(struct slice a, struct slice b)
{
	return slice_eq(a, b);
}

#define ANSWER(people)                                           \
	"{\"id\":\"A\",\"subject\":\"Fair\",\"start\":\"S\","    \
	"\"end\":\"E\",\"all_day\":false,\"attendees\":[" people \
	"],\"digest\":\"d\"}"
#define BOB "{\"address\":\"bob@firm.test\"}"
#define OP(op)                                                          \
	"{\"op\":\"" op "\",\"set\":{\"location\":\"Hall\"},\"base\":{" \
	"\"graph\":{\"added\":[\"bob@firm.test\",\"cy@firm.test\"]}}}"

static const struct json *
parse(struct arena *a, const char *text)
{
	return json_parse(a, slice_of(text), JSON_STRICT, NULL);
}

static void
notes(const char *op, const char *answer, const char *wanted, const char *name)
{
	struct arena a = { .max = 1 << 20 };
	struct str text = { .max = 1 << 16 };

	echo_base(parse(&a, op), parse(&a, answer), false, &text);
	is_str(text.data, wanted, "%s", name);
	str_free(&text);
	arena_free(&a);
}

static void
test_added(void)
{
	notes(OP("graph.update"), ANSWER(BOB),
	    "{\"added\":[\"bob@firm.test\"],\"digest\":null}",
	    "a PATCH: who is on it was put there");
	notes(OP("graph.update"), ANSWER(""), "{\"added\":[],\"digest\":null}",
	    "a PATCH that put nobody there");
	notes(OP("graph.create"), ANSWER(""),
	    "{\"added\":[\"bob@firm.test\",\"cy@firm.test\"],\"digest\":null}",
	    "what is made gets them, also if the answer does not show it yet");
}

static bool
alike(const char *set, const char *answer)
{
	struct arena a = { .max = 1 << 20 };
	struct str op = { 0 };
	bool yes;

	str_addf(&op, "{\"op\":\"graph.create\",\"set\":%s}", set);
	yes = echo_is_alike(parse(&a, op.data), parse(&a, answer));
	str_free(&op);
	arena_free(&a);
	return yes;
}

static void
test_alike(void)
{
	const char *made =
	    "{\"subject\":\"Fair\",\"start\":\"S\",\"end\":\"E\","
	    "\"all_day\":false,\"location\":\"Hall\"}";

	ok(alike(made, ANSWER("")), "time and name, wherever it is");
	ok(!alike("{\"subject\":\"Fair 2\",\"start\":\"S\",\"end\":\"E\"}",
	       ANSWER("")),
	    "another name");
	ok(!alike("{\"subject\":\"Fair\",\"start\":\"T\",\"end\":\"E\"}",
	       ANSWER("")),
	    "another time");
	ok(!alike("{\"subject\":\"Fair\",\"start\":\"S\",\"end\":\"F\"}",
	       ANSWER("")),
	    "another end");
	ok(!alike("{\"subject\":\"Fair\",\"start\":\"S\",\"end\":\"E\","
		  "\"all_day\":true}",
	       ANSWER("")),
	    "all day");
}

int
main(void)
{
	log_init("echo", NULL);
	test_added();
	test_alike();
	return done();
}
