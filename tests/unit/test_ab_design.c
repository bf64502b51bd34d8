// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bench/cli/ab_design.h"

/* The figures of the method: 8, 11, 12 pairs for 6, 40, 100 rows; 2/2^6 is the first below 0.05. */
static void fewest_pairs(void **state)
{
	(void)state;
	assert_int_equal(ab_fewest_pairs(0), 6);
	assert_int_equal(ab_fewest_pairs(1), 6);
	assert_int_equal(ab_fewest_pairs(6), 8);
	assert_int_equal(ab_fewest_pairs(40), 11);
	assert_int_equal(ab_fewest_pairs(100), 12);
}

static void default_has_a_reserve(void **state)
{
	(void)state;
	for (size_t nr = 0; nr < 500; nr++) {
		assert_true(ab_default_pairs(nr) >= 8);
		assert_int_equal(ab_default_pairs(nr), ab_fewest_pairs(nr) + 2);
	}
}

/* Of four rows two are tagged; each variant lacks what one tagged and one other row need. */
static void judged_rows(void **state)
{
	struct fpb_row row[] = {
		{ .gate = true, .needs = FPB_NEED_XSAVE },
		{ .gate = true, .needs = FPB_NEED_AVX },
		{ .gate = false, .needs = FPB_NEED_XSAVE },
		{ .gate = false, .needs = FPB_NEED_AVX },
		{ .gate = true, .substrate = FPB_GUEST_RING0, .needs = FPB_NEED_XSAVE },
	};
	const struct fpb_rows rows = { .row = row, .nr = sizeof(row) / sizeof(*row) };
	struct fpb_capabilities all = { 0 }, no_avx = { 0 }, no_guest = { 0 };

	(void)state;
	for (int s = 0; s < FPB_NR_SUBSTRATES; s++) {
		all.on[s].have = FPB_NEED_XSAVE | FPB_NEED_AVX;
		no_avx.on[s].have = FPB_NEED_XSAVE;
	}
	no_guest.on[FPB_HOST].have = FPB_NEED_XSAVE | FPB_NEED_AVX;
	assert_int_equal(ab_count_judged(&rows, &all, &all, false), 3);
	assert_int_equal(ab_count_judged(&rows, &all, &all, true), 5);
	assert_int_equal(ab_count_judged(&rows, &all, &no_avx, false), 2);
	assert_int_equal(ab_count_judged(&rows, &no_avx, &all, true), 3);
	assert_int_equal(ab_count_judged(&rows, &no_avx, &no_guest, false), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fewest_pairs),
		cmocka_unit_test(default_has_a_reserve),
		cmocka_unit_test(judged_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
