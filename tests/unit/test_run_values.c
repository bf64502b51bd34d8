// SPDX-License-Identifier: MIT
/* test_run_values.c - a report reduced to one value per row and run. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/report/run_values.h"

static struct fpb_report report;

static int setup(void **state)
{
	(void)state;
	memset(&report, 0, sizeof(report));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fpb_report_clear(&report);
	return 0;
}

struct seen {
	double batch;
	const char *name, *substrate, *unit;
	unsigned run;
	bool is_gated;
};

static void observe(const struct seen *seen)
{
	struct fpb_observation obs = {
		.run = seen->run,
		.name = strdup(seen->name),
		.substrate = strdup(seen->substrate),
		.unit = strdup(seen->unit),
		.batches = calloc(3, sizeof(double)),
		.nr_batches = 3,
		.iterations_per_batch = 10,
		.overhead = 1,
		.gated = seen->is_gated,
	};

	assert_non_null(obs.batches);
	/* The median is the one wanted. */
	obs.batches[0] = seen->batch;
	obs.batches[1] = 2 * seen->batch;
	assert_int_equal(fpb_report_add_entry(&report, seen->run, seen->substrate, seen->name), 0);
	assert_int_equal(fpb_report_add_observation(&report, &obs), 0);
}

static void observe_all(const struct seen *seen, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		observe(&seen[i]);
}

static void gathers_rows(void **state)
{
	static const struct seen seen[] = {
		{ 30, "b", "host", "cyc", 2, false },	      { 10, "b", "host", "cyc", 0, false },
		{ 70, "b", "host", "insn", 0, true },	      { 20, "b", "host", "cyc", 1, true },
		{ 110, "a", "guest/ring0", "cyc", 5, false }, { 90, "a", "host", "cyc", 5, false },
	};
	static const char *const ids[] = { "a@host", "a@guest/ring0", "b@host", "b@host" };
	struct fpb_run_values values;
	const struct fpb_value_row *row;

	(void)state;
	observe_all(seen, sizeof(seen) / sizeof(*seen));
	assert_int_equal(fpb_run_values_take(&report, &values, NULL), 0);
	assert_int_equal(report.nr_observations, 0);
	assert_int_equal(report.plan.nr_entries, 0);
	assert_int_equal(values.nr, 4);
	for (size_t i = 0; i < values.nr; i++)
		assert_string_equal(values.row[i].id, ids[i]);
	row = &values.row[2];
	assert_int_equal(row->nr, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(row->run[i], i);
		assert_true(row->value[i] == (double)i);
	}
	assert_string_equal(row->unit, "cyc");
	/* One run that is gated will do. */
	assert_true(row->is_gated);
	assert_string_equal(values.row[3].unit, "insn");
	assert_false(values.row[0].is_gated);
	fpb_run_values_clear(&values);
}

static void nothing_measured(void **state)
{
	struct fpb_run_values values;

	(void)state;
	assert_int_equal(fpb_run_values_take(&report, &values, NULL), 0);
	assert_int_equal(values.nr, 0);
	fpb_run_values_clear(&values);
}

static void check_refused(const struct seen *seen, size_t nr, const char *word)
{
	struct fpb_problem problem = { .text = "" };
	struct fpb_run_values values;

	observe_all(seen, nr);
	assert_int_equal(fpb_run_values_take(&report, &values, &problem), -EINVAL);
	assert_non_null(strstr(problem.text, word));
	fpb_run_values_clear(&values);
}

static void run_observed_twice(void **state)
{
	static const struct seen seen[] = {
		{ 10, "a", "host", "cyc", 1, true },
		{ 10, "a", "host", "cyc", 2, true },
		{ 10, "a", "host", "cyc", 1, true },
	};

	(void)state;
	check_refused(seen, 3, "a@host: run 1");
}

static void value_not_finite(void **state)
{
	static const struct seen seen[] = { { INFINITY, "a", "host", "cyc", 7, true } };

	(void)state;
	check_refused(seen, 1, "a@host, run 7");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(gathers_rows, setup, teardown),
		cmocka_unit_test_setup_teardown(nothing_measured, setup, teardown),
		cmocka_unit_test_setup_teardown(run_observed_twice, setup, teardown),
		cmocka_unit_test_setup_teardown(value_not_finite, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
