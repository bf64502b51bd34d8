// SPDX-License-Identifier: MIT
/* test_noise.c - noise floors: the figure, the rows that have none, the table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/report/noise.h"
#include "tests/unit/near.h"
#include "tests/unit/report_fixture.h"

/* One run: a single batch of one operation, so that its value is `value`. */
static void add(struct fpb_report *report, const char *name, const char *unit, unsigned run,
		double value, double overhead)
{
	struct fpb_observation obs = {
		.run = run,
		.name = strdup(name),
		.substrate = strdup("host"),
		.unit = strdup(unit),
		.batches = calloc(1, sizeof(double)),
		.nr_batches = 1,
		.iterations_per_batch = 1,
		.overhead = overhead,
	};

	assert_non_null(obs.batches);
	obs.batches[0] = value;
	assert_int_equal(fpb_report_add_observation(report, &obs), 0);
}

static void add_runs(struct fpb_report *report, const char *name, const char *unit,
		     const double *values, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		add(report, name, unit, (unsigned)i, values[i], 0);
}

static void floor_is_scaled_mad_over_median(void **state)
{
	/* median 102, deviations 2 1 0 3 98: their median is 2 */
	const double values[] = { 100, 103, 102, 99, 200 };
	/* Nothing differs, and a value may be twice the other's. */
	const double constant[] = { 7, 7, 7 };
	struct fpb_report report = { 0 };

	(void)state;
	add_runs(&report, "a/b", "cyc", values, 5);
	add_runs(&report, "a/c", "cyc", constant, 3);
	assert_int_equal(fpb_noise_fill(&report), 0);
	assert_int_equal(report.nr_noise_floor, 2);
	assert_string_equal(report.noise_floor[0].row, "a/b@host");
	assert_near(report.noise_floor[0].fraction, 1.4826 * 2 / 102, 1e-12);
	assert_string_equal(report.noise_floor[1].row, "a/c@host");
	assert_near(report.noise_floor[1].fraction, 0, 1e-12);
	/* Filled again, not added to. */
	assert_int_equal(fpb_noise_fill(&report), 0);
	assert_int_equal(report.nr_noise_floor, 2);
	fpb_noise_drop(&report);
	assert_int_equal(report.nr_noise_floor, 0);
	fpb_report_clear(&report);
}

static void rows_without_a_floor(void **state)
{
	const double zero[] = { 0, 0, 1 };
	struct fpb_report report = { 0 };
	struct fpb_table_row *rows;
	double fraction = -1;
	size_t nr;

	(void)state;
	add_runs(&report, "a/once", "cyc", zero + 2, 1);
	add_runs(&report, "a/zero", "cyc", zero, 3);
	for (unsigned run = 0; run < 3; run++)
		add(&report, "b/negative", "cyc", run, 1, 2);
	assert_int_equal(fpb_rows_make(&report, &rows, &nr), 0);
	assert_int_equal(nr, 3);
	assert_string_equal(fpb_noise_of_row(&rows[0], &fraction), "one run only");
	assert_string_equal(fpb_noise_of_row(&rows[1], &fraction), "median not positive");
	assert_string_equal(fpb_noise_of_row(&rows[2], &fraction), "median not positive");
	assert_near(fraction, -1, 1e-12);
	fpb_rows_free(rows, nr);
	assert_int_equal(fpb_noise_fill(&report), 0);
	assert_int_equal(report.nr_noise_floor, 0);
	fpb_report_clear(&report);
}

/* The key of a floor has no unit. */
static void units_share_an_entry(void **state)
{
	const double quiet[] = { 100, 101, 102 }, loud[] = { 100, 150, 200 };
	struct fpb_report report = { 0 };

	(void)state;
	add_runs(&report, "a/b", "cyc", loud, 3);
	add_runs(&report, "a/b", "insn", quiet, 3);
	add_runs(&report, "a/c", "cyc", quiet, 3);
	add_runs(&report, "a/c", "insn", loud, 3);
	assert_int_equal(fpb_noise_fill(&report), 0);
	assert_int_equal(report.nr_noise_floor, 2);
	assert_near(report.noise_floor[0].fraction, 1.4826 * 50 / 150, 1e-12);
	assert_near(report.noise_floor[1].fraction, 1.4826 * 50 / 150, 1e-12);
	fpb_report_clear(&report);
}

static void table_shows_floors(void **state)
{
	const double values[] = { 100, 101, 102 };
	struct fpb_report report = { .plan = { .runs = 3, .complete = true } };
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	assert_non_null(out);
	add_runs(&report, "a/b", "cyc", values, 3);
	add_runs(&report, "a/once\x1b", "ns", values, 1);
	assert_int_equal(fpb_noise_print(&report, out, 0), 0);
	fclose(out);
	assert_string_equal(text,
			    "name        substrate      median  unit         floor\n"
			    "a/b         host            101.0  cyc         1.47 %\n"
			    "a/once\\x1b  host            100.0  ns        none: one run only\n"
			    "\n"
			    "2 rows x 3 runs, 0 skipped, 0 failed\n");
	free(text);
	fpb_report_clear(&report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(floor_is_scaled_mad_over_median),
		cmocka_unit_test(rows_without_a_floor),
		cmocka_unit_test(units_share_an_entry),
		cmocka_unit_test(table_shows_floors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
