// SPDX-License-Identifier: MIT
/* test_child.c - a child process and how it can go wrong; this program is its own child. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "bench/core/child.h"

#define PATIENCE_MS 10000
#define LONG_BYTES  (1u << 20)
#define ECHO_STATUS 3
#define EXIT_SKIP   77

/* The child's side. */

static int act_echo(void)
{
	json_t *message;

	while ((message = json_loadf(stdin, JSON_DISABLE_EOF_CHECK, NULL))) {
		json_dumpf(message, stdout, JSON_COMPACT);
		putchar('\n');
		fflush(stdout);
		json_decref(message);
	}
	return ECHO_STATUS;
}

static int say_and_wait(const char *text)
{
	fputs(text, stdout);
	fflush(stdout);
	while (getchar() != EOF)
		;
	return 0;
}

/* Three messages cut where a pipe may cut them. */
static int act_pieces(void)
{
	const struct timespec pause = { .tv_nsec = 20000000 };

	fputs("{\"n\":1}\n{\"n\":2}\n{\"n", stdout);
	fflush(stdout);
	nanosleep(&pause, NULL);
	return say_and_wait("\":3}\n");
}

static int act_long(void)
{
	fputs("{\"text\":\"", stdout);
	for (unsigned int i = 0; i < LONG_BYTES; i++)
		putchar('x');
	return say_and_wait("\"}\n");
}

static int act_settled(void)
{
	struct sigaction on_int, on_pipe;
	int on_death = 0;
	char text[128];

	fpb_child_settle();
	sigaction(SIGINT, NULL, &on_int);
	sigaction(SIGPIPE, NULL, &on_pipe);
	prctl(PR_GET_PDEATHSIG, &on_death);
	snprintf(text, sizeof(text), "{\"int\":%s,\"pipe\":%s,\"death\":%d}\n",
		 on_int.sa_handler == SIG_IGN ? "true" : "false",
		 on_pipe.sa_handler == SIG_IGN ? "true" : "false", on_death);
	return say_and_wait(text);
}

static int act(const char *mode)
{
	if (strcmp(mode, "--echo") == 0)
		return act_echo();
	if (strcmp(mode, "--pieces") == 0)
		return act_pieces();
	if (strcmp(mode, "--long") == 0)
		return act_long();
	if (strcmp(mode, "--settled") == 0)
		return act_settled();
	if (strcmp(mode, "--garbage") == 0)
		return say_and_wait("no JSON at all\n");
	if (strcmp(mode, "--array") == 0)
		return say_and_wait("[1]\n");
	if (strcmp(mode, "--two-on-a-line") == 0)
		return say_and_wait("{\"n\":1} {\"n\":2}\n");
	if (strcmp(mode, "--half") == 0) {
		fputs("{\"n\":1", stdout);
		return 0;
	}
	if (strcmp(mode, "--silent") == 0)
		return say_and_wait("");
	if (strcmp(mode, "--killed") == 0)
		raise(SIGKILL);
	/* --deaf: does not end when its input does. */
	for (;;)
		pause();
}

/* The parent's side. */

static void start(struct fpb_child *child, const char *mode)
{
	struct fpb_err err = { 0 };

	if (fpb_child_start(child, mode, &err))
		fail_msg("%s", err.text);
	assert_true(child->pid > 0);
}

static json_t *receive(struct fpb_child *child)
{
	struct fpb_err err = { 0 };
	json_t *message;

	if (fpb_child_receive(child, PATIENCE_MS, &message, &err))
		fail_msg("%s", err.text);
	assert_non_null(message);
	return message;
}

static void stop(struct fpb_child *child, const char *expected)
{
	const pid_t pid = child->pid;
	char how[96];

	fpb_child_stop(child, how, sizeof(how));
	assert_string_equal(how, expected);
	assert_int_equal(child->pid, 0);
	assert_null(child->line);
	/* Waited for: no zombie. */
	assert_int_equal(waitpid(pid, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void test_echo(void **state)
{
	struct fpb_child child;
	struct fpb_err err = { 0 };
	json_t *sent = json_pack("{s:i,s:s}", "n", 1, "text", "two\nlines");

	(void)state;
	start(&child, "--echo");
	for (int i = 0; i < 100; i++) {
		json_t *answer;

		json_object_set_new(sent, "n", json_integer(i));
		assert_int_equal(fpb_child_send(&child, sent, &err), 0);
		answer = receive(&child);
		assert_true(json_equal(sent, answer));
		json_decref(answer);
	}
	json_decref(sent);
	/* The end of its input ends it, in its own way. */
	stop(&child, "exited with 3");
	assert_int_equal(err.code, 0);
}

static void test_pieces(void **state)
{
	struct fpb_child child;

	(void)state;
	start(&child, "--pieces");
	for (int i = 1; i <= 3; i++) {
		json_t *message = receive(&child);

		assert_int_equal(json_integer_value(json_object_get(message, "n")), i);
		json_decref(message);
	}
	stop(&child, "exited with 0");
}

static void test_long_line(void **state)
{
	struct fpb_child child;
	json_t *message;

	(void)state;
	start(&child, "--long");
	message = receive(&child);
	assert_int_equal(json_string_length(json_object_get(message, "text")), LONG_BYTES);
	json_decref(message);
	stop(&child, "exited with 0");
}

static void check_receive(const char *mode, int timeout_ms, int code, const char *how)
{
	struct fpb_child child;
	struct fpb_err err = { 0 };
	json_t *message = (void *)&child;
	char pid[32];

	start(&child, mode);
	snprintf(pid, sizeof(pid), "%d", child.pid);
	if (fpb_child_receive(&child, timeout_ms, &message, &err) != code)
		fail_msg("%s: %d, expected %d", mode, err.code, code);
	assert_int_equal(err.code, code);
	assert_null(message);
	assert_non_null(strstr(err.text, pid));
	stop(&child, how);
}

static void test_nonsense(void **state)
{
	(void)state;
	check_receive("--garbage", PATIENCE_MS, -EPROTO, "exited with 0");
	check_receive("--array", PATIENCE_MS, -EPROTO, "exited with 0");
	check_receive("--two-on-a-line", PATIENCE_MS, -EPROTO, "exited with 0");
}

static void test_death(void **state)
{
	(void)state;
	check_receive("--killed", PATIENCE_MS, -EPIPE, "killed by signal 9 (Killed)");
	check_receive("--half", PATIENCE_MS, -EPIPE, "exited with 0");
}

static void test_silence(void **state)
{
	(void)state;
	check_receive("--silent", 50, -ETIMEDOUT, "exited with 0");
	check_receive("--silent", 0, -ETIMEDOUT, "exited with 0");
}

static void test_deaf_child_is_killed(void **state)
{
	(void)state;
	check_receive("--deaf", 50, -ETIMEDOUT, "killed by signal 9 (Killed)");
}

static void test_send_to_the_dead(void **state)
{
	struct fpb_child child;
	struct fpb_err err = { 0 };
	json_t *message = json_object();
	siginfo_t info;

	(void)state;
	start(&child, "--killed");
	/* Dead, and still to be waited for. */
	assert_int_equal(waitid(P_PID, (id_t)child.pid, &info, WEXITED | WNOWAIT), 0);
	assert_int_equal(fpb_child_send(&child, message, &err), -EPIPE);
	assert_non_null(strstr(err.text, "no message"));
	json_decref(message);
	stop(&child, "killed by signal 9 (Killed)");
}

static void test_settled(void **state)
{
	struct fpb_child child;
	json_t *message;

	(void)state;
	start(&child, "--settled");
	message = receive(&child);
	assert_true(json_is_true(json_object_get(message, "int")));
	assert_true(json_is_true(json_object_get(message, "pipe")));
	assert_int_equal(json_integer_value(json_object_get(message, "death")), SIGKILL);
	json_decref(message);
	stop(&child, "exited with 0");
}

/* A child must not hold the ends of another's pipes, or the end of input never comes. */
static void test_two_children(void **state)
{
	struct fpb_child first, second;

	(void)state;
	start(&first, "--echo");
	start(&second, "--echo");
	stop(&first, "exited with 3");
	stop(&second, "exited with 3");
}

static void test_never_started(void **state)
{
	struct fpb_child child = { 0 };

	(void)state;
	fpb_child_stop(&child, NULL, 0);
	/* Descriptor 0 was not its own. */
	assert_true(fcntl(STDIN_FILENO, F_GETFD) >= 0);
	start(&child, "--silent");
	fpb_child_stop(&child, NULL, 0);
	assert_int_equal(child.to, -1);
	assert_int_equal(child.from, -1);
	fpb_child_stop(&child, NULL, 0);
}

/* In a container the program may be process 1 itself: its children have not lost their parent. */
static int be_init(void)
{
	struct fpb_child child;
	struct fpb_err err = { 0 };
	json_t *message;
	int ret;

	if (getpid() != 1)
		return EXIT_FAILURE;
	ret = fpb_child_start(&child, "--settled", &err);
	if (!ret)
		ret = fpb_child_receive(&child, PATIENCE_MS, &message, &err);
	return ret ? EXIT_FAILURE : 0;
}

static void test_child_of_process_1(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (unshare(CLONE_NEWPID))
			_exit(EXIT_SKIP);
		pid = fork();
		if (pid == 0)
			_exit(be_init());
		_exit(waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status)
									   : EXIT_FAILURE);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == EXIT_SKIP) {
		print_message("SKIP: unshare(CLONE_NEWPID) is not permitted\n");
		skip();
	}
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_echo),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_long_line),
		cmocka_unit_test(test_nonsense),
		cmocka_unit_test(test_death),
		cmocka_unit_test(test_silence),
		cmocka_unit_test(test_deaf_child_is_killed),
		cmocka_unit_test(test_send_to_the_dead),
		cmocka_unit_test(test_settled),
		cmocka_unit_test(test_two_children),
		cmocka_unit_test(test_never_started),
		cmocka_unit_test(test_child_of_process_1),
	};

	if (argc == 2)
		return act(argv[1]);
	/* As the command does: a dead child is an error, not our end. */
	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
