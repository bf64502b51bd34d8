// SPDX-License-Identifier: MIT
/* test_holm.c - against R's p.adjust() and by its definition. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "bench/stats/holm.h"
#include "tests/unit/draw.h"
#include "tests/unit/near.h"

static void as_r_adjusts(void **state)
{
	/* R: p.adjust(c(0.03, 0.01, 0.05, 0.02, 0.04), "holm") */
	const double p[] = { 0.03, 0.01, 0.05, 0.02, 0.04 };
	const double expected[] = { 0.09, 0.05, 0.09, 0.08, 0.09 };
	/* R: p.adjust(c(0.001, 0.6, 0.02, 0.02, 0), "holm") */
	const double ties[] = { 0.001, 0.6, 0.02, 0.02, 0 };
	const double expected_ties[] = { 0.004, 0.6, 0.06, 0.06, 0 };
	double adjusted[5];

	(void)state;
	assert_int_equal(fpb_holm(p, 5, adjusted), 0);
	for (size_t i = 0; i < 5; i++)
		assert_near(adjusted[i], expected[i], 1e-15);
	assert_int_equal(fpb_holm(ties, 5, adjusted), 0);
	for (size_t i = 0; i < 5; i++)
		assert_near(adjusted[i], expected_ties[i], 1e-15);
}

static void one_and_none(void **state)
{
	const double p = 0.3;
	double adjusted = -1;

	(void)state;
	assert_int_equal(fpb_holm(&p, 1, &adjusted), 0);
	assert_near(adjusted, 0.3, 0);
	assert_int_equal(fpb_holm(NULL, 0, NULL), 0);
}

static void what_is_no_probability(void **state)
{
	const double bad[] = { NAN, -0.1, 1.1, INFINITY };
	double adjusted[2];

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		const double p[] = { 0.5, bad[i] };

		assert_int_equal(fpb_holm(p, 2, adjusted), -EINVAL);
	}
}

/* Rejected are the smallest p while each is below level / (those left): Holm's own words. */
static void steps_down_over_ten_thousand(void **state)
{
	enum { NR = 10000 };
	static double p[NR], adjusted[NR];
	size_t nr_rejected = 0, nr_stepped = 0;
	uint64_t seed = 8;

	(void)state;
	for (size_t i = 0; i < NR; i++)
		p[i] = i % 100 ? draw_uniform(&seed) : 1e-5 * draw_uniform(&seed);
	assert_int_equal(fpb_holm(p, NR, adjusted), 0);
	for (size_t i = 0; i < NR; i++) {
		nr_rejected += adjusted[i] < 0.05;
		assert_true(adjusted[i] >= p[i] && adjusted[i] <= 1);
	}
	for (double last = -1;; nr_stepped++) {
		double next = 2;

		for (size_t i = 0; i < NR; i++)
			if (p[i] > last && p[i] < next)
				next = p[i];
		if (next * (double)(NR - nr_stepped) >= 0.05)
			break;
		last = next;
	}
	assert_in_range(nr_stepped, 10, 100);
	assert_int_equal(nr_rejected, nr_stepped);
}

/* With all hypotheses true, any rejection is one too many: at most in 5 of 100 families. */
static void family_wise_error(void **state)
{
	enum { NR = 40, FAMILIES = 20000 };
	double p[NR], adjusted[NR], wrong = 0;
	uint64_t seed = 9;

	(void)state;
	for (size_t family = 0; family < FAMILIES; family++) {
		size_t nr_rejected = 0;

		for (size_t i = 0; i < NR; i++)
			p[i] = draw_uniform(&seed);
		assert_int_equal(fpb_holm(p, NR, adjusted), 0);
		for (size_t i = 0; i < NR; i++)
			nr_rejected += adjusted[i] < 0.05;
		wrong += nr_rejected > 0;
	}
	/* 1 - (1 - 0.05 / 40)^40 = 0.0488 */
	assert_near(wrong / FAMILIES, 0.0488, 4 * sqrt(0.05 * 0.95 / FAMILIES));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_r_adjusts),
		cmocka_unit_test(one_and_none),
		cmocka_unit_test(what_is_no_probability),
		cmocka_unit_test(steps_down_over_ten_thousand),
		cmocka_unit_test(family_wise_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
