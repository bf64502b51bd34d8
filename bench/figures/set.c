// SPDX-License-Identifier: MIT
/* set.c - the reports that figures are made from. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench/figures/plot.h"
#include "bench/report/grow.h"

static int no_memory(struct fpb_problem *problem)
{
	return fpb_problem_set(problem, ENOMEM, "", "out of memory");
}

/* Room for one more in all three arrays. */
static int grow(struct fpb_plot_set *set)
{
	struct fpb_side *side = fpb_grow(set->side, set->nr, sizeof(*side));
	char **path = NULL;
	struct fpb_trend_build *build = NULL;

	if (side) {
		set->side = side;
		path = fpb_grow(set->path, set->nr, sizeof(*path));
	}
	if (path) {
		set->path = path;
		build = fpb_grow(set->build, set->nr, sizeof(*build));
	}
	if (!build)
		return -ENOMEM;
	set->build = build;
	return 0;
}

int fpb_plot_set_add(struct fpb_plot_set *set, const char *path, struct fpb_report *report,
		     struct fpb_problem *problem)
{
	const size_t i = set->nr;

	if (grow(set)) {
		fpb_report_clear(report);
		return no_memory(problem);
	}
	set->nr++;
	set->side[i] = (struct fpb_side){ .report = *report };
	*report = (struct fpb_report){ 0 };
	set->path[i] = strdup(path);
	if (fpb_trend_build_make(set->side[i].report.environment, &set->build[i]) || !set->path[i])
		return no_memory(problem);
	return fpb_run_values_of(&set->side[i].report, &set->side[i].values, problem);
}

int fpb_plot_set_finish(struct fpb_plot_set *set)
{
	return fpb_trend_label(set->build, set->nr);
}

void fpb_plot_set_clear(struct fpb_plot_set *set)
{
	for (size_t i = 0; i < set->nr; i++) {
		fpb_side_clear(&set->side[i]);
		free(set->path[i]);
		fpb_trend_build_clear(&set->build[i]);
	}
	free(set->side);
	free(set->path);
	free(set->build);
	if (set->explanation)
		fpb_explain_file_clear(set->explanation);
	free(set->explanation);
	*set = (struct fpb_plot_set){ 0 };
}
