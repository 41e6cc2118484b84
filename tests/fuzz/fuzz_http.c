/* fuzz_http: Retry-After, HTTP dates and URLs from anywhere.  A URL that has an
 * origin is read the same again; a wait is never negative or over a year. */
#include <assert.h>
#include <string.h>

#include "http.h"
#include "instant.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = { (const char *)data, size }, date;
	struct str origin = { 0 }, again = { 0 };
	int64_t us, wait;

	if (http_date(text, &us))
		assert(us >= INSTANT_MIN && us <= INSTANT_MAX);
	text = slice_cut(text, '\n', &date);
	if (http_retry_after(text, date, 0, &wait))
		assert(wait > 0 && wait <= 366 * DAY_US);
	if (http_origin(text, &origin)) {
		assert(memchr(origin.data, '@', origin.len) == NULL);
		assert(http_origin(str_slice(&origin), &again));
		assert(slice_eq(str_slice(&origin), str_slice(&again)));
		assert(http_same_origin(text, str_slice(&origin)));
	}
	str_free(&origin);
	str_free(&again);
	return 0;
}
