/*
 * digest: the text digest of docs/stream.md: the first 32 hex digits of the
 * SHA-256 of some bytes.
 */
#ifndef DIGEST_H
#define DIGEST_H

#include "str.h"

#define TEXT_DIGEST_LEN 32

void text_digest(struct slice text, char hex[TEXT_DIGEST_LEN + 1]);
/* Of the bytes of a with those of b behind them. */
void text_digest_joined(
    struct slice a, struct slice b, char hex[TEXT_DIGEST_LEN + 1]);

/* The same as a number, of which these are the halves. */
struct digest {
	uint64_t high, low;
};

struct digest text_digest_number(struct slice text);

/* Optional: what the first digest would do otherwise.  For programs that
 * confine themselves, before they do. */
void text_digest_start(void);

#endif
