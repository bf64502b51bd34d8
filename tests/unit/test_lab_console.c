// SPDX-License-Identifier: MIT
/* What is told of a guest's console: harmless, and the line that matters. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/lab/console.h"

static char path[64];

static int make_path(void **state)
{
	int fd;

	(void)state;
	snprintf(path, sizeof(path), "/tmp/fpb-test-console.XXXXXX");
	fd = mkstemp(path);
	if (fd < 0)
		return -1;
	close(fd);
	return 0;
}

static int remove_path(void **state)
{
	(void)state;
	return unlink(path);
}

static void write_text(const char *text)
{
	FILE *out = fopen(path, "w");

	assert_non_null(out);
	fputs(text, out);
	assert_int_equal(fclose(out), 0);
}

static void expect_text(char *text, const char *expected)
{
	assert_non_null(text);
	assert_string_equal(text, expected);
	free(text);
}

static void test_harmless(void **state)
{
	char longer[CONSOLE_LINE_BYTES + 2];
	char *text;

	(void)state;
	expect_text(console_harmless("plain ~", 7), "plain ~");
	expect_text(console_harmless("\033[2Jx\ty\0z\x7f\xc3\xa9\r\n", 14), "?[2Jx y?z?????");
	expect_text(console_harmless("", 0), "");
	memset(longer, 'a', sizeof(longer));
	text = console_harmless(longer, CONSOLE_LINE_BYTES);
	assert_int_equal(strlen(text), CONSOLE_LINE_BYTES);
	free(text);
	text = console_harmless(longer, CONSOLE_LINE_BYTES + 1);
	assert_int_equal(strlen(text), CONSOLE_LINE_BYTES + 3);
	assert_string_equal(text + CONSOLE_LINE_BYTES, "...");
	free(text);
}

static void test_complaints(void **state)
{
	static const struct {
		const char *log, *expected;
	} cases[] = {
		{ "a\r\n[    1.5] Kernel panic - not syncing: VFS: x\r\n[    1.6] CPU: 0\r\n",
		  "[    1.5] Kernel panic - not syncing: VFS: x" },
		{ "BUG: kernel NULL pointer dereference, address: 0\nOops: 0000 [#1]\n"
		  "Kernel panic - not syncing: Fatal exception\n",
		  "BUG: kernel NULL pointer dereference, address: 0" },
		{ "[2] general protection fault, probably for non-canonical address\n",
		  "[2] general protection fault, probably for non-canonical address" },
		{ "------------[ cut here ]------------\nkernel BUG at mm/slub.c:1!\n",
		  "kernel BUG at mm/slub.c:1!" },
		{ "no end of line, Oops: 0002", "no end of line, Oops: 0002" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		write_text(cases[i].log);
		expect_text(console_complaint(path), cases[i].expected);
	}
	write_text("WARNING: CPU: 0\nDEBUG: all is well\n");
	assert_null(console_complaint(path));
	write_text("");
	assert_null(console_complaint(path));
	assert_null(console_complaint("/nonexistent/console"));
}

static void test_last_line(void **state)
{
	(void)state;
	write_text("\r\n  \r\n first \r\nmiddle\nlast\r\n\n \t\r\n");
	expect_text(console_last_line(path), "last");
	/* As Bochs underlines it. */
	write_text("========\nno such feature\n========\n");
	expect_text(console_last_line(path), "no such feature");
	write_text("\n\n \r\n");
	assert_null(console_last_line(path));
	assert_null(console_last_line("/nonexistent/console"));
}

static void test_tail(void **state)
{
	(void)state;
	write_text("one\r\n\r\ntwo\r\nthree\033\r\nfour");
	expect_text(console_tail(path, 3), "\n  two\n  three?\n  four");
	expect_text(console_tail(path, 9), "\n  one\n  two\n  three?\n  four");
	write_text("");
	assert_null(console_tail(path, 3));
	assert_null(console_tail("/nonexistent/console", 3));
}

/* Of a log without bound, the end. */
static void test_long_log(void **state)
{
	FILE *out = fopen(path, "w");

	(void)state;
	assert_non_null(out);
	fputs("Oops: too far away\n", out);
	for (unsigned int i = 0; i < 6u << 20; i++)
		putc('x', out);
	fputs("\nlast line\r\n", out);
	assert_int_equal(fclose(out), 0);
	expect_text(console_last_line(path), "last line");
	assert_null(console_complaint(path));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_harmless),  cmocka_unit_test(test_complaints),
		cmocka_unit_test(test_last_line), cmocka_unit_test(test_tail),
		cmocka_unit_test(test_long_log),
	};

	return cmocka_run_group_tests(tests, make_path, remove_path);
}
