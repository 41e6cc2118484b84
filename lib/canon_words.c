/*
 * canon_words: one table.  The weakest value is the one that claims least: a
 * calendar shows nothing as busy, and tells nobody what may be private.
 */
#include <stdbool.h>

#include "canon_words.h"
#include "log.h"

#define WORDS_MAX 7

static const struct list {
	const char *name, *missing, *weakest;
	const char *word[WORDS_MAX]; /* NULL ends it */
} lists[WORDS_COUNT] = {
	[WORDS_SHOW_AS] = { "showAs", "busy", "free",
	    { "free", "tentative", "busy", "oof", "workingElsewhere",
		"unknown" } },
	[WORDS_SENSITIVITY] = { "sensitivity", "normal", "private",
	    { "normal", "personal", "private", "confidential" } },
	[WORDS_RESPONSE] = { "response", "none", "none",
	    { "none", "organizer", "tentativelyAccepted", "accepted",
		"declined", "notResponded" } },
	[WORDS_ROLE] = { "attendees.type", "required", "optional",
	    { "required", "optional", "resource" } },
	[WORDS_PROVIDER] = { "onlineMeetingProvider", "unknown", "unknown",
	    { "unknown", "skypeForBusiness", "skypeForConsumer",
		"teamsForBusiness" } },
};

static bool
is_word(struct slice value, const char *word)
{
	return value.len > 0 && value.data[0] == word[0] &&
	       slice_is(value, word);
}

const char *
words_find(enum words list, struct slice value)
{
	static bool told[WORDS_COUNT];
	const struct list *l = &lists[list];
	size_t i;

	if (value.data == NULL)
		return l->missing;
	/* Nearly always it comes as it is documented. */
	for (i = 0; l->word[i] != NULL; i++)
		if (is_word(value, l->word[i]))
			return l->word[i];
	for (i = 0; l->word[i] != NULL; i++)
		if (slice_is_nocase(value, l->word[i]))
			return l->word[i];
	if (!told[list])
		log_warn("a value is not known", "of=%s taken_as=%s", l->name,
		    l->weakest);
	told[list] = true;
	return l->weakest;
}
