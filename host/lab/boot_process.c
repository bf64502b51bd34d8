// SPDX-License-Identifier: MIT
#include "host/lab/boot_process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define POLL_MS 5

/* Behind the standard three: the end of a pipe that takes the errno of a failed exec. */
#define EXEC_ERROR_FD 3

/* Tells the guard to end everything; the kernel sends it when we are gone. */
#define GUARD_END	  SIGTERM
#define GUARD_PATIENCE_MS 2000

static _Noreturn void run_command(char *const argv[], const sigset_t *mask, pid_t guard)
{
	int error;

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != guard)
		_exit(127);
	sigprocmask(SIG_SETMASK, mask, NULL);
	execvp(argv[0], argv);
	error = errno;
	(void)!write(EXEC_ERROR_FD, &error, sizeof(error));
	_exit(127);
}

/* Ends the way the command ended, without a second core file. */
static _Noreturn void end_like(int status)
{
	const struct rlimit no_core = { 0 };
	const int sig = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	sigset_t only;

	if (!sig)
		_exit(WEXITSTATUS(status));
	setrlimit(RLIMIT_CORE, &no_core);
	signal(sig, SIG_DFL);
	raise(sig);
	sigemptyset(&only);
	sigaddset(&only, sig);
	sigprocmask(SIG_UNBLOCK, &only, NULL);
	_exit(128 + sig);
}

/* Whatever a wrapper left behind; as its subreaper, we are its parent now. */
static int end_group(pid_t command)
{
	int status;

	/* A zombie yet, so that the group's number is still its own. */
	kill(-command, SIGKILL);
	waitpid(command, &status, 0);
	while (waitpid(-command, NULL, 0) > 0)
		;
	return status;
}

/* `all`: every signal, blocked; `mask`: what the command shall have. */
static _Noreturn void guard(char *const argv[], const sigset_t *all, const sigset_t *mask,
			    pid_t parent)
{
	const pid_t self = getpid();
	pid_t command;
	int sig;

	prctl(PR_SET_PDEATHSIG, GUARD_END);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (getppid() != parent)
		_exit(127);
	command = fork();
	if (command == 0)
		run_command(argv, mask, self);
	close(EXEC_ERROR_FD);
	if (command < 0)
		_exit(127);
	/* Here and there, so that the group is there for both. */
	setpgid(command, command);
	for (;;) {
		siginfo_t info = { 0 };

		waitid(P_PID, (id_t)command, &info, WEXITED | WNOHANG | WNOWAIT);
		if (info.si_pid)
			end_like(end_group(command));
		if (sigwait(all, &sig) == 0 && sig == GUARD_END)
			kill(-command, SIGKILL);
	}
}

/* Dups to the places that the command shall find and closes all else. */
static int arrange_files(int output, int exec_error)
{
	const bool is_terminal = isatty(output);
	int input = is_terminal ? dup(output) : open("/dev/null", O_RDONLY);

	/* Above the places, so that no dup2() overwrites a source. */
	output = fcntl(output, F_DUPFD, EXEC_ERROR_FD + 1);
	exec_error = fcntl(exec_error, F_DUPFD, EXEC_ERROR_FD + 1);
	if (input < 0 || output < 0 || exec_error < 0 || dup2(input, STDIN_FILENO) < 0 ||
	    dup2(output, STDOUT_FILENO) < 0 || dup2(output, STDERR_FILENO) < 0 ||
	    dup3(exec_error, EXEC_ERROR_FD, O_CLOEXEC) < 0)
		return -1;
	if (is_terminal && setenv("TERM", "vt100", 1))
		return -1;
	return close_range(EXEC_ERROR_FD + 1, ~0u, 0);
}

/* 0, or the errno that came instead of an exec. */
static int read_exec_error(int fd)
{
	int error = 0;
	ssize_t got;

	do {
		got = read(fd, &error, sizeof(error));
	} while (got < 0 && errno == EINTR);
	return got == sizeof(error) ? error : 0;
}

static pid_t fork_guard(const char *const argv[], int output, int exec_error)
{
	char *const *const command = (char *const *)(uintptr_t)argv;
	const pid_t parent = getpid();
	sigset_t all, before;
	pid_t pid;
	int error;

	/* Blocked before the fork: no handler of ours runs in the guard. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	pid = fork();
	if (pid == 0) {
		/* Ctrl-C, and what else is sent to our group, is ours to act on. */
		setpgid(0, 0);
		signal(SIGCHLD, SIG_DFL);
		if (arrange_files(output, exec_error)) {
			error = errno;
			(void)!write(exec_error, &error, sizeof(error));
			_exit(127);
		}
		guard(command, &all, &before, parent);
	}
	error = errno;
	sigprocmask(SIG_SETMASK, &before, NULL);
	return pid < 0 ? -error : pid;
}

int lab_process_start(const char *const argv[], int output, struct lab_process *process,
		      struct fpb_err *err)
{
	int fds[2], error;
	pid_t pid;

	*process = (struct lab_process){ 0 };
	if (pipe2(fds, O_CLOEXEC))
		return FPB_FAIL(err, -errno, "pipe to %s", argv[0]);
	pid = fork_guard(argv, output, fds[1]);
	close(fds[1]);
	if (pid < 0) {
		close(fds[0]);
		return FPB_FAIL(err, pid, "fork for %s", argv[0]);
	}
	process->pid = pid;
	error = read_exec_error(fds[0]);
	close(fds[0]);
	if (error) {
		lab_process_end(process);
		return FPB_FAIL(err, -error, "%s cannot be started", argv[0]);
	}
	return 0;
}

bool lab_process_poll(struct lab_process *process, int *status)
{
	const pid_t ended = waitpid(process->pid, status, WNOHANG);

	if (ended == 0 || (ended < 0 && errno == EINTR))
		return false;
	/* Where SIGCHLD is ignored the kernel throws the status away. */
	if (ended < 0)
		*status = 0;
	*process = (struct lab_process){ 0 };
	return true;
}

bool lab_process_wait(struct lab_process *process, int timeout_ms, int *status)
{
	for (int waited = 0; !lab_process_poll(process, status); waited += POLL_MS) {
		if (waited >= timeout_ms)
			return false;
		poll(NULL, 0, POLL_MS);
	}
	return true;
}

void lab_process_end(struct lab_process *process)
{
	int status;

	if (!process->pid)
		return;
	kill(process->pid, GUARD_END);
	if (lab_process_wait(process, GUARD_PATIENCE_MS, &status))
		return;
	/* Something of the group does not die; the guard's own end signals it once more. */
	kill(process->pid, SIGKILL);
	while (waitpid(process->pid, &status, 0) < 0 && errno == EINTR)
		;
	*process = (struct lab_process){ 0 };
}

char *lab_process_ask(const char *const argv[], int timeout_ms, int *status, struct fpb_err *err)
{
	const int output = memfd_create("answer", MFD_CLOEXEC);
	struct lab_process process;
	char *text = NULL;
	bool has_ended;
	ssize_t got;

	if (output < 0) {
		FPB_FAIL(err, -errno, "memfd_create for what %s answers", argv[0]);
		return NULL;
	}
	if (lab_process_start(argv, output, &process, err))
		goto out_close;
	has_ended = lab_process_wait(&process, timeout_ms, status);
	lab_process_end(&process);
	if (!has_ended) {
		FPB_FAIL(err, -ETIMEDOUT, "%s %s: no answer within %d s", argv[0],
			 argv[1] ? argv[1] : "", timeout_ms / 1000);
		goto out_close;
	}
	text = malloc(LAB_ANSWER_BYTES + 1);
	if (!text) {
		FPB_FAIL(err, -ENOMEM, "answer of %s", argv[0]);
		goto out_close;
	}
	got = pread(output, text, LAB_ANSWER_BYTES, 0);
	text[got > 0 ? got : 0] = '\0';
out_close:
	close(output);
	return text;
}

void lab_process_how(int status, char how[LAB_HOW_BYTES])
{
	if (WIFSIGNALED(status))
		snprintf(how, LAB_HOW_BYTES, "was killed by signal %d (%s)", WTERMSIG(status),
			 strsignal(WTERMSIG(status)));
	else
		snprintf(how, LAB_HOW_BYTES, "exited with status %d", WEXITSTATUS(status));
}
