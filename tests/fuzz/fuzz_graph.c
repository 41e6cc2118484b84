/* fuzz_graph: error bodies, and text that is repaired.  A code is letters and
 * the like; what was repaired can be repaired again without a change, and is
 * UTF-8 without controls. */
#include <assert.h>
#include <string.h>

#include "graph.h"
#include "json_scan.h"
#include "utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice body;
	struct str once = { 0 }, twice = { 0 };
	char code[64];
	size_t i;

	if (size < 1 || size > 65536)
		return 0;
	body = (struct slice){ (const char *)data + 1, size - 1 };
	graph_judge(400 + data[0] % 200, body, code);
	for (i = 0; code[i] != '\0'; i++)
		assert(code[i] > 0x20 && code[i] < 0x7f && code[i] != '"');
	json_repair(body, &once);
	assert(utf8_valid(str_slice(&once)));
	for (i = 0; i < once.len; i++)
		assert((unsigned char)once.data[i] >= 0x20);
	json_repair(str_slice(&once), &twice);
	assert(slice_eq(str_slice(&once), str_slice(&twice)));
	str_free(&once);
	str_free(&twice);
	return 0;
}
