// SPDX-License-Identifier: MIT
/* test_interval.c - the interval is what the permutation test does not reject. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "bench/stats/interval.h"
#include "bench/stats/permutation.h"
#include "tests/unit/draw.h"
#include "tests/unit/near.h"

static struct fpb_permutation *create(bool is_paired, size_t runs)
{
	const struct fpb_design design = { runs, runs, 1, is_paired };
	struct fpb_permutation *permutation;

	assert_int_equal(fpb_permutation_create(&permutation, &design), 0);
	return permutation;
}

static struct fpb_test test_shifted(struct fpb_permutation *permutation, size_t runs,
				    const double *base, const double *new, double shift)
{
	struct fpb_test test;
	double shifted[24];

	for (size_t i = 0; i < runs; i++)
		shifted[i] = base[i] * exp(shift);
	assert_int_equal(fpb_permutation_test(permutation, shifted, new, &test), 0);
	return test;
}

/* Just inside of either end the shift is not rejected at 2.5 %, just outside it is. */
static void ends_are_where_the_test_turns(void **state)
{
	/* All designs of up to 4096 relabellings that have an interval. */
	const struct {
		size_t runs;
		bool is_paired;
	} designs[] = { { 6, true },  { 7, true },  { 9, true },  { 12, true },
			{ 4, false }, { 5, false }, { 6, false }, { 7, false } };
	uint64_t seed = 5;

	(void)state;
	for (size_t d = 0; d < sizeof(designs) / sizeof(designs[0]); d++) {
		size_t runs = designs[d].runs;
		struct fpb_permutation *permutation = create(designs[d].is_paired, runs);

		for (size_t round = 0; round < 20; round++) {
			double base[24], new[24], step = 1e-9;
			struct fpb_interval ci;

			for (size_t i = 0; i < runs; i++) {
				base[i] = draw_heavy_run(&seed, 0.01);
				new[i] = draw_heavy_run(&seed, 0.01);
			}
			ci = test_shifted(permutation, runs, base, new, 0).ci;
			assert_true(fpb_interval_is_known(&ci));
			assert_true(test_shifted(permutation, runs, base, new, ci.low - step)
					    .p_greater <= 0.025);
			assert_true(test_shifted(permutation, runs, base, new, ci.low + step)
					    .p_greater > 0.025);
			assert_true(
				test_shifted(permutation, runs, base, new, ci.high + step).p_less <=
				0.025);
			assert_true(
				test_shifted(permutation, runs, base, new, ci.high - step).p_less >
				0.025);
		}
		fpb_permutation_destroy(permutation);
	}
}

/* Relabellings drawn, where there are more: the ends reject 2.5 % but for the luck of the draw. */
static void ends_of_what_is_drawn(void **state)
{
	const size_t runs = 10; /* 184,756 splits */
	struct fpb_permutation *permutation = create(false, runs);
	uint64_t seed = 6;

	(void)state;
	for (size_t round = 0; round < 50; round++) {
		double base[24], new[24];
		struct fpb_interval ci;

		for (size_t i = 0; i < runs; i++) {
			base[i] = draw_run(&seed, 0.01);
			new[i] = draw_run(&seed, 0.01);
		}
		ci = test_shifted(permutation, runs, base, new, 0).ci;
		/* 4 standard errors of a share of 4096. */
		assert_near(test_shifted(permutation, runs, base, new, ci.low).p_greater, 0.025,
			    0.01);
		assert_near(test_shifted(permutation, runs, base, new, ci.high).p_less, 0.025,
			    0.01);
	}
	fpb_permutation_destroy(permutation);
}

/* 6 pairs: the one in 64 that is rejected on either side leaves the least and the greatest. */
static void six_pairs_by_hand(void **state)
{
	const double ratios[] = { 1.03, 1.01, 1.04, 1.02, 1.06, 0.99 };
	const double ones[] = { 1, 1, 1, 1, 1, 1 };
	struct fpb_permutation *permutation = create(true, 6);
	struct fpb_test test;

	(void)state;
	assert_int_equal(fpb_permutation_test(permutation, ones, ratios, &test), 0);
	assert_near(exp(test.ci.low), 0.99, 1e-12);
	assert_near(exp(test.ci.high), 1.06, 1e-12);
	fpb_permutation_destroy(permutation);
}

static void known_from_six_pairs_and_four_runs(void **state)
{
	uint64_t seed = 7;

	(void)state;
	for (size_t runs = 1; runs <= 24; runs++) {
		for (size_t is_paired = 0; is_paired < 2; is_paired++) {
			struct fpb_permutation *permutation = create(is_paired, runs);
			double base[24], new[24];
			struct fpb_test test;

			for (size_t i = 0; i < runs; i++) {
				base[i] = draw_run(&seed, 0.01);
				new[i] = draw_run(&seed, 0.01);
			}
			assert_int_equal(fpb_permutation_test(permutation, base, new, &test), 0);
			assert_int_equal(fpb_interval_is_known(&test.ci),
					 runs >= (is_paired ? 6 : 4));
			if (fpb_interval_is_known(&test.ci)) {
				assert_true(test.ci.low <= test.log_ratio);
				assert_true(test.ci.high >= test.log_ratio);
			}
			fpb_permutation_destroy(permutation);
		}
	}
}

static void identities_count_against_rejection(void **state)
{
	double typical[79];
	struct fpb_interval ci;

	(void)state;
	for (size_t i = 0; i < 79; i++)
		typical[i] = (double)((i * 37) % 79); /* 0 .. 78, not in order */
	ci = fpb_interval_from_typical(typical, 79, 0);
	assert_near(ci.low, 1, 0);
	assert_near(ci.high, 77, 0);
	ci = fpb_interval_from_typical(typical, 79, 1);
	assert_near(ci.low, 0, 0);
	assert_near(ci.high, 78, 0);
	ci = fpb_interval_from_typical(typical, 79, 2);
	assert_false(fpb_interval_is_known(&ci));
	ci = fpb_interval_from_typical(typical, 38, 0);
	assert_false(fpb_interval_is_known(&ci));
	ci = fpb_interval_from_typical(typical, 0, 0);
	assert_false(fpb_interval_is_known(&ci));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ends_are_where_the_test_turns),
		cmocka_unit_test(ends_of_what_is_drawn),
		cmocka_unit_test(six_pairs_by_hand),
		cmocka_unit_test(known_from_six_pairs_and_four_runs),
		cmocka_unit_test(identities_count_against_rejection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
