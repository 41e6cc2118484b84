/*
 * policy_files: files into layers.  All errors of all layers are collected, so
 * that somebody who mends a file sees them at once; the caller stops at any.
 *
 * The profile is read before the firm's lines, though its name stands among
 * them: the first key of the file is looked at before the rest.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy_files.h"
#include "policy_form.h"
#include "policy_keys.h"
#include "utf8.h"

#define SHOWN_MAX 60 /* bytes of a wrong name that a message quotes */

struct layer {
	struct policy *policy;
	struct arena *arena;
	struct str *errors;
	size_t error_count;
	const char
	    *limit[POL_COUNT]; /* allow lines of the profile; NULL: none */
	const char *profile;   /* its name, NULL: none */
	const char *path;      /* of the file that is read */
	const char *name;      /* its last part, for origins */
	bool is_profile;
	int line;
	bool seen[POL_COUNT]; /* in this layer */
	size_t keys;	      /* lines with a key so far */
};

/* Begin a message; the caller ends it with end_error. */
static struct str *
error(struct layer *l)
{
	l->error_count++;
	if (l->line > 0)
		str_addf(l->errors, "%s:%d: ", l->path, l->line);
	else
		str_addf(l->errors, "%s: ", l->path);
	return l->errors;
}

static void
end_error(struct layer *l)
{
	str_addc(l->errors, '\n');
}

static const char *
origin(struct layer *l)
{
	struct str s = { 0 };
	const char *text;

	str_addf(&s, l->line > 0 ? "%s:%d" : "%s", l->name, l->line);
	text = arena_copy(l->arena, s.data, s.len);
	str_free(&s);
	return text;
}

/* A message that is one text. */
static void
complain(struct layer *l, const char *what)
{
	str_adds(error(l), what);
	end_error(l);
}

static enum policy_key
find_key(struct layer *l, struct slice name)
{
	enum policy_key key = policy_key_find(name), near;

	if (key != POL_NONE)
		return key;
	if (!policy_is_printable(name)) {
		complain(l, "the key is no readable text");
		return POL_NONE;
	}
	near = policy_key_near(name);
	name.len = utf8_prefix(name, SHOWN_MAX);
	str_addf(error(l), "there is no key '%.*s'", SLICE_ARG(name));
	if (near != POL_NONE)
		str_addf(
		    l->errors, "; the nearest is %s", policy_key_name(near));
	end_error(l);
	return POL_NONE;
}

static bool
is_within(const char *limit, struct layer *l, const struct policy_value *v)
{
	struct policy_item i;

	for (size_t n = 0; n < v->count; n++)
		if (!policy_form_item(limit, v->item[n].text, l->arena, &i))
			return false;
	return true;
}

static void
check_limit(struct layer *l, enum policy_key key)
{
	const struct policy_value *v = l->policy->value[key];

	if (l->limit[key] == NULL || is_within(l->limit[key], l, v))
		return;
	str_addf(error(l), "%s = %.*s is not what profile %s allows: %s",
	    policy_key_name(key), SLICE_ARG(v->text), l->profile,
	    l->limit[key]);
	end_error(l);
}

static void
put_value(struct layer *l, struct slice name, struct slice text)
{
	enum policy_key key = find_key(l, name);
	struct str why = { 0 };

	if (key == POL_NONE)
		return;
	if (l->seen[key]) {
		str_addf(error(l), "%s is set twice", policy_key_name(key));
		end_error(l);
	} else if (!policy_set(l->policy, l->arena, key, text, origin(l), &why))
		complain(l, why.data);
	else if (!l->is_profile)
		check_limit(l, key);
	l->seen[key] = true;
	str_free(&why);
}

/* Each alternative is a value of the key, or a range between two. */
static bool
is_limit(enum policy_key key, struct slice alternative, struct arena *a)
{
	const char *allowed = policy_info(key)->allowed;
	struct slice high, low = slice_cut(alternative, '.', &high);
	struct policy_item i;

	if (policy_form_item(allowed, alternative, a, &i))
		return true;
	if (!slice_starts(high, "."))
		return false;
	high = (struct slice){ high.data + 1, high.len - 1 };
	return policy_form_item(allowed, low, a, &i) &&
	       policy_form_item(allowed, high, a, &i);
}

static void
put_limit(struct layer *l, struct slice name, struct slice values)
{
	enum policy_key key = find_key(l, name);
	struct slice one;

	if (key == POL_NONE)
		return;
	if (l->limit[key] != NULL) {
		str_addf(
		    error(l), "allow %s stands twice", policy_key_name(key));
		end_error(l);
		return;
	}
	l->limit[key] = arena_copy(l->arena, values.data, values.len);
	for (size_t n = 0;; n++) {
		one = policy_alternative(l->limit[key], n);
		if (one.data != NULL && is_limit(key, one, l->arena))
			continue;
		if (one.data == NULL && n > 0)
			return;
		str_addf(error(l), "allow %s: '%.*s' is none of: %s",
		    policy_key_name(key), SLICE_ARG(one),
		    policy_info(key)->allowed);
		end_error(l);
		l->limit[key] = NULL;
		return;
	}
}

/* A # at the beginning or behind a blank starts a comment. */
static struct slice
without_comment(struct slice s)
{
	for (size_t n = 0; n < s.len; n++)
		if (s.data[n] == '#' &&
		    (n == 0 || ascii_is_space(s.data[n - 1])))
			s.len = n;
	return slice_trim(s);
}

/* False for a line without a key. */
static bool
split_line(struct slice line, struct slice *name, struct slice *value)
{
	line = without_comment(line);
	*name = slice_trim(slice_cut(line, '=', value));
	*value = slice_trim(*value);
	return line.len > 0;
}

static void
put_line(struct layer *l, struct slice line)
{
	struct slice name, value;

	if (!split_line(line, &name, &value))
		return;
	l->keys++;
	if (value.data == NULL) {
		complain(l, "the line is not KEY = VALUE");
	} else if (slice_is(name, "profile")) {
		if (l->is_profile || l->keys > 1)
			complain(l, "profile stands only in the firm's file, "
				    "before every other key");
	} else if (slice_starts(name, "allow ")) {
		name.data += 6;
		name.len -= 6;
		if (l->is_profile)
			put_limit(l, slice_trim(name), value);
		else
			complain(l, "allow stands only in profiles");
	} else {
		put_value(l, name, value);
	}
}

/* The whole file; NO_SLICE after a message. */
static struct slice
read_file(struct layer *l)
{
	FILE *f = fopen(l->path, "r");
	struct str text = { .max = POLICY_FILE_MAX + BUFSIZ };
	char buf[BUFSIZ];
	struct slice all = NO_SLICE;
	size_t n;

	l->line = 0;
	while (f != NULL && text.len <= POLICY_FILE_MAX &&
	       (n = fread(buf, 1, sizeof buf, f)) > 0)
		str_add(&text, buf, n);
	if (f == NULL || ferror(f)) {
		str_addf(error(l), "cannot be read: %s", strerror(errno));
		end_error(l);
	} else if (text.len > POLICY_FILE_MAX) {
		complain(l, "the file is too long for a policy");
	} else {
		all = (struct slice){ arena_copy(l->arena,
					  text.data ? text.data : "", text.len),
			text.len };
	}
	if (f != NULL)
		fclose(f);
	str_free(&text);
	/* Some editors begin a file with a byte order mark. */
	if (slice_starts(all, "\xef\xbb\xbf"))
		all = (struct slice){ all.data + 3, all.len - 3 };
	return all;
}

static void
begin_layer(struct layer *l, const char *path)
{
	const char *slash = strrchr(path, '/');

	l->path = path;
	l->name = slash != NULL ? slash + 1 : path;
	l->line = 0;
	l->keys = 0;
	memset(l->seen, 0, sizeof l->seen);
}

static void
put_lines(struct layer *l, struct slice text)
{
	struct slice line;

	while (text.data != NULL) {
		line = slice_cut(text, '\n', &text);
		l->line++;
		put_line(l, line);
	}
}

/* The name behind "profile =" if that is the file's first key. */
static struct slice
named_profile(struct slice text)
{
	struct slice line, name, value;

	while (text.data != NULL) {
		line = slice_cut(text, '\n', &text);
		if (split_line(line, &name, &value))
			return slice_is(name, "profile") ? value : NO_SLICE;
	}
	return NO_SLICE;
}

/* A name is no path. */
static bool
is_profile_name(struct slice s)
{
	for (size_t n = 0; n < s.len; n++)
		if (!(s.data[n] >= 'a' && s.data[n] <= 'z') &&
		    !ascii_is_digit(s.data[n]) && s.data[n] != '_' &&
		    s.data[n] != '-')
			return false;
	return s.len > 0 && s.len <= SHOWN_MAX;
}

static void
put_profile(struct layer *l, const char *directory, struct slice name)
{
	struct str path = { 0 };
	struct slice text;

	if (!is_profile_name(name)) {
		complain(l, "a profile's name is made of a-z, 0-9, _ and -");
		return;
	}
	str_addf(&path, "%s/%.*s.policy", directory, SLICE_ARG(name));
	begin_layer(l, arena_copy(l->arena, path.data, path.len));
	str_free(&path);
	l->profile = arena_copy(l->arena, name.data, name.len);
	l->is_profile = true;
	text = read_file(l);
	put_lines(l, text);
	l->is_profile = false;
	l->line = 0;
	for (enum policy_key k = POL_NONE + 1; k < POL_COUNT; k++)
		check_limit(l, k);
}

/* The last --set profile=NAME, or NO_SLICE. */
static struct slice
set_profile(const struct policy_sources *s)
{
	struct slice name, value, found = NO_SLICE;

	for (size_t n = 0; n < s->set_count; n++) {
		name = slice_cut(slice_of(s->set[n]), '=', &value);
		if (slice_is(slice_trim(name), "profile") && value.data != NULL)
			found = slice_trim(value);
	}
	return found;
}

static void
put_sets(struct layer *l, const struct policy_sources *s)
{
	struct slice name, value;

	begin_layer(l, "--set");
	for (size_t n = 0; n < s->set_count; n++) {
		name = slice_trim(slice_cut(slice_of(s->set[n]), '=', &value));
		if (value.data == NULL)
			complain(l, "the argument is not KEY=VALUE");
		else if (!slice_is(name, "profile"))
			put_value(l, name, slice_trim(value));
	}
}

size_t
policy_load(struct policy *p, struct arena *a, struct policy_sources *sources,
    struct str *errors)
{
	struct layer l = { .policy = p, .arena = a, .errors = errors };
	struct slice text = NO_SLICE, profile = set_profile(sources);

	policy_init(p);
	if (sources->file != NULL) {
		begin_layer(&l, sources->file);
		text =
		    sources->text.data != NULL ? sources->text : read_file(&l);
	}
	if (profile.data == NULL)
		profile = named_profile(text);
	else
		begin_layer(&l, "--set");
	if (profile.data != NULL)
		put_profile(&l, sources->profiles, profile);
	if (sources->file != NULL) {
		begin_layer(&l, sources->file);
		put_lines(&l, text);
	}
	put_sets(&l, sources);
	sources->profile = l.profile;
	return l.error_count;
}
