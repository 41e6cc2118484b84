/*
 * canon_words: Graph's enumerated values.  They come in any case and go out in
 * Graph's own spelling.
 */
#ifndef CANON_WORDS_H
#define CANON_WORDS_H

#include "str.h"

enum words {
	WORDS_SHOW_AS,
	WORDS_SENSITIVITY,
	WORDS_RESPONSE,
	WORDS_ROLE,
	WORDS_PROVIDER,
	WORDS_COUNT
};

/*
 * The documented spelling; static.  Missing (NO_SLICE): what Graph takes when
 * nothing is said.  Not known (Graph's lists grow): the weakest, and a
 * warning, once for each list.
 */
const char *words_find(enum words list, struct slice value);

#endif
