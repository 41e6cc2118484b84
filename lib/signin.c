/*
 * signin: see the header.  A file is: the magic line, a nonce of 12 bytes, the
 * sealed text, a tag of 16 bytes.  The magic line and the account's number are
 * sealed as additional data.
 */
/* For flock. */
/* NOLINTNEXTLINE(*reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
#define _DEFAULT_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "bounds.h"
#include "log.h"
#include "signin.h"
#include "tool.h"

#define MAGIC	    "calsync sign-in 1\n"
#define MAGIC_BYTES (sizeof MAGIC - 1)
#define NONCE_BYTES 12
#define TAG_BYTES   16
#define KEY_DIGITS  ((size_t)2 * SIGNIN_KEY_BYTES)
#define FILE_MAX    (MAGIC_BYTES + NONCE_BYTES + SIGNIN_MAX + TAG_BYTES)

static void
add_path(const struct signin_store *s, int64_t account, const char *ending,
    struct str *path)
{
	str_addf(path, "%s/%lld.%s", s->dir, (long long)account, ending);
}

/* Whole and private; what is wrong otherwise, or NULL. */
static const char *
read_private(const char *path, size_t max, struct str *text)
{
	char buf[4096];
	struct stat st;
	const char *wrong = NULL;
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);

	if (fd == -1)
		return strerror(errno);
	if (fstat(fd, &st) == -1)
		wrong = strerror(errno);
	else if (!S_ISREG(st.st_mode))
		wrong = "it is no file";
	else if (st.st_uid != geteuid())
		wrong = "it belongs to somebody else";
	else if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		wrong = "others can read it: chmod 600 the file";
	text->max = max + sizeof buf;
	while (wrong == NULL && text->len <= max) {
		n = read(fd, buf, sizeof buf);
		if (n == -1)
			wrong = strerror(errno);
		if (n <= 0)
			break;
		str_add(text, buf, (size_t)n);
	}
	OPENSSL_cleanse(buf, sizeof buf);
	close(fd);
	return wrong == NULL && text->len > max ? "it is too long" : wrong;
}

static int
hex_value(char c)
{
	c = ascii_lower(c);
	if (ascii_is_digit(c))
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool
read_key(struct slice text, unsigned char key[SIGNIN_KEY_BYTES])
{
	int high, low;
	size_t i;

	text = slice_trim(text);
	if (text.len != KEY_DIGITS)
		return false;
	for (i = 0; i < SIGNIN_KEY_BYTES; i++) {
		high = hex_value(text.data[2 * i]);
		low = hex_value(text.data[2 * i + 1]);
		if (high < 0 || low < 0)
			return false;
		key[i] = (unsigned char)(high << 4 | low);
	}
	return true;
}

static void
check_dir(const char *dir)
{
	struct stat st;

	if (lstat(dir, &st) == -1)
		die(EXIT_CONFIG, "calsync connection add makes it",
		    "cannot open %s: %s", dir, strerror(errno));
	if (!S_ISDIR(st.st_mode))
		die(EXIT_CONFIG, NULL, "%s is no directory", dir);
	if (st.st_uid != geteuid())
		die(EXIT_CONFIG, NULL, "%s belongs to somebody else", dir);
	if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		die(EXIT_CONFIG, "chmod 700 the directory",
		    "the sign-ins in %s can be reached by others (mode %03o)",
		    dir, (unsigned)(st.st_mode & 0777));
}

void
signin_open(struct signin_store *s, const char *dir, const char *key_file)
{
	struct str text = { 0 };
	const char *wrong;

	s->dir = dir;
	check_dir(dir);
	if (key_file == NULL)
		return;
	wrong = read_private(key_file, 4096, &text);
	if (wrong != NULL)
		die(EXIT_CONFIG, NULL, "cannot use the key in %s: %s", key_file,
		    wrong);
	if (!read_key(str_slice(&text), s->key))
		die(EXIT_CONFIG, NULL, "%s holds no key (64 hex digits)",
		    key_file);
	OPENSSL_cleanse(text.data, text.len);
	str_free(&text);
}

void
signin_close(struct signin_store *s)
{
	OPENSSL_cleanse(s->key, sizeof s->key);
}

/* What was renamed or removed in a directory is lost until this. */
static bool
sync_dir(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool good = fd != -1 && fsync(fd) == 0;

	if (fd != -1)
		close(fd);
	return good;
}

static bool
write_new(const char *path, struct slice text)
{
	int fd = open(
	    path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	bool good = fd != -1;
	size_t done = 0;
	ssize_t n;

	while (good && done < text.len) {
		n = write(fd, text.data + done, text.len - done);
		good = n > 0;
		done += good ? (size_t)n : 0;
	}
	good = good && fsync(fd) == 0;
	if (fd != -1 && close(fd) == -1)
		good = false;
	return good;
}

static void
random_bytes(unsigned char *to, size_t n)
{
	if (RAND_bytes(to, (int)n) != 1)
		die(EXIT_SYSTEM, NULL, "no random numbers");
}

void
signin_setup(const char *dir, const char *key_file)
{
	unsigned char key[SIGNIN_KEY_BYTES];
	struct signin_store s;
	struct str text = { 0 };
	size_t i;

	if (mkdir(dir, 0700) == -1 && errno != EEXIST)
		die(EXIT_CONFIG, NULL, "cannot make %s: %s", dir,
		    strerror(errno));
	if (access(key_file, F_OK) == -1) {
		random_bytes(key, sizeof key);
		for (i = 0; i < sizeof key; i++)
			str_addf(&text, "%02x", key[i]);
		str_addc(&text, '\n');
		if (!write_new(key_file, str_slice(&text)))
			die(EXIT_CONFIG, NULL, "cannot make %s: %s", key_file,
			    strerror(errno));
		OPENSSL_cleanse(key, sizeof key);
		OPENSSL_cleanse(text.data, text.len);
	}
	str_free(&text);
	signin_open(&s, dir, key_file);
	signin_close(&s);
}

int
signin_lock(const struct signin_store *s, int64_t account)
{
	struct str path = { 0 };
	int fd;

	add_path(s, account, "lock", &path);
	fd = open(path.data, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd == -1)
		die(EXIT_CONFIG, NULL, "cannot open %s: %s", path.data,
		    strerror(errno));
	str_free(&path);
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	close(fd);
	return -1;
}

void
signin_unlock(int lock)
{
	if (lock != -1)
		close(lock);
}

static bool
add_data(EVP_CIPHER_CTX *c, int64_t account, bool seals)
{
	char aad[64];
	int n = snprintf(aad, sizeof aad, MAGIC "%lld", (long long)account);
	int (*update)(EVP_CIPHER_CTX *, unsigned char *, int *,
	    const unsigned char *, int) =
	    seals ? EVP_EncryptUpdate : EVP_DecryptUpdate;

	return update(c, NULL, &n, (const unsigned char *)aad, n) == 1;
}

static bool
seal(const struct signin_store *s, int64_t account, struct slice text,
    struct str *file)
{
	unsigned char nonce[NONCE_BYTES], tag[TAG_BYTES];
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	unsigned char *out;
	bool good;
	int n = 0, rest = 0;

	random_bytes(nonce, sizeof nonce);
	str_adds(file, MAGIC);
	str_add(file, (const char *)nonce, sizeof nonce);
	out = (unsigned char *)str_extend(file, text.len);
	good =
	    c != NULL &&
	    EVP_EncryptInit_ex(c, EVP_aes_256_gcm(), NULL, s->key, nonce) ==
		1 &&
	    add_data(c, account, true) &&
	    EVP_EncryptUpdate(c, out, &n, (const unsigned char *)text.data,
		(int)text.len) == 1 &&
	    EVP_EncryptFinal_ex(c, out + n, &rest) == 1 &&
	    EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, TAG_BYTES, tag) == 1;
	EVP_CIPHER_CTX_free(c);
	str_add(file, (const char *)tag, sizeof tag);
	return good;
}

static bool
unseal(const struct signin_store *s, int64_t account, struct str *file,
    struct str *text)
{
	unsigned char *nonce = (unsigned char *)file->data + MAGIC_BYTES;
	size_t len = file->len - MAGIC_BYTES - NONCE_BYTES - TAG_BYTES;
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	unsigned char *out = (unsigned char *)str_extend(text, len);
	bool good;
	int n = 0, rest = 0;

	good =
	    c != NULL &&
	    EVP_DecryptInit_ex(c, EVP_aes_256_gcm(), NULL, s->key, nonce) ==
		1 &&
	    add_data(c, account, false) &&
	    EVP_DecryptUpdate(c, out, &n, nonce + NONCE_BYTES, (int)len) == 1 &&
	    EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_SET_TAG, TAG_BYTES,
		nonce + NONCE_BYTES + len) == 1 &&
	    EVP_DecryptFinal_ex(c, out + n, &rest) == 1;
	EVP_CIPHER_CTX_free(c);
	if (!good) {
		OPENSSL_cleanse(out, len);
		str_reset(text);
	}
	return good;
}

enum signin_state
signin_read(const struct signin_store *s, int64_t account, struct str *text,
    struct str *why)
{
	struct str path = { 0 }, file = { 0 };
	enum signin_state state = SIGNIN_DAMAGED;
	const char *wrong;

	add_path(s, account, "token", &path);
	str_reset(text);
	text->max = SIGNIN_MAX + 1;
	wrong = read_private(path.data, FILE_MAX, &file);
	if (wrong != NULL && access(path.data, F_OK) == -1 && errno == ENOENT) {
		state = SIGNIN_NONE;
		str_adds(why, "nobody has signed in");
	} else if (wrong != NULL) {
		str_addf(why, "%s: %s", path.data, wrong);
	} else if (file.len < MAGIC_BYTES + NONCE_BYTES + TAG_BYTES ||
		   !slice_starts(str_slice(&file), MAGIC)) {
		str_addf(why, "%s: it is cut, or no sign-in", path.data);
	} else if (!unseal(s, account, &file, text)) {
		str_addf(why, "%s: it is damaged, or of another key or account",
		    path.data);
	} else {
		state = SIGNIN_THERE;
	}
	str_free(&path);
	str_free(&file);
	return state;
}

bool
signin_write(const struct signin_store *s, int64_t account, struct slice text,
    struct str *why)
{
	struct str path = { 0 }, temp = { 0 },
		   file = { .max = FILE_MAX + TAG_BYTES };
	bool good;

	add_path(s, account, "token", &path);
	add_path(s, account, "new", &temp);
	unlink(temp.data); /* of one that was killed here */
	good = text.len <= SIGNIN_MAX && seal(s, account, text, &file) &&
	       write_new(temp.data, str_slice(&file));
	if (good) {
		step("signin.written");
		good = rename(temp.data, path.data) == 0 && sync_dir(s->dir);
	}
	if (!good)
		str_addf(why, "cannot write %s: %s", path.data,
		    text.len > SIGNIN_MAX ? "it is too long" : strerror(errno));
	else
		step("signin.stored");
	str_free(&path);
	str_free(&temp);
	str_free(&file);
	return good;
}

bool
signin_remove(const struct signin_store *s, int64_t account, struct str *why)
{
	struct str path = { 0 };
	bool good;

	add_path(s, account, "new", &path);
	unlink(path.data);
	str_reset(&path);
	add_path(s, account, "token", &path);
	good = unlink(path.data) == 0 || errno == ENOENT;
	good = good && sync_dir(s->dir);
	if (!good)
		str_addf(
		    why, "cannot remove %s: %s", path.data, strerror(errno));
	str_free(&path);
	return good;
}
