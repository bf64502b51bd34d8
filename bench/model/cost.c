// SPDX-License-Identifier: MIT
#include "bench/model/cost.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static double clamped(double value)
{
	return value > 0 ? value : 0;
}

static void set_interval(struct fpb_cost_value *cost, double value, double low, double high)
{
	cost->value = clamped(value);
	cost->low = fmin(clamped(low), cost->value);
	cost->high = fmax(clamped(high), cost->value);
}

static void set_source(struct fpb_cost_value *cost, const char *prefix, const char *source)
{
	snprintf(cost->source, sizeof(cost->source), "%s%s", prefix, source);
}

void fpb_costs_assume(struct fpb_costs *costs)
{
	memset(costs, 0, sizeof(*costs));
	for (size_t i = 0; i < FPB_NR_COSTS; i++) {
		const struct fpb_cost_info *info = &fpb_cost_infos[i];
		struct fpb_cost_value *cost = &costs->of[i];

		set_interval(cost, info->assumed, info->assumed_low, info->assumed_high);
		cost->unit = info->unit;
		cost->is_assumed = true;
		set_source(cost, "assumed: ", info->citation);
	}
}

void fpb_cost_measure(struct fpb_costs *costs, enum fpb_cost which, double value, double low,
		      double high, const char *source)
{
	struct fpb_cost_value *cost = &costs->of[which];

	set_interval(cost, value, low, high);
	set_source(cost, "", source);
	cost->missing[0] = '\0';
	cost->is_assumed = false;
	cost->is_counted = false;
	cost->is_stand_in = false;
	cost->nr_runs = 0;
	if (which == FPB_COST_CYCLES_PER_INSN)
		fpb_costs_convert(costs);
}

static void convert(struct fpb_cost_value *cost, const struct fpb_cost_value *cycles_per_insn)
{
	cost->value = cost->insn * cycles_per_insn->value;
	cost->low = cost->insn_low * cycles_per_insn->low;
	cost->high = cost->insn_high * cycles_per_insn->high;
}

void fpb_costs_convert(struct fpb_costs *costs)
{
	for (size_t i = 0; i < FPB_NR_COSTS; i++) {
		if (costs->of[i].is_counted)
			convert(&costs->of[i], &costs->of[FPB_COST_CYCLES_PER_INSN]);
	}
}

void fpb_cost_count(struct fpb_costs *costs, enum fpb_cost which, double insn, double low,
		    double high, const char *source)
{
	struct fpb_cost_value *cost = &costs->of[which];

	set_interval(cost, insn, low, high);
	cost->insn = cost->value;
	cost->insn_low = cost->low;
	cost->insn_high = cost->high;
	cost->missing[0] = '\0';
	cost->is_counted = true;
	cost->is_assumed = false;
	cost->is_stand_in = false;
	cost->nr_runs = 0;
	set_source(cost, "", source);
	convert(cost, &costs->of[FPB_COST_CYCLES_PER_INSN]);
}

enum fpb_cost fpb_cost_find(const char *name)
{
	size_t i = 0;

	while (i < FPB_NR_COSTS && strcmp(fpb_cost_infos[i].name, name) != 0)
		i++;
	return (enum fpb_cost)i;
}

bool fpb_costs_any_counted(const struct fpb_costs *costs)
{
	for (size_t i = 0; i < FPB_NR_COSTS; i++) {
		if (costs->of[i].is_counted)
			return true;
	}
	return false;
}

size_t fpb_costs_nr_assumed(const struct fpb_costs *costs)
{
	size_t nr = 0;

	for (size_t i = 0; i < FPB_NR_COSTS; i++) {
		if (i != FPB_COST_CYCLES_PER_INSN || fpb_costs_any_counted(costs))
			nr += costs->of[i].is_assumed;
	}
	return nr;
}
