// SPDX-License-Identifier: MIT
/* test_lab_record.c - what `lab` leaves beside a report: written, read back, made by others. */
#include <errno.h>
#include <limits.h>
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

#include "bench/cli/lab_record.h"

/* The tests run in it. */
static char folder[] = "/tmp/test_lab_record.XXXXXX";
static char here[PATH_MAX], report[PATH_MAX + 16];

static void make_file(const char *path, const char *text)
{
	FILE *out = fopen(path, "we");

	assert_non_null(out);
	assert_true(fputs(text, out) >= 0);
	assert_int_equal(fclose(out), 0);
}

static void read_well(struct lab_record *record)
{
	struct fpb_problem problem = { 0 };

	if (lab_record_read(report, record, &problem))
		fail_msg("%s: %s", problem.where, problem.text);
}

static void expect_here(const char *path, const char *name)
{
	char expected[PATH_MAX + 16];

	snprintf(expected, sizeof(expected), "%s/%s", here, name);
	assert_string_equal(path, expected);
}

static void write_well(const struct lab_options *options, unsigned int index)
{
	struct fpb_err err = { 0 };

	if (lab_record_write(here, options, index, &err))
		fail_msg("%s", err.text);
}

/* Modules without a slash are a folder too; an emulator without one is looked for in PATH. */
static void test_relative_paths(void **state)
{
	char a[] = "a.deb", b[] = "./b.bzImage";
	char *kernels[] = { a, b };
	const struct lab_options options = {
		.kernels = kernels,
		.nr_kernels = 2,
		.modules = "mods",
		.emulator = "qemu",
		.cpu_model = "EPYC,+x",
	};
	struct lab_record record;

	(void)state;
	/* Were names of programs looked for here, this would be one. */
	make_file("qemu", "");
	write_well(&options, 1);
	read_well(&record);
	expect_here(record.path, LAB_RECORD_NAME);
	expect_here(record.kernel, "b.bzImage");
	expect_here(record.modules, "mods");
	assert_string_equal(record.emulator, "qemu");
	assert_string_equal(record.cpu_model, "EPYC,+x");
	lab_record_clear(&record);
	lab_record_clear(&record);
}

static void test_own_modules(void **state)
{
	char a[] = "a.deb", b[] = "b.bzImage";
	char *kernels[] = { a, b };
	const char *const modules[] = { NULL, "mods" };
	const struct lab_options options = {
		.kernels = kernels,
		.nr_kernels = 2,
		.kernel_modules = modules,
		.emulator = "./qemu",
	};
	struct lab_record record;

	(void)state;
	make_file("qemu", "");
	write_well(&options, 0);
	read_well(&record);
	expect_here(record.kernel, "a.deb");
	assert_null(record.modules);
	expect_here(record.emulator, "qemu");
	assert_null(record.cpu_model);
	lab_record_clear(&record);
	write_well(&options, 1);
	read_well(&record);
	expect_here(record.modules, "mods");
	lab_record_clear(&record);
}

/* Each part of it is a path. */
static void test_commas(void **state)
{
	char joined[] = "a.deb,b.bzImage,/none/../c.deb";
	char *kernels[] = { joined };
	const struct lab_options options = { .kernels = kernels, .nr_kernels = 1 };
	char expected[2 * PATH_MAX + 64];
	struct lab_record record;

	(void)state;
	write_well(&options, 0);
	read_well(&record);
	/* What is not there stays as it was given. */
	snprintf(expected, sizeof(expected), "%s/a.deb,%s/b.bzImage,/none/../c.deb", here, here);
	assert_string_equal(record.kernel, expected);
	lab_record_clear(&record);
}

static void test_not_writable(void **state)
{
	char a[] = "a.deb";
	char *kernels[] = { a };
	const struct lab_options options = { .kernels = kernels, .nr_kernels = 1 };
	struct fpb_err err = { 0 };

	(void)state;
	assert_int_equal(lab_record_write("./none", &options, 0, &err), -ENOENT);
	assert_non_null(strstr(err.text, "./none/" LAB_RECORD_NAME));
}

static void test_by_hand(void **state)
{
	struct lab_record record;

	(void)state;
	make_file(LAB_RECORD_NAME, "{\"kernel\": \"/src/linux\"}");
	read_well(&record);
	assert_string_equal(record.kernel, "/src/linux");
	assert_null(record.modules);
	assert_null(record.emulator);
	assert_null(record.cpu_model);
	lab_record_clear(&record);
}

static void expect_refused(const char *path, int code, const char *words)
{
	struct fpb_problem problem = { 0 };
	struct lab_record record;

	assert_int_equal(lab_record_read(path, &record, &problem), code);
	assert_null(record.path);
	assert_null(record.kernel);
	assert_non_null(strstr(problem.where, LAB_RECORD_NAME));
	if (!strstr(problem.text, words))
		fail_msg("\"%s\" lacks \"%s\"", problem.text, words);
}

static void test_malformed(void **state)
{
	static const struct {
		const char *text, *words;
	} cases[] = {
		{ "", "line 1" },
		{ "{\"kernel\":\n \"a\"", "line 2" },
		{ "{\"kernel\": \"a\", \"kernel\": \"b\"}", "duplicate" },
		{ "{\"kernel\": 7}", "kernel: expected a string" },
		{ "{\"kernel\": null}", "kernel: expected a string" },
		{ "{}", "kernel: expected a string" },
		{ "[\"kernel\"]", "kernel: expected a string" },
		{ "{\"kernel\": \"a\", \"modules\": true}", "modules: expected a string or null" },
		{ "{\"kernel\": \"a\", \"emulator\": []}", "emulator: expected a string or null" },
		{ "{\"kernel\": \"a\", \"cpu\": {}}", "cpu: expected a string or null" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		make_file(LAB_RECORD_NAME, cases[i].text);
		expect_refused(report, -EINVAL, cases[i].words);
	}
}

/* Only one that is not there is to be written; the others are told as they are. */
static void test_unreadable(void **state)
{
	(void)state;
	unlink(LAB_RECORD_NAME);
	expect_refused(report, -ENOENT, "name it there: {\"kernel\": \"PATH\"}");
	expect_refused("report.json", -ENOENT, "of report.json beside it");
	expect_refused("a.deb/report.json", -ENOTDIR, "Not a directory");
	assert_int_equal(symlink(LAB_RECORD_NAME, LAB_RECORD_NAME), 0);
	expect_refused(report, -ELOOP, "Too many levels of symbolic links");
	unlink(LAB_RECORD_NAME);
}

static int set_up(void **state)
{
	(void)state;
	if (!mkdtemp(folder) || chdir(folder) || !realpath(".", here) || mkdir("mods", 0755))
		return -1;
	snprintf(report, sizeof(report), "%s/report.json", here);
	make_file("a.deb", "");
	make_file("b.bzImage", "");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	unlink(LAB_RECORD_NAME);
	unlink("qemu");
	unlink("a.deb");
	unlink("b.bzImage");
	rmdir("mods");
	return chdir("/") || rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_relative_paths), cmocka_unit_test(test_own_modules),
		cmocka_unit_test(test_commas),	       cmocka_unit_test(test_not_writable),
		cmocka_unit_test(test_by_hand),	       cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_unreadable),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
