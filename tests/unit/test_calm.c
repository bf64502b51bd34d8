// SPDX-License-Identifier: MIT
/*
 * When a batch is done again: the level a process learns, what an observation may use of its time,
 * and the decision itself, with limits that every canary exceeds and that none does.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "bench/core/calm.h"
#include "guest/x86/calm.h"

#define WAIT_TICKS  6000000000u
#define ALWAYS_SLOW 1u
#define NEVER_SLOW  UINT64_MAX

static void learn(struct fpb_calm *calm, uint64_t ticks, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++)
		fpb_calm_learn(calm, ticks);
}

static void test_level_is_the_lower_quartile(void **state)
{
	struct fpb_calm calm;

	(void)state;
	fpb_calm_start(&calm, WAIT_TICKS, 0);
	assert_int_equal(fpb_calm_limit(&calm), 0);
	learn(&calm, 1000, 1);
	assert_int_equal(fpb_calm_limit(&calm), 1100);
	/* Neither the faster fifth nor the slower half. */
	fpb_calm_start(&calm, WAIT_TICKS, 0);
	learn(&calm, 500, 20);
	learn(&calm, 1000, 30);
	learn(&calm, 5000, 50);
	assert_int_equal(fpb_calm_limit(&calm), 1100);
}

static void test_old_readings_are_forgotten(void **state)
{
	struct fpb_calm calm;

	(void)state;
	fpb_calm_start(&calm, WAIT_TICKS, 0);
	learn(&calm, 1000, FPB_CALM_HISTORY);
	learn(&calm, 2000, FPB_CALM_HISTORY / 2);
	assert_int_equal(fpb_calm_limit(&calm), 1100);
	learn(&calm, 2000, FPB_CALM_HISTORY / 2);
	assert_int_equal(fpb_calm_limit(&calm), 2200);
}

static void test_the_session_may_know_better(void **state)
{
	struct fpb_calm calm;

	(void)state;
	fpb_calm_start(&calm, WAIT_TICKS, 1000);
	assert_int_equal(fpb_calm_limit(&calm), 0);
	learn(&calm, 2000, 10);
	assert_int_equal(fpb_calm_limit(&calm), 1100);
	/* Or this process: a core that has become faster. */
	fpb_calm_start(&calm, WAIT_TICKS, 3000);
	learn(&calm, 2000, 10);
	assert_int_equal(fpb_calm_limit(&calm), 2200);
}

/* A quarter of the processes began in calm, and one at an odd moment. */
static void test_levels_of_a_session(void **state)
{
	struct fpb_calm_levels levels = { 0 };

	(void)state;
	assert_int_equal(fpb_calm_known(&levels), 0);
	fpb_calm_note(&levels, (struct fpb_calm_found){ 0 });
	assert_int_equal(fpb_calm_known(&levels), 0);
	fpb_calm_note(&levels, (struct fpb_calm_found){ .ticks = 500 });
	for (unsigned int i = 0; i < 3; i++)
		fpb_calm_note(&levels, (struct fpb_calm_found){ .ticks = 1000 });
	for (unsigned int i = 0; i < 8; i++)
		fpb_calm_note(&levels, (struct fpb_calm_found){ .ticks = 1600 });
	assert_int_equal(fpb_calm_known(&levels), 1000);
	/* What was long ago counts no more. */
	for (unsigned int i = 0; i < FPB_CALM_LEVELS; i++)
		fpb_calm_note(&levels, (struct fpb_calm_found){ .ticks = 1200 });
	assert_int_equal(fpb_calm_known(&levels), 1200);
}

/* A core that has become slower: waited for once, and then the session knows. */
static void test_what_is_known_may_be_outdated(void **state)
{
	struct fpb_calm_levels levels = { 0 };
	struct fpb_calm_found found;
	struct fpb_calm calm;
	uint64_t left;

	(void)state;
	for (unsigned int i = 0; i < FPB_CALM_LEVELS; i++)
		fpb_calm_note(&levels, (struct fpb_calm_found){ .ticks = 1 });
	fpb_calm_start(&calm, 6000, fpb_calm_known(&levels));
	left = calm.wait_ticks;
	found = fpb_calm_settle(&calm, 1, false);
	assert_true(found.is_news);
	assert_true(found.ticks > 1);
	assert_int_equal(calm.wait_ticks, left - calm.wait_ticks_first);
	assert_int_equal(fpb_calm_limit(&calm), (uint64_t)(1.1 * (double)found.ticks));
	fpb_calm_note(&levels, found);
	assert_int_equal(fpb_calm_known(&levels), found.ticks);
}

static void test_settling_in_calm_waits_for_nothing(void **state)
{
	struct fpb_calm calm;

	(void)state;
	/* A quarter of its own readings are below the limit: sooner or later it is quick again. */
	fpb_calm_start(&calm, WAIT_TICKS, UINT64_MAX);
	assert_false(fpb_calm_settle(&calm, 1, false).is_news);
	assert_true(calm.wait_ticks > 0);
}

/* 6 s to wait are 0.3 s of readings where nothing is known, at 10 MHz 3000000 ticks. */
static void test_first_of_a_session_reads_for_longer(void **state)
{
	const uint64_t tsc_khz = 10000;
	struct fpb_calm calm;
	uint64_t begin;

	(void)state;
	fpb_calm_start(&calm, 6000 * tsc_khz, 0);
	begin = tsc_begin();
	(void)fpb_calm_settle(&calm, tsc_khz, false);
	assert_true(tsc_begin() - begin >= 300 * tsc_khz);
	/* The quickest part is kept, not all. */
	assert_int_equal(calm.nr_seen, 100);
}

static void test_time_to_wait_is_used_up(void **state)
{
	struct fpb_calm calm;
	struct abi_calm lent, left;
	uint64_t sum = 0;

	(void)state;
	fpb_calm_start(&calm, WAIT_TICKS, 0);
	learn(&calm, 1000, 1);
	lent = fpb_calm_lend(&calm);
	assert_int_equal(lent.limit_ticks, 1100);
	assert_int_equal(lent.nr_left, FPB_MAX_RETAKEN);
	assert_int_equal(lent.nr_disturbed, 0);
	assert_true(lent.wait_ticks > 0);
	assert_true(lent.wait_ticks < calm.wait_ticks);
	/* What was not used can be lent again. */
	fpb_calm_return(&calm, &lent, &lent);
	for (unsigned int i = 0; i < 1000; i++) {
		left = lent = fpb_calm_lend(&calm);
		left.wait_ticks = 0;
		sum += lent.wait_ticks;
		fpb_calm_return(&calm, &lent, &left);
	}
	assert_int_equal(lent.wait_ticks, 0);
	assert_int_equal(calm.wait_ticks, 0);
	assert_int_equal(sum, WAIT_TICKS);
}

static void test_settling_gives_a_level(void **state)
{
	struct fpb_calm calm;
	uint64_t found;

	(void)state;
	/* A clock of 1 kHz, so that nothing is waited for. */
	fpb_calm_start(&calm, 6000, 0);
	found = fpb_calm_settle(&calm, 1, false).ticks;
	assert_int_equal(fpb_calm_limit(&calm), (uint64_t)(1.1 * (double)found));
	assert_true(calm.nr_seen > 10);
	assert_true(fpb_calm_limit(&calm) > 1);
}

static void test_calm_batches_are_kept(void **state)
{
	struct abi_calm calm = { .limit_ticks = NEVER_SLOW, .wait_ticks = 1000, .nr_left = 3 };
	const struct abi_calm before = calm;

	(void)state;
	assert_false(calm_wants_again(&calm, false, false));
	assert_memory_equal(&calm, &before, sizeof(calm));
}

static void test_preempted_batches_are_done_again(void **state)
{
	struct abi_calm calm = { .limit_ticks = NEVER_SLOW, .wait_ticks = 1000, .nr_left = 2 };

	(void)state;
	assert_true(calm_wants_again(&calm, true, false));
	assert_true(calm_wants_again(&calm, true, false));
	assert_int_equal(calm.nr_left, 0);
	assert_int_equal(calm.nr_disturbed, 0);
	/* There is nothing to wait for: the CPU is ours again. */
	assert_int_equal(calm.wait_ticks, 1000);
	assert_false(calm_wants_again(&calm, true, false));
	assert_int_equal(calm.nr_disturbed, 1);
}

static void test_without_a_limit_nobody_looks(void **state)
{
	struct abi_calm calm = { .wait_ticks = 1000, .nr_left = 2 };

	(void)state;
	assert_false(calm_wants_again(&calm, false, false));
	assert_int_equal(calm.nr_left, 2);
	assert_true(calm_wants_again(&calm, true, false));
}

static void test_where_calm_does_not_return(void **state)
{
	struct abi_calm calm = { .limit_ticks = ALWAYS_SLOW, .wait_ticks = 100000, .nr_left = 5 };

	(void)state;
	assert_false(calm_wants_again(&calm, false, false));
	assert_int_equal(calm.wait_ticks, 0);
	assert_int_equal(calm.nr_left, 5);
	assert_int_equal(calm.nr_disturbed, 1);
	assert_false(calm_wants_again(&calm, false, false));
	assert_int_equal(calm.nr_disturbed, 2);
	/* It is not waiting that a preempted batch needs, but one slow as well needs both. */
	assert_false(calm_wants_again(&calm, true, false));
	assert_int_equal(calm.nr_left, 5);
}

static void test_calm_returns_after_a_stretch(void **state)
{
	struct abi_calm calm = { .limit_ticks = NEVER_SLOW,
				 .wait_ticks = 1000ull * CALM_STRETCH_TICKS };
	const uint64_t before = calm.wait_ticks;

	(void)state;
	assert_true(calm_returns(&calm, false));
	assert_true(before - calm.wait_ticks >= CALM_STRETCH_TICKS);
	assert_true(calm.wait_ticks > 0);
	/* Less than a stretch left: it would never be known. */
	calm.wait_ticks = CALM_STRETCH_TICKS / 2;
	assert_false(calm_returns(&calm, false));
	assert_int_equal(calm.wait_ticks, 0);
}

static void test_a_guest_is_not_believed(void **state)
{
	static const struct {
		struct abi_calm ours, theirs, after;
		uint32_t nr_again;
	} cases[] = {
		{ { 9, 100, 7, 1 }, { 9, 100, 7, 1 }, { 9, 100, 7, 1 }, 0 },
		{ { 9, 100, 7, 1 }, { 9, 60, 4, 3 }, { 9, 60, 4, 3 }, 3 },
		{ { 9, 100, 7, 1 }, { 1, 101, 8, 1 }, { 9, 100, 7, 1 }, 0 },
		/* Four batches at most, also where the count went down. */
		{ { 9, 100, 7, 1 }, { 9, 100, 0, 6 }, { 9, 100, 0, 5 }, 7 },
		{ { 9, 100, 7, 1 }, { 9, 0, 7, 0 }, { 9, 0, 7, 5 }, 0 },
		{ { 9, 100, 7, 1 },
		  { UINT64_MAX, UINT64_MAX, UINT32_MAX, UINT32_MAX },
		  { 9, 100, 7, 5 },
		  0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct abi_calm ours = cases[i].ours;
		const uint32_t nr_again = fpb_calm_accept(&ours, &cases[i].theirs, 4);

		if (nr_again != cases[i].nr_again ||
		    memcmp(&ours, &cases[i].after, sizeof(ours)) != 0)
			fail_msg("case %zu", i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_level_is_the_lower_quartile),
		cmocka_unit_test(test_old_readings_are_forgotten),
		cmocka_unit_test(test_the_session_may_know_better),
		cmocka_unit_test(test_levels_of_a_session),
		cmocka_unit_test(test_what_is_known_may_be_outdated),
		cmocka_unit_test(test_settling_in_calm_waits_for_nothing),
		cmocka_unit_test(test_first_of_a_session_reads_for_longer),
		cmocka_unit_test(test_time_to_wait_is_used_up),
		cmocka_unit_test(test_settling_gives_a_level),
		cmocka_unit_test(test_calm_batches_are_kept),
		cmocka_unit_test(test_preempted_batches_are_done_again),
		cmocka_unit_test(test_without_a_limit_nobody_looks),
		cmocka_unit_test(test_where_calm_does_not_return),
		cmocka_unit_test(test_calm_returns_after_a_stretch),
		cmocka_unit_test(test_a_guest_is_not_believed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
