// SPDX-License-Identifier: MIT
/* test_power.c - what a plan can say, by hand; the runs it takes, by simulation. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "bench/stats/permutation.h"
#include "bench/stats/power.h"
#include "tests/unit/draw.h"
#include "tests/unit/near.h"

static double smallest_p(bool is_paired, size_t nr_base, size_t nr_new, size_t nr_metrics)
{
	const struct fpb_design design = { nr_base, nr_new, nr_metrics, is_paired };

	return fpb_smallest_p(&design);
}

static void smallest_p_by_hand(void **state)
{
	(void)state;
	assert_near(smallest_p(true, 1, 1, 1), 1, 0);
	assert_near(smallest_p(true, 8, 8, 1), 2 / 256.0, 0);
	assert_near(smallest_p(true, 12, 12, 1), 2 / 4096.0, 0);
	assert_near(smallest_p(true, 20, 20, 1), 2 / 1048576.0, 0);
	assert_near(smallest_p(true, 24, 24, 1), 2 / 100001.0, 0);
	assert_near(smallest_p(true, 24, 24, 10000), 2 / 2000001.0, 0);
	assert_near(smallest_p(false, 1, 1, 1), 1, 0);
	assert_near(smallest_p(false, 3, 3, 1), 2 / 20.0, 0);
	assert_near(smallest_p(false, 12, 3, 1), 2 / 455.0, 0);
	assert_near(smallest_p(false, 10, 10, 1), 2 / 184756.0, 0);
	assert_near(smallest_p(false, 12, 12, 1), 2 / 20001.0, 0);
	assert_near(smallest_p(false, 12, 12, 1000), 2 / 200001.0, 0);
}

static void runs_to_flag_by_hand(void **state)
{
	(void)state;
	assert_int_equal(fpb_runs_to_flag(true, 1), 6);
	assert_int_equal(fpb_runs_to_flag(true, 6), 8);
	assert_int_equal(fpb_runs_to_flag(true, 40), 11);
	assert_int_equal(fpb_runs_to_flag(true, 100), 12);
	assert_int_equal(fpb_runs_to_flag(true, 10000), 19);
	assert_int_equal(fpb_runs_to_flag(false, 1), 4);   /* 2 / C(8, 4) = 0.029 */
	assert_int_equal(fpb_runs_to_flag(false, 6), 5);   /* 2 / C(10, 5) = 0.0079 */
	assert_int_equal(fpb_runs_to_flag(false, 40), 7);  /* 2 / C(14, 7) = 0.00058 */
	assert_int_equal(fpb_runs_to_flag(false, 100), 8); /* 2 / C(16, 8) = 0.00016 */
}

/* Whatever the number of runs and metrics: what can flag once can with more runs. */
static void more_runs_never_say_less(void **state)
{
	(void)state;
	for (size_t nr_metrics = 1; nr_metrics <= 10000; nr_metrics *= 10) {
		for (size_t is_paired = 0; is_paired < 2; is_paired++) {
			size_t least = fpb_runs_to_flag(is_paired, nr_metrics);

			for (size_t runs = 1; runs < 60; runs++) {
				const struct fpb_design design = { runs, runs, nr_metrics,
								   is_paired };

				assert_int_equal(fpb_can_flag(&design), runs >= least);
			}
		}
	}
}

/*
 * No difference, differences that vary by 2 %, limit 1 %: (1.96 + 0.84)^2 (0.02 / ln 1.01)^2 = 31.7
 */
static void runs_to_pass_by_hand(void **state)
{
	struct fpb_outlook outlook = {
		.is_paired = true, .nr_metrics = 6, .sigma = 0.02, .noise_floor = NAN, .delta = NAN
	};

	(void)state;
	assert_int_equal(fpb_runs_to_decide(&outlook), 32);
	outlook.delta = 0.05; /* 1.3: the plan needs 8 to flag at all */
	assert_int_equal(fpb_runs_to_decide(&outlook), 8);
	outlook.delta = NAN;
	outlook.sigma = NAN;
	assert_int_equal(fpb_runs_to_decide(&outlook), 8);
}

/*
 * 3 % seen: (2.8 * 0.02 / (0.03 - ln 1.01))^2 = 7.8 for the interval; for p at 0.05 / 100, which is
 * z = 3.48, (4.32 * 0.02 / 0.03)^2 = 8.3, less than the 12 pairs that flag anything.
 */
static void runs_to_regress_by_hand(void **state)
{
	struct fpb_outlook outlook = { .is_paired = true,
				       .nr_metrics = 100,
				       .log_ratio = 0.03,
				       .sigma = 0.02,
				       .noise_floor = NAN,
				       .delta = NAN };

	(void)state;
	assert_int_equal(fpb_runs_to_decide(&outlook), 12);
	outlook.sigma = 0.04; /* 31.3 and 33.2 */
	assert_int_equal(fpb_runs_to_decide(&outlook), 34);
	outlook.log_ratio = log1p(0.01); /* at the limit */
	assert_int_equal(fpb_runs_to_decide(&outlook), FPB_RUNS_LIMIT);
}

/* A delta that follows the noise floor shrinks with more runs: 3 * 0.04 / sqrt(K). */
static void delta_of_the_floor_shrinks(void **state)
{
	struct fpb_outlook outlook = {
		.is_paired = true, .nr_metrics = 1, .sigma = 0.02, .noise_floor = 0.04, .delta = NAN
	};

	(void)state;
	assert_int_equal(fpb_runs_to_decide(&outlook), 6);
}

/* Does it come true? 80 of 100 intervals of as many runs lie below the limit. */
static void as_many_do_decide(void **state)
{
	struct fpb_outlook outlook = {
		.is_paired = true, .nr_metrics = 1, .sigma = 0.012, .noise_floor = NAN, .delta = NAN
	};
	size_t runs = fpb_runs_to_decide(&outlook);
	const struct fpb_design design = { runs, runs, 1, true };
	struct fpb_permutation *permutation;
	uint64_t seed = 10;
	double passed = 0;

	(void)state;
	assert_in_range(runs, 8, 20);
	assert_int_equal(fpb_permutation_create(&permutation, &design), 0);
	for (size_t i = 0; i < 2000; i++) {
		double base[20], new[20];
		struct fpb_test test;

		for (size_t k = 0; k < runs; k++) {
			base[k] = 1000;
			new[k] = draw_run(&seed, outlook.sigma);
		}
		assert_int_equal(fpb_permutation_test(permutation, base, new, &test), 0);
		passed += test.ci.high < log1p(0.01);
	}
	fpb_permutation_destroy(permutation);
	/* Less by what Student's t asks for beyond the normal approximation. */
	assert_near(passed / 2000, 0.8, 0.1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(smallest_p_by_hand),
		cmocka_unit_test(runs_to_flag_by_hand),
		cmocka_unit_test(more_runs_never_say_less),
		cmocka_unit_test(runs_to_pass_by_hand),
		cmocka_unit_test(runs_to_regress_by_hand),
		cmocka_unit_test(delta_of_the_floor_shrinks),
		cmocka_unit_test(as_many_do_decide),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
