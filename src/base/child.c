/* child.c - see child.h. */
#include "base/child.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/hash.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOOK_MS 10 /* between two looks whether a program that closed its output has ended */

/* In a group of its own, so that what it starts can be ended with it. */
static int start(const char *const argv[], int output, pid_t *ret_pid)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t how;
	int rc;

	posix_spawn_file_actions_init(&files);
	posix_spawnattr_init(&how);
	posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&files, output, 1);
	posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
	posix_spawnattr_setflags(&how, POSIX_SPAWN_SETPGROUP);
	posix_spawnattr_setpgroup(&how, 0);
	/* posix_spawn alters neither the arguments nor what they point to. */
	rc = posix_spawn(ret_pid, argv[0], &files, &how, (char *const *)(uintptr_t)argv, environ);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&how);
	return -rc;
}

/* Until it closes its output. */
static int take_output(int fd, int64_t end_ms, struct buf *out)
{
	char some[4096];

	for (;;) {
		int64_t left_ms = end_ms - clock_mono_ms();
		struct pollfd p = { .fd = fd, .events = POLLIN };
		ssize_t n;

		if (left_ms <= 0 || poll(&p, 1, (int)left_ms) == 0)
			return ERR_TIMEOUT;
		n = read(fd, some, sizeof(some));
		if (n == 0)
			return buf_status(out);
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return -errno;
		if (n > 0)
			buf_put(out, some, (size_t)n);
		secret_wipe(some, sizeof(some));
		if (buf_status(out) < 0)
			return buf_status(out);
	}
}

static int await_end(pid_t pid, int64_t end_ms, int *ret_status)
{
	while (waitpid(pid, ret_status, WNOHANG) == 0) {
		if (clock_mono_ms() >= end_ms)
			return ERR_TIMEOUT;
		poll(NULL, 0, LOOK_MS);
	}
	return 0;
}

struct child {
	pid_t pid;
	int output;
};

int child_start(const char *const argv[], struct child **ret_child)
{
	struct child c;
	int fds[2], rc;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	rc = start(argv, fds[1], &c.pid);
	close(fds[1]);
	if (rc < 0) {
		close(fds[0]);
		return rc;
	}
	c.output = fds[0];
	*ret_child = xmalloc(sizeof(c));
	**ret_child = c;
	return 0;
}

int child_output(const struct child *c)
{
	return c->output;
}

/* It is nobody's child any more. */
static void forget(struct child **c)
{
	close((*c)->output);
	free(*c);
	*c = NULL;
}

void child_end(struct child **c)
{
	int status;

	if (!*c)
		return;
	kill(-(*c)->pid, SIGKILL);
	waitpid((*c)->pid, &status, 0);
	forget(c);
}

int child_run(const char *const argv[], int64_t timeout_ms, struct buf *out, int *ret_exit)
{
	int64_t end_ms = clock_mono_ms() + timeout_ms;
	struct child *c;
	int status = 0, rc = child_start(argv, &c);

	if (rc < 0)
		return rc;
	rc = take_output(c->output, end_ms, out);
	if (rc == 0)
		rc = await_end(c->pid, end_ms, &status);
	if (rc < 0) {
		child_end(&c);
		return rc;
	}
	forget(&c);
	*ret_exit = WIFEXITED(status) ? WEXITSTATUS(status) : 255;
	return 0;
}
