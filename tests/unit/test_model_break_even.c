// SPDX-License-Identifier: MIT
/* test_model_break_even.c - every point is one, none is missed, and the map agrees. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bench/model/break_even.h"
#include "bench/model/workload_presets.h"
#include "model_random.h"

#define NR_DRAWS 60

/* From outside: workload, accounts, difference; false if the workload cannot have the rate. */
static bool difference_at(size_t a, size_t b, size_t parameter, double x,
			  const struct fpb_workload *workload, const struct fpb_costs *costs,
			  struct fpb_amount *out)
{
	struct fpb_workload varied = *workload;
	struct fpb_account of_a, of_b;

	if (!fpb_parameter_set(parameter, x, &varied))
		return false;
	fpb_account_make(&fpb_designs[a], &varied, &of_a);
	fpb_account_make(&fpb_designs[b], &varied, &of_b);
	*out = fpb_amount_difference(&of_a, &of_b, costs);
	return true;
}

static struct fpb_amount at(const struct fpb_break_even *point, double x,
			    const struct fpb_workload *workload, const struct fpb_costs *costs)
{
	struct fpb_amount amount;

	assert_true(
		difference_at(point->a, point->b, point->parameter, x, workload, costs, &amount));
	return amount;
}

static void check_point(const struct fpb_break_even *point, const struct fpb_workload *workload,
			const struct fpb_costs *costs)
{
	const double to = fpb_parameters[point->parameter].to;
	struct fpb_amount amount;

	assert_true(at(point, point->value * 0.999, workload, costs).value < 0);
	assert_true(at(point, fmin(point->value * 1.001, to), workload, costs).value > 0);
	if (!isnan(point->low)) {
		assert_true(point->low <= point->value);
		amount = at(point, point->low * 0.999, workload, costs);
		assert_true(amount.high < 0);
		amount = at(point, fmin(point->low * 1.001, to), workload, costs);
		assert_true(amount.high >= 0);
	}
	if (!isnan(point->high)) {
		assert_true(point->high >= point->value);
		amount = at(point, fmin(point->high * 1.001, to), workload, costs);
		assert_true(amount.low > 0);
		amount = at(point, point->high * 0.999, workload, costs);
		assert_true(amount.low <= 0);
	}
}

/* Every pair and rate: a point where the ends of the range have different winners, else none. */
static size_t check_pair(size_t a, size_t b, size_t parameter, const struct fpb_workload *workload,
			 const struct fpb_costs *costs)
{
	const double to = fpb_parameters[parameter].to;
	struct fpb_break_even point;
	struct fpb_amount first, last;

	if (!fpb_break_even_find(a, b, parameter, workload, costs, &point)) {
		if (!difference_at(a, b, parameter, to * 1e-6, workload, costs, &first) ||
		    !difference_at(a, b, parameter, to * 0.99, workload, costs, &last))
			return 0;
		/* Below a cycle a second is what rounding leaves of 10^7 operations. */
		if (fabs(first.value) > 1 && fabs(last.value) > 1)
			assert_false(first.value * last.value < 0);
		return 0;
	}
	assert_int_equal(point.parameter, parameter);
	check_point(&point, workload, costs);
	return 1;
}

static void points_are_confirmed_from_both_sides(void **state)
{
	struct model_random random = { 5171819 };
	struct fpb_workload workload;
	struct fpb_costs costs;
	size_t nr = 0;

	(void)state;
	for (int n = 0; n < NR_DRAWS; n++) {
		random_workload(&random, &workload);
		random_costs(&random, &costs);
		for (size_t a = 0; a < FPB_NR_DESIGNS; a++) {
			for (size_t b = 0; b < a; b++) {
				for (size_t p = 0; p < FPB_NR_PARAMETERS; p++)
					nr += check_pair(a, b, p, &workload, &costs);
			}
		}
	}
	assert_true(nr > 500);
}

static void order_of_arguments_does_not_matter(void **state)
{
	const size_t upstream = fpb_design_find("upstream");
	const size_t always = fpb_design_find("intercept_always");
	const size_t writes = fpb_parameter_find("xfd_writes_per_second");
	struct fpb_break_even there, back;
	struct fpb_workload workload;
	struct fpb_costs costs;

	(void)state;
	fpb_costs_assume(&costs);
	assert_int_equal(fpb_workload_preset("linux_amx", &workload), 0);
	assert_true(fpb_break_even_find(upstream, always, writes, &workload, &costs, &there));
	assert_true(fpb_break_even_find(always, upstream, writes, &workload, &costs, &back));
	assert_int_equal(there.a, always);
	assert_int_equal(back.a, always);
	assert_true(fabs(there.value - back.value) <= 1e-9 * there.value);
}

/*
 * By hand: 24000 slow exits pay RDMSR and a test; a write passed through saves an exit and its two
 * tests of XFD_ERR, and is a WRMSR like that of KVM in its place.
 */
static void known_point(void **state)
{
	struct fpb_break_even point;
	struct fpb_workload workload;
	struct fpb_costs costs;
	double expected;

	(void)state;
	fpb_costs_assume(&costs);
	fpb_cost_measure(&costs, FPB_COST_RDMSR_XFD, 50, 50, 50, "test");
	fpb_cost_measure(&costs, FPB_COST_WRMSR_XFD, 90, 90, 90, "test");
	fpb_cost_measure(&costs, FPB_COST_FLAG_TEST, 2, 2, 2, "test");
	fpb_cost_measure(&costs, FPB_COST_XFD_WRITE_EXIT, 1500, 1500, 1500, "test");
	fpb_workload_init(&workload, "test", "test");
	workload.is_xfd_aware = workload.has_xcr0_tiledata = true;
	workload.rate[FPB_RATE_FASTPATH_SHARE] = 0.4;
	fpb_workload_scale_exits(&workload, 40000);
	expected = 24000.0 * (50 + 2) / (1500 + 2 * 2);
	assert_true(fpb_break_even_find(
		fpb_design_find("upstream"), fpb_design_find("intercept_always"),
		fpb_parameter_find("xfd_writes_per_second"), &workload, &costs, &point));
	assert_true(fabs(point.value - expected) < 1e-6 * expected);
	assert_true(fabs(point.low - expected) < 1e-6 * expected);
	assert_true(fabs(point.high - expected) < 1e-6 * expected);
}

static void what_a_guest_cannot_do_is_not_varied(void **state)
{
	const size_t writes = fpb_parameter_find("xfd_writes_per_second");
	struct fpb_workload legacy, varied;

	(void)state;
	assert_int_equal(fpb_workload_preset("legacy", &legacy), 0);
	varied = legacy;
	assert_false(fpb_parameter_set(writes, 10, &varied));
	varied = legacy;
	assert_false(fpb_parameter_set(fpb_parameter_find("boots_per_day"), -1, &varied));
	varied = legacy;
	assert_false(fpb_parameter_set(fpb_parameter_find("boots_per_day"), NAN, &varied));
	assert_int_equal(fpb_parameter_find("no such rate"), FPB_NR_PARAMETERS);
}

/* The cell's winner is the least by its own account; the border lies at the break-even point. */
static void map(void **state)
{
	const size_t designs[] = { fpb_design_find("intercept_always"),
				   fpb_design_find("upstream") };
	const double exits[] = { 1e3, 1e5 };
	double writes[4];
	struct fpb_map_cell cells[8];
	struct fpb_break_even point[2];
	struct fpb_workload workload;
	struct fpb_costs costs;

	(void)state;
	fpb_costs_assume(&costs);
	assert_int_equal(fpb_workload_preset("linux_amx", &workload), 0);
	for (size_t y = 0; y < 2; y++) {
		struct fpb_workload scaled = workload;

		fpb_workload_scale_exits(&scaled, exits[y]);
		assert_true(fpb_break_even_find(designs[0], designs[1],
						fpb_parameter_find("xfd_writes_per_second"),
						&scaled, &costs, &point[y]));
	}
	writes[0] = point[0].value * 0.99;
	writes[1] = point[0].value * 1.01;
	writes[2] = point[1].value * 1.01;
	writes[3] = point[1].high * 1.5;
	assert_int_equal(
		fpb_break_even_map(&workload, &costs, designs, 2, writes, 4, exits, 2, cells), 0);
	assert_int_equal(cells[0].winner, designs[0]);
	assert_int_equal(cells[1].winner, designs[1]);
	assert_false(cells[1].is_clear);
	assert_int_equal(cells[4 + 1].winner, designs[0]);
	assert_int_equal(cells[4 + 2].winner, designs[1]);
	assert_int_equal(cells[4 + 3].winner, designs[1]);
	assert_true(cells[4 + 3].is_clear);
}

static void map_refuses(void **state)
{
	const size_t design = 0;
	const double rate = 1, negative = -1;
	struct fpb_map_cell cell;
	struct fpb_workload workload;
	struct fpb_costs costs;

	(void)state;
	fpb_costs_assume(&costs);
	assert_int_equal(fpb_workload_preset("linux_amx", &workload), 0);
	assert_int_equal(fpb_break_even_map(&workload, &costs, &design, 0, &rate, 1, &rate, 1,
					    &cell),
			 -EINVAL);
	assert_int_equal(fpb_break_even_map(&workload, &costs, &design, 1, &negative, 1, &rate, 1,
					    &cell),
			 -EINVAL);
	assert_int_equal(fpb_workload_preset("legacy", &workload), 0);
	assert_int_equal(fpb_break_even_map(&workload, &costs, &design, 1, &rate, 1, &rate, 1,
					    &cell),
			 -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(points_are_confirmed_from_both_sides),
		cmocka_unit_test(order_of_arguments_does_not_matter),
		cmocka_unit_test(known_point),
		cmocka_unit_test(what_a_guest_cannot_do_is_not_varied),
		cmocka_unit_test(map),
		cmocka_unit_test(map_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
