// SPDX-License-Identifier: MIT
/* test_sums.c - subset sums counted by halves, against looking at every subset. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "bench/stats/sums.h"
#include "tests/unit/draw.h"
#include "tests/unit/near.h"

static double count_naively(const double *values, size_t nr, size_t size, double limit)
{
	double count = 0;

	for (size_t set = 0; set < (size_t)1 << nr; set++) {
		double sum = 0;

		for (size_t i = 0; i < nr; i++)
			sum += set >> i & 1 ? values[i] : 0;
		if (size == FPB_ANY_SIZE || (size_t)__builtin_popcountll(set) == size)
			count += sum <= limit;
	}
	return count;
}

static void every_size_of_every_small_set(void **state)
{
	uint64_t seed = 4;

	(void)state;
	for (size_t nr = 1; nr <= 10; nr++) {
		for (size_t size = 0; size <= nr + 1; size++) {
			struct fpb_sums *sums;
			double values[10];
			size_t taken = size <= nr ? size : FPB_ANY_SIZE;

			assert_int_equal(fpb_sums_create(&sums, nr, taken), 0);
			/* Whole numbers: sums are exact and ties common. Twice, to use it again. */
			for (size_t round = 0; round < 2; round++) {
				for (size_t i = 0; i < nr; i++)
					values[i] = (double)(random_next(&seed) % 9) - 4;
				fpb_sums_set(sums, values);
				for (int limit = -41; limit <= 41; limit++)
					assert_near(fpb_sums_up_to(sums, limit),
						    count_naively(values, nr, taken, limit), 0);
			}
			fpb_sums_destroy(sums);
		}
	}
}

/* By symmetry, of equal values the subsets with up to half of them: sums of binomials. */
static void large_sets(void **state)
{
	double values[28];
	struct fpb_sums *sums;

	(void)state;
	for (size_t i = 0; i < 28; i++)
		values[i] = 1;
	assert_int_equal(fpb_sums_create(&sums, 28, 14), 0);
	fpb_sums_set(sums, values);
	assert_near(fpb_sums_up_to(sums, 14), 40116600, 0);
	assert_near(fpb_sums_up_to(sums, 13.5), 0, 0);
	fpb_sums_destroy(sums);
	assert_int_equal(fpb_sums_create(&sums, 20, FPB_ANY_SIZE), 0);
	fpb_sums_set(sums, values);
	assert_near(fpb_sums_up_to(sums, 1), 21, 0);
	assert_near(fpb_sums_up_to(sums, 20), 1 << 20, 0);
	fpb_sums_destroy(sums);
	fpb_sums_destroy(NULL);
}

static void cost_is_that_of_the_larger_half(void **state)
{
	(void)state;
	assert_near(fpb_sums_cost(20, FPB_ANY_SIZE), 1024, 0);
	assert_near(fpb_sums_cost(21, FPB_ANY_SIZE), 2048, 0);
	assert_near(fpb_sums_cost(28, 14), 16384, 0);
	assert_near(fpb_sums_cost(600, 2), 1 + 300 + 44850, 0);
	assert_true(isinf(fpb_sums_cost(10000, 5000)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_size_of_every_small_set),
		cmocka_unit_test(large_sets),
		cmocka_unit_test(cost_is_that_of_the_larger_half),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
