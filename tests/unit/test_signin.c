/* signin: people's sign-ins, sealed, one file per account; killed anywhere, the
 * old one or the new one is there, whole. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "exits.h"
#include "signin.h"
#include "t.h"
#include "tool.h"

static char dir[64], key[80], other_key[80];

static const char *
in_dir(const char *name)
{
	static char path[2][128];
	static int n;

	n = !n;
	snprintf(path[n], sizeof path[n], "%s/%s", dir, name);
	return path[n];
}

static void
put(const char *path, const char *text, mode_t mode)
{
	FILE *f = fopen(path, "w");

	fputs(text, f);
	fclose(f);
	chmod(path, mode);
}

static void
read_file(const char *path, char *to, size_t size, size_t *n)
{
	FILE *f = fopen(path, "r");

	*n = fread(to, 1, size, f);
	fclose(f);
}

static bool
holds(const char *bytes, size_t n, const char *word)
{
	size_t i, len = strlen(word);

	for (i = 0; i + len <= n; i++)
		if (memcmp(bytes + i, word, len) == 0)
			return true;
	return false;
}

/* What stands under this account, or what is wrong with it. */
static const char *
there(const struct signin_store *s, int64_t account)
{
	static struct str text, why;
	enum signin_state state;

	str_reset(&why);
	state = signin_read(s, account, &text, &why);
	if (state == SIGNIN_NONE)
		return "none";
	if (state == SIGNIN_DAMAGED)
		return strstr(why.data, dir) != NULL ? "damaged" : why.data;
	return text.len == 0 ? "" : text.data;
}

static bool
write_text(const struct signin_store *s, int64_t account, const char *text)
{
	struct str why = { 0 };
	bool good = signin_write(s, account, slice_of(text), &why);

	str_free(&why);
	return good;
}

static void
test_file(struct signin_store *s)
{
	char bytes[256] = "";
	struct stat st;
	size_t n;

	is_str(there(s, 7), "none", "nobody has signed in");
	ok(write_text(s, 7, "refresh-token-1"), "stored");
	is_str(there(s, 7), "refresh-token-1", "and read");
	ok(write_text(s, 7, "refresh-token-2"), "replaced");
	is_str(there(s, 7), "refresh-token-2", "by the new one");
	stat(in_dir("7.token"), &st);
	is_int(st.st_mode & 0777, 0600, "for us only");
	read_file(in_dir("7.token"), bytes, sizeof bytes, &n);
	ok(n > 15 && !holds(bytes, n, "refresh"), "and cannot be read");
	ok(write_text(s, 8, ""), "an empty text");
	is_str(there(s, 8), "", "is one, too");
	rename(in_dir("7.token"), in_dir("8.token"));
	is_str(there(s, 8), "damaged", "not under another account's name");
	rename(in_dir("8.token"), in_dir("7.token"));
	is_str(there(s, 7), "refresh-token-2", "under its own it is good");
}

static void
test_damage(struct signin_store *s)
{
	struct signin_store other;
	struct str why = { 0 };
	struct stat st;
	off_t len;
	int fd;

	signin_open(&other, dir, other_key);
	is_str(there(&other, 7), "damaged", "another key opens nothing");
	chmod(in_dir("7.token"), 0640);
	is_str(there(s, 7), "damaged", "not when others can read it");
	chmod(in_dir("7.token"), 0600);
	is_str(there(s, 7), "refresh-token-2", "private again");
	stat(in_dir("7.token"), &st);
	fd = open(in_dir("7.token"), O_RDWR);
	is_int(pwrite(fd, "xxxx", 4, st.st_size - 4), 4, "some bytes change");
	is_str(there(s, 7), "damaged", "which is seen");
	for (len = st.st_size - 1; len >= 0; len--) {
		if (ftruncate(fd, len) == -1 ||
		    strcmp(there(s, 7), "damaged") != 0)
			break;
	}
	is_int(len, -1, "cut anywhere, it is damaged");
	close(fd);
	ok(signin_remove(s, 7, &why), "removed");
	is_str(there(s, 7), "none", "gone");
	ok(signin_remove(s, 7, &why), "which is no error twice");
	is_int(symlink(other_key, in_dir("7.token")), 0, "a link");
	is_str(there(s, 7), "damaged", "is not followed");
	unlink(in_dir("7.token"));
	str_free(&why);
}

/* In a process that ends at its n-th durable step; its status.  Before any
 * write of our own: steps are counted through. */
static int
write_and_stop(const struct signin_store *s, const char *text, const char *n)
{
	pid_t pid;
	int status;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		setenv("CALSYNC_STOP_AFTER", n, 1);
		tool_start("test_signin");
		_exit(write_text(s, 9, text) ? 0 : 1);
	}
	waitpid(pid, &status, 0);
	return WEXITSTATUS(status);
}

static void
test_killed(const struct signin_store *s)
{
	is_int(write_and_stop(s, "old", "3"), 0, "two steps");
	is_int(write_and_stop(s, "new", "1"), EXIT_STOPPED,
	    "killed before the rename");
	is_str(there(s, 9), "old", "F155 the old one stands");
	is_int(access(in_dir("9.new"), F_OK), 0, "beside a new one");
	is_int(write_and_stop(s, "new", "2"), EXIT_STOPPED, "killed after it");
	is_str(there(s, 9), "new", "F155 the new one stands");
	is_int(access(in_dir("9.new"), F_OK), -1, "and nothing is left over");
}

static void
test_cannot_store(const struct signin_store *s)
{
	struct str why = { 0 };

	write_text(s, 9, "old");
	mkdir(in_dir("9.new"), 0700);
	ok(!signin_write(s, 9, SLICE("new"), &why), "F155 it is not stored");
	ok(strstr(why.data, "cannot write") != NULL, "which is said: %s",
	    why.data);
	is_str(there(s, 9), "old", "and the old one stands");
	rmdir(in_dir("9.new"));
	str_free(&why);
}

static void
test_lock(const struct signin_store *s)
{
	int first = signin_lock(s, 9), second = signin_lock(s, 9),
	    other = signin_lock(s, 10);

	ok(first != -1, "the lock of an account");
	is_int(second, -1, "nobody has it twice");
	ok(other != -1, "another account's is another one");
	signin_unlock(first);
	second = signin_lock(s, 9);
	ok(second != -1, "it is given back");
	signin_unlock(second);
	signin_unlock(other);
	signin_unlock(-1);
}

/* The status of a process that opens this. */
static int
opens(const char *where, const char *with)
{
	struct signin_store s;
	pid_t pid;
	int status;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		close(STDERR_FILENO);
		signin_open(&s, where, with);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	return WEXITSTATUS(status);
}

static void
test_open(void)
{
	char before[80] = "", after[80] = "", loose[80];
	size_t n;

	read_file(key, before, sizeof before, &n);
	is_int((long long)n, 65, "a key of 32 bytes");
	signin_setup(dir, key);
	read_file(key, after, sizeof after, &n);
	is_str(after, before, "is made once");
	is_int(opens(dir, key), 0, "opened");
	chmod(key, 0644);
	is_int(
	    opens(dir, key), EXIT_CONFIG, "not when others can read the key");
	chmod(key, 0600);
	chmod(dir, 0750);
	is_int(opens(dir, key), EXIT_CONFIG, "nor when they reach the files");
	chmod(dir, 0700);
	snprintf(loose, sizeof loose, "%s.loose", dir);
	is_int(opens(loose, key), EXIT_CONFIG, "nor without a directory");
	is_int(opens(dir, loose), EXIT_CONFIG, "nor without a key");
	put(loose, "0123", 0600);
	is_int(opens(dir, loose), EXIT_CONFIG, "nor with a short one");
	unlink(loose);
}

int
main(void)
{
	struct signin_store s;

	strcpy(dir, "/tmp/calsync-signin.XXXXXX");
	if (mkdtemp(dir) == NULL)
		return EXIT_SYSTEM;
	snprintf(key, sizeof key, "%s.key", dir);
	snprintf(other_key, sizeof other_key, "%s.key2", dir);
	signin_setup(dir, key);
	signin_setup(dir, other_key);
	signin_open(&s, dir, key);
	test_open();
	test_killed(&s);
	test_file(&s);
	test_damage(&s);
	test_cannot_store(&s);
	test_lock(&s);
	signin_close(&s);
	unlink(in_dir("9.token"));
	unlink(in_dir("8.token"));
	unlink(in_dir("9.lock"));
	unlink(in_dir("10.lock"));
	is_int(rmdir(dir), 0, "nothing else is left behind");
	unlink(key);
	unlink(other_key);
	return done();
}
