// SPDX-License-Identifier: MIT
/* plot_exit_cost.c - what leaving the guest costs, by the reason of the exit, build by build. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench/figures/sources.h"

#define FAMILY	      "exit/"
#define LABEL_COLUMNS 25

struct kinds {
	const struct fpb_value_row **row; /* of the first report, cheapest first */
	size_t nr, nr_left_out;
	bool has_both_rings; /* so that names alone do not tell them apart */
	/* Of what was printed, in all builds: */
	size_t fewest_runs;
	bool has_spread;
};

/* With all axes at their defaults: the others are variations of it, and have figures of their own. */
static bool is_kind(const struct fpb_value_row *row)
{
	return !strncmp(row->name, FAMILY, strlen(FAMILY)) &&
	       !strchr(row->name + strlen(FAMILY), '/') && !strncmp(row->substrate, "guest/", 6);
}

static int by_first_value(const void *a, const void *b)
{
	const struct fpb_value_row *x = *(const struct fpb_value_row *const *)a;
	const struct fpb_value_row *y = *(const struct fpb_value_row *const *)b;
	const double vx = x->value[0], vy = y->value[0];

	return vx != vy ? (vx > vy) - (vx < vy) : fpb_value_row_compare(x, y);
}

/* A row of another unit than the first one's cannot stand on its axis. */
static int find_kinds(const struct fpb_side *side, struct kinds *kinds)
{
	kinds->row = calloc(side->values.nr + 1, sizeof(const struct fpb_value_row *));
	if (!kinds->row)
		return -ENOMEM;
	for (size_t i = 0; i < side->values.nr; i++) {
		const struct fpb_value_row *row = &side->values.row[i];

		if (strncmp(row->name, FAMILY, strlen(FAMILY)) != 0)
			continue;
		if (!is_kind(row) || (kinds->nr && strcmp(row->unit, kinds->row[0]->unit) != 0)) {
			kinds->nr_left_out++;
			continue;
		}
		kinds->has_both_rings =
			kinds->has_both_rings ||
			(kinds->nr && strcmp(row->substrate, kinds->row[0]->substrate) != 0);
		kinds->row[kinds->nr++] = row;
	}
	qsort(kinds->row, kinds->nr, sizeof(const struct fpb_value_row *), by_first_value);
	return 0;
}

static int print_label(const struct kinds *kinds, size_t i, struct fpb_dat *dat)
{
	const struct fpb_value_row *row = kinds->row[i];
	char *label = NULL;

	if (asprintf(&label, "%s%s", row->name + strlen(FAMILY),
		     kinds->has_both_rings && !strcmp(row->substrate, "guest/ring3") ? ", ring 3"
										     : "") < 0)
		return -ENOMEM;
	fpb_dat_number(dat, (double)i);
	fpb_dat_text(dat, label, LABEL_COLUMNS);
	fpb_dat_end_row(dat);
	free(label);
	return 0;
}

/* "KIND BUILD VALUE LOW HIGH RUNS" of one build. */
static int print_build(const struct fpb_side *side, struct kinds *kinds, size_t build,
		       struct fpb_dat *dat)
{
	for (size_t i = 0; i < kinds->nr; i++) {
		const struct fpb_value_row *of = kinds->row[i];
		const struct fpb_value_row *row =
			fpb_plot_row(side, of->name, of->substrate, of->unit);
		struct fpb_plot_point point;

		if (!row)
			continue;
		if (fpb_plot_summarise(row, &point))
			return -ENOMEM;
		kinds->fewest_runs = row->nr < kinds->fewest_runs ? row->nr : kinds->fewest_runs;
		kinds->has_spread = kinds->has_spread || point.low < point.high;
		fpb_dat_number(dat, (double)i);
		fpb_dat_number(dat, (double)build);
		fpb_dat_number(dat, point.value);
		fpb_dat_number(dat, point.low);
		fpb_dat_number(dat, point.high);
		fpb_dat_number(dat, (double)row->nr);
		fpb_dat_end_row(dat);
	}
	return 0;
}

static int print(const struct fpb_plot_set *set, struct kinds *kinds, struct fpb_dat *dat)
{
	size_t which[FPB_PLOT_MAX_BUILDS];
	const size_t nr = fpb_plot_choose(set, FPB_PLOT_MAX_BUILDS, which);
	int ret = 0;

	fpb_dat_block(dat, "kinds");
	for (size_t i = 0; i < kinds->nr && !ret; i++)
		ret = print_label(kinds, i, dat);
	fpb_dat_block(dat, "points");
	for (size_t k = 0; k < nr && !ret; k++)
		ret = print_build(&set->side[which[k]], kinds, k, dat);
	fpb_dat_texts(dat);
	fpb_dat_key(dat, "unit", kinds->row[0]->unit);
	fpb_plot_labels(set, dat, which, nr);
	fpb_dat_caption(dat, "%s.",
			fpb_plot_words_of_interval(kinds->fewest_runs, kinds->has_spread));
	if (kinds->has_both_rings)
		fpb_dat_caption(dat, "From ring 0 of the guest unless another is named.");
	if (kinds->nr_left_out)
		fpb_dat_caption(dat, "Left out of exit/*: %zu rows of other axis values or units.",
				kinds->nr_left_out);
	fpb_plot_caption_sources(set, dat, which, nr);
	return ret;
}

static int write_data(const struct fpb_plot_set *set, struct fpb_dat *dat,
		      struct fpb_problem *problem)
{
	struct kinds kinds = { .fewest_runs = (size_t)-1 };
	int ret = fpb_plot_check_comparable(set, problem);

	if (ret)
		return ret;
	ret = find_kinds(&set->side[0], &kinds);
	if (!ret && !kinds.nr)
		ret = fpb_problem_set(problem, ENODATA, "",
				      "%.200s has no row exit/KIND of a guest", set->path[0]);
	ret = ret ? ret : print(set, &kinds, dat);
	free(kinds.row);
	return ret;
}

const struct fpb_plot fpb_plot_exit_cost = {
	.name = "exit_cost",
	.title = "cost of an exit by kind, for each kernel build",
	.write = write_data,
};
