// SPDX-License-Identifier: MIT
/* test_summary.c - order statistics against values worked out by hand and by definition. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "bench/stats/summary.h"
#include "tests/unit/near.h"

#define assert_close(a, b) assert_near(a, b, 1e-12)

static double uniform(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (double)(*state >> 11) / 9007199254740992.0;
}

static void median_of_few(void **state)
{
	const double odd[] = { 9, 1, 5 }, even[] = { 4, 1, 3, 2 }, one[] = { 7 };

	(void)state;
	assert_close(fpb_median(odd, 3), 5);
	assert_close(fpb_median(even, 4), 2.5);
	assert_close(fpb_median(one, 1), 7);
	assert_close(odd[0], 9); /* the input stays as it was */
	assert_true(isnan(fpb_median(odd, 0)));
	assert_true(isnan(fpb_mad(odd, 0)));
}

static void median_of_large_values_is_finite(void **state)
{
	const double values[] = { 1.7e308, 1.6e308 };

	(void)state;
	assert_near(fpb_median(values, 2), 1.65e308, 1e295);
}

static void quantiles_are_type_7(void **state)
{
	/* R: quantile(c(1, 2, 4, 8, 16), c(0, .1, .25, .5, .9, .99, 1)) */
	const double sorted[] = { 1, 2, 4, 8, 16 };
	const double q[] = { 0, 0.1, 0.25, 0.5, 0.9, 0.99, 1 };
	const double expected[] = { 1, 1.4, 2, 4, 12.8, 15.68, 16 };

	(void)state;
	for (size_t i = 0; i < 7; i++)
		assert_close(fpb_quantile_sorted(sorted, 5, q[i]), expected[i]);
	assert_close(fpb_quantile_sorted(sorted, 1, 0.99), 1);
	assert_close(fpb_quantile_sorted(sorted, 4, 0.5), fpb_median_sorted(sorted, 4));
}

static void mad_ignores_an_outlier(void **state)
{
	const double values[] = { 1, 1, 2, 2, 4, 6, 9000 };
	const double equal[] = { 3, 3, 3 };

	(void)state;
	assert_close(fpb_mad(values, 7), 1);
	assert_close(fpb_mad(equal, 3), 0);
}

/* 1.4826 x MAD estimates sigma, here of a uniform distribution: its MAD is a quarter. */
static void mad_of_a_known_distribution(void **state)
{
	static double values[100001];
	uint64_t seed = 1;

	(void)state;
	for (size_t i = 0; i < 100001; i++)
		values[i] = uniform(&seed);
	assert_near(fpb_mad(values, 100001), 0.25, 0.005);
	assert_near(fpb_median(values, 100001), 0.5, 0.01);
}

static void sort_orders_and_keeps(void **state)
{
	double values[1000], sum = 0, sorted_sum = 0;
	uint64_t seed = 2;

	(void)state;
	for (size_t i = 0; i < 1000; i++) {
		values[i] = floor(100 * uniform(&seed)) - 50; /* ties and both signs */
		sum += values[i];
	}
	fpb_sort(values, 1000);
	for (size_t i = 0; i < 1000; i++) {
		sorted_sum += values[i];
		if (i)
			assert_true(values[i - 1] <= values[i]);
	}
	assert_close(sum, sorted_sum);
	fpb_sort(values, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(median_of_few),
		cmocka_unit_test(median_of_large_values_is_finite),
		cmocka_unit_test(quantiles_are_type_7),
		cmocka_unit_test(mad_ignores_an_outlier),
		cmocka_unit_test(mad_of_a_known_distribution),
		cmocka_unit_test(sort_orders_and_keeps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
