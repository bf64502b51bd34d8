// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/report/builds_table.h"
#include "tests/unit/report_fixture.h"

#define NR_BUILDS 3

static void add(struct fpb_report *report, unsigned run, const char *name, double value)
{
	fixture_observe(report, run, name, "guest/ring0", "insn", value);
}

static void add_boots(struct fpb_report *report, const char *name, double first, double second)
{
	add(report, 0, name, first);
	add(report, 1, name, second);
	report->plan.runs = 2;
	report->plan.complete = true;
}

static char *print(struct fpb_report *reports, size_t nr, bool is_exact, const char *limits)
{
	struct fpb_build builds[NR_BUILDS] = { { "6.1", &reports[0] },
					       { "6.12", &reports[1] },
					       { "6.18", &reports[2] } };
	const struct fpb_builds_table table = {
		.builds = builds, .nr_builds = nr, .is_exact = is_exact, .limits = limits
	};
	char *text = NULL;
	size_t bytes;
	FILE *out = open_memstream(&text, &bytes);

	assert_non_null(out);
	assert_int_equal(fpb_builds_table_print(&table, out), 0);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void clear(struct fpb_report *reports)
{
	for (unsigned int i = 0; i < NR_BUILDS; i++)
		fpb_report_clear(&reports[i]);
}

static void check_line(const char *text, const char *expected)
{
	char framed[256];

	snprintf(framed, sizeof(framed), "\n%s\n", expected);
	if (!strstr(text, framed))
		fail_msg("no line '%s' in\n%s", expected, text);
}

static void exact_rows_largest_difference_first(void **state)
{
	struct fpb_report reports[NR_BUILDS] = { 0 };
	char *text;

	(void)state;
	add_boots(&reports[0], "exit/cpuid", 2822, 2822);
	add_boots(&reports[1], "exit/cpuid", 2823, 2823);
	add_boots(&reports[0], "exit/pio", 3097, 3097);
	add_boots(&reports[1], "exit/pio", 3000, 3000);
	add_boots(&reports[0], "null/loop", 0, 0);
	add_boots(&reports[1], "null/loop", 1, 1);
	text = print(reports, 2, true, NULL);
	assert_memory_equal(
		text, "1  6.1: 3 rows, 3 of them the same in 2 boots, 0 skipped, 0 failed\n", 66);
	check_line(text, "exit/pio    guest/ring0      3097       3000       -97    -3.1 %");
	check_line(text, "exit/cpuid  guest/ring0      2822       2823        +1    +0.0 %");
	check_line(text, "null/loop   guest/ring0         0          1        +1         -");
	assert_true(strstr(text, "exit/pio ") < strstr(text, "exit/cpuid "));
	assert_null(strstr(text, "equal in all"));
	free(text);
	clear(reports);
}

static void what_is_no_difference_is_listed(void **state)
{
	struct fpb_report reports[NR_BUILDS] = { 0 };
	char *text;

	(void)state;
	add_boots(&reports[0], "exit/cpuid", 2822, 2822);
	add_boots(&reports[1], "exit/cpuid", 2822, 2822);
	add_boots(&reports[0], "ctxsw/futex", 9979, 9993);
	add_boots(&reports[1], "ctxsw/futex", 9979, 9979);
	add_boots(&reports[0], "ioctl/gone", 5, 5);
	add_boots(&reports[1], "ioctl/new", 6, 6);
	text = print(reports, 2, true, NULL);
	check_line(text, "equal in all: 1 row\n    exit/cpuid@guest/ring0");
	check_line(text, "boots differ, left out: 1 row\n"
			 "    ctxsw/futex@guest/ring0 (1: 9979 to 9993)");
	check_line(text, "not in every build: 2 rows\n    ioctl/gone@guest/ring0 (only in 1), "
			 "ioctl/new@guest/ring0 (only in 2)");
	assert_null(strstr(text, "substrate"));
	free(text);
	clear(reports);
}

/* Interrupted, or a failure: one boot alone proves nothing. */
static void a_row_that_a_boot_lacks_is_not_exact(void **state)
{
	struct fpb_report reports[NR_BUILDS] = { 0 };
	char *text;

	(void)state;
	add_boots(&reports[0], "exit/cpuid", 2822, 2822);
	add_boots(&reports[1], "exit/cpuid", 2823, 2823);
	add(&reports[0], 0, "exit/pio", 3097);
	add(&reports[1], 0, "exit/pio", 3000);
	add(&reports[1], 1, "exit/pio", 3000);
	text = print(reports, 2, true, NULL);
	assert_memory_equal(text, "1  6.1: 2 rows, 1 of them the same in 2 boots", 45);
	check_line(text, "boots differ, left out: 1 row\n"
			 "    exit/pio@guest/ring0 (1: 1 of 2 boots)");
	assert_null(strstr(text, "-97"));
	free(text);
	clear(reports);
}

static void one_build_shows_its_values(void **state)
{
	struct fpb_report reports[NR_BUILDS] = { 0 };
	char *text;

	(void)state;
	add_boots(&reports[0], "exit/cpuid", 2822, 2822);
	text = print(reports, 1, true, "no NRIPS");
	check_line(text, "exit/cpuid  guest/ring0      2822");
	assert_non_null(strstr(text, "note: no NRIPS\n"));
	free(text);
	clear(reports);
}

static void several_builds_are_compared_with_the_first(void **state)
{
	struct fpb_report reports[NR_BUILDS] = { 0 };
	char *text;

	(void)state;
	add_boots(&reports[0], "exit/cpuid", 1000, 1000);
	add_boots(&reports[1], "exit/cpuid", 1000, 1000);
	add_boots(&reports[2], "exit/cpuid", 1100, 1100);
	text = print(reports, 3, true, NULL);
	check_line(text, "exit/cpuid  guest/ring0      1000       1000         0    +0.0 %"
			 "       1100      +100   +10.0 %");
	free(text);
	clear(reports);
}

/* Times are for the statistics: no difference of them is shown as a fact. */
static void times_are_not_exact(void **state)
{
	struct fpb_report reports[NR_BUILDS] = { 0 };
	char *text;

	(void)state;
	add_boots(&reports[0], "exit/cpuid", 1000, 1000);
	add_boots(&reports[1], "exit/cpuid", 1100, 1100);
	text = print(reports, 2, false, NULL);
	check_line(text, "boots differ, left out: 1 row\n    exit/cpuid@guest/ring0");
	assert_null(strstr(text, "+10.0"));
	free(text);
	clear(reports);
}

static void failures_show_their_first_line(void **state)
{
	struct fpb_report reports[NR_BUILDS] = { 0 };
	struct fpb_failure failure = { strdup("lab/boot"), strdup("host"),
				       strdup("panic\x1b[31m\nlast line"), strdup("boot-1.log") };
	char *text;

	(void)state;
	assert_int_equal(fpb_report_add_failure(&reports[0], &failure), 0);
	text = print(reports, 1, true, NULL);
	assert_non_null(strstr(text, "FAILED: 1: lab/boot@host: panic\\x1b[31m (boot-1.log)\n"));
	assert_null(strstr(text, "last line"));
	free(text);
	clear(reports);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exact_rows_largest_difference_first),
		cmocka_unit_test(what_is_no_difference_is_listed),
		cmocka_unit_test(a_row_that_a_boot_lacks_is_not_exact),
		cmocka_unit_test(one_build_shows_its_values),
		cmocka_unit_test(several_builds_are_compared_with_the_first),
		cmocka_unit_test(times_are_not_exact),
		cmocka_unit_test(failures_show_their_first_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
