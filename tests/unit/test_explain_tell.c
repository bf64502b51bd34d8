// SPDX-License-Identifier: MIT
/* test_explain_tell.c - what is said of a boot that explains nothing, and what a guest puts into it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/cli/explain.h"

static char release[] = "6.1.0\x1b[31m", text[4096];
static const struct lab_build build = { .release = release };
static struct explain_kernel kernel;
static const struct explain_boot boot = {
	.build = &build,
	.kernel = &kernel,
	.row = "exit/cpuid@guest/ring0",
};

/* Standard error goes into a file, from begin() to said(). */
static int real_stderr;
static FILE *file;

static void begin(void)
{
	fflush(stderr);
	file = tmpfile();
	assert_non_null(file);
	real_stderr = dup(STDERR_FILENO);
	assert_true(real_stderr >= 0 && dup2(fileno(file), STDERR_FILENO) >= 0);
}

static const char *said(void)
{
	size_t bytes;

	fflush(stderr);
	assert_true(dup2(real_stderr, STDERR_FILENO) >= 0);
	close(real_stderr);
	rewind(file);
	bytes = fread(text, 1, sizeof(text) - 1, file);
	text[bytes] = '\0';
	fclose(file);
	return text;
}

static void expect_said(const char *expected)
{
	assert_string_equal(said(), expected);
}

static void test_harmless(void **state)
{
	(void)state;
	begin();
	assert_int_equal(explain_tell(&boot, "died of \x1b[2J\x07\xff\n  and its log\n"),
			 EXIT_UNFIT);
	expect_said("fpstate-bench: explain exit/cpuid@guest/ring0, 6.1.0\\x1b[31m: died of "
		    "\\x1b[2J\\x07\\xff\n");
}

static void test_long(void **state)
{
	char *endless = malloc(100000);

	(void)state;
	assert_non_null(endless);
	memset(endless, 0x1b, 99999);
	endless[99999] = '\0';
	begin();
	assert_int_equal(explain_tell(&boot, endless), EXIT_UNFIT);
	assert_true(strlen(said()) < 3000);
	assert_null(strchr(text, 0x1b));
	assert_string_equal(text + strlen(text) - 1, "\n");
	free(endless);
}

static void test_skipped(void **state)
{
	char why[] = "no \x1b]0;XSAVES\x07";
	struct fpb_skip skip = { .text = why };
	const struct fpb_report report = { .skips = &skip, .nr_skips = 1 };

	(void)state;
	begin();
	assert_int_equal(explain_tell_missing(&boot, &report), EXIT_ALL_SKIPPED);
	expect_said("fpstate-bench: explain exit/cpuid@guest/ring0, 6.1.0\\x1b[31m: the row cannot "
		    "run there: no \\x1b]0;XSAVES\\x07\n");
}

static void test_failed(void **state)
{
	char error[] = "KVM_RUN: \x1b"
		       "c";
	struct fpb_failure failure = { .error = error };
	const struct fpb_report report = { .failures = &failure, .nr_failures = 1 };
	const struct fpb_report empty = { 0 };

	(void)state;
	begin();
	assert_int_equal(explain_tell_missing(&boot, &report), EXIT_UNFIT);
	assert_non_null(strstr(said(), "the row failed there: KVM_RUN: \\x1bc\n"));
	begin();
	assert_int_equal(explain_tell_missing(&boot, &empty), EXIT_UNFIT);
	assert_non_null(strstr(said(), "does not say why"));
}

static void expect_identity(const char *wanted, const char *booted, enum exit_code code)
{
	const struct fpb_report report = {
		.environment = booted ? json_pack("{s:s}", "kernel_build_id", booted)
				      : json_pack("{s:n}", "kernel_build_id"),
	};

	kernel = (struct explain_kernel){ .build_id = wanted, .named_by = "lab/1/kernel.json" };
	begin();
	assert_int_equal(explain_tell_identity(&boot, &report), code);
	said();
	json_decref(report.environment);
}

static void test_identity(void **state)
{
	(void)state;
	expect_identity("aaaa", "aaaa", EXIT_FINE);
	assert_string_equal(text, "");
	/* Where no report asks for a kernel, any will do. */
	expect_identity(NULL, "bbbb", EXIT_FINE);
	assert_string_equal(text, "");
	expect_identity("aaaa", "bbbb", EXIT_INCOMPARABLE);
	assert_non_null(strstr(text, "lab/1/kernel.json names has build id bbbb"));
	assert_non_null(strstr(text, "about one with aaaa"));
	assert_non_null(strstr(text, "measure it again"));
	expect_identity("aaaa", NULL, EXIT_INCOMPARABLE);
	assert_non_null(strstr(text, "build id (unknown)"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_harmless), cmocka_unit_test(test_long),
		cmocka_unit_test(test_skipped),	 cmocka_unit_test(test_failed),
		cmocka_unit_test(test_identity),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
