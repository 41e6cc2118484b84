/*
 * json_scan: the light half of json.  It steps over JSON text, checks it as
 * strictly as json_parse does, and builds no tree: three to five times
 * faster, for the pages that a server sends by the megabyte and whose items
 * are only passed on.  What it calls clean, json_parse accepts (a test and a
 * fuzzer hold it to that); what it doubts must be given to json_parse.
 */
#ifndef JSON_SCAN_H
#define JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "bounds.h"
#include "json.h"
#include "str.h"

/* Members of one object that are remembered; an event has about 45. */
#define SCAN_MEMBERS_MAX 128
/* Nesting of what counts as clean: room for the records around it. */
#define SCAN_DEPTH_MAX (JSON_DEPTH_MAX - 4)

enum scan_result {
	SCAN_CLEAN,  /* one whole value that may stand in a line as it is */
	SCAN_DOUBTS, /* its brackets match; json_parse must judge the rest */
	SCAN_CUT     /* the text ends, or makes no sense, inside the value */
};

struct scan_member {
	struct slice key; /* as it stands between the quotes: no escapes */
	struct slice raw; /* the value's bytes, quotes included */
};

/* An element of a page, valid during the call that gets it. */
struct scan_item {
	struct slice raw;
	enum scan_result result; /* SCAN_CLEAN or SCAN_DOUBTS */
	/* Of a clean object; else there are none. */
	const struct scan_member *member;
	size_t count;
};

/* Raw bytes of a member, or NO_SLICE. */
struct slice scan_get(const struct scan_item *item, const char *key);
/* The same for a string without escapes: what stands between its quotes.
 * *escaped tells that there is one, which only json_parse can read. */
struct slice scan_text(
    const struct scan_item *item, const char *key, bool *escaped);

/* The strict scan alone, of the value that begins at *p: true and *p behind it
 * if it is clean. */
bool scan_strict(const char **p, const char *end, struct scan_item *item,
    struct scan_member member[SCAN_MEMBERS_MAX]);
/* Judge the one value that `text` holds. */
enum scan_result scan_value(struct slice text, struct scan_item *item,
    struct scan_member member[SCAN_MEMBERS_MAX]);

struct scan_page {
	void *ctx;
	/* Each element of the member that is named `array`, in order. */
	const char *array;
	void (*item)(void *ctx, const struct scan_item *item);
	/* Each other member of the page. */
	void (*member)(void *ctx, struct slice key, struct slice raw);
	bool has_array; /* set: the array was there */
};

/*
 * Walk {"a":..,"value":[{..},{..}],"b":..}.  False: not one whole object (cut
 * off, even if only its last brace is missing; or no JSON): forget what the
 * calls brought.  A byte order mark before it is stepped over.
 */
bool scan_page(struct slice text, struct scan_page *page);

/*
 * Append `text` with what no line may hold replaced: NUL, halves of surrogate
 * pairs and bytes that are no UTF-8 by U+FFFD, other control characters in
 * strings by their escapes, line ends between values by blanks.
 */
void json_repair(struct slice text, struct str *out);

#endif
