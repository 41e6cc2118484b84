/*
 * digest: SHA-256 from libcrypto.  It does not have to be secret or slow;
 * it has to be the same in every stage and in SQL.
 *
 * The algorithm is fetched once, and one context serves all: that costs as
 * much as hashing a kilobyte.  libcrypto's configuration file is not read:
 * the environment, which names it, has no part in a digest.
 */
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "digest.h"
#include "exits.h"
#include "xalloc.h"

static EVP_MD *sha256;
static EVP_MD_CTX *context;

void
text_digest_start(void)
{
	if (context != NULL)
		return;
	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	context = EVP_MD_CTX_new();
	if (sha256 == NULL || context == NULL)
		xdie(EXIT_SOFTWARE, "calsync: error: no SHA-256\n");
}

static bool
add(struct slice text)
{
	return text.len == 0 ||
	       EVP_DigestUpdate(context, text.data, text.len) == 1;
}

static void
sum_up(struct slice a, struct slice b, unsigned char sum[EVP_MAX_MD_SIZE])
{
	text_digest_start();
	if (EVP_DigestInit_ex2(context, sha256, NULL) != 1 || !add(a) ||
	    !add(b) || EVP_DigestFinal_ex(context, sum, NULL) != 1)
		xdie(EXIT_SOFTWARE, "calsync: error: no SHA-256\n");
}

void
text_digest_joined(
    struct slice a, struct slice b, char hex[TEXT_DIGEST_LEN + 1])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char sum[EVP_MAX_MD_SIZE];

	sum_up(a, b, sum);
	for (size_t i = 0; i < TEXT_DIGEST_LEN / 2; i++) {
		hex[2 * i] = digits[sum[i] >> 4];
		hex[2 * i + 1] = digits[sum[i] & 15];
	}
	hex[TEXT_DIGEST_LEN] = '\0';
}

struct digest
text_digest_number(struct slice text)
{
	unsigned char sum[EVP_MAX_MD_SIZE];
	struct digest d = { 0, 0 };

	sum_up(text, NO_SLICE, sum);
	for (size_t i = 0; i < 8; i++) {
		d.high = d.high << 8 | sum[i];
		d.low = d.low << 8 | sum[i + 8];
	}
	return d;
}

void
text_digest(struct slice text, char hex[TEXT_DIGEST_LEN + 1])
{
	text_digest_joined(text, NO_SLICE, hex);
}
