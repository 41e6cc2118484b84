#include "assertion.h"

#include <jansson.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "arena.h"
#include "buf.h"
#include "text.h"

enum {
	LEEWAY = 300,
};

static json_t *
part(const char *start, size_t len)
{
	char *text = xasprintf("%.*s", (int)len, start);
	size_t n = 0;
	unsigned char *bytes = text_unbase64(text, &n);
	json_t *json =
	    bytes == NULL ? NULL : json_loadb((char *)bytes, n, 0, NULL);

	free(text);
	free(bytes);
	return json;
}

static X509 *
certificate(const struct app *app)
{
	BIO *bio;
	X509 *x;

	if (app->certificate == NULL)
		return NULL;
	bio = BIO_new_mem_buf(app->certificate, -1);
	x = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	BIO_free(bio);
	return x;
}

static bool
verify(EVP_PKEY *key, bool pss, const char *text, size_t len,
    const char *signature)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx = NULL;
	size_t n = 0;
	unsigned char *sig = text_unbase64(signature, &n);
	bool ok = sig != NULL && EVP_DigestVerifyInit(
				     ctx, &pctx, EVP_sha256(), NULL, key) == 1;

	if (ok && pss)
		ok = EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING) >
			 0 &&
		     EVP_PKEY_CTX_set_rsa_pss_saltlen(
			 pctx, RSA_PSS_SALTLEN_DIGEST) > 0;
	ok = ok && EVP_DigestVerify(
		       ctx, sig, n, (const unsigned char *)text, len) == 1;
	EVP_MD_CTX_free(ctx);
	free(sig);
	return ok;
}

static bool
thumbprint_matches(json_t *head, X509 *x)
{
	const char *sha256 =
	    json_string_value(json_object_get(head, "x5t#S256"));
	const char *sha1 = json_string_value(json_object_get(head, "x5t"));
	unsigned char md[EVP_MAX_MD_SIZE];
	unsigned int len = 0;
	char *mine;
	bool ok;

	if (sha256 == NULL && sha1 == NULL)
		return false;
	X509_digest(x, sha256 != NULL ? EVP_sha256() : EVP_sha1(), md, &len);
	mine = text_base64(md, len, true);
	mine[strcspn(mine, "=")] = '\0';
	ok = strncmp(mine, sha256 != NULL ? sha256 : sha1, strlen(mine)) == 0;
	free(mine);
	return ok;
}

static const char *
text_of(json_t *claims, const char *name)
{
	const char *s = json_string_value(json_object_get(claims, name));

	return s == NULL ? "" : s;
}

static bool
known_jti(struct app *app, const char *jti)
{
	for (size_t i = 0; i < app->njti; i++)
		if (strcmp(app->jti[i], jti) == 0)
			return true;
	*world_push(app->jti, app->njti) = arena_strdup(jti);
	return false;
}

static const char *
check_claims(json_t *claims, struct app *app, const char *audience)
{
	int64_t now = world_now();
	json_int_t nbf = json_integer_value(json_object_get(claims, "nbf"));
	json_int_t exp = json_integer_value(json_object_get(claims, "exp"));

	if (strcmp(text_of(claims, "aud"), audience) != 0)
		return "Client assertion has an invalid audience.";
	if (strcasecmp(text_of(claims, "iss"), app->client_id) != 0 ||
	    strcasecmp(text_of(claims, "sub"), app->client_id) != 0)
		return "Client assertion has an invalid issuer or subject.";
	if (nbf > now + LEEWAY || exp <= now - LEEWAY)
		return "Client assertion is not within its valid time range.";
	if (*text_of(claims, "jti") == '\0' ||
	    known_jti(app, text_of(claims, "jti")))
		return "Client assertion has a jti that was used before.";
	return NULL;
}

const char *
assertion_check(const char *jwt, struct app *app, const char *audience)
{
	const char *first = strchr(jwt, '.'), *wrong = NULL, *alg;
	const char *second = first == NULL ? NULL : strchr(first + 1, '.');
	json_t *head, *claims;
	X509 *x = certificate(app);
	EVP_PKEY *key;

	if (second == NULL || x == NULL) {
		X509_free(x);
		return "Client assertion failed signature validation.";
	}
	head = part(jwt, (size_t)(first - jwt));
	claims = part(first + 1, (size_t)(second - first - 1));
	alg = text_of(head, "alg");
	key = X509_get_pubkey(x);
	if ((strcmp(alg, "RS256") != 0 && strcmp(alg, "PS256") != 0) ||
	    !thumbprint_matches(head, x) ||
	    !verify(
		key, alg[0] == 'P', jwt, (size_t)(second - jwt), second + 1))
		wrong = "Client assertion failed signature validation.";
	if (wrong == NULL)
		wrong = check_claims(claims, app, audience);
	EVP_PKEY_free(key);
	X509_free(x);
	json_decref(head);
	json_decref(claims);
	return wrong;
}
