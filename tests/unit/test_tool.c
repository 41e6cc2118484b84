/* tool: one process a case; what it does is told by its exit status. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "exits.h"
#include "log.h"
#include "t.h"
#include "tool.h"

static char steps_path[] = "/tmp/test_tool.XXXXXX";

static int
status_of(int (*body)(void))
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		log_set_level(LOG_ERROR);
		_exit(body());
	}
	if (waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status);
}

/* After tool_start no file gets a standard descriptor. */
static int
closed_descriptors(void)
{
	close(0);
	close(1);
	close(2);
	tool_start("t");
	if (open("/dev/null", O_RDONLY) < 3)
		return 1;
	/* Nothing to read, nowhere to write records, messages vanish. */
	if (read(0, steps_path, 1) != 0 || write(1, "", 1) != -1)
		return 2;
	return write(2, "x", 1) == 1 ? 0 : 3;
}

static int
descriptors_stay(void)
{
	int fds[2];

	if (pipe(fds) == -1)
		return 1;
	dup2(fds[0], 0);
	dup2(fds[1], 1);
	tool_start("t");
	return write(1, "x", 1) == 1 && read(0, steps_path, 1) == 1 ? 0 : 2;
}

static int
sigpipe(void)
{
	sigset_t set;
	int fds[2];

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	sigprocmask(SIG_BLOCK, &set, NULL);
	tool_start("t");
	if (pipe(fds) == -1)
		return 1;
	close(fds[0]);
	return write(fds[1], "x", 1) == -1 ? 2 : 3;
}

static int
mask(void)
{
	umask(0);
	tool_start("t");
	return umask(0) == 077 ? 0 : 1;
}

static int
confined(void)
{
	tool_start("t");
	tool_confine();
	if (open("/dev/null", O_RDONLY) != -1 || errno != EMFILE)
		return 1;
	if (socket(AF_UNIX, SOCK_STREAM, 0) != -1 || errno != EMFILE)
		return 2;
	return dup(0) == -1 ? 0 : 3;
}

static int
three_steps(void)
{
	tool_start("t");
	step("one");
	step("two");
	step("three");
	return 7;
}

static int
finish_after_problem(void)
{
	tool_start("t");
	if (tool_finish(EXIT_OK, "n=%d", 1) != EXIT_OK)
		return 100;
	tool_refused();
	if (tool_finish(EXIT_DATA, NULL) != EXIT_DATA)
		return 101;
	return tool_finish(EXIT_OK, NULL);
}

static void
test_steps(void)
{
	char text[64] = "";
	int fd;

	is_int(
	    status_of(three_steps), 7, "without a limit all steps are taken");
	setenv("CALSYNC_STOP_AFTER", "2", 1);
	setenv("CALSYNC_STEPS", steps_path, 1);
	is_int(status_of(three_steps), EXIT_STOPPED, "the second step ends it");
	setenv("CALSYNC_STOP_AFTER", "4", 1);
	is_int(status_of(three_steps), 7, "there is no fourth");
	setenv("CALSYNC_STOP_AFTER", "x", 1);
	is_int(status_of(three_steps), EXIT_USAGE, "no number is refused");
	setenv("CALSYNC_STOP_AFTER", "1", 1);
	setenv("CALSYNC_STEPS", "/nonexistent/steps", 1);
	is_int(status_of(three_steps), EXIT_IO, "a step that cannot be told");
	unsetenv("CALSYNC_STOP_AFTER");
	unsetenv("CALSYNC_STEPS");
	fd = open(steps_path, O_RDONLY);
	if (read(fd, text, sizeof text - 1) < 0)
		text[0] = '\0';
	close(fd);
	is_str(text, "one\ntwo\none\ntwo\nthree\n", "the file has their names");
}

int
main(void)
{
	int fd = mkstemp(steps_path);
	bool sanitized = false;

#ifdef CALSYNC_SANITIZED
	sanitized = true;
#endif
	/* The cases' messages are not looked at. */
	dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
	test_steps();
	is_int(
	    status_of(closed_descriptors), 0, "closed descriptors are opened");
	is_int(status_of(descriptors_stay), 0, "open ones are left alone");
	is_int(status_of(sigpipe), 256 + SIGPIPE, "SIGPIPE kills");
	is_int(status_of(mask), 0, "umask 077");
	is_int(status_of(confined), sanitized ? 1 : 0,
	    "a confined program opens nothing (sanitizers must)");
	is_int(status_of(finish_after_problem), EXIT_REFUSED,
	    "a problem is status 1, but hides no other");
	close(fd);
	unlink(steps_path);
	return done();
}
