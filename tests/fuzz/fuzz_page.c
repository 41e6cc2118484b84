/* fuzz_page: whatever Graph sends, what fetch makes of it is fit for the
 * stream: a strict JSON object, without a line end, with room for the records
 * around it.
 * fuzz-sources: fetch/page.c
 */
#include <assert.h>
#include <string.h>

#include "fetch/page.h"
#include "json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_line(struct slice data)
{
	struct arena a = { 0 };
	struct str line = { 0 };

	assert(memchr(data.data, '\n', data.len) == NULL);
	str_adds(
	    &line, "{\"type\":\"problem\",\"data\":{\"type\":\"x\",\"data\":");
	str_add_slice(&line, data);
	str_adds(&line, "}}");
	assert(json_parse(&a, str_slice(&line), JSON_STRICT, NULL) != NULL);
	str_free(&line);
	arena_free(&a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct page page = { 0 };
	struct item *item;
	size_t i;

	page_read(&page, (struct slice){ (const char *)data, size });
	for (i = 0; i < page.count; i++) {
		item = &page.item[i];
		/* Clean scalars are refused later: they have no id. */
		if (item->doubted ? page_repair(&page.arena, item)
				  : item->id.len > 0)
			check_line(item->data);
	}
	page_free(&page);
	return 0;
}
