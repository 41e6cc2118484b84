/*
 * graph_assertion: proof by certificate instead of a secret: a JSON Web Token
 * signed with the certificate's key (PS256), as the identity platform's page
 * "certificate-credentials" describes it.  It names the certificate by its
 * SHA-256, is good for nine minutes, and never used twice.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "graph.h"
#include "graph_state.h"
#include "instant.h"
#include "json.h"
#include "log.h"

#define SIGNATURE_MAX 1024 /* an RSA key of 8192 bits */
#define GOOD_FOR_S    540
/* Clocks differ a little: it is good from a minute ago. */
#define BEFORE_S 60

static void
add_base64url(struct str *out, const unsigned char *data, size_t n)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklm"
				     "nopqrstuvwxyz0123456789-_";
	uint32_t bits;
	size_t i, k, left;

	for (i = 0; i < n; i += 3) {
		left = n - i < 3 ? n - i : 3;
		bits = 0;
		for (k = 0; k < 3; k++)
			bits = bits << 8 | (k < left ? data[i + k] : 0U);
		for (k = 0; k <= left; k++)
			str_addc(out, digits[bits >> (18 - 6 * k) & 63]);
	}
}

static void
thumbprint(const char *path, struct str *out)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int n;
	FILE *f = fopen(path, "re");
	X509 *cert;

	if (f == NULL)
		die(EXIT_CONFIG, NULL, "cannot open %s: %s", path,
		    strerror(errno));
	cert = PEM_read_X509(f, NULL, NULL, NULL);
	fclose(f);
	if (cert == NULL || X509_digest(cert, EVP_sha256(), digest, &n) != 1)
		die(EXIT_CONFIG, NULL, "%s holds no certificate (PEM)", path);
	X509_free(cert);
	add_base64url(out, digest, n);
}

static void
add_part(struct str *jwt, const struct str *json)
{
	add_base64url(jwt, (const unsigned char *)json->data, json->len);
}

static void
add_header(struct str *jwt, const char *certificate_file)
{
	struct str json = { 0 }, name = { 0 };
	struct jsonw w;

	thumbprint(certificate_file, &name);
	jw_start(&w, &json);
	jw_object(&w, NULL);
	jw_cstr(&w, "alg", "PS256");
	jw_cstr(&w, "typ", "JWT");
	jw_str(&w, "x5t#S256", str_slice(&name));
	jw_end(&w);
	add_part(jwt, &json);
	str_free(&json);
	str_free(&name);
}

/* A name that no other assertion has. */
static void
token_name(char name[33])
{
	unsigned char random[16];
	size_t i;

	if (RAND_bytes(random, (int)sizeof random) != 1)
		die(EXIT_SYSTEM, NULL, "no random numbers");
	for (i = 0; i < sizeof random; i++)
		snprintf(name + 2 * i, 3, "%02x", random[i]);
}

static void
add_claims(struct str *jwt, const char *client_id, struct slice audience,
    int64_t now_us)
{
	int64_t now_s = now_us / SECOND_US;
	struct str json = { 0 };
	struct jsonw w;
	char name[33];

	token_name(name);
	jw_start(&w, &json);
	jw_object(&w, NULL);
	jw_str(&w, "aud", audience);
	jw_cstr(&w, "iss", client_id);
	jw_cstr(&w, "sub", client_id);
	jw_cstr(&w, "jti", name);
	jw_int(&w, "iat", now_s - BEFORE_S);
	jw_int(&w, "nbf", now_s - BEFORE_S);
	jw_int(&w, "exp", now_s + GOOD_FOR_S);
	jw_end(&w);
	add_part(jwt, &json);
	str_free(&json);
}

static EVP_PKEY *
read_key(const struct graph_connection *c, struct slice pem)
{
	BIO *bio = BIO_new_mem_buf(pem.data, (int)pem.len);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);

	BIO_free(bio);
	if (key == NULL || EVP_PKEY_base_id(key) != EVP_PKEY_RSA)
		die(EXIT_CONFIG, NULL, "%s holds no RSA key (PEM)",
		    c->key_file);
	return key;
}

static bool
sign(EVP_PKEY *key, const struct str *text, unsigned char *signature, size_t *n)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *how;
	bool good;

	good = ctx != NULL &&
	       EVP_DigestSignInit(ctx, &how, EVP_sha256(), NULL, key) == 1 &&
	       EVP_PKEY_CTX_set_rsa_padding(how, RSA_PKCS1_PSS_PADDING) == 1 &&
	       EVP_PKEY_CTX_set_rsa_pss_saltlen(how, RSA_PSS_SALTLEN_DIGEST) ==
		   1 &&
	       EVP_DigestSign(ctx, signature, n,
		   (const unsigned char *)text->data, text->len) == 1;
	EVP_MD_CTX_free(ctx);
	return good;
}

void
graph_assertion(const struct graph_tenant *t, struct slice audience,
    int64_t now_us, struct str *jwt)
{
	const struct graph_connection *c = t->connection;
	unsigned char signature[SIGNATURE_MAX];
	size_t n = sizeof signature;
	EVP_PKEY *key = read_key(c, str_slice(&t->secret));

	str_reset(jwt);
	add_header(jwt, c->certificate_file);
	str_addc(jwt, '.');
	add_claims(jwt, c->client_id, audience, now_us);
	if (!sign(key, jwt, signature, &n))
		die(EXIT_CONFIG, NULL, "the key in %s cannot sign",
		    c->key_file);
	EVP_PKEY_free(key);
	str_addc(jwt, '.');
	add_base64url(jwt, signature, n);
}
