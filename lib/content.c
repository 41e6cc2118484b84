#include "content.h"
#include "bounds.h"
#include "str.h"

/* In the order in which they are digested. */
static const char *const always[] = { "subject", "body", "start", "end",
	"all_day", "location", "rooms", "show_as", "sensitivity", "reminder",
	"organizer", "attendees", "online", "categories", "draft",
	"cancelled" };
/* A date that is read alone does not have them. */
static const char *const of_whole[] = { "zone", "recurrence" };

static void
add(const struct json *event, const char *const name[], size_t count,
    struct str *text)
{
	for (size_t i = 0; i < count; i++) {
		const struct json *v = json_get(event, name[i]);

		str_adds(text, name[i]);
		if (v != NULL)
			str_add_slice(text, v->raw);
		str_addc(text, '\n'); /* in no value: JSON escapes it */
	}
}

void
content_digest(const struct json *event, char hex[TEXT_DIGEST_LEN + 1])
{
	struct str text = { .max = 4 * LINE_MAX_BYTES };
	const struct json *series = json_get(event, "series");

	add(event, always, sizeof always / sizeof *always, &text);
	if (json_is_null(json_get(series, "master")))
		add(event, of_whole, sizeof of_whole / sizeof *of_whole, &text);
	text_digest(str_slice(&text), hex);
	str_free(&text);
}
