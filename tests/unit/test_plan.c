// SPDX-License-Identifier: MIT
/* What is measured in which order, and what is skipped and why. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "bench/core/plan.h"

#define NR_ROWS 8

static const struct fpb_bench bench = { .name = "t/row" };

/* Of the test's own, so that no new family changes the order. */
static struct fpb_row row[NR_ROWS];
static struct fpb_rows rows;
static struct fpb_plan plan;
static struct fpb_report report;

static int make_rows(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < NR_ROWS; i++) {
		row[i] = (struct fpb_row){ .bench = &bench, .index = i };
		snprintf(row[i].name, sizeof(row[i].name), "t/row%u", i);
		snprintf(row[i].id, sizeof(row[i].id), "t/row%u@host", i);
	}
	rows = (struct fpb_rows){ .row = row, .nr = NR_ROWS };
	return 0;
}

static int clear(void **state)
{
	(void)state;
	fpb_plan_clear(&plan);
	fpb_report_clear(&report);
	return 0;
}

static void make_plan(unsigned int runs, uint64_t seed, struct fpb_plan *made)
{
	const struct fpb_capabilities caps = { 0 };
	struct fpb_err err = { 0 };

	assert_int_equal(fpb_plan_create(&rows, &caps, runs, seed, made, &report, &err), 0);
	assert_int_equal(made->runs, runs);
	assert_int_equal(made->nr, runs * rows.nr);
	assert_int_equal(report.nr_skips, 0);
}

static void check_order(const struct fpb_entry *entry, const uint32_t *expected)
{
	for (size_t i = 0; i < NR_ROWS; i++)
		assert_int_equal(entry[i].row->index, expected[i]);
}

/* By an implementation in another language, from the description of SplitMix64 and Fisher-Yates. */
static void test_golden_order(void **state)
{
	static const uint32_t seed_42[3][NR_ROWS] = {
		{ 4, 3, 2, 1, 0, 5, 7, 6 },
		{ 5, 7, 1, 0, 6, 3, 2, 4 },
		{ 0, 2, 1, 7, 3, 4, 5, 6 },
	};
	static const uint32_t seed_1[NR_ROWS] = { 4, 2, 0, 5, 6, 1, 7, 3 };

	(void)state;
	make_plan(3, 42, &plan);
	for (size_t run = 0; run < 3; run++)
		check_order(plan.entry + run * NR_ROWS, seed_42[run]);
	fpb_plan_clear(&plan);
	make_plan(1, 1, &plan);
	check_order(plan.entry, seed_1);
	fpb_plan_clear(&plan);
}

static bool is_same_order(const struct fpb_entry *a, const struct fpb_entry *b)
{
	for (size_t i = 0; i < NR_ROWS; i++) {
		if (a[i].row != b[i].row)
			return false;
	}
	return true;
}

static void test_runs_are_permutations(void **state)
{
	(void)state;
	make_plan(24, 7, &plan);
	for (size_t run = 0; run < 24; run++) {
		unsigned int seen = 0;

		for (size_t i = 0; i < NR_ROWS; i++) {
			const struct fpb_entry *entry = &plan.entry[run * NR_ROWS + i];

			assert_int_equal(entry->run, run);
			seen |= 1u << (entry->row - row);
		}
		assert_int_equal(seen, (1u << NR_ROWS) - 1);
		/* An order of its own: 8! leave no room for accidents of this seed. */
		for (size_t other = 0; other < run; other++)
			assert_false(is_same_order(plan.entry + other * NR_ROWS,
						   plan.entry + run * NR_ROWS));
	}
	fpb_plan_clear(&plan);
	assert_null(plan.entry);
	assert_int_equal(plan.nr, 0);
}

static void test_order_is_of_the_seed_alone(void **state)
{
	struct fpb_plan short_plan, long_plan, other_seed;

	(void)state;
	make_plan(3, 1ull << 52, &short_plan);
	make_plan(12, 1ull << 52, &long_plan);
	make_plan(3, (1ull << 52) + 1, &other_seed);
	for (size_t i = 0; i < short_plan.nr; i++) {
		assert_ptr_equal(short_plan.entry[i].row, long_plan.entry[i].row);
		assert_int_equal(short_plan.entry[i].run, long_plan.entry[i].run);
	}
	for (size_t run = 0; run < 3; run++)
		assert_false(is_same_order(short_plan.entry + run * NR_ROWS,
					   other_seed.entry + run * NR_ROWS));
	fpb_plan_clear(&short_plan);
	fpb_plan_clear(&long_plan);
	fpb_plan_clear(&other_seed);
}

/* Every place of the order is open to every row. */
static void test_shuffle_reaches_everywhere(void **state)
{
	unsigned int count[NR_ROWS][NR_ROWS] = { { 0 } };

	(void)state;
	for (uint64_t seed = 0; seed < 100; seed++) {
		make_plan(16, seed, &plan);
		for (size_t i = 0; i < plan.nr; i++)
			count[plan.entry[i].row->index][i % NR_ROWS]++;
		fpb_plan_clear(&plan);
	}
	/* 1600 orders: 200 expected, sigma 13.2; the limits are six of them away. */
	for (size_t i = 0; i < NR_ROWS; i++) {
		for (size_t place = 0; place < NR_ROWS; place++)
			assert_in_range(count[i][place], 120, 280);
	}
}

static void test_skips(void **state)
{
	struct fpb_capabilities caps = { 0 };
	struct fpb_err err = { 0 };

	(void)state;
	caps.on[FPB_HOST].have = FPB_NEED_XSAVE;
	fpb_lack_set(&caps.on[FPB_HOST], FPB_NEED_AVX, "os-lacks", "XCR0 read %#x", 3);
	fpb_lack_set(&caps.on[FPB_HOST], FPB_NEED_PMU, "no-pmu", "no PMU");
	fpb_lack_set(&caps.on[FPB_GUEST_RING3], FPB_NEED_KVM, "no-kvm", "/dev/kvm: not there");
	row[0].needs = FPB_NEED_XSAVE;
	row[2].needs = FPB_NEED_PMU | FPB_NEED_AVX | FPB_NEED_XSAVE;
	row[5].needs = FPB_NEED_KVM;
	row[5].substrate = FPB_GUEST_RING3;

	assert_int_equal(fpb_plan_create(&rows, &caps, 2, 9, &plan, &report, &err), 0);
	assert_int_equal(plan.nr, 2 * (NR_ROWS - 2));
	for (size_t i = 0; i < plan.nr; i++) {
		assert_ptr_not_equal(plan.entry[i].row, &row[2]);
		assert_ptr_not_equal(plan.entry[i].row, &row[5]);
		assert_int_equal(plan.entry[i].run, i / (NR_ROWS - 2));
	}
	/* Once each, whatever the number of runs, in the rows' order. */
	assert_int_equal(report.nr_skips, 2);
	assert_string_equal(report.skips[0].name, "t/row2");
	assert_string_equal(report.skips[0].substrate, "host");
	assert_string_equal(report.skips[0].reason, "os-lacks");
	assert_string_equal(report.skips[0].text, "XCR0 read 0x3");
	assert_string_equal(report.skips[1].name, "t/row5");
	assert_string_equal(report.skips[1].substrate, "guest/ring3");
	assert_string_equal(report.skips[1].reason, "no-kvm");
	assert_string_equal(report.skips[1].text, "/dev/kvm: not there");
}

static void test_everything_skipped(void **state)
{
	struct fpb_capabilities caps = { 0 };
	struct fpb_err err = { 0 };

	(void)state;
	fpb_lack_set(&caps.on[FPB_HOST], FPB_NEED_KVM, "no-kvm", "none");
	for (size_t i = 0; i < NR_ROWS; i++)
		row[i].needs = FPB_NEED_KVM;
	assert_int_equal(fpb_plan_create(&rows, &caps, 3, 1, &plan, &report, &err), 0);
	assert_int_equal(plan.nr, 0);
	assert_int_equal(report.nr_skips, NR_ROWS);
}

static void check_profile(const char *name, unsigned int runs)
{
	const struct fpb_profile *profile = fpb_profile_find(name);

	assert_non_null(profile);
	assert_string_equal(profile->name, name);
	assert_int_equal(profile->runs, runs);
	/* The median of a run is over at least 30 batches; every layout copy has its share. */
	assert_true(profile->nr_batches >= 30);
	assert_true(profile->nr_batches <= ABI_MAX_BATCHES);
	assert_int_equal(profile->nr_batches % ABI_NR_COPIES, 0);
}

static void test_profiles(void **state)
{
	(void)state;
	check_profile("quick", 3);
	check_profile("standard", 12);
	check_profile("thorough", 24);
	assert_null(fpb_profile_find("Quick"));
	assert_null(fpb_profile_find("quic"));
	assert_null(fpb_profile_find(""));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, make_rows, clear)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_golden_order),
		TEST(test_runs_are_permutations),
		TEST(test_order_is_of_the_seed_alone),
		TEST(test_shuffle_reaches_everywhere),
		TEST(test_skips),
		TEST(test_everything_skipped),
		TEST(test_profiles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
