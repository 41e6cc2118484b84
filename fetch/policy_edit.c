/*
 * policy_edit: text in, text out, then the check and the replacement.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bounds.h"
#include "log.h"
#include "policy_edit.h"

/* The line's key: what stands before the =, if it is no comment. */
static struct slice
key_of(struct slice line)
{
	struct slice rest, key = slice_trim(slice_cut(line, '=', &rest));

	return rest.data != NULL && !slice_starts(key, "#") ? key : NO_SLICE;
}

/* The length of the value in what stands behind the =: up to a comment, without
 * the blanks before it. */
static size_t
value_end(struct slice s)
{
	size_t end = 0;

	for (size_t n = 0; n < s.len; n++) {
		if (s.data[n] == '#' &&
		    (n == 0 || ascii_is_space(s.data[n - 1])))
			break;
		if (!ascii_is_space(s.data[n]))
			end = n + 1;
	}
	return end;
}

/* A comment stays in its column where the new value leaves room for it. */
static void
put_rest(struct str *out, struct slice rest, size_t shorter, size_t longer)
{
	size_t blanks = 0;

	while (blanks < rest.len && rest.data[blanks] == ' ')
		blanks++;
	if (blanks == rest.len || rest.data[blanks] != '#') {
		str_add_slice(out, rest);
		return;
	}
	for (size_t n = 0; n < shorter; n++)
		str_addc(out, ' ');
	if (longer >= blanks)
		longer = blanks - 1;
	str_add(out, rest.data + longer, rest.len - longer);
}

/* The line with another value: the blanks around it and the comment stay. */
static void
put_changed(struct str *out, struct slice line, struct slice value)
{
	struct slice rest;
	size_t start, end;

	slice_cut(line, '=', &rest);
	start = (size_t)(rest.data - line.data);
	end = value_end(rest);
	while (start < line.len &&
	       (line.data[start] == ' ' || line.data[start] == '\t'))
		start++;
	end += (size_t)(rest.data - line.data);
	if (end < start)
		end = start;
	str_add(out, line.data, start);
	str_add_slice(out, value);
	put_rest(out, (struct slice){ line.data + end, line.len - end },
	    end - start > value.len ? end - start - value.len : 0,
	    value.len > end - start ? value.len - (end - start) : 0);
}

static void
put_new(struct str *out, struct slice key, struct slice value)
{
	if (out->len > 0 && out->data[out->len - 1] != '\n')
		str_addc(out, '\n');
	str_add_slice(out, key);
	str_adds(out, " = ");
	str_add_slice(out, value);
	str_addc(out, '\n');
}

/* `profile` has to be the first key; any other one goes to the end. */
static void
put_edited(
    struct str *out, struct slice text, struct slice key, struct slice value)
{
	bool found = value.len == 0, is_profile = slice_is(key, "profile");
	struct slice line, rest = text;

	while (rest.data != NULL && rest.len > 0) {
		struct slice name;

		line = slice_cut(rest, '\n', &rest);
		name = key_of(line);
		if (is_profile && !found && name.data != NULL &&
		    !slice_eq(name, key)) {
			put_new(out, key, value);
			found = true;
		}
		if (slice_eq(name, key) && value.len == 0)
			continue;
		if (slice_eq(name, key) && !found) {
			put_changed(out, line, value);
			found = true;
		} else {
			str_add_slice(out, line);
		}
		if (rest.data != NULL)
			str_addc(out, '\n');
	}
	if (!found)
		put_new(out, key, value);
}

/* Whether the path still names what was opened: another one may have replaced it
 * while we waited for the lock. */
static bool
still_there(const char *path, int fd)
{
	struct stat ours, now;

	return fstat(fd, &ours) == 0 && stat(path, &now) == 0 &&
	       ours.st_dev == now.st_dev && ours.st_ino == now.st_ino;
}

/* Open and locked until this program ends, or its replacement is in place: of two
 * who edit at once one waits and reads what the other one wrote.  NULL: no file. */
static FILE *
open_locked(const char *path)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	struct stat st;
	FILE *f;

	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		die(EXIT_CONFIG, NULL, "%s is no regular file", path);
	while ((f = fopen(path, "r+")) != NULL) {
		while (fcntl(fileno(f), F_SETLKW, &whole) != 0)
			if (errno != EINTR)
				die(EXIT_IO, NULL, "%s: cannot be locked: %s",
				    path, strerror(errno));
		if (still_there(path, fileno(f)))
			return f;
		fclose(f);
	}
	if (errno != ENOENT)
		die(EXIT_IO, NULL, "%s: %s", path, strerror(errno));
	return NULL;
}

static void
read_all(FILE *f, const char *path, struct str *text)
{
	char buf[BUFSIZ];
	size_t n;

	while ((n = fread(buf, 1, sizeof buf, f)) > 0)
		str_add(text, buf, n);
	if (ferror(f))
		die(EXIT_IO, NULL, "%s: %s", path, strerror(errno));
}

static void
check(const char *path, const char *profiles, struct slice text)
{
	struct arena a = { .max = RUN_ARENA_MAX };
	struct policy_sources s = { path, profiles, NULL, 0, NULL, text };
	struct str errors = { 0 };
	struct policy p;

	if (policy_load(&p, &a, &s, &errors) > 0) {
		fprintf(stderr, "%s", errors.data);
		die(EXIT_CONFIG, NULL, "%s stays as it is", path);
	}
	str_free(&errors);
	arena_free(&a);
}

static void
write_all(int fd, const char *path, struct slice text)
{
	while (text.len > 0) {
		ssize_t n = write(fd, text.data, text.len);

		if (n < 0 && errno != EINTR)
			die(EXIT_IO, NULL, "%s: %s", path, strerror(errno));
		if (n > 0) {
			text.data += n;
			text.len -= (size_t)n;
		}
	}
}

/* A new file does not take the place of one that was made meanwhile. */
static int
put_in_place(const char *beside, const char *path, bool is_new)
{
	if (!is_new)
		return rename(beside, path);
	if (link(beside, path) != 0)
		return -1;
	return unlink(beside);
}

/* A file beside it takes its place: nobody ever reads half of one. */
static void
replace(const char *path, struct slice text, bool is_new)
{
	struct str beside = { 0 };
	struct stat st;
	mode_t mode = stat(path, &st) == 0 ? st.st_mode & 07777 : 0644;
	int fd;

	str_addf(&beside, "%s.new-XXXXXX", path);
	fd = mkstemp(beside.data);
	if (fd < 0)
		die(EXIT_IO, NULL, "%s: %s", beside.data, strerror(errno));
	write_all(fd, beside.data, text);
	if (fchmod(fd, mode) != 0 || fsync(fd) != 0 || close(fd) != 0 ||
	    put_in_place(beside.data, path, is_new) != 0) {
		int why = errno;

		unlink(beside.data);
		if (why == EEXIST)
			die(EXIT_TEMPFAIL, NULL,
			    "%s was made by somebody else just now: try again",
			    path);
		die(EXIT_IO, NULL, "%s: %s", path, strerror(why));
	}
	str_free(&beside);
}

/* The file behind a link, which stays one. */
static void
follow(struct str *path)
{
	char target[4096];
	const char *slash;
	ssize_t n;

	for (int hops = 0; hops < 8; hops++) {
		n = readlink(path->data, target, sizeof target);
		if (n <= 0 || (size_t)n == sizeof target)
			return;
		slash = strrchr(path->data, '/');
		path->len = target[0] == '/' || slash == NULL
				? 0
				: (size_t)(slash - path->data) + 1;
		str_add(path, target, (size_t)n);
	}
}

void
policy_edit(
    const char *path, const char *profiles, char *const *changes, bool creates)
{
	struct str text = { .max = POLICY_FILE_MAX + BUFSIZ }, file = { 0 };
	FILE *held;

	str_adds(&file, path);
	follow(&file);
	held = open_locked(file.data);
	if (held == NULL && !creates)
		die(EXIT_CONFIG, "--create makes it", "there is no file %s",
		    path);
	if (held != NULL)
		read_all(held, file.data, &text);
	for (; *changes != NULL; changes++) {
		struct str edited = { .max = POLICY_FILE_MAX + BUFSIZ };
		struct slice value,
		    key =
			slice_trim(slice_cut(slice_of(*changes), '=', &value));

		put_edited(&edited, str_slice(&text), key, slice_trim(value));
		str_free(&text);
		text = edited;
	}
	if (text.data == NULL)
		str_adds(&text, "");
	check(path, profiles, str_slice(&text));
	replace(file.data, str_slice(&text), held == NULL);
	if (held != NULL)
		fclose(held);
	str_free(&text);
	str_free(&file);
}
