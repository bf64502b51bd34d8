// SPDX-License-Identifier: MIT
/*
 * plot_break_even.c - intercepting every write of XFD, or paying on every exit for not doing so:
 * which of the two is cheaper, at how many writes and exits a second.
 *
 * By the model (bench/model), with what the reports hold of its costs. What they do not hold is
 * assumed, which the caption says of each cost that the two designs differ in.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/figures/sources.h"
#include "bench/model/break_even.h"
#include "bench/model/cost_rows.h"
#include "bench/model/workload_presets.h"

#define PASSED	 "upstream"
#define TRAPPED	 "intercept_always"
#define WORKLOAD "linux_amx"

/* Both axes are logarithmic. */
#define LEAST_WRITES 10.0
#define MOST_WRITES  1e5
#define NR_WRITES    81
#define LEAST_EXITS  1e3
#define MOST_EXITS   1e6

struct map {
	struct fpb_workload workload;
	struct fpb_costs costs;
	size_t passed, trapped; /* of fpb_designs */
	size_t writes, exits;	/* of fpb_parameters */
};

static int make_costs(const struct fpb_plot_set *set, struct fpb_costs *costs,
		      struct fpb_problem *problem)
{
	int ret = 0;

	fpb_costs_assume(costs);
	for (size_t i = 0; i < set->nr && !ret; i++)
		ret = fpb_costs_from_report(costs, set->path[i], &set->side[i].report, problem);
	return ret;
}

static double write_rate(size_t i)
{
	return LEAST_WRITES * pow(MOST_WRITES / LEAST_WRITES, (double)i / (NR_WRITES - 1));
}

/* Where it is never certain the band has no end on the map. */
static double on_map(double exits, double otherwise)
{
	return isnan(exits) ? otherwise : fmin(fmax(exits, LEAST_EXITS), MOST_EXITS);
}

/* "WRITES EXITS LOW HIGH": below EXITS trapping is dearer; between LOW and HIGH nobody can tell. */
static size_t print_line(const struct map *map, struct fpb_dat *dat)
{
	size_t nr = 0;

	for (size_t i = 0; i < NR_WRITES; i++) {
		struct fpb_workload workload = map->workload;
		struct fpb_break_even point;

		if (!fpb_parameter_set(map->writes, write_rate(i), &workload) ||
		    !fpb_break_even_find(map->passed, map->trapped, map->exits, &workload,
					 &map->costs, &point) ||
		    point.a != map->passed)
			continue;
		if (!nr++)
			fpb_dat_block(dat, "line");
		fpb_dat_number(dat, write_rate(i));
		fpb_dat_number(dat, point.value);
		fpb_dat_number(dat, on_map(point.low, LEAST_EXITS));
		fpb_dat_number(dat, on_map(point.high, MOST_EXITS));
		fpb_dat_end_row(dat);
	}
	return nr;
}

/* "WRITES EXITS", "LEAST MOST" of both axes: where the workload itself lies. */
static void print_axes(const struct map *map, struct fpb_dat *dat)
{
	fpb_dat_block(dat, "layout");
	fpb_dat_number(dat, LEAST_WRITES);
	fpb_dat_number(dat, MOST_WRITES);
	fpb_dat_number(dat, LEAST_EXITS);
	fpb_dat_number(dat, MOST_EXITS);
	fpb_dat_end_row(dat);
	fpb_dat_block(dat, "workload");
	fpb_dat_number(dat, map->workload.rate[FPB_RATE_XFD_WRITES]);
	fpb_dat_number(dat, fpb_workload_exits(&map->workload));
	fpb_dat_text(dat, map->workload.name, FPB_DAT_NAME_COLUMNS);
	fpb_dat_end_row(dat);
}

/* The operations of each cost by which the two designs differ. */
static void difference(const struct map *map, double per_second[FPB_NR_COSTS])
{
	struct fpb_account passed, trapped;

	fpb_account_make(&fpb_designs[map->passed], &map->workload, &passed);
	fpb_account_make(&fpb_designs[map->trapped], &map->workload, &trapped);
	fpb_account_minus(&passed, &trapped, per_second);
}

/* "rdmsr_xfd 60 [15, 150], ..." of those that are assumed, or are not. NULL without memory. */
static char *list_costs(const struct map *map, bool is_assumed, size_t *nr)
{
	double per_second[FPB_NR_COSTS];
	char *list = NULL;
	size_t bytes;
	FILE *out = open_memstream(&list, &bytes);

	*nr = 0;
	if (!out)
		return NULL;
	difference(map, per_second);
	for (size_t i = 0; i < FPB_NR_COSTS; i++) {
		const struct fpb_cost_value *cost = &map->costs.of[i];

		if (per_second[i] == 0 || cost->is_assumed != is_assumed)
			continue;
		fprintf(out, "%s%s %.6g [%.6g, %.6g]", (*nr)++ ? ", " : "", fpb_cost_infos[i].name,
			cost->value, cost->low, cost->high);
	}
	if (!fclose(out))
		return list;
	free(list);
	return NULL;
}

static int print_costs(const struct map *map, struct fpb_dat *dat)
{
	size_t nr_measured, nr_assumed;
	char *measured = list_costs(map, false, &nr_measured);
	char *assumed = list_costs(map, true, &nr_assumed);
	const int ret = measured && assumed ? 0 : -ENOMEM;

	if (!ret && !nr_measured)
		fpb_dat_caption(dat,
				"ALL ASSUMED: no report given holds a cost that decides here.");
	else if (!ret)
		fpb_dat_caption(dat, "From the reports (cyc): %s.", measured);
	if (!ret && nr_assumed)
		fpb_dat_caption(dat, "Assumed (cyc): %s.", assumed);
	free(measured);
	free(assumed);
	return ret;
}

static int print(const struct fpb_plot_set *set, const struct map *map, struct fpb_dat *dat,
		 struct fpb_problem *problem)
{
	size_t which[FPB_PLOT_MAX_BUILDS];
	const size_t nr = fpb_plot_choose(set, FPB_PLOT_MAX_BUILDS, which);
	int ret;

	print_axes(map, dat);
	if (!print_line(map, dat))
		return fpb_problem_set(problem, ENODATA, "",
				       "with the costs of these reports " PASSED " and " TRAPPED
				       " have no break-even point");
	fpb_dat_texts(dat);
	fpb_dat_key(dat, "label1", TRAPPED " is cheaper");
	fpb_dat_key(dat, "label2", PASSED " is cheaper");
	fpb_dat_caption(dat,
			"Cycles a second by the model, guest " WORKLOAD
			" but for the two rates. " PASSED ": %s. " TRAPPED
			": %s. Between the dashed lines no order is "
			"certain, costs being anywhere in their intervals.",
			fpb_designs[map->passed].title, fpb_designs[map->trapped].title);
	ret = print_costs(map, dat);
	fpb_plot_caption_sources(set, dat, which, nr);
	return ret;
}

static int write_data(const struct fpb_plot_set *set, struct fpb_dat *dat,
		      struct fpb_problem *problem)
{
	struct map *map;
	int ret;

	if (!set->nr)
		return fpb_problem_set(problem, ENODATA, "", "it is made from reports");
	map = calloc(1, sizeof(*map));
	if (!map)
		return -ENOMEM;
	map->passed = fpb_design_find(PASSED);
	map->trapped = fpb_design_find(TRAPPED);
	map->writes = fpb_parameter_find("xfd_writes_per_second");
	map->exits = fpb_parameter_find("exits_per_second");
	ret = fpb_workload_preset(WORKLOAD, &map->workload);
	ret = ret ? ret : make_costs(set, &map->costs, problem);
	ret = ret ? ret : print(set, map, dat, problem);
	free(map);
	return ret;
}

const struct fpb_plot fpb_plot_break_even = {
	.name = "break_even",
	.title = "XFD passed through or intercepted: which is cheaper, by the model",
	.write = write_data,
};
