// SPDX-License-Identifier: MIT
/* test_permutation.c - against published data, against counting naively, and by its error rates. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "bench/stats/permutation.h"
#include "bench/stats/sums.h"
#include "tests/unit/draw.h"
#include "tests/unit/near.h"

#define MOST_RUNS 40

static struct fpb_permutation *create(bool is_paired, size_t nr_base, size_t nr_new, size_t metrics)
{
	const struct fpb_design design = {
		.nr_base = nr_base, .nr_new = nr_new, .is_paired = is_paired, .nr_metrics = metrics
	};
	struct fpb_permutation *permutation;

	assert_int_equal(fpb_permutation_create(&permutation, &design), 0);
	return permutation;
}

static struct fpb_test test_once(bool is_paired, size_t nr_base, const double *base, size_t nr_new,
				 const double *new)
{
	struct fpb_permutation *permutation = create(is_paired, nr_base, nr_new, 1);
	struct fpb_test test;

	assert_int_equal(fpb_permutation_test(permutation, base, new, &test), 0);
	fpb_permutation_destroy(permutation);
	return test;
}

/* Run values whose logarithms are the given ones, in thousandths. */
static void from_logs(const double *logs, size_t nr, double *values)
{
	for (size_t i = 0; i < nr; i++)
		values[i] = exp(logs[i] / 1000);
}

/*
 * Darwin's 15 pairs of maize, differences in eighths of an inch. Fisher (1935, section 21) counts
 * 863 of 32,768 sign changes with a sum of 314 or more, 28 of them ties: p = 5.267 %.
 */
static void fishers_test_of_darwins_maize(void **state)
{
	const double logs[] = { 49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48 };
	double base[15], new[15];
	struct fpb_test test;

	(void)state;
	for (size_t i = 0; i < 15; i++)
		base[i] = 1;
	from_logs(logs, 15, new);
	test = test_once(true, 15, base, 15, new);
	assert_true(test.is_exact);
	assert_near(test.p_greater, 863 / 32768.0, 1e-15);
	assert_near(test.p, 2 * 863 / 32768.0, 1e-15);
	assert_near(test.log_ratio, 0.314 / 15, 1e-15);
	test = test_once(true, 15, new, 15, base);
	assert_near(test.p_less, 863 / 32768.0, 1e-15);
}

/*
 * Survival of mice in days (Efron & Tibshirani 1993, table 2.1): of the C(16, 7) = 11,440 splits,
 * 1613 have a treatment sum of at least the one seen, 9853 one of at most that (itertools).
 */
static void pitmans_test_of_sixteen_mice(void **state)
{
	const double treated_logs[] = { 94, 197, 16, 38, 99, 141, 23 };
	const double control_logs[] = { 52, 104, 146, 10, 51, 30, 40, 27, 46 };
	double treated[7], control[9];
	struct fpb_test test;

	(void)state;
	from_logs(treated_logs, 7, treated);
	from_logs(control_logs, 9, control);
	test = test_once(false, 9, control, 7, treated);
	assert_true(test.is_exact);
	assert_near(test.p_greater, 1613 / 11440.0, 1e-15);
	assert_near(test.p_less, 9853 / 11440.0, 1e-15);
	assert_near(test.p, 2 * 1613 / 11440.0, 1e-15);
	/* The other way round the sides change places: the smaller one is base now. */
	test = test_once(false, 7, treated, 9, control);
	assert_near(test.p_greater, 9853 / 11440.0, 1e-15);
	assert_near(test.p_less, 1613 / 11440.0, 1e-15);
}

/* The statistic by its definition, for one of the sets of values that could have been "new". */
static double difference(const struct fpb_design *design, const double *base, const double *new,
			 size_t set)
{
	double sum = 0;

	for (size_t i = 0; i < design->nr_base && design->is_paired; i++)
		sum += (set >> i & 1 ? 1 : -1) * log(new[i] / base[i]) / (double)design->nr_base;
	if (design->is_paired)
		return sum;
	for (size_t i = 0; i < design->nr_base + design->nr_new; i++) {
		double value = log(i < design->nr_base ? base[i] : new[i - design->nr_base]);

		sum += set >> i & 1 ? value / (double)design->nr_new
				    : -value / (double)design->nr_base;
	}
	return sum;
}

/* Shares of all relabellings, looked at one by one. */
static void count_naively(const struct fpb_design *design, const double *base, const double *new,
			  double *p_greater, double *p_less)
{
	size_t nr_values = fpb_design_nr_values(design), nr = 0, up = 0, down = 0;
	size_t happened = ((1u << design->nr_new) - 1) << (nr_values - design->nr_new);
	double seen = difference(design, base, new, happened);

	for (size_t set = 0; set < 1u << nr_values; set++) {
		double now = difference(design, base, new, set);

		if (!design->is_paired && (size_t)__builtin_popcountll(set) != design->nr_new)
			continue;
		nr++;
		up += now >= seen - 1e-12;
		down += now <= seen + 1e-12;
	}
	*p_greater = (double)up / (double)nr;
	*p_less = (double)down / (double)nr;
}

static void every_small_design_is_counted_exactly(void **state)
{
	uint64_t seed = 1;

	(void)state;
	for (size_t i = 0; i < 400; i++) {
		bool is_paired = i % 2;
		size_t nr_base = 1 + random_next(&seed) % (is_paired ? 10 : 6);
		size_t nr_new = is_paired ? nr_base : 1 + random_next(&seed) % 6;
		struct fpb_design design = { nr_base, nr_new, 1, is_paired };
		double base[10], new[10], greater, less;
		struct fpb_test test;

		/* Few different values, so that ties are common. */
		for (size_t k = 0; k < nr_base; k++)
			base[k] = 2800 + (double)(random_next(&seed) % 7);
		for (size_t k = 0; k < nr_new; k++)
			new[k] = 2801 + (double)(random_next(&seed) % 7);
		test = test_once(is_paired, nr_base, base, nr_new, new);
		count_naively(&design, base, new, &greater, &less);
		assert_true(test.is_exact);
		assert_near(test.p_greater, greater, 1e-12);
		assert_near(test.p_less, less, 1e-12);
		assert_near(test.p, fmin(1, 2 * fmin(greater, less)), 1e-12);
	}
}

/* What all must agree on, however p was come by: 15 against 15 runs are drawn, 155,117,520 exist. */
static void drawing_agrees_with_counting(void **state)
{
	struct fpb_permutation *permutation = create(false, 15, 15, 100);
	struct fpb_sums *sums;
	uint64_t seed = 2;

	(void)state;
	assert_int_equal(fpb_sums_create(&sums, 30, 15), 0);
	for (size_t i = 0; i < 40; i++) {
		double runs[30], logs[30], sum = 0, expected, error;
		struct fpb_test test;

		for (size_t k = 0; k < 30; k++)
			runs[k] = draw_run(&seed, 0.01) * (k < 15 ? 1 : 1.0 + 0.0005 * (double)i);
		for (size_t k = 0; k < 30; k++)
			logs[k] = log(runs[k]);
		for (size_t k = 15; k < 30; k++)
			sum += logs[k];
		fpb_sums_set(sums, logs);
		expected = 1 - fpb_sums_up_to(sums, sum - 1e-9) / 155117520;
		assert_int_equal(fpb_permutation_test(permutation, runs, runs + 15, &test), 0);
		assert_false(test.is_exact);
		/* 4 standard errors, of the smallest number drawn where p is large. */
		error = 4 * sqrt(expected * (1 - expected) /
				 (2 * fmin(expected, 1 - expected) < 0.045 ? 20000 : 4096));
		assert_near(test.p_greater, expected, error + 1.5 / 20000);
	}
	fpb_sums_destroy(sums);
	fpb_permutation_destroy(permutation);
}

/* The smallest p that can be drawn passes Holm's first step; and A against A is no difference. */
static void drawn_p_reaches_far_enough(void **state)
{
	double base[MOST_RUNS], new[MOST_RUNS];
	struct fpb_test test;

	(void)state;
	for (size_t k = 0; k < MOST_RUNS; k++) {
		base[k] = 100 + (double)k / 1000;
		new[k] = 110 + (double)k / 1000;
	}
	for (size_t is_paired = 0; is_paired < 2; is_paired++) {
		struct fpb_permutation *permutation = create(is_paired, MOST_RUNS, MOST_RUNS, 1000);

		assert_int_equal(fpb_permutation_test(permutation, base, new, &test), 0);
		assert_false(test.is_exact);
		assert_true(test.p > 0 && test.p < 0.05 / 1000);
		assert_near(test.p_less, 1, 0);
		assert_int_equal(fpb_permutation_test(permutation, base, base, &test), 0);
		assert_true(test.p > 0.9);
		fpb_permutation_destroy(permutation);
	}
}

static void no_variance(void **state)
{
	const double same[] = { 2846, 2846, 2846, 2846, 2846, 2846, 2846, 2846 };
	const double more[] = { 2847, 2847, 2847, 2847, 2847, 2847, 2847, 2847 };
	const double step = log(2847.0 / 2846);
	struct fpb_test test;

	(void)state;
	for (size_t is_paired = 0; is_paired < 2; is_paired++) {
		test = test_once(is_paired, 8, same, 8, same);
		assert_near(test.p, 1, 0);
		assert_near(test.log_ratio, 0, 0);
		assert_near(test.ci.low, 0, 0);
		assert_near(test.ci.high, 0, 0);
		assert_near(test.sigma, 0, 0);
		test = test_once(is_paired, 8, same, 8, more);
		assert_near(test.p, is_paired ? 2 / 256.0 : 2 / 12870.0, 1e-15);
		assert_near(test.log_ratio, step, 1e-14);
		assert_near(test.ci.low, step, 1e-14);
		assert_near(test.ci.high, step, 1e-14);
	}
}

/* Equal values cancel exactly, also where the means of the two sides round differently. */
static void no_variance_in_unequal_sides(void **state)
{
	double same[12];
	struct fpb_test test;

	(void)state;
	for (size_t i = 0; i < 12; i++)
		same[i] = 2846.1;
	for (size_t nr_new = 4; nr_new <= 12; nr_new++) {
		test = test_once(false, 11, same, nr_new, same);
		assert_near(test.log_ratio, 0, 0);
		assert_near(test.sigma, 0, 0);
		assert_near(test.p, 1, 0);
	}
}

/* Logs of 0, 2, 4 thousandths on either side vary by 4 each; their unpaired differences by 8. */
static void sigma_is_that_of_a_difference(void **state)
{
	const double logs[] = { 0, 2, 4 }, reverse[] = { 4, 2, 0 };
	double base[3], new[3];

	(void)state;
	from_logs(logs, 3, base);
	from_logs(reverse, 3, new);
	assert_near(test_once(false, 3, base, 3, new).sigma, sqrt(8) / 1000, 1e-12);
	assert_near(test_once(true, 3, base, 3, new).sigma, sqrt(16) / 1000, 1e-12);
	assert_near(test_once(true, 3, base, 3, base).sigma, 0, 1e-12);
}

static void one_run_says_nothing(void **state)
{
	const double base[] = { 100 }, new[] = { 200 };
	struct fpb_test test;

	(void)state;
	for (size_t is_paired = 0; is_paired < 2; is_paired++) {
		test = test_once(is_paired, 1, base, 1, new);
		assert_near(test.p, 1, 0);
		assert_near(test.p_greater, 0.5, 0);
		assert_near(exp(test.log_ratio), 2, 1e-14);
		assert_false(fpb_interval_is_known(&test.ci));
		assert_true(isnan(test.sigma));
	}
}

static void values_without_a_logarithm(void **state)
{
	const double bad[] = { 0, -1, NAN, INFINITY, -INFINITY };
	const double huge[] = { 1e308, 1e308, 1e308 }, tiny[] = { 1e-308, 1e-308, 1e-308 };
	struct fpb_permutation *permutation = create(false, 3, 3, 1);
	struct fpb_test test;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const double runs[] = { 1, bad[i], 2 }, good[] = { 1, 2, 3 };

		assert_int_equal(fpb_permutation_test(permutation, runs, good, &test), -EDOM);
		assert_int_equal(fpb_permutation_test(permutation, good, runs, &test), -EDOM);
	}
	assert_int_equal(fpb_permutation_test(permutation, tiny, huge, &test), 0);
	assert_near(test.log_ratio, 616 * log(10), 1e-9);
	fpb_permutation_destroy(permutation);
}

static void designs_that_are_none(void **state)
{
	const struct fpb_design bad[] = {
		{ 0, 0, 1, true },  { 3, 4, 1, true },	{ 0, 3, 1, false },
		{ 3, 0, 1, false }, { 3, 3, 0, false },
	};
	struct fpb_permutation *permutation;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(fpb_permutation_create(&permutation, &bad[i]), -EINVAL);
		assert_null(permutation);
	}
	fpb_permutation_destroy(NULL);
}

/* Sides of very different size: all splits are counted, by way of the smaller side. */
static void few_against_many(void **state)
{
	double few[2] = { 150, 159 }, many[600], logs[602], nr = 0, up = 0;
	struct fpb_test test;

	(void)state;
	for (size_t i = 0; i < 600; i++)
		many[i] = 100 + (double)i / 10;
	for (size_t i = 0; i < 602; i++)
		logs[i] = log(i < 600 ? many[i] : few[i - 600]);
	for (size_t i = 0; i < 602; i++) {
		for (size_t j = i + 1; j < 602; j++) {
			nr++;
			up += logs[i] + logs[j] >= logs[600] + logs[601] - 1e-12;
		}
	}
	test = test_once(false, 600, many, 2, few);
	assert_true(test.is_exact);
	assert_near(test.p_greater, up / nr, 1e-15);
	test = test_once(false, 2, few, 600, many);
	assert_true(test.is_exact);
	assert_near(test.p_less, up / nr, 1e-15);
}

typedef double draw_fn(uint64_t *state, double sigma);

struct trial {
	size_t runs, nr;
	bool is_paired;
	draw_fn *draw;
	double ratio;
};

struct outcome {
	double significant, covered;
};

/* Shares of the trials that are significant at 0.05, and whose interval holds the true ratio. */
static struct outcome try(const struct trial *trial)
{
	struct fpb_permutation *permutation = create(trial->is_paired, trial->runs, trial->runs, 1);
	struct outcome outcome = { 0 };
	uint64_t seed = 3;

	for (size_t i = 0; i < trial->nr; i++) {
		double base[MOST_RUNS], new[MOST_RUNS], shift = log(trial->ratio);
		struct fpb_test test;

		for (size_t k = 0; k < trial->runs; k++) {
			/* Paired runs share a drift that is far greater than the noise. */
			double drift = trial->is_paired ? 1 + 0.1 * draw_uniform(&seed) : 1;

			base[k] = drift * trial->draw(&seed, 0.01);
			new[k] = drift * trial->draw(&seed, 0.01) * trial->ratio;
		}
		assert_int_equal(fpb_permutation_test(permutation, base, new, &test), 0);
		outcome.significant += test.p < 0.05;
		outcome.covered += test.ci.low <= shift && shift <= test.ci.high;
	}
	fpb_permutation_destroy(permutation);
	outcome.significant /= (double)trial->nr;
	outcome.covered /= (double)trial->nr;
	return outcome;
}

/* A/A: at most one in 20, within 4 standard errors of the simulation; and not needlessly few. */
static void false_alarms_and_coverage(void **state)
{
	const struct trial trials[] = {
		{ 8, 20000, true, draw_run, 1 },	{ 8, 20000, true, draw_heavy_run, 1 },
		{ 6, 20000, false, draw_run, 1 },	{ 6, 20000, false, draw_heavy_run, 1 },
		{ 12, 2000, true, draw_run, 1 },	{ 12, 2000, false, draw_heavy_run, 1 },
		{ 16, 2000, false, draw_heavy_run, 1 }, { 24, 500, true, draw_heavy_run, 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(trials) / sizeof(trials[0]); i++) {
		struct outcome outcome = try(&trials[i]);
		double error = 4 * sqrt(0.05 * 0.95 / (double)trials[i].nr);

		print_message("%zu runs, %s, %s: %.4f false alarms, %.4f covered\n", trials[i].runs,
			      trials[i].is_paired ? "paired" : "unpaired",
			      trials[i].draw == draw_run ? "lognormal" : "heavy tails",
			      outcome.significant, outcome.covered);
		assert_true(outcome.significant <= 0.05 + error);
		assert_true(outcome.significant >= 0.035 - error);
		assert_true(outcome.covered >= 0.95 - error);
		assert_true(outcome.covered <= 0.97 + error);
	}
}

/* 2 % with a noise of 1 % in each run: the t test of 12 runs a side finds it in 99 of 100. */
static void power(void **state)
{
	struct trial trial = { 12, 2000, true, draw_run, 1.02 };

	(void)state;
	for (size_t is_paired = 0; is_paired < 2; is_paired++) {
		struct outcome outcome;

		trial.is_paired = is_paired;
		outcome = try(&trial);
		print_message("power, %s: %.4f\n", is_paired ? "paired" : "unpaired",
			      outcome.significant);
		assert_true(outcome.significant > 0.98);
		assert_true(outcome.covered > 0.93);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fishers_test_of_darwins_maize),
		cmocka_unit_test(pitmans_test_of_sixteen_mice),
		cmocka_unit_test(every_small_design_is_counted_exactly),
		cmocka_unit_test(drawing_agrees_with_counting),
		cmocka_unit_test(drawn_p_reaches_far_enough),
		cmocka_unit_test(no_variance),
		cmocka_unit_test(no_variance_in_unequal_sides),
		cmocka_unit_test(sigma_is_that_of_a_difference),
		cmocka_unit_test(one_run_says_nothing),
		cmocka_unit_test(values_without_a_logarithm),
		cmocka_unit_test(designs_that_are_none),
		cmocka_unit_test(few_against_many),
		cmocka_unit_test(false_alarms_and_coverage),
		cmocka_unit_test(power),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
