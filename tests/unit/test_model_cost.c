// SPDX-License-Identifier: MIT
/* test_model_cost.c - costs: what is assumed, measured, counted, and what hangs on each. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bench/model/sensitivity.h"
#include "bench/model/workload_presets.h"

static void assumptions_are_complete(void **state)
{
	struct fpb_costs costs;

	(void)state;
	fpb_costs_assume(&costs);
	for (size_t i = 0; i < FPB_NR_COSTS; i++) {
		const struct fpb_cost_info *info = &fpb_cost_infos[i];
		const struct fpb_cost_value *cost = &costs.of[i];

		if (!info->name || !info->title || !info->unit || !info->citation)
			fail_msg("cost %zu has no entry in the table", i);
		assert_int_equal(fpb_cost_find(info->name), i);
		assert_true(info->assumed_low > 0);
		assert_true(info->assumed_low <= info->assumed);
		assert_true(info->assumed <= info->assumed_high);
		assert_true(cost->is_assumed && !cost->is_counted);
		assert_true(cost->value == info->assumed && cost->low == info->assumed_low &&
			    cost->high == info->assumed_high);
		assert_memory_equal(cost->source, "assumed: ", strlen("assumed: "));
		assert_string_equal(cost->source + strlen("assumed: "), info->citation);
	}
	assert_int_equal(fpb_cost_find("no such cost"), FPB_NR_COSTS);
	/* Nothing is counted, so nothing needs cycles per instruction. */
	assert_int_equal(fpb_costs_nr_assumed(&costs), FPB_NR_COSTS - 1);
}

/* Where nobody published a figure, the interval must not pretend otherwise. */
static void guesses_are_wide(void **state)
{
	(void)state;
	for (size_t i = 0; i < FPB_NR_COSTS; i++) {
		const struct fpb_cost_info *info = &fpb_cost_infos[i];

		if (strstr(info->citation, "no published figure"))
			assert_true(info->assumed_high >= 2.5 * info->assumed_low);
	}
}

static void exits_are_in_the_order_of_their_kinds(void **state)
{
	(void)state;
	for (size_t i = 0; i < FPB_NR_EXIT_KINDS; i++) {
		const char *name = fpb_cost_infos[FPB_COST_EXIT_CPUID + i].name;

		assert_memory_equal(name, "exit_", strlen("exit_"));
		assert_string_equal(name + strlen("exit_"), fpb_exit_kind_names[i]);
	}
	assert_int_equal(FPB_COST_EXIT_CPUID + FPB_NR_EXIT_KINDS, FPB_COST_EXIT_FASTPATH);
}

static void measured(void **state)
{
	struct fpb_cost_value *cost;
	struct fpb_costs costs;

	(void)state;
	fpb_costs_assume(&costs);
	cost = &costs.of[FPB_COST_RDMSR_XFD];
	fpb_cost_measure(&costs, FPB_COST_RDMSR_XFD, 40, 38, 45, "a.json: x@host");
	assert_true(cost->value == 40 && cost->low == 38 && cost->high == 45);
	assert_false(cost->is_assumed);
	assert_string_equal(cost->source, "a.json: x@host");
	/* A difference that came out below zero. */
	fpb_cost_measure(&costs, FPB_COST_RDMSR_XFD, -3, -9, 4, "b");
	assert_true(cost->value == 0 && cost->low == 0 && cost->high == 4);
	/* Ends that leave out the value. */
	fpb_cost_measure(&costs, FPB_COST_RDMSR_XFD, 7, 8, 9, "b");
	assert_true(cost->value == 7 && cost->low == 7 && cost->high == 9);
	fpb_cost_measure(&costs, FPB_COST_RDMSR_XFD, 7, 1, 2, "b");
	assert_true(cost->value == 7 && cost->low == 1 && cost->high == 7);
	assert_int_equal(fpb_costs_nr_assumed(&costs), FPB_NR_COSTS - 2);
}

static void counted(void **state)
{
	const struct fpb_cost_value *cost;
	struct fpb_costs costs;

	(void)state;
	fpb_costs_assume(&costs);
	cost = &costs.of[FPB_COST_EXIT_CPUID];
	fpb_cost_measure(&costs, FPB_COST_CYCLES_PER_INSN, 2, 1, 3, "c");
	fpb_cost_count(&costs, FPB_COST_EXIT_CPUID, 1000, 1000, 1100, "lab.json: exit/cpuid");
	assert_true(cost->value == 2000 && cost->low == 1000 && cost->high == 3300);
	assert_true(cost->is_counted && !cost->is_assumed);
	assert_true(fpb_costs_any_counted(&costs));
	fpb_cost_measure(&costs, FPB_COST_CYCLES_PER_INSN, 4, 4, 4, "c");
	assert_true(cost->value == 4000 && cost->low == 4000 && cost->high == 4400);
}

/* Two counts share their cycles per instruction: what is certainly fewer is certainly cheaper. */
static void counts_vary_together(void **state)
{
	double per_second[FPB_NR_COSTS] = { 0 };
	struct fpb_amount difference;
	struct fpb_costs costs;

	(void)state;
	fpb_costs_assume(&costs);
	fpb_cost_count(&costs, FPB_COST_EXIT_CPUID, 1010, 1010, 1010, "lab");
	fpb_cost_count(&costs, FPB_COST_EXIT_MSR, 1000, 1000, 1000, "lab");
	per_second[FPB_COST_EXIT_CPUID] = 1e6;
	per_second[FPB_COST_EXIT_MSR] = -1e6;
	difference = fpb_amount_of(per_second, &costs);
	assert_true(costs.of[FPB_COST_EXIT_CPUID].low < costs.of[FPB_COST_EXIT_MSR].high);
	assert_int_equal(fpb_order_of(&difference), FPB_ORDER_MORE);
}

static const struct fpb_sensitivity *find(const struct fpb_sensitivity *all, size_t nr,
					  enum fpb_cost cost)
{
	for (size_t i = 0; i < nr; i++) {
		if (all[i].cost == cost)
			return &all[i];
	}
	return NULL;
}

static size_t doubts(const char *workload_name, const struct fpb_costs *costs,
		     struct fpb_sensitivity out[FPB_NR_COSTS], struct fpb_account accounts[3])
{
	static const char *const names[] = { "upstream", "intercept_always", "upstream_err_lists" };
	struct fpb_workload workload;

	assert_int_equal(fpb_workload_preset(workload_name, &workload), 0);
	for (size_t i = 0; i < 3; i++)
		fpb_account_make(&fpb_designs[fpb_design_find(names[i])], &workload, &accounts[i]);
	return fpb_sensitivities(accounts, 3, costs, out);
}

static void sensitivities(void **state)
{
	struct fpb_sensitivity all[FPB_NR_COSTS];
	const struct fpb_sensitivity *one;
	struct fpb_account accounts[3];
	struct fpb_costs costs;
	size_t nr;

	(void)state;
	fpb_costs_assume(&costs);
	/* The RDMSR of 24000 exits against the exits of 3600 writes: at 1000 cycles it loses. */
	fpb_cost_measure(&costs, FPB_COST_XFD_WRITE_EXIT, 1000, 900, 1100, "test");
	costs.of[FPB_COST_RDMSR_XFD].high = 1000;
	nr = doubts("linux_amx", &costs, all, accounts);
	one = find(all, nr, FPB_COST_RDMSR_XFD);
	assert_non_null(one);
	assert_int_equal(one->best_at_low, 0);
	assert_int_equal(one->best_at_high, 1);
	assert_true(one->changes_best && one->changes_order);
	assert_ptr_equal(one, &all[0]);
	assert_true(one->nr_settled >= 1);
	/* What all pay alike, and what was measured, decides nothing. */
	assert_null(find(all, nr, FPB_COST_EXIT_HLT));
	assert_null(find(all, nr, FPB_COST_XFD_WRITE_EXIT));
	one = find(all, nr, FPB_COST_MSR_LIST_LOAD);
	assert_non_null(one);
	assert_false(one->changes_best);
}

/* Near is not there: what a stand-in measured stays in doubt, counted or timed. */
static void stand_ins_are_in_doubt(void **state)
{
	static const char *const names[] = { "upstream", "lazy" };
	const struct fpb_sensitivity *one;
	struct fpb_sensitivity all[FPB_NR_COSTS];
	struct fpb_account accounts[2];
	struct fpb_workload workload;
	struct fpb_costs costs;
	size_t nr;

	(void)state;
	assert_int_equal(fpb_workload_preset("linux", &workload), 0);
	workload.rate[FPB_RATE_MIGRATIONS] = 0;
	workload.rate[FPB_RATE_BOOTS] = 86400;
	for (size_t i = 0; i < 2; i++)
		fpb_account_make(&fpb_designs[fpb_design_find(names[i])], &workload, &accounts[i]);
	fpb_costs_assume(&costs);
	fpb_cost_count(&costs, FPB_COST_EXPAND, 8000, 1500, 80000, "test");
	nr = fpb_sensitivities(accounts, 2, &costs, all);
	assert_null(find(all, nr, FPB_COST_EXPAND));
	costs.of[FPB_COST_EXPAND].is_stand_in = true;
	nr = fpb_sensitivities(accounts, 2, &costs, all);
	one = find(all, nr, FPB_COST_EXPAND);
	assert_non_null(one);
	assert_true(fabs(one->swing -
			 workload.rate[FPB_RATE_VCPUS] * (costs.of[FPB_COST_EXPAND].high -
							  costs.of[FPB_COST_EXPAND].low)) <=
		    1e-9 * one->swing);
	fpb_cost_measure(&costs, FPB_COST_EXPAND, 8000, 1500, 80000, "test");
	assert_false(costs.of[FPB_COST_EXPAND].is_stand_in);
}

/* The swing is what the cost moves the difference by, from one end to the other. */
static void swing(void **state)
{
	struct fpb_sensitivity all[FPB_NR_COSTS];
	struct fpb_account accounts[3];
	struct fpb_costs costs, low, high;
	const struct fpb_sensitivity *one;
	double expected;
	size_t nr;

	(void)state;
	fpb_costs_assume(&costs);
	nr = doubts("linux_amx", &costs, all, accounts);
	one = find(all, nr, FPB_COST_MSR_LIST_LOAD);
	assert_non_null(one);
	low = high = costs;
	low.of[FPB_COST_MSR_LIST_LOAD].value = costs.of[FPB_COST_MSR_LIST_LOAD].low;
	high.of[FPB_COST_MSR_LIST_LOAD].value = costs.of[FPB_COST_MSR_LIST_LOAD].high;
	expected = fpb_amount_difference(&accounts[2], &accounts[0], &high).value -
		   fpb_amount_difference(&accounts[2], &accounts[0], &low).value;
	assert_true(fabs(one->swing - expected) <= 1e-9 * expected);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(assumptions_are_complete),
		cmocka_unit_test(guesses_are_wide),
		cmocka_unit_test(exits_are_in_the_order_of_their_kinds),
		cmocka_unit_test(measured),
		cmocka_unit_test(counted),
		cmocka_unit_test(counts_vary_together),
		cmocka_unit_test(sensitivities),
		cmocka_unit_test(stand_ins_are_in_doubt),
		cmocka_unit_test(swing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
