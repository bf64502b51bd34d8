// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/cli/preparation.h"

static char folder[] = "/tmp/fpstate-bench-XXXXXX";
static char log_path[sizeof(folder) + 16];
static volatile sig_atomic_t is_interrupted;
static struct fpb_err err;

static int prepare(const char *command)
{
	const struct preparation preparation = {
		.option = "--a",
		.command = command,
		.log = log_path,
	};

	memset(&err, 0, sizeof(err));
	return preparation_run(&preparation, &is_interrupted, &err);
}

static void expect_log(const char *expected)
{
	char text[256] = "";
	FILE *f = fopen(log_path, "r");

	assert_non_null(f);
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	fclose(f);
	assert_string_equal(text, expected);
}

static void expect_failure(const char *command, const char *text)
{
	char expected[sizeof(err.text)];

	assert_int_equal(prepare(command), -ECHILD);
	snprintf(expected, sizeof(expected), "%s; see %s", text, log_path);
	assert_string_equal(err.text, expected);
}

/* Whatever it says, and nothing of it elsewhere. */
static void output_goes_to_the_log(void **state)
{
	(void)state;
	assert_int_equal(prepare("echo one; echo two >&2"), 0);
	assert_int_equal(prepare("echo three"), 0);
	expect_log("one\ntwo\nthree\n");
}

static void input_is_empty(void **state)
{
	(void)state;
	assert_int_equal(prepare("cat && echo end"), 0);
	expect_log("end\n");
}

/* No file but the standard three: it must not hold open what it is to replace. */
static void no_file_is_inherited(void **state)
{
	const int fd = open("/dev/null", O_RDONLY);
	char command[128];

	(void)state;
	assert_true(fd > STDERR_FILENO);
	snprintf(command, sizeof(command),
		 "for n in 0 1 2 %d; do [ -e /proc/$$/fd/$n ] && echo $n; done; true", fd);
	assert_int_equal(prepare(command), 0);
	expect_log("0\n1\n2\n");
	close(fd);
}

static void failures_are_told_with_the_last_line(void **state)
{
	(void)state;
	assert_int_equal(prepare("echo of an earlier one"), 0);
	expect_failure("exit 3", "--a 'exit 3' exited with status 3, expected status 0; it said "
				 "nothing");
	expect_failure(
		"echo why; printf 'in use\\n\\n'; false",
		"--a 'echo why; printf 'in use\\n\\n'; false' exited with status 1, expected "
		"status 0; it ended with 'in use'");
	expect_failure("kill -9 $$", "--a 'kill -9 $$' was killed by signal 9 (Killed), expected "
				     "status 0; it said nothing");
	/* Nothing that a terminal would obey. */
	expect_failure("printf '\\033[2J'; false",
		       "--a 'printf '\\033[2J'; false' exited with status 1, expected status 0; it "
		       "ended with '\\x1b[2J'");
}

static void an_interruption_ends_it(void **state)
{
	(void)state;
	is_interrupted = 1;
	assert_int_equal(prepare("echo begun; sleep 1000 & sleep 1000"), -EINTR);
	is_interrupted = 0;
}

static void a_log_that_cannot_be_written(void **state)
{
	(void)state;
	assert_int_equal(mkdir(log_path, 0700), 0);
	assert_int_equal(prepare("true"), -EISDIR);
	assert_string_equal(err.text, log_path);
	assert_int_equal(rmdir(log_path), 0);
}

static int set_up(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(log_path, sizeof(log_path), "%s/prepare.log", folder);
	return 0;
}

static int remove_log(void **state)
{
	(void)state;
	return unlink(log_path) && errno != ENOENT ? -1 : 0;
}

static int tear_down(void **state)
{
	(void)state;
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(output_goes_to_the_log, remove_log),
		cmocka_unit_test_teardown(input_is_empty, remove_log),
		cmocka_unit_test_teardown(no_file_is_inherited, remove_log),
		cmocka_unit_test_teardown(failures_are_told_with_the_last_line, remove_log),
		cmocka_unit_test_teardown(an_interruption_ends_it, remove_log),
		cmocka_unit_test_teardown(a_log_that_cannot_be_written, remove_log),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
