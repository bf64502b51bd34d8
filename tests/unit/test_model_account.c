// SPDX-License-Identifier: MIT
/* test_model_account.c - what must hold of all designs, workloads and costs. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model_random.h"

#define NR_DRAWS 300
/* Of sums of some hundred products. */
#define ROUNDING 1e-9

struct world {
	struct model_random random;
	struct fpb_xfd_design design[MODEL_MAX_DESIGNS];
	size_t nr_designs;
	struct fpb_workload workload;
	struct fpb_costs costs;
};

static struct world begin(void)
{
	struct world world = { .random = { 20211216 } };

	world.nr_designs = all_designs(world.design);
	return world;
}

static void draw(struct world *world)
{
	random_workload(&world->random, &world->workload);
	random_costs(&world->random, &world->costs);
}

static void make(const struct world *world, size_t design, struct fpb_account *out)
{
	fpb_account_make(&world->design[design], &world->workload, out);
}

static double total(const struct world *world, size_t design, const struct fpb_workload *workload,
		    const struct fpb_costs *costs)
{
	struct fpb_account account;

	fpb_account_make(&world->design[design], workload, &account);
	return fpb_amount_total(&account, costs).value;
}

static void check_not_less(double more, double less)
{
	if (more < less - ROUNDING * fabs(less))
		fail_msg("%.17g is less than %.17g", more, less);
}

static void check_contains(const struct fpb_amount *amount, double value)
{
	const double rounding = ROUNDING * (fabs(amount->low) + fabs(amount->high));

	if (value < amount->low - rounding || value > amount->high + rounding)
		fail_msg("%.17g is not within %.17g and %.17g", value, amount->low, amount->high);
}

static void operations_are_not_negative(void **state)
{
	struct world world = begin();

	(void)state;
	for (int n = 0; n < NR_DRAWS; n++) {
		draw(&world);
		for (size_t d = 0; d < world.nr_designs; d++) {
			struct fpb_account account;

			make(&world, d, &account);
			for (size_t term = 0; term < FPB_NR_TERMS; term++) {
				for (size_t i = 0; i < FPB_NR_COSTS; i++)
					assert_true(account.per_second[term][i] >= 0);
			}
			assert_true(account.bytes == FPB_COST_FPSTATE_DEFAULT_BYTES ||
				    account.bytes == FPB_COST_FPSTATE_FULL_BYTES);
		}
	}
}

static void check_rates(struct world *world, size_t design)
{
	static const enum fpb_rate rates[] = {
		FPB_RATE_VCPUS,		FPB_RATE_USER_EXITS,
		FPB_RATE_VCPU_SWITCHES, FPB_RATE_CONTEXT_SWITCHES,
		FPB_RATE_XFD_WRITES,	FPB_RATE_NM,
		FPB_RATE_TS_NM,		FPB_RATE_BOOTS,
		FPB_RATE_MIGRATIONS,
	};
	const double before = total(world, design, &world->workload, &world->costs);

	for (size_t i = 0; i < sizeof(rates) / sizeof(*rates); i++) {
		struct fpb_workload more = world->workload;

		more.rate[rates[i]] = rates[i] == FPB_RATE_VCPUS ? more.rate[rates[i]] + 1
								 : more.rate[rates[i]] * 1.5 + 1;
		if (!fpb_workload_check(&more, NULL))
			check_not_less(total(world, design, &more, &world->costs), before);
	}
	for (size_t i = 0; i < FPB_NR_EXIT_KINDS; i++) {
		struct fpb_workload more = world->workload;

		more.exits[i] = more.exits[i] * 1.5 + 1;
		check_not_less(total(world, design, &more, &world->costs), before);
	}
}

static void monotone_in_rates(void **state)
{
	struct world world = begin();

	(void)state;
	for (int n = 0; n < NR_DRAWS; n++) {
		draw(&world);
		check_rates(&world, random_below(&world.random, world.nr_designs));
	}
}

static void monotone_in_costs(void **state)
{
	struct world world = begin();

	(void)state;
	for (int n = 0; n < NR_DRAWS; n++) {
		const size_t d = random_below(&world.random, world.nr_designs);
		double before;

		draw(&world);
		before = total(&world, d, &world.workload, &world.costs);
		for (size_t i = 0; i < FPB_NR_COSTS; i++) {
			struct fpb_costs dearer = world.costs;
			const double value = dearer.of[i].value * 2 + 1;

			fpb_cost_measure(&dearer, (enum fpb_cost)i, value, value, value, "test");
			check_not_less(total(&world, d, &world.workload, &dearer), before);
		}
	}
}

/* Whatever the costs are within their intervals; for totals, terms and differences. */
static void intervals_hold_all_costs(void **state)
{
	struct world world = begin();

	(void)state;
	for (int n = 0; n < NR_DRAWS; n++) {
		struct fpb_account a, b;
		struct fpb_amount of_total, of_difference, of_term;

		draw(&world);
		make(&world, random_below(&world.random, world.nr_designs), &a);
		make(&world, random_below(&world.random, world.nr_designs), &b);
		of_total = fpb_amount_total(&a, &world.costs);
		of_term = fpb_amount_term(&a, FPB_TERM_XFD_ERR, &world.costs);
		of_difference = fpb_amount_difference(&a, &b, &world.costs);
		check_contains(&of_total, of_total.value);
		check_contains(&of_term, of_term.value);
		check_contains(&of_difference, of_difference.value);
		for (int k = 0; k < 30; k++) {
			struct fpb_costs costs;

			random_within(&world.random, &world.costs, &costs);
			check_contains(&of_total, fpb_amount_total(&a, &costs).value);
			check_contains(&of_term,
				       fpb_amount_term(&a, FPB_TERM_XFD_ERR, &costs).value);
			check_contains(&of_difference, fpb_amount_difference(&a, &b, &costs).value);
		}
	}
}

/* No wider than needed: where nothing is counted, its ends are those of some choice of costs. */
static void intervals_are_tight(void **state)
{
	struct world world = begin();

	(void)state;
	for (int n = 0; n < NR_DRAWS; n++) {
		struct fpb_account a, b;
		struct fpb_amount difference;
		struct fpb_costs worst;
		double per_second[FPB_NR_COSTS];

		draw(&world);
		fpb_costs_assume(&world.costs);
		worst = world.costs;
		make(&world, random_below(&world.random, world.nr_designs), &a);
		make(&world, random_below(&world.random, world.nr_designs), &b);
		fpb_account_minus(&a, &b, per_second);
		for (size_t i = 0; i < FPB_NR_COSTS; i++) {
			const struct fpb_cost_value *cost = &world.costs.of[i];
			const double end = per_second[i] > 0 ? cost->high : cost->low;

			fpb_cost_measure(&worst, (enum fpb_cost)i, end, end, end, "test");
		}
		difference = fpb_amount_difference(&a, &b, &world.costs);
		assert_true(fabs(fpb_amount_difference(&a, &b, &worst).value - difference.high) <=
			    ROUNDING * fabs(difference.high));
	}
}

static bool does_no_more(const struct fpb_account *a, const struct fpb_account *b)
{
	double difference[FPB_NR_COSTS];

	fpb_account_minus(a, b, difference);
	for (size_t i = 0; i < FPB_NR_COSTS; i++) {
		if (difference[i] > 0)
			return false;
	}
	return true;
}

static void less_work_never_loses(void **state)
{
	struct world world = begin();
	size_t nr_pairs = 0;

	(void)state;
	for (int n = 0; n < NR_DRAWS; n++) {
		draw(&world);
		for (int k = 0; k < 100; k++) {
			struct fpb_account a, b;
			struct fpb_amount difference;

			make(&world, random_below(&world.random, world.nr_designs), &a);
			make(&world, random_below(&world.random, world.nr_designs), &b);
			if (!does_no_more(&a, &b))
				continue;
			nr_pairs++;
			difference = fpb_amount_difference(&a, &b, &world.costs);
			assert_true(difference.value <= 0);
			assert_true(difference.high <= 0);
			assert_int_not_equal(fpb_order_of(&difference), FPB_ORDER_MORE);
		}
	}
	assert_true(nr_pairs > 1000);
}

/* Choices that never add work, whatever the guest: each against the other, all else equal. */
static void choices_that_never_hurt(void **state)
{
	struct world world = begin();

	(void)state;
	for (int n = 0; n < NR_DRAWS; n++) {
		draw(&world);
		for (size_t d = 0; d < world.nr_designs; d++) {
			struct fpb_xfd_design other = world.design[d];
			struct fpb_account a, b;

			make(&world, d, &b);
			other.restore_order = FPB_RESTORE_XFD_FIRST;
			fpb_account_make(&other, &world.workload, &a);
			assert_true(does_no_more(&a, &b));
			other = world.design[d];
			if (other.sync != FPB_SYNC_RDMSR)
				continue;
			other.sync = FPB_SYNC_RDMSR_XCR0;
			fpb_account_make(&other, &world.workload, &a);
			assert_true(does_no_more(&a, &b));
		}
	}
}

static void differences_are_antisymmetric(void **state)
{
	struct world world = begin();

	(void)state;
	for (int n = 0; n < NR_DRAWS; n++) {
		struct fpb_account a, b;
		struct fpb_amount there, back, self;

		draw(&world);
		make(&world, random_below(&world.random, world.nr_designs), &a);
		make(&world, random_below(&world.random, world.nr_designs), &b);
		there = fpb_amount_difference(&a, &b, &world.costs);
		back = fpb_amount_difference(&b, &a, &world.costs);
		self = fpb_amount_difference(&a, &a, &world.costs);
		assert_true(there.value == -back.value);
		assert_true(there.low == -back.high);
		assert_int_equal(fpb_order_of(&self), FPB_ORDER_SAME);
	}
}

/* Totals overlap, but what they have in common is the same for both. */
static void common_costs_cancel(void **state)
{
	struct fpb_workload workload;
	struct fpb_account a, b;
	struct fpb_amount difference, of_a, of_b;
	struct fpb_costs costs;

	(void)state;
	fpb_costs_assume(&costs);
	fpb_workload_init(&workload, "test", "test");
	fpb_workload_scale_exits(&workload, 1e5);
	workload.is_xfd_aware = workload.has_xcr0_tiledata = true;
	fpb_account_make(&fpb_designs[fpb_design_find("upstream")], &workload, &a);
	fpb_account_make(&fpb_designs[fpb_design_find("upstream_err_lists")], &workload, &b);
	of_a = fpb_amount_total(&a, &costs);
	of_b = fpb_amount_total(&b, &costs);
	difference = fpb_amount_difference(&a, &b, &costs);
	assert_true(of_a.high > of_b.low && of_b.high > of_a.low);
	assert_int_equal(fpb_order_of(&difference), FPB_ORDER_LESS);
}

static void orders(void **state)
{
	const double more = 2 * FPB_NEGLIGIBLE_CYC, less = FPB_NEGLIGIBLE_CYC / 2;
	static const struct {
		double low, high; /* in halves of what is negligible */
		enum fpb_order order;
	} cases[] = {
		{ 0, 0, FPB_ORDER_SAME },
		{ -1, 1, FPB_ORDER_NEGLIGIBLE },
		{ 1, 2, FPB_ORDER_NEGLIGIBLE },
		{ -1, 4, FPB_ORDER_UNKNOWN },
		{ 0, 4, FPB_ORDER_UNKNOWN },
		{ 3, 4, FPB_ORDER_MORE },
		{ -4, -3, FPB_ORDER_LESS },
		{ -4, 0, FPB_ORDER_UNKNOWN },
		/* Its sign is certain; that it matters is not. */
		{ 1, 4, FPB_ORDER_UNKNOWN },
		{ -4, -1, FPB_ORDER_UNKNOWN },
	};

	(void)state;
	assert_true(more > less);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct fpb_amount amount = { .low = cases[i].low * less,
						   .high = cases[i].high * less };

		assert_int_equal(fpb_order_of(&amount), cases[i].order);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(operations_are_not_negative),
		cmocka_unit_test(monotone_in_rates),
		cmocka_unit_test(monotone_in_costs),
		cmocka_unit_test(intervals_hold_all_costs),
		cmocka_unit_test(intervals_are_tight),
		cmocka_unit_test(less_work_never_loses),
		cmocka_unit_test(choices_that_never_hurt),
		cmocka_unit_test(differences_are_antisymmetric),
		cmocka_unit_test(common_costs_cancel),
		cmocka_unit_test(orders),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
