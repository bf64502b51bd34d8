// SPDX-License-Identifier: MIT
/* test_lab_boot_process.c - a command and all it starts end with us, however either ends. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/lab/boot_process.h"

#define PATIENCE_MS 10000
#define STEP_MS	    5

static int output;

/* A shell's command line: what a wrapper script around an emulator does. */
static void start_script(const char *script, struct lab_process *process)
{
	const char *const argv[] = { "sh", "-c", script, NULL };
	struct fpb_err err = { 0 };

	assert_int_equal(ftruncate(output, 0), 0);
	assert_int_equal(lseek(output, 0, SEEK_SET), 0);
	if (lab_process_start(argv, output, process, &err))
		fail_msg("%s", err.text);
	assert_true(process->pid > 0);
}

static void read_output(char *text, size_t size)
{
	ssize_t got = pread(output, text, size - 1, 0);

	text[got > 0 ? got : 0] = '\0';
}

static void step_pause(void)
{
	const struct timespec time = { .tv_nsec = STEP_MS * 1000000l };

	nanosleep(&time, NULL);
}

/* A zombie that nobody reaps yet does not run. */
static bool is_running(pid_t pid)
{
	char path[64], text[256] = "";
	char *state;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return false;
	(void)!read(fd, text, sizeof(text) - 1);
	close(fd);
	state = strrchr(text, ')');
	return state && state[2] != 'Z' && state[2] != 'X';
}

static void expect_gone(pid_t pid)
{
	for (int waited = 0; is_running(pid); waited += STEP_MS) {
		assert_true(waited < PATIENCE_MS);
		step_pause();
	}
}

static void expect_reaped(pid_t pid)
{
	assert_int_equal(kill(pid, 0), -1);
	assert_int_equal(errno, ESRCH);
}

/* The numbers that the script printed, as soon as it has. */
static void read_pids(pid_t *pids, unsigned int nr)
{
	char text[256];

	for (int waited = 0;; waited += STEP_MS) {
		char *at = text;
		unsigned int i;

		read_output(text, sizeof(text));
		for (i = 0; i < nr && strchr(at, '\n'); i++)
			pids[i] = (pid_t)strtol(at, &at, 10);
		if (i == nr && strchr(text, '.'))
			return;
		assert_true(waited < PATIENCE_MS);
		step_pause();
	}
}

static void expect_status(const char *script, const char *expected)
{
	struct lab_process process;
	char how[LAB_HOW_BYTES];
	int status;
	pid_t pid;

	start_script(script, &process);
	pid = process.pid;
	assert_true(lab_process_wait(&process, PATIENCE_MS, &status));
	assert_int_equal(process.pid, 0);
	lab_process_how(status, how);
	assert_string_equal(how, expected);
	/* Waited for: no zombie. */
	assert_int_equal(waitpid(pid, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	lab_process_end(&process);
}

static void test_status(void **state)
{
	(void)state;
	expect_status("exit 0", "exited with status 0");
	expect_status("exit 42", "exited with status 42");
	expect_status("kill -KILL $$", "was killed by signal 9 (Killed)");
	expect_status("kill -SEGV $$", "was killed by signal 11 (Segmentation fault)");
	expect_status("kill -TERM $$", "was killed by signal 15 (Terminated)");
}

/* Nothing of ours, and no signal held back. */
static void test_inherits_nothing(void **state)
{
	struct lab_process process;
	int leak = open("/dev/null", O_RDONLY);
	sigset_t term, before;
	char text[512];
	int status;

	(void)state;
	assert_true(leak > 2);
	sigemptyset(&term);
	sigprocmask(SIG_SETMASK, &term, &before);
	start_script("readlink /proc/self/fd/0; ls /proc/self/fd | tr '\\n' ' '; echo err >&2; "
		     "grep SigBlk /proc/self/status",
		     &process);
	sigprocmask(SIG_SETMASK, &before, NULL);
	assert_true(lab_process_wait(&process, PATIENCE_MS, &status));
	close(leak);
	read_output(text, sizeof(text));
	/* 3: the folder that ls reads. */
	assert_string_equal(text, "/dev/null\n0 1 2 3 err\nSigBlk:\t0000000000000000\n");
}

static void test_poll_does_not_wait(void **state)
{
	struct lab_process process;
	int status;

	(void)state;
	start_script("sleep 1000", &process);
	assert_false(lab_process_poll(&process, &status));
	assert_false(lab_process_wait(&process, 20, &status));
	assert_int_not_equal(process.pid, 0);
	lab_process_end(&process);
	assert_int_equal(process.pid, 0);
	lab_process_end(&process);
}

/* A wrapper that does not exec: its child must go too, even one deaf to signals. */
#define WRAPPER                                                                                    \
	"trap '' TERM INT HUP; sh -c 'trap \"\" TERM INT HUP; echo $$; while :; do sleep 1000; "   \
	"done' & echo $$; sleep 0.2; echo .; wait"

static void test_end_takes_the_group(void **state)
{
	struct lab_process process;
	pid_t pids[2];

	(void)state;
	start_script(WRAPPER, &process);
	read_pids(pids, 2);
	assert_true(is_running(pids[0]) && is_running(pids[1]));
	lab_process_end(&process);
	expect_reaped(pids[0]);
	expect_reaped(pids[1]);
}

/* The wrapper ends and leaves its emulator behind. */
static void test_exit_takes_the_group(void **state)
{
	struct lab_process process;
	pid_t pid;
	int status;

	(void)state;
	start_script("sleep 1000 & echo $!; echo .; exit 5", &process);
	assert_true(lab_process_wait(&process, PATIENCE_MS, &status));
	assert_int_equal(WEXITSTATUS(status), 5);
	read_pids(&pid, 1);
	expect_reaped(pid);
}

/* We are killed, with no chance to clean up. */
static void expect_orphans_gone(bool kill_guard)
{
	struct lab_process process;
	pid_t pids[2], parent, group;
	int guard[2];

	assert_int_equal(pipe(guard), 0);
	fflush(stdout);
	parent = fork();
	assert_true(parent >= 0);
	if (parent == 0) {
		start_script(WRAPPER, &process);
		(void)!write(guard[1], &process.pid, sizeof(process.pid));
		for (;;)
			pause();
	}
	assert_int_equal(read(guard[0], &process.pid, sizeof(process.pid)), sizeof(process.pid));
	close(guard[0]);
	close(guard[1]);
	read_pids(pids, 2);
	assert_true(is_running(process.pid) && is_running(pids[0]) && is_running(pids[1]));
	group = getpgid(pids[0]);
	assert_true(group > 0 && group == getpgid(pids[1]) && group != getpgrp());
	assert_int_equal(kill(kill_guard ? process.pid : parent, SIGKILL), 0);
	if (kill_guard) {
		/* What it started itself, the leader; the rest is then beyond anybody's reach. */
		expect_gone(group);
		kill(-group, SIGKILL);
		kill(parent, SIGKILL);
	}
	assert_int_equal(waitpid(parent, NULL, 0), parent);
	expect_gone(process.pid);
	expect_gone(pids[0]);
	expect_gone(pids[1]);
}

static void test_parent_killed(void **state)
{
	(void)state;
	expect_orphans_gone(false);
}

static void test_guard_killed(void **state)
{
	(void)state;
	expect_orphans_gone(true);
}

static void expect_no_start(const char *command, int code)
{
	const char *const argv[] = { command, NULL };
	struct lab_process process;
	struct fpb_err err = { 0 };

	assert_int_equal(lab_process_start(argv, output, &process, &err), code);
	assert_int_equal(process.pid, 0);
	assert_non_null(strstr(err.text, command));
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void test_no_start(void **state)
{
	(void)state;
	expect_no_start("/nonexistent/command", -ENOENT);
	expect_no_start("fpb-no-such-command", -ENOENT);
	expect_no_start("/dev/null", -EACCES);
	expect_no_start("/", -EACCES);
}

static int set_up(void **state)
{
	(void)state;
	output = memfd_create("output", MFD_CLOEXEC);
	return output < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
	(void)state;
	return close(output);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_status),
		cmocka_unit_test(test_inherits_nothing),
		cmocka_unit_test(test_poll_does_not_wait),
		cmocka_unit_test(test_end_takes_the_group),
		cmocka_unit_test(test_exit_takes_the_group),
		cmocka_unit_test(test_parent_killed),
		cmocka_unit_test(test_guard_killed),
		cmocka_unit_test(test_no_start),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
