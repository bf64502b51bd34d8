// SPDX-License-Identifier: MIT
/* test_judge.c - whole comparisons: false alarms and power of the rule, and the rows beside it. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "bench/stats/judge.h"
#include "tests/unit/draw.h"
#include "tests/unit/near.h"

#define RUNS 12

struct rows {
	size_t nr;
	double (*base)[RUNS], (*new)[RUNS];
	struct fpb_contest *contest;
	struct fpb_judgement *judgement;
};

static struct rows rows_create(size_t nr)
{
	struct rows rows = { .nr = nr };

	rows.base = calloc(nr, sizeof(*rows.base));
	rows.new = calloc(nr, sizeof(*rows.new));
	rows.contest = calloc(nr, sizeof(*rows.contest));
	rows.judgement = calloc(nr, sizeof(*rows.judgement));
	assert_true(rows.base && rows.new &&rows.contest &&rows.judgement);
	for (size_t i = 0; i < nr; i++)
		rows.contest[i] = (struct fpb_contest){ .base = rows.base[i],
							.new = rows.new[i],
							.nr_base = RUNS,
							.nr_new = RUNS,
							.is_gated = true,
							.noise_floor = NAN,
							.delta = NAN };
	return rows;
}

static void rows_destroy(struct rows *rows)
{
	free(rows->base);
	free(rows->new);
	free(rows->contest);
	free(rows->judgement);
}

static void draw_row(struct rows *rows, size_t i, uint64_t *seed, double sigma, double ratio)
{
	for (size_t k = 0; k < RUNS; k++) {
		rows->base[i][k] = draw_run(seed, sigma);
		rows->new[i][k] = draw_run(seed, sigma) * ratio;
	}
}

static void fill_row(struct rows *rows, size_t i, double base, double new)
{
	for (size_t k = 0; k < RUNS; k++) {
		rows->base[i][k] = base;
		rows->new[i][k] = new;
	}
}

static size_t count(const struct rows *rows, enum fpb_verdict verdict)
{
	size_t nr = 0;

	for (size_t i = 0; i < rows->nr; i++)
		nr += rows->judgement[i].verdict == verdict;
	return nr;
}

static void judge(struct rows *rows, bool is_paired)
{
	assert_int_equal(fpb_judge_all(rows->contest, rows->nr, is_paired, rows->judgement), 0);
}

/*
 * Gates of 8 rows: with noise of 0.3 % A/A passes and 2 % is found, each row and nearly always.
 * With 3 % neither can be said, and nothing is.
 */
static void gates_of_eight_rows(void **state)
{
	struct rows rows = rows_create(8);
	uint64_t seed = 20;

	(void)state;
	for (size_t is_paired = 0; is_paired < 2; is_paired++) {
		size_t passed = 0, alarms = 0, found = 0, beside = 0, noisy_alarms = 0;

		for (size_t gate = 0; gate < 200; gate++) {
			for (size_t i = 0; i < 8; i++) {
				draw_row(&rows, i, &seed, 0.003, 1);
				rows.contest[i].noise_floor = 0.003;
			}
			judge(&rows, is_paired);
			for (size_t i = 0; i < 8; i++) {
				assert_true(rows.judgement[i].ci.low < rows.judgement[i].ratio);
				assert_true(rows.judgement[i].ci.high > rows.judgement[i].ratio);
			}
			passed += count(&rows, FPB_VERDICT_PASS);
			alarms += count(&rows, FPB_VERDICT_REGRESSION) > 0;
			draw_row(&rows, gate % 8, &seed, 0.003, 1.02);
			judge(&rows, is_paired);
			found += rows.judgement[gate % 8].verdict == FPB_VERDICT_REGRESSION;
			beside += count(&rows, FPB_VERDICT_REGRESSION) > 1;
			for (size_t i = 0; i < 8; i++) {
				draw_row(&rows, i, &seed, 0.03, 1);
				rows.contest[i].noise_floor = 0.03;
			}
			judge(&rows, is_paired);
			noisy_alarms += count(&rows, FPB_VERDICT_REGRESSION) > 0;
		}
		print_message("of 200 gates, %s: %zu of 1600 rows pass, %zu false alarms, 2 %% "
			      "found in %zu, %zu false alarms with noise of 3 %%\n",
			      is_paired ? "paired" : "unpaired", passed, alarms, found,
			      noisy_alarms);
		assert_in_range(passed, 1590, 1600);
		assert_int_equal(alarms, 0);
		assert_in_range(found, 198, 200);
		assert_int_equal(beside, 0);
		assert_in_range(noisy_alarms, 0, 1);
	}
	rows_destroy(&rows);
}

static void figures_of_a_row(void **state)
{
	struct rows rows = rows_create(3);
	const struct fpb_judgement *row = rows.judgement;

	(void)state;
	fill_row(&rows, 0, 100, 103);
	fill_row(&rows, 1, 100, 97);
	fill_row(&rows, 2, 100, 100.5);
	rows.contest[0].noise_floor = 0.02; /* 3 * 0.02 / sqrt(12) = 0.0173 */
	judge(&rows, true);
	assert_near(row[0].base, 100, 0);
	assert_near(row[0].new, 103, 0);
	assert_near(row[0].ratio, 1.03, 1e-12);
	assert_near(row[0].ci.low, 1.03, 1e-12);
	assert_near(row[0].ci.high, 1.03, 1e-12);
	assert_near(row[0].p, 2 / 4096.0, 1e-15);
	assert_near(row[0].p_holm, 6 / 4096.0, 1e-15);
	assert_near(row[0].delta, 0.06 / sqrt(12), 1e-15);
	assert_int_equal(row[0].verdict, FPB_VERDICT_REGRESSION);
	assert_int_equal(row[1].verdict, FPB_VERDICT_IMPROVEMENT);
	assert_int_equal(row[2].verdict, FPB_VERDICT_PASS);
	assert_near(row[2].delta, 0.01, 0);
	for (size_t i = 0; i < 3; i++) {
		assert_false(row[i].is_exact);
		assert_int_equal(row[i].runs_needed, 0);
	}
	/* A limit of the user's. */
	rows.contest[0].delta = 0.05;
	rows.contest[2].delta = 0.001;
	judge(&rows, true);
	assert_int_equal(row[0].verdict, FPB_VERDICT_PASS);
	assert_int_equal(row[2].verdict, FPB_VERDICT_REGRESSION);
	rows_destroy(&rows);
}

/* 12 pairs flag up to 102 metrics: 2 / 4096 < 0.05 / 102. */
static void a_plan_that_cannot_flag(void **state)
{
	struct rows rows = rows_create(103);

	(void)state;
	for (size_t i = 0; i < 103; i++)
		fill_row(&rows, i, 100, i ? 100 : 200);
	judge(&rows, true);
	assert_int_equal(count(&rows, FPB_VERDICT_INCONCLUSIVE), 103);
	for (size_t i = 0; i < 103; i++)
		assert_int_equal(rows.judgement[i].runs_needed, 1);
	rows.contest[5].is_gated = false;
	judge(&rows, true);
	assert_int_equal(count(&rows, FPB_VERDICT_REGRESSION), 1);
	assert_int_equal(count(&rows, FPB_VERDICT_PASS), 101);
	assert_int_equal(rows.judgement[5].verdict, FPB_VERDICT_NOT_GATED);
	assert_true(isnan(rows.judgement[5].p_holm));
	assert_near(rows.judgement[5].p, 1, 0);
	rows_destroy(&rows);
}

static void few_runs(void **state)
{
	struct rows rows = rows_create(6);

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		fill_row(&rows, i, 100, 200);
		rows.contest[i].nr_base = rows.contest[i].nr_new = i ? 12 : 1;
	}
	judge(&rows, true);
	assert_int_equal(rows.judgement[0].verdict, FPB_VERDICT_INCONCLUSIVE);
	assert_int_equal(rows.judgement[0].runs_needed, 7);
	assert_near(rows.judgement[0].ratio, 2, 1e-12);
	assert_true(isnan(rows.judgement[0].ci.low));
	assert_int_equal(count(&rows, FPB_VERDICT_REGRESSION), 5);
	rows_destroy(&rows);
}

static void rows_without_a_logarithm(void **state)
{
	struct rows rows = rows_create(2);

	(void)state;
	fill_row(&rows, 0, 100, 100);
	fill_row(&rows, 1, 0.5, 0.5);
	rows.new[1][7] = -0.25;
	judge(&rows, true);
	assert_int_equal(rows.judgement[1].verdict, FPB_VERDICT_NOT_GATED);
	assert_true(isnan(rows.judgement[1].ratio) && isnan(rows.judgement[1].p));
	assert_near(rows.judgement[1].base, 0.5, 0);
	/* It is none of the metrics. */
	assert_near(rows.judgement[0].p_holm, rows.judgement[0].p, 0);
	rows_destroy(&rows);
}

static void deterministic_rows(void **state)
{
	struct rows rows = rows_create(6);
	const struct fpb_judgement *row = rows.judgement;

	(void)state;
	fill_row(&rows, 0, 2846, 2846);
	fill_row(&rows, 1, 2846, 2847);
	fill_row(&rows, 2, 2846, 2845);
	fill_row(&rows, 3, 0, 26);
	fill_row(&rows, 4, 2846, 2847);
	fill_row(&rows, 5, 2846, 2846);
	for (size_t i = 0; i < 6; i++) {
		rows.contest[i].is_deterministic = true;
		rows.contest[i].nr_base = rows.contest[i].nr_new = 2;
	}
	rows.contest[4].delta = 0.01;
	rows.new[5][1] = 2900; /* its boots differ */
	judge(&rows, false);
	assert_int_equal(row[0].verdict, FPB_VERDICT_PASS);
	assert_int_equal(row[1].verdict, FPB_VERDICT_REGRESSION);
	assert_int_equal(row[2].verdict, FPB_VERDICT_IMPROVEMENT);
	assert_int_equal(row[3].verdict, FPB_VERDICT_REGRESSION);
	assert_int_equal(row[4].verdict, FPB_VERDICT_PASS);
	assert_int_equal(row[5].verdict, FPB_VERDICT_NOT_GATED);
	for (size_t i = 0; i < 5; i++) {
		assert_true(row[i].is_exact);
		assert_true(isnan(row[i].p) && isnan(row[i].ci.low));
	}
	assert_near(row[1].new - row[1].base, 1, 0);
	assert_near(row[1].ratio, 2847.0 / 2846, 1e-15);
	assert_true(isnan(row[3].ratio));
	assert_false(row[5].is_exact);
	/* With enough boots the noise of that row can be judged. */
	for (size_t i = 0; i < 6; i++)
		rows.contest[i].nr_base = rows.contest[i].nr_new = 12;
	judge(&rows, false);
	assert_int_equal(row[5].verdict, FPB_VERDICT_PASS);
	rows_destroy(&rows);
}

static void what_is_no_comparison(void **state)
{
	struct rows rows = rows_create(1);
	const double bad[] = { NAN, INFINITY, -INFINITY };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		fill_row(&rows, 0, 100, 100);
		rows.new[0][3] = bad[i];
		assert_int_equal(fpb_judge_all(rows.contest, 1, true, rows.judgement), -EINVAL);
	}
	fill_row(&rows, 0, 1e-308, 1e308);
	assert_int_equal(fpb_judge_all(rows.contest, 1, true, rows.judgement), -ERANGE);
	fill_row(&rows, 0, 1, 1);
	rows.contest[0].nr_new = 11;
	assert_int_equal(fpb_judge_all(rows.contest, 1, true, rows.judgement), -EINVAL);
	assert_int_equal(fpb_judge_all(rows.contest, 1, false, rows.judgement), 0);
	rows.contest[0].nr_new = 0;
	assert_int_equal(fpb_judge_all(rows.contest, 1, false, rows.judgement), -EINVAL);
	assert_int_equal(fpb_judge_all(NULL, 0, false, NULL), 0);
	rows_destroy(&rows);
}

/* Many rows at once: no false alarm among 2000, and the ones planted are found. */
static void many_rows(void **state)
{
	struct rows rows = rows_create(2000);
	uint64_t seed = 21;

	(void)state;
	for (size_t i = 0; i < 2000; i++)
		draw_row(&rows, i, &seed, 0.003, i % 100 ? 1 : 1.03);
	judge(&rows, false);
	assert_int_equal(count(&rows, FPB_VERDICT_REGRESSION), 20);
	for (size_t i = 0; i < 2000; i += 100)
		assert_int_equal(rows.judgement[i].verdict, FPB_VERDICT_REGRESSION);
	rows_destroy(&rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gates_of_eight_rows),	    cmocka_unit_test(figures_of_a_row),
		cmocka_unit_test(a_plan_that_cannot_flag),  cmocka_unit_test(few_runs),
		cmocka_unit_test(rows_without_a_logarithm), cmocka_unit_test(deterministic_rows),
		cmocka_unit_test(what_is_no_comparison),    cmocka_unit_test(many_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
