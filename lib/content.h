/*
 * content: a digest of what an event says to people, to tell whether it is still the
 * one that was decided upon.  Beside the digest of docs/stream.md: without stamps, and
 * of a date without what only its master can tell, so that it is the same whether the
 * date was read with its series or alone.
 */
#ifndef CONTENT_H
#define CONTENT_H

#include "digest.h"
#include "json.h"

void content_digest(const struct json *event, char hex[TEXT_DIGEST_LEN + 1]);

#endif
