// SPDX-License-Identifier: MIT
/* test_median_interval.c - which order statistics, by the tables of the binomial distribution. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "bench/stats/median_interval.h"

static void expect_ranks(size_t nr, double low, double high)
{
	double *sorted = calloc(nr, sizeof(*sorted));
	struct fpb_interval interval;

	assert_non_null(sorted);
	for (size_t i = 0; i < nr; i++)
		sorted[i] = (double)(i + 1);
	interval = fpb_median_interval(sorted, nr);
	free(sorted);
	assert_float_equal(interval.low, low, 0);
	assert_float_equal(interval.high, high, 0);
}

static void test_few_are_their_range(void **state)
{
	(void)state;
	for (size_t nr = 1; nr < FPB_MEDIAN_INTERVAL_LEAST; nr++)
		expect_ranks(nr, 1, (double)nr);
}

static void test_ranks(void **state)
{
	(void)state;
	/* Ranks of two-sided 95 % intervals: the tables of the sign test. */
	expect_ranks(6, 1, 6);
	expect_ranks(8, 1, 8);
	expect_ranks(9, 2, 8);
	expect_ranks(12, 3, 10);
	expect_ranks(20, 6, 15);
	expect_ranks(24, 7, 18);
	expect_ranks(100, 40, 61);
}

/* 2^-3000 is no double. */
static void test_many(void **state)
{
	const size_t nr = 3000;
	double *sorted = calloc(nr, sizeof(*sorted));
	struct fpb_interval interval;

	(void)state;
	assert_non_null(sorted);
	for (size_t i = 0; i < nr; i++)
		sorted[i] = (double)(i + 1);
	interval = fpb_median_interval(sorted, nr);
	free(sorted);
	/* By the normal approximation (n +- 1.96 sqrt n) / 2. */
	assert_float_equal(interval.low, 1446.3, 2);
	assert_float_equal(interval.high, 1554.7, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_few_are_their_range),
		cmocka_unit_test(test_ranks),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
