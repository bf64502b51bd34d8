// SPDX-License-Identifier: MIT
#include "bench/core/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/core/monotonic.h"

#define SELF		"/proc/self/exe"
#define MAX_LINE_BYTES	(64u << 20)
#define STOP_TIMEOUT_MS 2000
#define STOP_POLL_MS	5

static void close_pair(int pair[2])
{
	for (int i = 0; i < 2; i++) {
		if (pair[i] >= 0)
			close(pair[i]);
	}
}

/* Between fork and exec only async-signal-safe calls. */
static void become(int in, int out, const char *mode, pid_t parent)
{
	char *const argv[] = { (char *)(uintptr_t) "fpstate-bench", (char *)(uintptr_t)mode, NULL };

	/* It survives exec. A parent that died before this line would never end us. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127);
	if (dup2(in, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0)
		execv(SELF, argv);
	_exit(127);
}

int fpb_child_start(struct fpb_child *child, const char *mode, struct fpb_err *err)
{
	int down[2] = { -1, -1 }, up[2] = { -1, -1 };
	const pid_t parent = getpid();
	pid_t pid;

	*child = (struct fpb_child){ .to = -1, .from = -1 };
	if (pipe2(down, O_CLOEXEC) || pipe2(up, O_CLOEXEC)) {
		int code = -errno;

		close_pair(down);
		return FPB_FAIL(err, code, "pipes to a child process");
	}
	pid = fork();
	if (pid < 0) {
		int code = -errno;

		close_pair(down);
		close_pair(up);
		return FPB_FAIL(err, code, "fork of a child process");
	}
	if (pid == 0)
		become(down[0], up[1], mode, parent);
	close(down[0]);
	close(up[1]);
	child->pid = pid;
	child->to = down[1];
	child->from = up[0];
	return 0;
}

static int write_all(int fd, const char *text, size_t bytes)
{
	while (bytes) {
		ssize_t done = write(fd, text, bytes);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -errno;
		text += done;
		bytes -= (size_t)done;
	}
	return 0;
}

int fpb_child_send(struct fpb_child *child, const json_t *message, struct fpb_err *err)
{
	char *text = json_dumps(message, JSON_COMPACT);
	int ret;

	if (!text)
		return FPB_FAIL(err, -ENOMEM, "message to a child process");
	ret = write_all(child->to, text, strlen(text));
	if (!ret)
		ret = write_all(child->to, "\n", 1);
	free(text);
	return ret ? FPB_FAIL(err, ret, "child process %d takes no message", child->pid) : 0;
}

static int grow(struct fpb_child *child)
{
	size_t room = child->room ? child->room * 2 : 65536;
	char *line = room > MAX_LINE_BYTES ? NULL : realloc(child->line, room);

	if (!line)
		return -ENOMEM;
	child->line = line;
	child->room = room;
	return 0;
}

/* Appends what has arrived. 0, -EPIPE at the end of the stream, -ETIMEDOUT, -ENOMEM. */
static int read_more(struct fpb_child *child, int64_t deadline)
{
	struct pollfd pfd = { .fd = child->from, .events = POLLIN };
	int64_t left = deadline - monotonic_ms();
	ssize_t got;

	if (left < 0)
		return -ETIMEDOUT;
	if (poll(&pfd, 1, (int)left) < 0)
		return errno == EINTR ? 0 : -errno;
	if (!pfd.revents)
		return -ETIMEDOUT;
	if (child->used == child->room && grow(child))
		return -ENOMEM;
	got = read(child->from, child->line + child->used, child->room - child->used);
	if (got < 0)
		return errno == EINTR ? 0 : -errno;
	if (got == 0)
		return -EPIPE;
	child->used += (size_t)got;
	return 0;
}

int fpb_child_receive(struct fpb_child *child, int timeout_ms, json_t **message,
		      struct fpb_err *err)
{
	const int64_t deadline = monotonic_ms() + timeout_ms;
	char *end;

	*message = NULL;
	while (!child->used || !(end = memchr(child->line, '\n', child->used))) {
		int ret = read_more(child, deadline);

		if (ret)
			return FPB_FAIL(err, ret, "child process %d gave no answer", child->pid);
	}
	*message = json_loadb(child->line, (size_t)(end - child->line), 0, NULL);
	child->used -= (size_t)(end + 1 - child->line);
	memmove(child->line, end + 1, child->used);
	if (!json_is_object(*message)) {
		json_decref(*message);
		*message = NULL;
		return FPB_FAIL(err, -EPROTO, "child process %d answered something else than JSON",
				child->pid);
	}
	return 0;
}

static void describe_status(int status, char *how, size_t bytes)
{
	if (!how)
		return;
	if (WIFSIGNALED(status))
		snprintf(how, bytes, "killed by signal %d (%s)", WTERMSIG(status),
			 strsignal(WTERMSIG(status)));
	else
		snprintf(how, bytes, "exited with %d", WEXITSTATUS(status));
}

void fpb_child_stop(struct fpb_child *child, char *how, size_t how_bytes)
{
	const int64_t deadline = monotonic_ms() + STOP_TIMEOUT_MS;
	int status = 0;

	if (!child->pid)
		return;
	close(child->to);
	close(child->from);
	while (waitpid(child->pid, &status, WNOHANG) == 0) {
		if (monotonic_ms() > deadline) {
			kill(child->pid, SIGKILL);
			waitpid(child->pid, &status, 0);
			break;
		}
		poll(NULL, 0, STOP_POLL_MS);
	}
	describe_status(status, how, how_bytes);
	free(child->line);
	*child = (struct fpb_child){ .to = -1, .from = -1 };
}

void fpb_child_settle(void)
{
	signal(SIGHUP, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
}
