/*
 * json: the one wrapper for yajl.  A line is parsed once into a tree that
 * lives in an arena; every value knows its raw bytes in the line, so that a
 * stage copies what it does not change instead of printing it again.
 *
 * Refused, with a message that names the place and never quotes the input:
 * not one whole value, deeper than JSON_DEPTH_MAX, invalid or non-strict
 * UTF-8, \u0000, unpaired surrogate escapes, and (unless JSON_LAST_WINS) a
 * key that stands twice in one object.  Numbers keep their text.
 *
 * With JSON_LAST_WINS a doubled member is taken out of the tree and of the raw
 * bytes of everything around it, so that what is copied is free of doubles.
 */
#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "str.h"

#define JSON_WRITE_DEPTH 40

enum json_type {
	JSON_NULL,
	JSON_FALSE,
	JSON_TRUE,
	JSON_NUMBER,
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT
};

struct json {
	enum json_type type;
	struct slice key;   /* member name, decoded; NO_SLICE in arrays */
	struct slice text;  /* string: decoded value; number: its text */
	struct slice raw;   /* the value's bytes in the line, quotes included */
	struct json *child; /* first member or element */
	struct json *next;  /* next member or element of the parent */
	size_t count;	    /* members or elements */
	uint64_t names;	    /* a bit for each member's name, by json_name_bit */
};

enum json_flags {
	JSON_STRICT = 0,
	JSON_LAST_WINS = 1, /* foreign input: of doubled keys the last counts */
	JSON_IS_UTF8 = 2    /* the caller has checked that already */
};

/* NULL on error; then *why (if given) is a constant or arena text such as
 * "byte 17: not UTF-8".  The tree points into `line`: keep it alive. */
struct json *json_parse(struct arena *a, struct slice line,
    enum json_flags flags, const char **why);

/* Which of 64 bits stands for a name; most names of one object differ in it.
 * Of a literal it costs nothing. */
static inline uint64_t
json_name_bit(struct slice name)
{
	size_t first, last;

	if (name.len == 0)
		return 1;
	first = (unsigned char)name.data[0];
	last = (unsigned char)name.data[name.len - 1];
	return UINT64_C(1) << ((7 * name.len + 11 * (first + last)) % 64);
}

/* All getters accept NULL and give the "nothing" value for a wrong type. */
const struct json *json_find(
    const struct json *object, struct slice name, uint64_t name_bit);

static inline const struct json *
json_member(const struct json *object, struct slice name)
{
	return json_find(object, name, json_name_bit(name));
}

static inline const struct json *
json_get(const struct json *object, const char *key)
{
	return json_member(object, slice_of(key));
}

/* Nested members: json_path(o, "start", "dateTime", NULL) */
const struct json *json_path(const struct json *object, ...)
    __attribute__((sentinel));

static inline struct slice
json_str(const struct json *v) /* string value or NO_SLICE */
{
	return v != NULL && v->type == JSON_STRING ? v->text : NO_SLICE;
}

static inline struct slice
json_text(const struct json *object, const char *key)
{
	return json_str(json_get(object, key));
}

static inline bool
json_is(const struct json *v, const char *text) /* a string equal to */
{
	return slice_is(json_str(v), text);
}

static inline bool
json_is_true(const struct json *v)
{
	return v != NULL && v->type == JSON_TRUE;
}

static inline bool
json_true(const struct json *object, const char *key)
{
	return json_is_true(json_get(object, key));
}

bool json_int(const struct json *v, int64_t min, int64_t max, int64_t *out);
bool json_is_null(const struct json *v); /* absent or null */

/*
 * Writing.  A writer appends compact JSON to a str.  Commas are its concern;
 * nesting errors are bugs and are asserted.  Text is escaped as yajl does:
 * only ", \ and controls; it must be valid UTF-8 (asserted in sanitizer
 * builds).  In an object every value is written by a keyed call, in an array
 * key is NULL.
 */
struct jsonw {
	struct str *out;
	unsigned depth;
	bool comma; /* a value precedes on this level */
	char stack[JSON_WRITE_DEPTH];
};

void jw_start(struct jsonw *w, struct str *out);
void jw_object(struct jsonw *w, const char *key); /* {, key NULL in arrays */
void jw_array(struct jsonw *w, const char *key);  /* [ */
void jw_end(struct jsonw *w);			  /* closes the innermost */
void jw_str(
    struct jsonw *w, const char *key, struct slice text); /* NO_SLICE: null */
void jw_cstr(
    struct jsonw *w, const char *key, const char *text); /* NULL: null */
void jw_int(struct jsonw *w, const char *key, int64_t n);
void jw_bool(struct jsonw *w, const char *key, bool b);
void jw_null(struct jsonw *w, const char *key);
void jw_raw(
    struct jsonw *w, const char *key, struct slice raw); /* NO_SLICE: null */
void jw_key_raw(struct jsonw *w, struct slice key,
    struct slice raw); /* key needs escaping */
/* Append the escaped text between quotes, without a writer. */
void json_quote(struct str *out, struct slice text);
/* Valid JSON without the blanks between its tokens. */
void json_squeeze(struct str *out, struct slice raw);

/*
 * Copy an object's raw bytes and add members: `{...` without its closing
 * brace, then call jw_* on w (depth 1, comma set), then jw_end.
 */
void jw_extend(struct jsonw *w, struct str *out, const struct json *object);
/* The same without the members named in `drop` (NULL-terminated list). */
void jw_extend_without(struct jsonw *w, struct str *out,
    const struct json *object, const char *const *drop);

/* The unit that \uXXXX at s stands for, or -1: another thing, or cut by end. */
int json_escaped_unit(const char *s, const char *end);

#endif
