/*
 * repair: backslashes are counted off in pairs, so that it need not be known
 * where strings begin; the copy is parsed as strictly as any line.
 */
#include <string.h>

#include "json.h"
#include "repair.h"

struct slice
repair_escapes(struct arena *a, struct slice line)
{
	static const char replacement[] = { '\\', 'u', 'f', 'f', 'f', 'd' };
	char *copy = arena_copy(a, line.data, line.len);
	char *s = copy, *end = copy + line.len;
	bool found = false;
	int unit, next;

	while (s < end && (s = memchr(s, '\\', (size_t)(end - s))) != NULL) {
		unit = json_escaped_unit(s, end);
		next = unit >= 0xd800 && unit <= 0xdbff
			   ? json_escaped_unit(s + 6, end)
			   : -1;
		if (next >= 0xdc00 && next <= 0xdfff) {
			s += 12;
			continue;
		}
		if (unit == 0 || (unit >= 0xd800 && unit <= 0xdfff)) {
			memcpy(s, replacement, sizeof replacement);
			found = true;
		}
		s += unit != -1 ? 6 : 2;
	}
	return found ? (struct slice){ copy, line.len } : NO_SLICE;
}
