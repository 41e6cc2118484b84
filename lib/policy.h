/*
 * policy: what the firm wants.  One table of keys (policy_keys.def), one parser
 * for the firm's file, `--set`, user rows and the JSON of the stream (U15: a
 * value that is not understood is an error, never a guess).
 *
 * Every value is a list of items; all types but lists have exactly one.  Texts
 * are canonical: blanks, leading zeros and the order of unordered lists do not
 * count, so that equal policies have equal digests.
 *
 * A struct policy is an array of pointers: copy it by assignment.  The values
 * live in the arena that they were made in; defaults live for ever.  Nothing
 * in this header does I/O.  User rows and printing are in policy_layers.h,
 * reading files in policy_files.h.
 */
#ifndef POLICY_H
#define POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "json.h"
#include "str.h"

#define POLICY_TEXT_MAX	   ((size_t)4000) /* bytes of a value */
#define POLICY_ITEMS_MAX   200		  /* of a list */
#define POLICY_DIGEST_SIZE 33		  /* hex digits and NUL */
#define POLICY_UNLIMITED   INT64_MAX

/* POL_AUTH, POL_LICENSE ... in the table's order.  POL_NONE is no key. */
enum policy_key {
	POL_NONE,
#define G(group, heading)
#define K(group, id, name, type, user, flag, init, allowed, meaning, serves) \
	POL_##id,
#include "policy_keys.def"
#undef G
#undef K
	POL_COUNT
};

enum policy_unit { UNIT_MIN, UNIT_H, UNIT_D, UNIT_W, UNIT_MO, UNIT_Y };

struct policy_span {
	int64_t count;
	enum policy_unit unit;
};

enum policy_item_kind {
	ITEM_WORD,    /* a word of the key, as private.mode's `skip` */
	ITEM_NAME,    /* any name, as a contact type */
	ITEM_NUMBER,  /* number */
	ITEM_PERCENT, /* number */
	ITEM_TIME,    /* number: minutes after midnight */
	ITEM_DATE,    /* number: days since 1970-01-01 */
	ITEM_SPAN,    /* span; also longer:DURATION */
	ITEM_ENABLED, /* span before the user was enabled */
	ITEM_TEXT,
	ITEM_ADDRESS, /* lower case */
	ITEM_DOMAIN,  /* name without the @, lower case */
	ITEM_CATEGORY,
	ITEM_SUBJECT,
	ITEM_FOLDER
};

struct policy_item {
	enum policy_item_kind kind;
	bool left_out;	   /* !NAME */
	size_t place;	   /* of the alternative in the key's `allowed` */
	struct slice text; /* canonical, the whole item */
	struct slice name; /* without !, @ or PREFIX: */
	int64_t number;
	struct policy_span span;
};

struct policy_value {
	struct slice text;  /* canonical */
	const char *origin; /* "firm.policy:7", "--set"; NULL: default */
	size_t count;
	const struct policy_item *item;
};

struct policy {
	const struct policy_value *value[POL_COUNT];
};

/* --- Making one ------------------------------------------------------- */

/* The built-in defaults. */
void policy_init(struct policy *p);
/*
 * Set one key.  false: *why says what is wrong and what is allowed, for
 * people, without "file:line".  `origin` must live as long as the arena.
 */
bool policy_set(struct policy *p, struct arena *a, enum policy_key key,
    struct slice text, const char *origin, struct str *why);
/*
 * Overlay the members of `object` ({"key":"text"}): run.policy over the
 * defaults, mailbox.policy or owner_policy over the run's.  What users may do
 * is not asked again.  false: *why.  object NULL or null: nothing to do.
 */
bool policy_read(struct policy *p, struct arena *a, const struct json *object,
    struct str *why);

/* The key with that name; POL_NONE if there is none. */
enum policy_key policy_key_find(struct slice name);
/* The key's name, to print; POL_NONE: "". */
const char *policy_key_name(enum policy_key key);

/* --- Asking ----------------------------------------------------------- */

/* The value is this word (`all` and the like).  The word must be one of the
 * key's: a mistyped rule is a bug and ends the program. */
bool policy_is(const struct policy *p, enum policy_key key, const char *word);
bool policy_yes(const struct policy *p, enum policy_key key);
/* The list holds exactly this item, ASCII case apart; `all` is not looked
 * through: policy_lists(p, POL_REFUSE, SLICE("draft")). */
bool policy_lists(
    const struct policy *p, enum policy_key key, struct slice item);
/* The list lets this name through: it is listed, or `all` is and it is not
 * left out by !NAME: policy_selects(p, POL_FIELDS, SLICE("subject")). */
bool policy_selects(
    const struct policy *p, enum policy_key key, struct slice name);
/* The i-th item, NULL behind the last.  The word `none` is an item too. */
const struct policy_item *policy_item(
    const struct policy *p, enum policy_key key, size_t i);
/* The first item of this kind, or NULL. */
const struct policy_item *policy_item_of(
    const struct policy *p, enum policy_key key, enum policy_item_kind kind);
/* A number (minutes for times); POLICY_UNLIMITED for `unlimited`. */
int64_t policy_number(const struct policy *p, enum policy_key key);
/* A text; NO_SLICE for `none` and `off`. */
struct slice policy_text(const struct policy *p, enum policy_key key);
/* The canonical text of any value, for `why` and for people. */
struct slice policy_value_text(const struct policy *p, enum policy_key key);
/* "private.mode = skip", as `why.policy` has it. */
void policy_line(const struct policy *p, enum policy_key key, struct str *out);

/*
 * A duration applied to an instant, by calendar steps; clamped to what
 * instant.h can hold.  `unlimited` and `never`: INSTANT_MIN or INSTANT_MAX.
 * A date stands for itself.  enabled-DURATION counts back from `since`, the
 * time when the user was enabled; pass INSTANT_MIN if there is none: now.
 */
int64_t policy_back(
    const struct policy *p, enum policy_key key, int64_t now, int64_t since);
int64_t policy_ahead(const struct policy *p, enum policy_key key, int64_t now);
/* at + sign * span */
int64_t policy_span_add(int64_t at, struct policy_span span, int sign);
/* delete.max and delete.max_day: how many deletions are allowed in a mailbox with
 * `links` linked events: the larger of count and share; POLICY_UNLIMITED. */
int64_t policy_delete_max(
    const struct policy *p, enum policy_key key, int64_t links);

#endif
