// SPDX-License-Identifier: MIT
/* test_words.c - figures of one row, said in words. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/report/words.h"

static char cyc[] = "cyc", insn[] = "insn", bytes[] = "bytes";
static unsigned runs[] = { 0, 1 };
static double base_values[] = { 1000, 1010 }, new_values[] = { 1020, 1020 };
static struct fpb_value_row base_row = { .unit = cyc, .nr = 2, .run = runs, .value = base_values };
static struct fpb_value_row new_row = { .nr = 2, .run = runs, .value = new_values };

/* That of method and manual, for each test to change. */
static struct fpb_metric metric(void)
{
	return (struct fpb_metric){
		.base = &base_row,
		.new = &new_row,
		.is_gated = true,
		.nr_base = 12,
		.nr_new = 12,
		.judgement = { .base = 703.2,
			       .new = 718.0,
			       .ratio = 1.021,
			       .ci = { 1.014, 1.028 },
			       .p = 0.002,
			       .p_holm = 0.004,
			       .delta = 0.01,
			       .verdict = FPB_VERDICT_REGRESSION },
	};
}

static void check(const struct fpb_metric *m, const char *expected)
{
	char *words = fpb_words_of_metric(m);

	assert_non_null(words);
	assert_string_equal(words, expected);
	free(words);
}

static void tested(void **state)
{
	struct fpb_metric m = metric();
	char *values = fpb_words_of_values(&m);

	(void)state;
	assert_string_equal(values, "703.2 -> 718.0 cyc");
	free(values);
	check(&m, "slower by 2.1 % [1.4, 2.8], Holm p=0.004, limit 1 %");
	m.judgement.ratio = 0.95;
	m.judgement.ci = (struct fpb_interval){ 0.94, 0.96 };
	m.judgement.p_holm = 1e-6;
	check(&m, "faster by 5.0 % [4.0, 6.0], Holm p<0.0001, limit 1 %");
	/* What is narrow is shown with more decimals, and what is nothing without a sign. */
	m.judgement.ratio = 1;
	m.judgement.ci = (struct fpb_interval){ 0.9999, 1.0001 };
	m.judgement.p_holm = 1;
	check(&m, "slower by 0.000 % [-0.010, 0.010], Holm p=1, limit 1 %");
}

static void other_units(void **state)
{
	struct fpb_metric m = metric();

	(void)state;
	base_row.unit = bytes;
	check(&m, "larger by 2.1 % [1.4, 2.8], Holm p=0.004, limit 1 %");
	base_row.unit = cyc;
}

static void inconclusive(void **state)
{
	struct fpb_metric m = metric();

	(void)state;
	m.judgement.verdict = FPB_VERDICT_INCONCLUSIVE;
	m.judgement.runs_needed = 1;
	check(&m, "slower by 2.1 % [1.4, 2.8], Holm p=0.004, limit 1 %; inconclusive, 1 more run "
		  "of each build needed");
	m.judgement.ci = (struct fpb_interval){ NAN, NAN };
	m.judgement.runs_needed = 9;
	check(&m, "slower by 2.1 %, too few runs for an interval, Holm p=0.004, limit 1 %; "
		  "inconclusive, 9 more runs of each build needed");
	m.nr_base = m.nr_new = 0;
	check(&m, "no run that both reports have; inconclusive, 9 more runs of each build needed");
}

static void exact(void **state)
{
	struct fpb_metric m = metric();

	(void)state;
	base_row.unit = insn;
	m.judgement.is_exact = true;
	m.judgement.base = 2807;
	m.judgement.new = 2833;
	m.judgement.ratio = 2833.0 / 2807;
	m.judgement.delta = 0;
	check(&m, "slower by 26 insn (0.9 %), exactly, limit below 1 per operation");
	m.judgement.delta = 0.05;
	m.nr_base = 1;
	check(&m, "slower by 26 insn (0.9 %), exactly, from one boot, limit 5 %");
	m.nr_base = 2;
	m.judgement.new = 2807;
	check(&m, "the same, exactly, limit 5 %");
	base_row.unit = cyc;
}

static void not_judged(void **state)
{
	struct fpb_metric m = metric();

	(void)state;
	m.judgement.verdict = FPB_VERDICT_NOT_GATED;
	check(&m, "not judged: boots of one build differ, and there are too few of them: base 1000 "
		  "to 1010, new 1020");
	m.judgement.p = m.judgement.ratio = NAN;
	check(&m, "not judged: the value of a run is 0 or less");
	m = metric();
	m.judgement.verdict = FPB_VERDICT_NOT_GATED;
	m.judgement.p_holm = NAN;
	m.is_gated = false;
	check(&m, "for information: slower by 2.1 % [1.4, 2.8], p=0.002, limit 1 %");
}

static void accepted(void **state)
{
	const struct fpb_acceptance acceptance = { .until = (char[]){ "2026-12-31" },
						   .why = (char[]){ "known" } };
	struct fpb_metric m = metric();

	(void)state;
	m.accepted = &acceptance;
	m.judgement.delta = 0.05;
	check(&m, "slower by 2.1 % [1.4, 2.8], Holm p=0.004, limit 5 % (accepted until 2026-12-31: "
		  "known)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tested),   cmocka_unit_test(other_units),
		cmocka_unit_test(exact),    cmocka_unit_test(inconclusive),
		cmocka_unit_test(accepted), cmocka_unit_test(not_judged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
