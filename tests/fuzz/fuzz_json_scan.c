/* fuzz_json_scan: what the light scanner calls clean, json_parse accepts; and
 * a page it walks to its end has one whole value per item. */
#include <assert.h>
#include <stdlib.h>

#include "json_scan.h"

static void
on_item(void *ctx, const struct scan_item *item)
{
	(void)ctx;
	assert(item->raw.len > 0);
}

static void
on_member(void *ctx, struct slice key, struct slice raw)
{
	(void)ctx;
	(void)key;
	assert(raw.len > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = { 0 };
	struct scan_member member[SCAN_MEMBERS_MAX];
	struct scan_item item;
	struct scan_page page = {
		.array = "value", .item = on_item, .member = on_member
	};
	struct slice text = { (const char *)data, size };

	if (scan_value(text, &item, member) == SCAN_CLEAN &&
	    json_parse(&a, item.raw, JSON_STRICT, NULL) == NULL)
		abort();
	scan_page(text, &page);
	arena_free(&a);
	return 0;
}
