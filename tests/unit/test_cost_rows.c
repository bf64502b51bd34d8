// SPDX-License-Identifier: MIT
/* Costs from reports made up here: which rows they come from, and which rows they do not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/core/row.h"
#include "bench/model/cost_rows.h"
#include "tests/unit/near.h"
#include "tests/unit/report_fixture.h"

#define HOST "host"
#define R0   "guest/ring0"
#define R3   "guest/ring3"

static struct fpb_costs costs;
static struct fpb_report report;

static int setup(void **state)
{
	(void)state;
	fpb_costs_assume(&costs);
	report = (struct fpb_report){ 0 };
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fpb_report_clear(&report);
	return 0;
}

/* Three runs around the value. */
static void observe(const char *name, const char *substrate, const char *unit, double value)
{
	for (unsigned run = 0; run < 3; run++)
		fixture_observe(&report, run, name, substrate, unit, value + run - 1);
}

static void flag(const char *name, const char *text)
{
	for (size_t i = 0; i < report.nr_observations; i++) {
		if (!strcmp(report.observations[i].name, name))
			assert_int_equal(fpb_observation_add_flag(&report.observations[i], text),
					 0);
	}
}

static void evidence(const char *name, const char *key, json_int_t value)
{
	for (size_t i = 0; i < report.nr_observations; i++) {
		if (!strcmp(report.observations[i].name, name))
			assert_int_equal(fpb_observation_add_evidence(&report.observations[i], key,
								      value),
					 0);
	}
}

static void environment(const char *release, const char *backend)
{
	json_decref(report.environment);
	report.environment =
		json_pack("{s:s, s:s}", "kernel_release", release, "kvm_backend", backend);
	assert_non_null(report.environment);
}

static void take_as(const char *name)
{
	struct fpb_problem problem = { 0 };

	if (fpb_costs_from_report(&costs, name, &report, &problem))
		fail_msg("%s: %s", problem.where, problem.text);
}

static void take(void)
{
	take_as("r");
}

static void expect(enum fpb_cost cost, double value, double low, double high, const char *source)
{
	const struct fpb_cost_value *have = &costs.of[cost];

	if (have->is_assumed)
		fail_msg("%s is assumed: %s", fpb_cost_infos[cost].name, have->missing);
	assert_near(have->value, value, 1e-9);
	assert_near(have->low, low, 1e-9);
	assert_near(have->high, high, 1e-9);
	assert_string_equal(have->source, source);
}

static void expect_assumed(enum fpb_cost cost, const char *why)
{
	const struct fpb_cost_value *have = &costs.of[cost];

	if (!have->is_assumed)
		fail_msg("%s is from %s", fpb_cost_infos[cost].name, have->source);
	assert_near(have->value, fpb_cost_infos[cost].assumed, 0);
	if (!strstr(have->missing, why))
		fail_msg("expected '%s' in '%s'", why, have->missing);
}

/* What drifts in both rows of a run is not in their difference; a run with one row does not count. */
static void a_difference_is_of_one_run(void **state)
{
	static const double primed[] = { 1025, 2026, 3040, 9999 },
			    unprimed[] = { 1000, 2000, 3000 };

	(void)state;
	for (unsigned run = 0; run < 4; run++)
		fixture_observe(&report, run, "exit/cpuid/xfd=primed", R0, "cyc", primed[run]);
	for (unsigned run = 0; run < 3; run++)
		fixture_observe(&report, run, "exit/cpuid", R0, "cyc", unprimed[run]);
	take();
	expect(FPB_COST_RDMSR_XFD, 26, 25, 40,
	       "r: exit/cpuid/xfd=primed@guest/ring0 - exit/cpuid@guest/ring0, 3 runs");
	expect(FPB_COST_EXIT_CPUID, 2000, 1000, 3000, "r: exit/cpuid@guest/ring0, 3 runs");
}

/* The return to user space is what a round trip has over an exit and over the swap. */
static void four_rows_make_a_user_exit(void **state)
{
	(void)state;
	observe("exit/pio", R0, "cyc", 5000);
	observe("exit/pio_kernel", R0, "cyc", 2000);
	observe("swap/run_immediate", HOST, "cyc", 1700);
	observe("null/ioctl", HOST, "cyc", 700);
	take();
	expect(FPB_COST_SWAP, 1000, 1000, 1000,
	       "r: swap/run_immediate@host - null/ioctl@host, 3 runs");
	expect(FPB_COST_EXIT_PIO, 2000, 1999, 2001, "r: exit/pio_kernel@guest/ring0, 3 runs");
	expect(FPB_COST_USER_EXIT, 2000, 2000, 2000,
	       "r: exit/pio@guest/ring0 - exit/pio_kernel@guest/ring0 - swap/run_immediate@host + "
	       "null/ioctl@host, 3 runs");
}

static void two_writes_an_exit(void **state)
{
	(void)state;
	observe("nm/xfd_err_tail", R0, "cyc", 1300);
	observe("nm/xfd_err_tail/err=zero", R0, "cyc", 1100);
	take();
	expect(FPB_COST_WRMSR_XFD_ERR, 100, 100, 100,
	       "r: nm/xfd_err_tail@guest/ring0 - nm/xfd_err_tail/err=zero@guest/ring0, by 2, 3 runs");
}

/* Counts of instructions: of a path, and not of what is one instruction. */
static void an_emulator_counts(void **state)
{
	const double each = costs.of[FPB_COST_CYCLES_PER_INSN].value;

	(void)state;
	fixture_observe(&report, 0, "exit/pio_kernel", R0, "insn", 1500);
	fixture_observe(&report, 0, "exit/cpuid", R0, "insn", 1200);
	fixture_observe(&report, 0, "exit/cpuid/xfd=primed", R0, "insn", 1205);
	take();
	assert_false(costs.of[FPB_COST_EXIT_PIO].is_assumed);
	assert_true(costs.of[FPB_COST_EXIT_PIO].is_counted);
	assert_near(costs.of[FPB_COST_EXIT_PIO].insn, 1500, 0);
	assert_near(costs.of[FPB_COST_EXIT_PIO].value, 1500 * each, 1e-9);
	expect_assumed(FPB_COST_RDMSR_XFD, "a count of instructions does not say");
}

/* What the clock of a processor says once it may say otherwise the next time. */
static void one_run_is_no_interval(void **state)
{
	(void)state;
	fixture_observe(&report, 0, "exit/pio_kernel", R0, "cyc", 1500);
	take();
	expect_assumed(FPB_COST_EXIT_PIO, "one run makes no interval");
}

static void interpreted_rows_are_not_it(void **state)
{
	(void)state;
	observe("exit/cpuid", R0, "cyc", 90000);
	flag("exit/cpuid", "interpreted");
	take();
	expect_assumed(FPB_COST_EXIT_CPUID, "exit/cpuid@guest/ring0: interpreted");
	observe("exit/cpuid", R3, "cyc", 3000);
	take();
	expect(FPB_COST_EXIT_CPUID, 3000, 2999, 3001, "r: exit/cpuid@guest/ring3, 3 runs");
	assert_string_equal(costs.of[FPB_COST_EXIT_CPUID].missing, "");
}

/* KVM's decoder is in a row without NRIPS: it goes out of a difference of two, and of nothing else. */
static void the_decoder_must_cancel(void **state)
{
	(void)state;
	observe("exit/cpuid", R0, "insn", 2763);
	flag("exit/cpuid", "no-nrips");
	observe("nm/cr0ts/xfd=primed", R0, "insn", 3000);
	observe("nm/cr0ts", R0, "insn", 18);
	observe("exit/cpuid/xfd=primed", R0, "insn", 2765);
	flag("exit/cpuid/xfd=primed", "no-nrips");
	evidence("nm/cr0ts/xfd=primed", "exits_each", 1);
	evidence("nm/cr0ts", "exits_each", 0);
	flag("nm/cr0ts/xfd=primed", "no-nrips");
	take();
	expect_assumed(FPB_COST_EXIT_CPUID, "instruction decoder");
	expect_assumed(FPB_COST_NM_TRAP, "instruction decoder");
	flag("nm/cr0ts", "no-nrips");
	take();
	assert_false(costs.of[FPB_COST_NM_TRAP].is_assumed);
	assert_near(costs.of[FPB_COST_NM_TRAP].insn, 2980, 0);
}

/* An access that exits is another cost than one that does not. */
static void exits_are_what_the_cost_says(void **state)
{
	(void)state;
	observe("msr/rdmsr_xfd_err", R0, "cyc", 40);
	observe("msr/wrmsr_xfd_err", R0, "cyc", 1500);
	take();
	expect_assumed(FPB_COST_RDMSR_XFD_ERR, "not shown to be of no exit");
	expect_assumed(FPB_COST_XFD_ERR_EXIT, "not shown to be of one exit");
	evidence("msr/rdmsr_xfd_err", "exits_each", 1);
	evidence("msr/wrmsr_xfd_err", "exits_each", 1);
	take();
	expect_assumed(FPB_COST_RDMSR_XFD_ERR, "not shown to be of no exit");
	expect(FPB_COST_XFD_ERR_EXIT, 1500, 1499, 1501, "r: msr/wrmsr_xfd_err@guest/ring0, 3 runs");
}

/* The sync of a primed vCPU is in that exit, and is no part of the trap: not all designs have it. */
static void a_trap_has_no_sync(void **state)
{
	(void)state;
	observe("nm/cr0ts/xfd=primed", R0, "cyc", 2560);
	observe("nm/cr0ts", R0, "cyc", 500);
	evidence("nm/cr0ts/xfd=primed", "exits_each", 1);
	evidence("nm/cr0ts", "exits_each", 0);
	take();
	expect_assumed(FPB_COST_NM_TRAP, "exit/cpuid/xfd=primed@guest/ring0: no observation");
	observe("exit/cpuid/xfd=primed", R0, "cyc", 1160);
	observe("exit/cpuid", R0, "cyc", 1100);
	take();
	expect(FPB_COST_RDMSR_XFD, 60, 60, 60,
	       "r: exit/cpuid/xfd=primed@guest/ring0 - exit/cpuid@guest/ring0, 3 runs");
	expect(FPB_COST_NM_TRAP, 2000, 2000, 2000,
	       "r: nm/cr0ts/xfd=primed@guest/ring0 - nm/cr0ts@guest/ring0 - "
	       "exit/cpuid/xfd=primed@guest/ring0 + exit/cpuid@guest/ring0, 3 runs");
}

/* An exit that comes back on the fastpath is not what a halt costs. */
static void hlt_is_fast_since_6_18(void **state)
{
	(void)state;
	observe("exit/hlt", R0, "cyc", 1000);
	environment("6.18.0", "kvm_intel");
	take();
	expect_assumed(FPB_COST_EXIT_HLT, "takes the fastpath from Linux 6.18 on");
	environment("6.17.9-amd64", "kvm_intel");
	take();
	assert_false(costs.of[FPB_COST_EXIT_HLT].is_assumed);
	fpb_costs_assume(&costs);
	environment("6.18.0", "kvm_pvm");
	take();
	assert_false(costs.of[FPB_COST_EXIT_HLT].is_assumed);
}

static void invd_is_fast_since_6_18(void **state)
{
	(void)state;
	observe("exit/invd", R0, "cyc", 1000);
	take();
	expect_assumed(FPB_COST_EXIT_FASTPATH, "kvm_intel and kvm_amd only");
	environment("6.17.9-amd64", "kvm_intel");
	take();
	expect_assumed(FPB_COST_EXIT_FASTPATH, "kvm_intel and kvm_amd only"); /* the first reason */
	environment("6.18.0", "kvm_pvm");
	take();
	assert_true(costs.of[FPB_COST_EXIT_FASTPATH].is_assumed);
	environment("6.18.0-rc1", "kvm_amd");
	take();
	assert_false(costs.of[FPB_COST_EXIT_FASTPATH].is_assumed);
	fpb_costs_assume(&costs);
	environment("6.9.1", "kvm_intel");
	take();
	expect_assumed(FPB_COST_EXIT_FASTPATH, "from Linux 6.18 on");
	environment("10.0", "kvm_intel");
	take();
	assert_false(costs.of[FPB_COST_EXIT_FASTPATH].is_assumed);
}

/* Measured on the engine with AVX in the place of tiles: a value, and no more certainty. */
static void a_stand_in_is_no_more_certain(void **state)
{
	const struct fpb_cost_info *info = &fpb_cost_infos[FPB_COST_EXPAND];

	(void)state;
	observe("expand/engine/policy=at_cpuid/k=1", HOST, "cyc", 9000);
	observe("expand/engine/policy=on_wrmsr_xfd/k=1", HOST, "cyc", 4000);
	take();
	assert_false(costs.of[FPB_COST_EXPAND].is_assumed);
	assert_near(costs.of[FPB_COST_EXPAND].value, 5000, 1e-9);
	assert_near(costs.of[FPB_COST_EXPAND].low, info->assumed_low, 1e-9);
	assert_near(costs.of[FPB_COST_EXPAND].high, info->assumed_high, 1e-9);
	assert_non_null(strstr(costs.of[FPB_COST_EXPAND].source, "stand-in: AVX"));
	assert_true(costs.of[FPB_COST_EXPAND].is_stand_in);
	assert_int_equal(costs.of[FPB_COST_EXPAND].nr_runs, 3);

	fpb_costs_assume(&costs);
	evidence("expand/engine/policy=at_cpuid/k=1", "dynamic", 1 << 18);
	take();
	assert_null(strstr(costs.of[FPB_COST_EXPAND].source, "AVX"));
	assert_non_null(strstr(costs.of[FPB_COST_EXPAND].source, "stand-in: mmap()"));

	fpb_costs_assume(&costs);
	observe("expand/eager_cpuid2", HOST, "cyc", 40000);
	observe("expand/eager_cpuid2/dynamic=hidden", HOST, "cyc", 30000);
	take();
	expect(FPB_COST_EXPAND, 10000, 10000, 10000,
	       "r: expand/eager_cpuid2@host - expand/eager_cpuid2/dynamic=hidden@host, 3 runs");
	assert_false(costs.of[FPB_COST_EXPAND].is_stand_in);
	expect(FPB_COST_SET_CPUID2, 30000, 29999, 30001,
	       "r: expand/eager_cpuid2/dynamic=hidden@host, 3 runs");
}

static void bytes_are_of_tiles_and_in_pages(void **state)
{
	static const char full[] = "expand/engine/policy=at_cpuid/k=1/part=bytes";

	(void)state;
	fixture_observe(&report, 0, full, HOST, "bytes", 11072);
	take();
	expect_assumed(FPB_COST_FPSTATE_FULL_BYTES, "no XTILEDATA there");
	evidence(full, "dynamic", 1 << 18);
	take();
	expect(FPB_COST_FPSTATE_FULL_BYTES, 12288, 12288, 12288,
	       "r: expand/engine/policy=at_cpuid/k=1/part=bytes@host, 1 run");
	assert_false(costs.of[FPB_COST_FPSTATE_FULL_BYTES].is_counted);
}

/* No operation is for nothing: a difference below zero says nothing of what it costs. */
static void below_zero_is_no_cost(void **state)
{
	(void)state;
	observe("swap/run_immediate/live=amx", HOST, "cyc", 900);
	observe("swap/run_immediate", HOST, "cyc", 1000);
	take();
	expect_assumed(FPB_COST_SWAP_TILES,
		       "swap/run_immediate/live=amx@host: the difference is not above 0");
	assert_near(costs.of[FPB_COST_SWAP_TILES].low,
		    fpb_cost_infos[FPB_COST_SWAP_TILES].assumed_low, 0);
}

/* What is off by 90 downwards can be off by 90 upwards. */
static void around_zero_is_as_far_above(void **state)
{
	static const double live[] = { 1000, 1010, 910 };

	(void)state;
	for (unsigned run = 0; run < 3; run++) {
		fixture_observe(&report, run, "swap/run_immediate/live=amx", HOST, "cyc",
				live[run]);
		fixture_observe(&report, run, "swap/run_immediate", HOST, "cyc", 1000);
	}
	take();
	expect(FPB_COST_SWAP_TILES, 0, 0, 90,
	       "r: swap/run_immediate/live=amx@host - swap/run_immediate@host, 3 runs");
}

/* Of several reports the first one counts, and a later one fills what is left. */
static void the_first_report_counts(void **state)
{
	(void)state;
	observe("exit/pio_kernel", R0, "cyc", 2000);
	take_as("first");
	expect_assumed(FPB_COST_SET_XSAVE, "first: ioctl/set_xsave@host: no observation");
	fpb_report_clear(&report);
	report = (struct fpb_report){ 0 };
	observe("exit/pio_kernel", R0, "cyc", 3000);
	observe("ioctl/set_xsave", HOST, "cyc", 4000);
	take_as("second");
	expect(FPB_COST_EXIT_PIO, 2000, 1999, 2001, "first: exit/pio_kernel@guest/ring0, 3 runs");
	expect(FPB_COST_SET_XSAVE, 4000, 3999, 4001, "second: ioctl/set_xsave@host, 3 runs");
}

static void the_reports_reason_is_told(void **state)
{
	struct fpb_skip skip = { strdup("xfd/first_write"), strdup(R0), strdup("cpu-lacks"),
				 strdup("CPUID.(0xD,1):EAX[4] (XFD) is 0\x1b[2J") };

	(void)state;
	assert_int_equal(fpb_report_add_skip(&report, &skip), 0);
	take_as("bad\nname");
	expect_assumed(FPB_COST_XFD_FIRST_WRITE,
		       "bad\\nname: xfd/first_write@guest/ring0: cpu-lacks: "
		       "CPUID.(0xD,1):EAX[4] (XFD) is 0\\x1b[2J");
	/* What no row isolates has no reason in a report. */
	assert_string_equal(costs.of[FPB_COST_MSR_LIST_STORE].missing, "");
}

/* The same row in two units, as no report of ours has it: neither mixed nor taken for the other. */
static void units_are_not_mixed(void **state)
{
	(void)state;
	observe("exit/cpuid/xfd=primed", R0, "cyc", 2100);
	observe("exit/cpuid", R0, "insn", 1200);
	observe("exit/pio_kernel", R0, "ns", 700);
	take();
	expect_assumed(FPB_COST_RDMSR_XFD, "is in cyc and exit/cpuid@guest/ring0 in insn");
	expect_assumed(FPB_COST_EXIT_PIO, "is in ns");
}

static void a_run_twice_is_refused(void **state)
{
	struct fpb_problem problem = { 0 };

	(void)state;
	fixture_observe(&report, 1, "exit/cpuid", R0, "cyc", 1);
	fixture_observe(&report, 1, "exit/cpuid", R0, "cyc", 2);
	assert_true(fpb_costs_from_report(&costs, "r", &report, &problem) < 0);
	assert_non_null(strstr(problem.text, "run 1 is there twice"));
}

/* No recipe names a row that there is not, and those of one cost stand together. */
static void every_row_is_in_the_catalogue(void **state)
{
	bool is_done[FPB_NR_COSTS] = { false };
	struct fpb_err err = { 0 };
	struct fpb_rows rows;

	(void)state;
	assert_int_equal(fpb_rows_create(&rows, &err), 0);
	for (const struct fpb_cost_recipe *r = fpb_cost_recipes; r->cost != FPB_NR_COSTS; r++) {
		int sum = 0;

		for (const struct fpb_cost_term *t = r->terms; t->row; t++) {
			if (!fpb_rows_find(&rows, t->row))
				fail_msg("there is no row %s", t->row);
			sum += t->weight;
		}
		/* A difference has nothing left of what its rows share; a whole has it once. */
		assert_in_range(sum, 0, 2);
		assert_false(is_done[r->cost]);
		is_done[r->cost] = r[1].cost != r->cost;
	}
	fpb_rows_clear(&rows);
}

/* What people read of the recipes names the same rows. */
static void every_row_is_in_the_docs(void **state)
{
	size_t length;
	char *page = file_text(FPB_FIXTURES "/../../docs/design-debate.md", &length);
	char name[160];

	(void)state;
	for (const struct fpb_cost_recipe *r = fpb_cost_recipes; r->cost != FPB_NR_COSTS; r++) {
		for (const struct fpb_cost_term *t = r->terms; t->row; t++) {
			snprintf(name, sizeof(name), "`%s`", t->row);
			if (!memmem(page, length, name, strlen(name)))
				fail_msg("docs/design-debate.md does not have %s", name);
		}
		snprintf(name, sizeof(name), "`%s`", fpb_cost_infos[r->cost].name);
		if (!memmem(page, length, name, strlen(name)))
			fail_msg("docs/design-debate.md does not have %s", name);
	}
	free(page);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_difference_is_of_one_run),
		TEST(four_rows_make_a_user_exit),
		TEST(two_writes_an_exit),
		TEST(an_emulator_counts),
		TEST(one_run_is_no_interval),
		TEST(interpreted_rows_are_not_it),
		TEST(the_decoder_must_cancel),
		TEST(exits_are_what_the_cost_says),
		TEST(a_trap_has_no_sync),
		TEST(hlt_is_fast_since_6_18),
		TEST(invd_is_fast_since_6_18),
		TEST(a_stand_in_is_no_more_certain),
		TEST(bytes_are_of_tiles_and_in_pages),
		TEST(below_zero_is_no_cost),
		TEST(around_zero_is_as_far_above),
		TEST(the_first_report_counts),
		TEST(the_reports_reason_is_told),
		TEST(units_are_not_mixed),
		TEST(a_run_twice_is_refused),
		TEST(every_row_is_in_the_catalogue),
		TEST(every_row_is_in_the_docs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
