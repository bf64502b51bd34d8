// SPDX-License-Identifier: MIT
/* test_changepoint.c - against the definition of the statistic, and by how often it is right. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "bench/stats/changepoint.h"
#include "tests/unit/draw.h"
#include "tests/unit/near.h"

static size_t find(const double *values, size_t nr, struct fpb_changepoint *found)
{
	size_t nr_found;

	assert_int_equal(fpb_changepoints(values, nr, 0.05, found, &nr_found), 0);
	return nr_found;
}

static void one_step(void **state)
{
	const double values[] = {
		2846, 2846, 2846, 2846, 2846, 2846, 2872, 2872, 2872, 2872, 2872
	};
	struct fpb_changepoint found[5];

	(void)state;
	assert_int_equal(find(values, 11, found), 1);
	assert_int_equal(found[0].index, 6);
	assert_near(found[0].before, 2846, 0);
	assert_near(found[0].after, 2872, 0);
	assert_true(found[0].p > 0 && found[0].p <= 0.05);
}

/*
 * Up, up, and back: all found and none besides, in order, each with the medians beside it. At a
 * level of 0.01 a search may go on once too often in about one series of a hundred.
 */
static void three_steps(void **state)
{
	uint64_t seed = 30;
	size_t nr_right = 0;

	(void)state;
	for (size_t round = 0; round < 20; round++) {
		struct fpb_changepoint found[24];
		double values[48];
		size_t nr_found;

		for (size_t i = 0; i < 48; i++)
			values[i] = draw_run(&seed, 0.003) * (i < 12   ? 1
							      : i < 24 ? 1.03
							      : i < 36 ? 1.06
								       : 1);
		assert_int_equal(fpb_changepoints(values, 48, 0.01, found, &nr_found), 0);
		if (nr_found != 3)
			continue;
		nr_right += found[0].index == 12 && found[1].index == 24 && found[2].index == 36;
		assert_near(found[0].before, 1000, 10);
		assert_near(found[0].after, 1030, 10);
		assert_near(found[1].before, found[0].after, 0);
		assert_near(found[1].after, 1060, 10);
		assert_near(found[2].after, 1000, 10);
	}
	assert_in_range(nr_right, 18, 20);
}

/* The paper's Q, straight from its definition (2), (5), (7) with alpha = 1. */
static size_t best_split(const double *values, size_t nr)
{
	double best = 0;
	size_t at = 0;

	for (size_t split = 2; split + 2 <= nr; split++) {
		for (size_t end = split + 2; end <= nr; end++) {
			double n = (double)split, m = (double)(end - split), energy;
			double across = 0, before = 0, after = 0;

			for (size_t i = 0; i < split; i++)
				for (size_t j = split; j < end; j++)
					across += fabs(values[i] - values[j]);
			for (size_t i = 0; i < split; i++)
				for (size_t j = i + 1; j < split; j++)
					before += fabs(values[i] - values[j]);
			for (size_t i = split; i < end; i++)
				for (size_t j = i + 1; j < end; j++)
					after += fabs(values[i] - values[j]);
			energy = n * m / (n + m) *
				 (2 / (n * m) * across - before / (n * (n - 1) / 2) -
				  after / (m * (m - 1) / 2));
			if (energy > best + 1e-9) {
				best = energy;
				at = split;
			}
		}
	}
	return at;
}

static void splits_where_the_definition_says(void **state)
{
	uint64_t seed = 31;
	size_t nr_single = 0;

	(void)state;
	for (size_t round = 0; round < 60; round++) {
		double values[20];
		struct fpb_changepoint found[10];
		size_t step = 4 + random_next(&seed) % 13;

		for (size_t i = 0; i < 20; i++)
			values[i] = draw_run(&seed, 0.01) * (i < step ? 1 : 1.025);
		if (find(values, 20, found) != 1)
			continue;
		nr_single++;
		assert_int_equal(found[0].index, best_split(values, 20));
	}
	assert_in_range(nr_single, 40, 60);
}

/* Of series without a change at most one in 20 shows one, within 4 standard errors. */
static void false_alarms(void **state)
{
	enum { SERIES = 1000 };
	uint64_t seed = 32;
	double alarms = 0, heavy_alarms = 0;

	(void)state;
	for (size_t round = 0; round < SERIES; round++) {
		double values[20];
		struct fpb_changepoint found[10];

		for (size_t i = 0; i < 20; i++)
			values[i] = draw_run(&seed, 0.01);
		alarms += find(values, 20, found) > 0;
		for (size_t i = 0; i < 20; i++)
			values[i] = draw_heavy_run(&seed, 0.01);
		heavy_alarms += find(values, 20, found) > 0;
	}
	print_message("false alarms: %.3f, heavy tails %.3f\n", alarms / SERIES,
		      heavy_alarms / SERIES);
	assert_near(alarms / SERIES, 0.05, 4 * sqrt(0.05 * 0.95 / SERIES));
	assert_near(heavy_alarms / SERIES, 0.05, 4 * sqrt(0.05 * 0.95 / SERIES));
}

static void series_with_nothing_to_find(void **state)
{
	const double same[] = { 5, 5, 5, 5, 5, 5, 5, 5, 5, 5 };
	const double outlier[] = { 5, 5, 5, 5, 5, 9, 5, 5, 5, 5 };
	const double short_one[] = { 1, 1, 2, 2 };
	struct fpb_changepoint found[5];

	(void)state;
	assert_int_equal(find(same, 10, found), 0);
	assert_int_equal(find(outlier, 10, found), 0);
	for (size_t nr = 0; nr <= 4; nr++)
		assert_int_equal(find(short_one, nr, found), 0);
}

static void what_is_no_series(void **state)
{
	const double bad[] = { NAN, INFINITY, -INFINITY, 1e308 };
	double values[] = { -1e308, 1, 1, 2, 2, 2 };
	struct fpb_changepoint found[3];
	size_t nr_found;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		values[3] = bad[i];
		assert_int_equal(fpb_changepoints(values, 6, 0.05, found, &nr_found), -EINVAL);
		assert_int_equal(nr_found, 0);
	}
	assert_int_equal(fpb_changepoints(values + 4, 2, 0, found, &nr_found), -EINVAL);
	assert_int_equal(fpb_changepoints(values + 4, 2, 1, found, &nr_found), -EINVAL);
}

/* The p that a stricter level asks for can be reached. */
static void stricter_levels(void **state)
{
	double values[40];
	struct fpb_changepoint found[20];
	size_t nr_found;

	(void)state;
	for (size_t i = 0; i < 40; i++)
		values[i] = i < 20 ? 100 : 101;
	assert_int_equal(fpb_changepoints(values, 40, 0.0005, found, &nr_found), 0);
	assert_int_equal(nr_found, 1);
	assert_int_equal(found[0].index, 20);
	assert_near(found[0].p, 1 / 40000.0, 0); /* none of 39,999 shuffles */
}

/* What is said to be needed is what is found, and less is not. */
static void steps_that_can_be_found(void **state)
{
	static const struct {
		size_t nr, side;
	} needed[] = { { 4, 0 }, { 7, 0 }, { 8, 3 }, { 9, 3 }, { 10, 2 }, { 100, 2 } };

	(void)state;
	for (size_t i = 0; i < sizeof(needed) / sizeof(*needed); i++)
		assert_int_equal(fpb_changepoint_least_side(needed[i].nr, 0.05), needed[i].side);
	assert_int_equal(fpb_changepoint_least_side(0, 0.05), 0);
	assert_int_equal(fpb_changepoint_values_needed(0.05), 8);
	assert_int_equal(fpb_changepoint_values_needed(0.05 / 100), 15);
	for (size_t nr = 4; nr <= 14; nr++) {
		const size_t least = fpb_changepoint_least_side(nr, 0.05);

		for (size_t side = FPB_SEGMENT_LEAST; side <= nr / 2; side++) {
			double values[14];
			struct fpb_changepoint found[7];

			for (size_t i = 0; i < nr; i++)
				values[i] = i < nr - side ? 1 : 1e6;
			if (find(values, nr, found) != (least && side >= least))
				fail_msg("%zu of %zu", side, nr);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(steps_that_can_be_found),
		cmocka_unit_test(one_step),
		cmocka_unit_test(three_steps),
		cmocka_unit_test(splits_where_the_definition_says),
		cmocka_unit_test(false_alarms),
		cmocka_unit_test(series_with_nothing_to_find),
		cmocka_unit_test(what_is_no_series),
		cmocka_unit_test(stricter_levels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
