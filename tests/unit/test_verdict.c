// SPDX-License-Identifier: MIT
/* test_verdict.c - every way in which an interval can lie, and one instruction more. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "bench/stats/verdict.h"
#include "tests/unit/near.h"

static enum fpb_verdict judge(double p_holm, double low, double high)
{
	const struct fpb_grounds grounds = {
		.can_flag = true, .p_holm = p_holm, .ratio = { low, high }, .delta = 0.01
	};

	return fpb_judge(&grounds);
}

static void delta_by_hand(void **state)
{
	(void)state;
	assert_near(fpb_delta(NAN, 12), 0.01, 0);
	assert_near(fpb_delta(0, 12), 0.01, 0);
	assert_near(fpb_delta(0.01, 9), 0.01, 1e-15);
	assert_near(fpb_delta(0.04, 9), 0.04, 1e-15);
	assert_near(fpb_delta(0.04, 36), 0.02, 1e-15);
	assert_near(fpb_delta(0.04, 1), 0.12, 1e-15);
}

static void every_place_of_the_interval(void **state)
{
	(void)state;
	assert_int_equal(judge(0.004, 1.014, 1.028), FPB_VERDICT_REGRESSION);
	assert_int_equal(judge(0.004, 1.008, 1.028), FPB_VERDICT_INCONCLUSIVE);
	assert_int_equal(judge(0.004, 1.002, 1.008), FPB_VERDICT_PASS); /* dearer, by too little */
	assert_int_equal(judge(0.9, 0.995, 1.005), FPB_VERDICT_PASS);
	assert_int_equal(judge(0.9, 0.9, 1.1), FPB_VERDICT_INCONCLUSIVE);
	assert_int_equal(judge(0.004, 0.97, 0.98), FPB_VERDICT_IMPROVEMENT);
	assert_int_equal(judge(0.004, 0.97, 0.995), FPB_VERDICT_PASS);
	/* Not significant among so many: then neither. */
	assert_int_equal(judge(0.05, 1.014, 1.028), FPB_VERDICT_INCONCLUSIVE);
	assert_int_equal(judge(0.049, 1.014, 1.028), FPB_VERDICT_REGRESSION);
	assert_int_equal(judge(0.05, 0.97, 0.98), FPB_VERDICT_PASS);
	/* At the limit is not beyond it. */
	assert_int_equal(judge(0.004, 1.01, 1.02), FPB_VERDICT_INCONCLUSIVE);
	assert_int_equal(judge(0.004, 1.0, 1.01), FPB_VERDICT_INCONCLUSIVE);
}

static void what_could_not_be_found_is_inconclusive(void **state)
{
	struct fpb_grounds grounds = {
		.can_flag = false, .p_holm = 0.9, .ratio = { 1, 1 }, .delta = 0.01
	};

	(void)state;
	assert_int_equal(fpb_judge(&grounds), FPB_VERDICT_INCONCLUSIVE);
	grounds.can_flag = true;
	assert_int_equal(fpb_judge(&grounds), FPB_VERDICT_PASS);
	grounds.ratio.low = grounds.ratio.high = NAN;
	assert_int_equal(fpb_judge(&grounds), FPB_VERDICT_INCONCLUSIVE);
}

static void one_instruction(void **state)
{
	(void)state;
	assert_int_equal(fpb_judge_exact(2846, 2846, 0), FPB_VERDICT_PASS);
	assert_int_equal(fpb_judge_exact(2846, 2847, 0), FPB_VERDICT_REGRESSION);
	assert_int_equal(fpb_judge_exact(2846, 2845, 0), FPB_VERDICT_IMPROVEMENT);
	/* Not one per operation: a share of a set-up. */
	assert_int_equal(fpb_judge_exact(2846, 2846.5, 0), FPB_VERDICT_PASS);
	/* One per operation, as rounding leaves it. */
	assert_int_equal(fpb_judge_exact(0.1, 1.1 - 1e-12, 0), FPB_VERDICT_REGRESSION);
	assert_int_equal(fpb_judge_exact(0, 1, 0), FPB_VERDICT_REGRESSION);
	/* What a policy allows: 1 % of 2846 is 28.46. */
	assert_int_equal(fpb_judge_exact(2846, 2874, 0.01), FPB_VERDICT_PASS);
	assert_int_equal(fpb_judge_exact(2846, 2875, 0.01), FPB_VERDICT_REGRESSION);
}

static void names_of_the_contract(void **state)
{
	(void)state;
	assert_string_equal(fpb_verdict_name(FPB_VERDICT_PASS), "pass");
	assert_string_equal(fpb_verdict_name(FPB_VERDICT_REGRESSION), "regression");
	assert_string_equal(fpb_verdict_name(FPB_VERDICT_IMPROVEMENT), "improvement");
	assert_string_equal(fpb_verdict_name(FPB_VERDICT_INCONCLUSIVE), "inconclusive");
	assert_string_equal(fpb_verdict_name(FPB_VERDICT_NOT_GATED), "not-gated");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(delta_by_hand),
		cmocka_unit_test(every_place_of_the_interval),
		cmocka_unit_test(what_could_not_be_found_is_inconclusive),
		cmocka_unit_test(one_instruction),
		cmocka_unit_test(names_of_the_contract),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
