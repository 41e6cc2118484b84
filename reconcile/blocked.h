/*
 * blocked: the list select.block: addresses, @domains, category:NAME and
 * subject:WORD.  Case does not matter (ASCII); a WORD is matched as a whole
 * word, or as words in a row.
 */
#ifndef BLOCKED_H
#define BLOCKED_H

#include "candidate.h"

bool event_is_blocked(const struct candidate *c);
/* Does `text` hold `word`, with no letter or digit on either side? */
bool text_has_word(struct slice text, struct slice word);

#endif
