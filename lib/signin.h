/*
 * signin: the sign-ins of people, one encrypted file per account.
 *
 * What a person's sign-in gave (a refresh token and who it was) is the one
 * state outside the database.  It stands in DIR/ACCOUNT.token, of mode 0600 in
 * a directory of mode 0700, sealed with AES-256-GCM by a key from another file
 * of mode 0600; the account's number is sealed with it, so that one account's
 * file is of no use under another's name.
 *
 * Two programs may need it at once, and each use may give a new token in place
 * of the old one.  So whoever uses it holds the account's lock from before it
 * is read until what replaces it is stored; the lock ends with the process.
 * A file is replaced whole, and is on the disk when signin_write returns.
 */
#ifndef SIGNIN_H
#define SIGNIN_H

#include <stdbool.h>
#include <stdint.h>

#include "str.h"

#define SIGNIN_KEY_BYTES 32
#define SIGNIN_MAX	 ((size_t)64 * 1024) /* of what is sealed */

struct signin_store {
	const char *dir;
	unsigned char key[SIGNIN_KEY_BYTES];
};

enum signin_state {
	SIGNIN_THERE,
	SIGNIN_NONE,   /* nobody has signed in */
	SIGNIN_DAMAGED /* cut, of another key or account, or open to others */
};

/* Without a key (NULL) sign-ins can be locked and removed only.
 * EXIT_CONFIG if the key cannot be read, is none, or can be read by others, or
 * if the directory is none of our own. */
void signin_open(struct signin_store *s, const char *dir, const char *key_file);
/* Make directory and key if they are missing; a key is never replaced. */
void signin_setup(const char *dir, const char *key_file);
void signin_close(struct signin_store *s); /* forgets the key */

/* The lock as a descriptor; -1: another process has it. */
int signin_lock(const struct signin_store *s, int64_t account);
void signin_unlock(int lock);

/* The three that follow are for who holds the lock.  `why` gets a sentence for
 * people when the result is not THERE. */
enum signin_state signin_read(const struct signin_store *s, int64_t account,
    struct str *text, struct str *why);
/* False: it is not stored, and the old one stands. */
bool signin_write(const struct signin_store *s, int64_t account,
    struct slice text, struct str *why);
bool signin_remove(
    const struct signin_store *s, int64_t account, struct str *why);

#endif
