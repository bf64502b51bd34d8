// SPDX-License-Identifier: MIT
/* test_model_claims.c - what was said in the debate of December 2021, for the rates it assumes. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bench/model/break_even.h"
#include "bench/model/workload_presets.h"

static struct fpb_workload preset(const char *name)
{
	struct fpb_workload workload;

	assert_int_equal(fpb_workload_preset(name, &workload), 0);
	return workload;
}

static struct fpb_account account(const char *design, const struct fpb_workload *workload)
{
	struct fpb_account account;

	assert_true(fpb_design_find(design) < FPB_NR_DESIGNS);
	fpb_account_make(&fpb_designs[fpb_design_find(design)], workload, &account);
	return account;
}

static double operations(const char *design, const struct fpb_workload *workload,
			 enum fpb_cost cost)
{
	const struct fpb_account of = account(design, workload);
	double per_second[FPB_NR_COSTS];

	fpb_account_sum(&of, per_second);
	return per_second[cost];
}

/* Of the first to the second, at assumed costs. */
static enum fpb_order order(const char *design, const char *other,
			    const struct fpb_workload *workload)
{
	const struct fpb_account a = account(design, workload), b = account(other, workload);
	struct fpb_amount difference;
	struct fpb_costs costs;

	fpb_costs_assume(&costs);
	difference = fpb_amount_difference(&a, &b, &costs);
	return fpb_order_of(&difference);
}

static double exits_of(const struct fpb_workload *workload)
{
	return fpb_workload_exits(workload);
}

static double slow_exits_of(const struct fpb_workload *workload)
{
	return exits_of(workload) * (1 - workload->rate[FPB_RATE_FASTPATH_SHARE]);
}

static void assert_near(double value, double expected)
{
	if (fabs(value - expected) > 1e-9 * fabs(expected))
		fail_msg("%.17g is not %.17g", value, expected);
}

/* Tian, 16 Dec: "This implies three MSR operations for every vm-exit"; with the trap few, and rare. */
static void lists_for_xfd_err_cost_three_operations_an_exit(void **state)
{
	const struct fpb_workload workload = preset("linux_amx");
	const double nm = workload.rate[FPB_RATE_NM];
	double lists;

	(void)state;
	lists = operations("upstream_err_lists", &workload, FPB_COST_MSR_LIST_STORE) +
		operations("upstream_err_lists", &workload, FPB_COST_MSR_LIST_LOAD);
	assert_near(lists, 3 * exits_of(&workload));
	assert_near(operations("upstream", &workload, FPB_COST_NM_TRAP), nm);
	assert_near(operations("upstream", &workload, FPB_COST_XFD_ERR_EXIT), nm);
	/* The handler's and that of the trap; the first is there with lists too. */
	assert_near(operations("upstream", &workload, FPB_COST_RDMSR_XFD_ERR), 2 * nm);
	assert_near(operations("upstream_err_lists", &workload, FPB_COST_RDMSR_XFD_ERR), nm);
	/* Zeroed at the exit of #NM, loaded for the handler, zeroed at the exit of its WRMSR. */
	assert_near(operations("upstream", &workload, FPB_COST_WRMSR_XFD_ERR), 3 * nm);
	assert_int_equal(order("upstream", "upstream_err_lists", &workload), FPB_ORDER_LESS);
}

/* "... which are both rare": where they are not, it is the other way round. */
static void traps_lose_where_they_are_not_rare(void **state)
{
	struct fpb_workload workload = preset("linux_amx");
	struct fpb_break_even point;
	struct fpb_costs costs;

	(void)state;
	fpb_costs_assume(&costs);
	assert_true(fpb_break_even_find(
		fpb_design_find("upstream"), fpb_design_find("upstream_err_lists"),
		fpb_parameter_find("nm_per_second"), &workload, &costs, &point));
	assert_int_equal(point.a, fpb_design_find("upstream"));
	workload.rate[FPB_RATE_NM] = point.high * 1.1;
	assert_int_equal(order("upstream", "upstream_err_lists", &workload), FPB_ORDER_MORE);
}

/* Bonzini, 15 Dec: "This costs an RDMSR per vmexit even if neither the host nor the guest ever use AMX". */
static void passthrough_costs_legacy_guests_an_rdmsr_an_exit(void **state)
{
	const struct fpb_workload workload = preset("legacy");

	(void)state;
	assert_near(operations("passthrough", &workload, FPB_COST_RDMSR_XFD) -
			    workload.rate[FPB_RATE_TS_NM],
		    slow_exits_of(&workload));
	assert_int_equal(order("passthrough", "upstream", &workload), FPB_ORDER_MORE);
}

/* Tian, 16 Dec: "the RDMSR cost is added only for guest which supports XFD". */
static void legacy_guests_pay_nothing_upstream(void **state)
{
	struct fpb_workload workload = preset("legacy"), hidden = workload;

	(void)state;
	hidden.is_amx_exposed = false;
	assert_near(operations("upstream", &workload, FPB_COST_RDMSR_XFD), 0);
	assert_near(operations("upstream", &workload, FPB_COST_NM_TRAP), 0);
	assert_int_equal(order("upstream", "intercept_always", &workload), FPB_ORDER_NEGLIGIBLE);
	/* Not shown AMX, no guest can tell passthrough from upstream. */
	assert_int_equal(order("passthrough", "upstream", &hidden), FPB_ORDER_SAME);
}

/* Any Linux that knows XFD writes it at boot, and pays from then on, AMX or not. */
static void linux_pays_without_using_amx(void **state)
{
	const struct fpb_workload workload = preset("linux");

	(void)state;
	assert_near(operations("upstream", &workload, FPB_COST_RDMSR_XFD),
		    slow_exits_of(&workload));
	assert_int_equal(order("intercept_always", "upstream", &workload), FPB_ORDER_LESS);
	/* The series of 7 Dec passed XFD through only after an expansion: nothing to sync here. */
	assert_near(operations("lazy_passthrough", &workload, FPB_COST_RDMSR_XFD), 0);
}

/* Gleixner, 16 Dec: "You still can make that conditional on the guest XCR0". */
static void xcr0_spares_those_who_never_set_it(void **state)
{
	const struct fpb_workload legacy = preset("legacy"), amx = preset("linux_amx");

	(void)state;
	assert_near(operations("passthrough_if_xcr0", &legacy, FPB_COST_RDMSR_XFD), 0);
	assert_near(operations("passthrough_if_xcr0", &legacy, FPB_COST_NM_TRAP), 0);
	assert_int_equal(order("passthrough_if_xcr0", "upstream", &legacy), FPB_ORDER_SAME);
	assert_int_equal(order("passthrough_if_xcr0", "passthrough", &amx), FPB_ORDER_SAME);
}

/* fpu_sync_guest_vmexit_xfd_state() is not on the fastpath; lists of the VMCS know of none. */
static void fastpath_spares_rdmsr_but_not_lists(void **state)
{
	struct fpb_workload workload = preset("linux");

	(void)state;
	workload.rate[FPB_RATE_USER_EXITS] = 0;
	workload.rate[FPB_RATE_FASTPATH_SHARE] = 1;
	assert_near(operations("upstream", &workload, FPB_COST_RDMSR_XFD), 0);
	assert_near(operations("upstream_store_list", &workload, FPB_COST_MSR_LIST_STORE),
		    exits_of(&workload));
}

/* Tian, patch 21: always intercepting has "non-negligible overhead when updated frequently". */
static void passthrough_pays_where_writes_are_many(void **state)
{
	struct fpb_workload workload = preset("linux_amx");

	(void)state;
	workload.rate[FPB_RATE_XFD_WRITES] = 50000;
	assert_int_equal(order("upstream", "intercept_always", &workload), FPB_ORDER_LESS);
	workload.rate[FPB_RATE_XFD_WRITES] = 10;
	assert_int_equal(order("upstream", "intercept_always", &workload), FPB_ORDER_MORE);
}

/* xfd_update_state() writes what changed: KVM does in an exit what the guest does without one. */
static void an_intercepted_write_is_written_too(void **state)
{
	struct fpb_workload workload = preset("linux_amx");
	const double writes = workload.rate[FPB_RATE_XFD_WRITES];

	(void)state;
	workload.rate[FPB_RATE_BOOTS] = 0;
	assert_near(operations("upstream", &workload, FPB_COST_WRMSR_XFD), writes);
	assert_near(operations("upstream", &workload, FPB_COST_XFD_WRITE_EXIT), 0);
	assert_near(operations("intercept_always", &workload, FPB_COST_WRMSR_XFD), writes);
	assert_near(operations("intercept_always", &workload, FPB_COST_XFD_WRITE_EXIT), writes);
	/* The one at boot, from 0: measured as a whole, or of an exit and a write. */
	workload.rate[FPB_RATE_BOOTS] = 86400;
	assert_near(operations("upstream", &workload, FPB_COST_WRMSR_XFD), writes);
	assert_near(operations("intercept_always", &workload, FPB_COST_WRMSR_XFD),
		    writes + workload.rate[FPB_RATE_VCPUS]);
}

/* vmx_update_exception_bitmap(): once passed through, those of CR0.TS exit too. */
static void passthrough_traps_every_nm(void **state)
{
	struct fpb_workload workload = preset("linux");

	(void)state;
	workload.rate[FPB_RATE_TS_NM] = 100;
	assert_near(operations("upstream", &workload, FPB_COST_NM_TRAP), 100);
	workload.rate[FPB_RATE_AMX_TASK_SHARE] = 0.25;
	assert_near(operations("intercept_always", &workload, FPB_COST_NM_TRAP), 75);
	assert_near(operations("upstream_err_lists", &workload, FPB_COST_NM_TRAP), 0);
}

/*
 * Gleixner, 15 Dec: restored XSTATE, XCR0, XFD, with XSTATE in its initial state and XFD set, "the
 * buffer expansion was pointless".
 */
static void xstate_first_expands_in_vain(void **state)
{
	struct fpb_workload workload = preset("linux");
	double restores;

	(void)state;
	workload.rate[FPB_RATE_BOOTS] = 0;
	workload.rate[FPB_RATE_MIGRATIONS] = 86400;
	restores = workload.rate[FPB_RATE_VCPUS];
	assert_near(operations("lazy", &workload, FPB_COST_EXPAND), 0);
	assert_near(operations("lazy_realloc_request", &workload, FPB_COST_EXPAND), restores);
	assert_int_equal(account("lazy", &workload).bytes, FPB_COST_FPSTATE_DEFAULT_BYTES);
	assert_int_equal(account("lazy_realloc_request", &workload).bytes,
			 FPB_COST_FPSTATE_FULL_BYTES);
	assert_near(operations("upstream", &workload, FPB_COST_EXPAND), restores);
	assert_near(operations("eager_at_creation", &workload, FPB_COST_EXPAND), 0);
	assert_near(operations("eager_at_creation", &workload, FPB_COST_ALLOC_FULL), restores);
}

/* What asks for the buffer is XCR0 & ~XFD: who never writes XFD asks when it sets XCR0[18]. */
static void xsetbv_expands_where_xfd_is_0(void **state)
{
	struct fpb_workload workload = preset("legacy");
	double boots;

	(void)state;
	workload.rate[FPB_RATE_MIGRATIONS] = 0;
	workload.rate[FPB_RATE_BOOTS] = 86400;
	boots = workload.rate[FPB_RATE_VCPUS];
	assert_near(operations("lazy", &workload, FPB_COST_EXPAND), 0);
	workload.has_xcr0_tiledata = true;
	assert_near(operations("lazy", &workload, FPB_COST_EXPAND), boots);
	assert_near(operations("lazy_passthrough", &workload, FPB_COST_EXPAND), boots);
	assert_int_equal(account("lazy", &workload).bytes, FPB_COST_FPSTATE_FULL_BYTES);
	/* It writes no XFD: nothing ends the interception, and there is nothing to sync. */
	assert_near(operations("lazy_passthrough", &workload, FPB_COST_RDMSR_XFD), 0);
	workload.is_xfd_aware = true;
	assert_near(operations("lazy", &workload, FPB_COST_EXPAND), 0);
}

/* The series of 7 Dec returned to user space for it; the patch of 14 Dec no more. */
static void an_expansion_by_way_of_user_space(void **state)
{
	struct fpb_workload workload = preset("linux_amx");
	const double user = workload.rate[FPB_RATE_USER_EXITS];
	double boots;

	(void)state;
	workload.rate[FPB_RATE_MIGRATIONS] = 0;
	workload.rate[FPB_RATE_BOOTS] = 86400;
	boots = workload.rate[FPB_RATE_VCPUS];
	assert_near(operations("lazy", &workload, FPB_COST_USER_EXIT), user);
	assert_near(operations("lazy_passthrough", &workload, FPB_COST_USER_EXIT), user + boots);
	assert_near(operations("lazy_passthrough", &workload, FPB_COST_SWAP), user + boots);
}

/* Who expands when: bytes of a guest that never uses AMX, and of one that is not shown it. */
static void bytes(void **state)
{
	struct fpb_workload workload = preset("legacy");

	(void)state;
	workload.rate[FPB_RATE_MIGRATIONS] = 0;
	assert_int_equal(account("upstream", &workload).bytes, FPB_COST_FPSTATE_FULL_BYTES);
	assert_int_equal(account("eager_at_creation", &workload).bytes,
			 FPB_COST_FPSTATE_FULL_BYTES);
	assert_int_equal(account("lazy", &workload).bytes, FPB_COST_FPSTATE_DEFAULT_BYTES);
	workload.is_amx_exposed = false;
	assert_int_equal(account("upstream", &workload).bytes, FPB_COST_FPSTATE_DEFAULT_BYTES);
	assert_int_equal(account("eager_at_creation", &workload).bytes,
			 FPB_COST_FPSTATE_DEFAULT_BYTES);
}

static void designs_have_no_contradiction(void **state)
{
	struct fpb_xfd_design design = fpb_designs[fpb_design_find("upstream")];

	(void)state;
	for (size_t i = 0; i < FPB_NR_DESIGNS; i++) {
		assert_null(fpb_design_contradiction(&fpb_designs[i]));
		assert_int_equal(fpb_design_find(fpb_designs[i].name), i);
	}
	assert_int_equal(fpb_design_find("none"), FPB_NR_DESIGNS);
	design.allocation = FPB_ALLOC_ON_TRAP;
	assert_non_null(fpb_design_contradiction(&design));
	design = fpb_designs[fpb_design_find("upstream")];
	design.sync = FPB_SYNC_NONE;
	assert_non_null(fpb_design_contradiction(&design));
	design.sync = FPB_SYNC_RDMSR;
	design.interception = FPB_INTERCEPT_UNTIL_EXPANDED;
	assert_non_null(fpb_design_contradiction(&design));
	design = fpb_designs[fpb_design_find("lazy")];
	design.restore_order = FPB_RESTORE_XSTATE_FIRST;
	assert_non_null(fpb_design_contradiction(&design));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_for_xfd_err_cost_three_operations_an_exit),
		cmocka_unit_test(traps_lose_where_they_are_not_rare),
		cmocka_unit_test(passthrough_costs_legacy_guests_an_rdmsr_an_exit),
		cmocka_unit_test(legacy_guests_pay_nothing_upstream),
		cmocka_unit_test(linux_pays_without_using_amx),
		cmocka_unit_test(xcr0_spares_those_who_never_set_it),
		cmocka_unit_test(fastpath_spares_rdmsr_but_not_lists),
		cmocka_unit_test(passthrough_pays_where_writes_are_many),
		cmocka_unit_test(an_intercepted_write_is_written_too),
		cmocka_unit_test(passthrough_traps_every_nm),
		cmocka_unit_test(xstate_first_expands_in_vain),
		cmocka_unit_test(xsetbv_expands_where_xfd_is_0),
		cmocka_unit_test(an_expansion_by_way_of_user_space),
		cmocka_unit_test(bytes),
		cmocka_unit_test(designs_have_no_contradiction),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
