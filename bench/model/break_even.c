// SPDX-License-Identifier: MIT
#include "bench/model/break_even.h"

#include <errno.h>
#include <math.h>
#include <string.h>

/* What no VM reaches: beyond it a break-even point is of no use to anybody. */
#define MAX_PER_SECOND 1e7
#define MAX_PER_DAY    1e6
/* 0 is another guest: one that never does it at all. */
#define NEARLY_0 1e-9
/* Halvings of an interval, and how far beside a point its sides are looked at. */
#define NR_HALVINGS 100
#define BESIDE	    1e-6

enum { PARAMETER_XFD_WRITES, PARAMETER_EXITS };

const struct fpb_parameter fpb_parameters[FPB_NR_PARAMETERS] = {
	[PARAMETER_XFD_WRITES] = { "xfd_writes_per_second", MAX_PER_SECOND },
	[PARAMETER_EXITS] = { "exits_per_second", MAX_PER_SECOND },
	{ "nm_per_second", MAX_PER_SECOND },
	{ "ts_nm_per_second", MAX_PER_SECOND },
	{ "boots_per_day", MAX_PER_DAY },
	{ "migrations_per_day", MAX_PER_DAY },
};

size_t fpb_parameter_find(const char *name)
{
	size_t i = 0;

	while (i < FPB_NR_PARAMETERS && strcmp(fpb_parameters[i].name, name) != 0)
		i++;
	return i;
}

static enum fpb_rate rate_of(size_t parameter)
{
	size_t i = 0;

	while (i < FPB_NR_RATES &&
	       strcmp(fpb_rate_infos[i].key, fpb_parameters[parameter].name) != 0)
		i++;
	return (enum fpb_rate)i;
}

bool fpb_parameter_set(size_t parameter, double value, struct fpb_workload *workload)
{
	const enum fpb_rate rate = rate_of(parameter);

	if (!(value >= 0 && value <= fpb_parameters[parameter].to))
		return false;
	if ((rate == FPB_RATE_XFD_WRITES || rate == FPB_RATE_NM) && !workload->is_xfd_aware)
		return false;
	if (rate == FPB_NR_RATES)
		fpb_workload_scale_exits(workload, value);
	else
		workload->rate[rate] = value;
	return !fpb_workload_check(workload, NULL);
}

/* The difference of two designs along a parameter: operations = at_0 + x * slope, by cost. */
struct line {
	double at_0[FPB_NR_COSTS], slope[FPB_NR_COSTS];
	const struct fpb_costs *costs;
};

static bool difference_at(size_t a, size_t b, size_t parameter, double value,
			  const struct fpb_workload *workload, double per_second[FPB_NR_COSTS])
{
	struct fpb_workload varied = *workload;
	struct fpb_account of_a, of_b;

	if (!fpb_parameter_set(parameter, value, &varied))
		return false;
	fpb_account_make(&fpb_designs[a], &varied, &of_a);
	fpb_account_make(&fpb_designs[b], &varied, &of_b);
	fpb_account_minus(&of_a, &of_b, per_second);
	return true;
}

static bool make_line(size_t a, size_t b, size_t parameter, const struct fpb_workload *workload,
		      const struct fpb_costs *costs, struct line *line)
{
	const double to = fpb_parameters[parameter].to;
	double at_end[FPB_NR_COSTS];

	line->costs = costs;
	if (!difference_at(a, b, parameter, NEARLY_0, workload, line->at_0) ||
	    !difference_at(a, b, parameter, to, workload, at_end))
		return false;
	for (size_t i = 0; i < FPB_NR_COSTS; i++)
		line->slope[i] = (at_end[i] - line->at_0[i]) / (to - NEARLY_0);
	return true;
}

static struct fpb_amount amount_at(const struct line *line, double x)
{
	double per_second[FPB_NR_COSTS];

	for (size_t i = 0; i < FPB_NR_COSTS; i++)
		per_second[i] = line->at_0[i] + x * line->slope[i];
	return fpb_amount_of(per_second, line->costs);
}

static bool is_certain(const struct line *line, double x)
{
	const struct fpb_amount amount = amount_at(line, x);

	return fpb_sign_is_certain(&amount);
}

/* From a rate at which the order is open, where it becomes certain on the way to `end`. */
static double edge(const struct line *line, double inside, double end)
{
	if (!is_certain(line, end))
		return NAN;
	for (int i = 0; i < NR_HALVINGS; i++) {
		const double middle = (inside + end) / 2;

		if (is_certain(line, middle))
			end = middle;
		else
			inside = middle;
	}
	return end;
}

/* By the accounts themselves, not by the line that gave the point. */
static bool is_confirmed(const struct fpb_break_even *point, const struct fpb_workload *workload,
			 const struct fpb_costs *costs)
{
	const double sides[] = { point->value * (1 - BESIDE), point->value * (1 + BESIDE) };
	double per_second[FPB_NR_COSTS], value[2];

	for (size_t i = 0; i < 2; i++) {
		if (!difference_at(point->a, point->b, point->parameter, sides[i], workload,
				   per_second))
			return false;
		value[i] = fpb_amount_of(per_second, costs).value;
	}
	return value[0] < 0 && value[1] > 0;
}

bool fpb_break_even_find(size_t design, size_t other, size_t parameter,
			 const struct fpb_workload *workload, const struct fpb_costs *costs,
			 struct fpb_break_even *out)
{
	const double to = fpb_parameters[parameter].to;
	struct line line;
	double at_0, slope;

	if (!make_line(design, other, parameter, workload, costs, &line))
		return false;
	at_0 = amount_at(&line, 0).value;
	slope = (amount_at(&line, to).value - at_0) / to;
	*out = (struct fpb_break_even){ .parameter = parameter, .value = -at_0 / slope };
	/* Not a number, where neither changes. */
	if (!(out->value > NEARLY_0 && out->value < to))
		return false;
	out->a = at_0 < 0 ? design : other;
	out->b = at_0 < 0 ? other : design;
	out->low = edge(&line, out->value, NEARLY_0);
	out->high = edge(&line, out->value, to);
	return is_confirmed(out, workload, costs);
}

static void judge_cell(const struct fpb_workload *workload, const struct fpb_costs *costs,
		       const size_t *designs, size_t nr_designs, struct fpb_map_cell *cell)
{
	struct fpb_account best, other;
	double least = INFINITY;

	for (size_t i = 0; i < nr_designs; i++) {
		double total;

		fpb_account_make(&fpb_designs[designs[i]], workload, &other);
		total = fpb_amount_total(&other, costs).value;
		if (total >= least)
			continue;
		least = total;
		best = other;
		cell->winner = designs[i];
	}
	cell->is_clear = true;
	for (size_t i = 0; i < nr_designs; i++) {
		struct fpb_amount difference;

		if (designs[i] == cell->winner)
			continue;
		fpb_account_make(&fpb_designs[designs[i]], workload, &other);
		difference = fpb_amount_difference(&best, &other, costs);
		cell->is_clear &= fpb_order_of(&difference) == FPB_ORDER_LESS;
	}
}

int fpb_break_even_map(const struct fpb_workload *workload, const struct fpb_costs *costs,
		       const size_t *designs, size_t nr_designs, const double *xfd_writes,
		       size_t nr_x, const double *exits, size_t nr_y, struct fpb_map_cell *cells)
{
	if (!nr_designs)
		return -EINVAL;
	for (size_t y = 0; y < nr_y; y++) {
		for (size_t x = 0; x < nr_x; x++) {
			struct fpb_workload varied = *workload;

			if (!fpb_parameter_set(PARAMETER_EXITS, exits[y], &varied) ||
			    !fpb_parameter_set(PARAMETER_XFD_WRITES, xfd_writes[x], &varied))
				return -EINVAL;
			judge_cell(&varied, costs, designs, nr_designs, &cells[y * nr_x + x]);
		}
	}
	return 0;
}
