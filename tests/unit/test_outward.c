/*
 * outward: requests that are made of ops, where single ones of graphsim would
 * not reach; and fuzz_body over its corpus.
 */
#include "../../apply/body.c"
#include "../../apply/outward.c"
#include "../../apply/outward_people.c"
#include "../fuzz/fuzz_body.c"

#include "corpus.h"
#include "log.h"

/* Times are tested where they are read again: in deliver.bats. */
const char *
outward_when(const struct outward *o, struct jsonw *w)
{
	(void)o;
	(void)w;
	return NULL;
}

#define EVENT                                                           \
	"{\"attendees\":[{\"type\":\"optional\",\"emailAddress\":"      \
	"{\"address\":\"Xia@Client.test\",\"name\":\"X\"},\"status\":{" \
	"\"response\":\"accepted\"}},{\"type\":\"required\","           \
	"\"emailAddress\":{\"address\":\"zed@nowhere.test\"}}],"        \
	"\"categories\":[\"Red\",\"Mine\"],\"body\":{\"content\":\"\"}}"
#define NOW                                                               \
	"{\"is_organizer\":true,\"organizer\":{\"address\":\"ann@f.t\"}," \
	"\"attendees\":[{\"address\":\"xia@client.test\"},"               \
	"{\"address\":\"zed@nowhere.test\"}],\"rooms\":[]}"

static struct outward
make(struct arena *a, const char *op, bool create)
{
	return (struct outward){ .op = json_parse(
				     a, slice_of(op), JSON_STRICT, NULL),
		.event =
		    create ? NULL
			   : json_parse(a, slice_of(EVENT), JSON_STRICT, NULL),
		.now = create ? NULL
			      : json_parse(a, slice_of(NOW), JSON_STRICT, NULL),
		.zone = SLICE("Europe/Berlin"),
		.transaction = SLICE("t"),
		.arena = a };
}

static void
says(const char *op, const char *wanted, const char *name)
{
	struct arena a = { .max = 1 << 20 };
	struct outward o = make(&a, op, false);
	struct str text = { .max = 1 << 16 };
	bool empty;
	const char *why = outward_body(&o, &text, &empty);

	is_str(why != NULL ? why : text.data, wanted, "%s", name);
	str_free(&text);
	arena_free(&a);
}

static void
mails(const char *op, bool more, const char *name)
{
	struct arena a = { .max = 1 << 20 };
	struct outward o = make(&a, op, false);

	ok(outward_mails_more(&o) == more, "%s", name);
	arena_free(&a);
}

static void
test_people(void)
{
	says("{\"attendees\":{\"add\":[],\"remove\":[\"xia@client.test\"]}}",
	    "{\"attendees\":[{\"type\":\"required\",\"emailAddress\":"
	    "{\"address\":\"zed@nowhere.test\"}}]}",
	    "whoever the CRM does not know stays; answers are not written");
	says("{\"attendees\":{\"add\":[{\"address\":\"XIA@client.test\"}],"
	     "\"remove\":[\"yan@client.test\"]}}",
	    "{}", "who is there already is not added, who is not not removed");
	says("{\"categories\":{\"add\":[\"CRM\",\"Red\"],\"remove\":["
	     "\"Mine\"]}}",
	    "{\"categories\":[\"Red\",\"CRM\"]}", "categories are merged");
}

static void
test_mail(void)
{
	mails("{\"op\":\"graph.update\",\"set\":{\"subject\":\"a\"},\"mail\":["
	      "\"xia@client.test\",\"zed@nowhere.test\"]}",
	    false, "all who are on it were predicted");
	mails("{\"op\":\"graph.update\",\"set\":{\"subject\":\"a\"},\"mail\":["
	      "\"xia@client.test\"]}",
	    true, "somebody more is on it");
	mails("{\"op\":\"graph.update\",\"set\":{\"show_as\":\"busy\"},"
	      "\"mail\":[]}",
	    false, "what is private mails nobody");
	mails("{\"op\":\"graph.update\",\"set\":{\"show_as\":\"busy\"},"
	      "\"mail\":[\"xia@client.test\"]}",
	    true, "in the model in which everything mails, it has to be all");
	mails("{\"op\":\"graph.update\",\"attendees\":{\"add\":[{\"address\":"
	      "\"yan@client.test\"}],\"remove\":[]},\"mail\":["
	      "\"yan@client.test\"]}",
	    false, "people alone: only those are mailed");
	mails("{\"op\":\"graph.update\",\"attendees\":{\"add\":[{\"address\":"
	      "\"yan@client.test\"}],\"remove\":[]},\"mail\":[]}",
	    true, "who is added was not predicted");
	mails("{\"op\":\"graph.delete\",\"mail\":[]}", true,
	    "a cancellation goes to all");
}

/* What the CRM creates says so, by its guid, if it has one. */
static void
test_marker(void)
{
	struct arena a = { .max = 1 << 20 };
	struct outward o = make(&a,
	    "{\"op\":\"graph.create\",\"set\":{},\"marker\":{"
	    "\"extension\":\"Firm.M\",\"guid\":\"9f-1\"}}",
	    true);
	struct str text = { .max = 1 << 16 };
	bool empty;

	outward_body(&o, &text, &empty);
	is_str(strstr(text.data, "\"extensions\""),
	    "\"extensions\":[{\"@odata.type\":"
	    "\"microsoft.graph.openTypeExtension\",\"extensionName\":"
	    "\"Firm.M\",\"AppointmentGuid\":\"9f-1\"}]}",
	    "the marker goes out inline");
	str_reset(&text);
	o = make(&a, "{\"op\":\"graph.create\",\"set\":{}}", true);
	outward_body(&o, &text, &empty);
	ok(strstr(text.data, "extensions") == NULL,
	    "without one there is none");
	str_free(&text);
	arena_free(&a);
}

/* A meeting's block in the dresses that were seen, and what is none. */
static void
keeps(const char *html, const char *wanted, const char *name)
{
	struct str out = { .max = 1 << 16 };
	bool kept = body_write_with_block(SLICE("a"), slice_of(html), &out);

	is_str(kept ? out.data : "none", wanted, "%s", name);
	str_free(&out);
}

#define LINE "________________________________"
#define LINK "<a href=\"https://teams.microsoft.com/l/meetup-join/1\">J</a>"

static void
test_blocks(void)
{
	keeps("<html><body>old<div class=\"x_me-email-text\"><div>" LINE
	      "</div>" LINK "</div>tail</body></html>",
	    "a<div class=\"x_me-email-text\"><div>" LINE "</div>" LINK "</div>",
	    "by its class, to its own end");
	keeps("<html><body><p>old</p><div><span>" LINE "</span></div><p>" LINK
	      "</p><div>" LINE "</div></body></html>",
	    "a<div><span>" LINE "</span></div><p>" LINK "</p><div>" LINE
	    "</div>",
	    "between its lines");
	keeps(
	    "old<br>" LINE "<br>" LINK, "a<br>" LINE "<br>" LINK, "a fragment");
	keeps("<html><body>" LINK "</body></html>", "none", "no lines");
	keeps("<html><body>" LINE "<p>b</p></body></html>", "none", "no link");
	keeps("<div>" LINE
	      "</div><p>b</p><p>c</p><p>d</p><p>e</p><p>f</p>" LINK,
	    "none", "a link far below is somebody's text");
	keeps("", "none", "nothing");
}

int
main(void)
{
	log_init("outward", NULL);
	test_people();
	test_mail();
	test_blocks();
	test_marker();
	replay(LLVMFuzzerTestOneInput, "tests/fuzz/corpus/body");
	return done();
}
