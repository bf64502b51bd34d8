// SPDX-License-Identifier: MIT
/*
 * plot_ecdf.c - how the costs of a few rows are distributed, in one build or two: thin, all
 * batches; points, the medians of the runs, which are what verdicts are made from.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/figures/sources.h"
#include "bench/stats/summary.h"

#define MAX_PANELS    4
#define TITLE_COLUMNS 31
/* A curve of more steps is no finer to the eye. */
#define MAX_STEPS 200
/* The long tail of a few disturbed batches would squeeze all else. */
#define SHOWN 0.98

struct sample {
	double *value; /* sorted */
	size_t nr;
};

struct panel {
	const struct fpb_value_row *row[2]; /* of the first report and the last */
	struct sample batches[2], runs[2];
	double low, high; /* of the axis */
	size_t nr_beyond, nr_batches;
};

struct figure {
	const struct fpb_side *side[2];
	size_t which[2], nr; /* 1 or 2 */
	struct panel panel[MAX_PANELS];
	size_t nr_panels;
};

static void clear_panel(struct panel *panel)
{
	for (size_t k = 0; k < 2; k++) {
		free(panel->batches[k].value);
		free(panel->runs[k].value);
	}
}

static void clear(struct figure *figure)
{
	for (size_t i = 0; i < figure->nr_panels; i++)
		clear_panel(&figure->panel[i]);
}

static int take_batches(const struct fpb_report *report, const struct fpb_value_row *row,
			struct sample *batches)
{
	for (size_t i = 0; i < report->nr_observations; i++) {
		const struct fpb_observation *obs = &report->observations[i];
		double *grown;

		if (!fpb_value_row_has(row, obs) || !obs->nr_batches)
			continue;
		grown = reallocarray(batches->value, batches->nr + obs->nr_batches, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		batches->value = grown;
		for (size_t k = 0; k < obs->nr_batches; k++)
			grown[batches->nr++] = fpb_observation_cost(obs, k);
	}
	fpb_sort(batches->value, batches->nr);
	return 0;
}

static int take_runs(const struct fpb_value_row *row, struct sample *runs)
{
	runs->value = calloc(row->nr, sizeof(*runs->value));
	if (!runs->value)
		return -ENOMEM;
	memcpy(runs->value, row->value, row->nr * sizeof(*runs->value));
	runs->nr = row->nr;
	fpb_sort(runs->value, runs->nr);
	return 0;
}

/* The axis: all runs, and the batches but for their tails. */
static void find_axis(const struct figure *figure, struct panel *panel)
{
	double margin;

	panel->low = INFINITY;
	panel->high = -INFINITY;
	for (size_t k = 0; k < figure->nr; k++) {
		const struct sample *batches = &panel->batches[k], *runs = &panel->runs[k];

		panel->low = fmin(panel->low, fmin(batches->value[0], runs->value[0]));
		panel->high = fmax(panel->high, runs->value[runs->nr - 1]);
		panel->high =
			fmax(panel->high, fpb_quantile_sorted(batches->value, batches->nr, SHOWN));
	}
	margin = 0.04 * (panel->high - panel->low);
	panel->low -= margin;
	panel->high += margin;
	for (size_t k = 0; k < figure->nr; k++) {
		panel->nr_batches += panel->batches[k].nr;
		for (size_t i = 0; i < panel->batches[k].nr; i++)
			panel->nr_beyond += panel->batches[k].value[i] > panel->high;
	}
}

static bool varies(const struct sample *sample)
{
	return sample->nr && sample->value[0] < sample->value[sample->nr - 1];
}

/* The next panel, unless there is no distribution to be seen: what is counted is the same always. */
static int add(struct figure *figure, const struct fpb_value_row *row)
{
	struct panel *panel = &figure->panel[figure->nr_panels];
	bool has_batches = true, has_spread = false;
	int ret = 0;

	for (size_t i = 0; i < figure->nr_panels; i++) {
		if (figure->panel[i].row[0] == row)
			return 0;
	}
	*panel = (struct panel){ .row = { row } };
	if (figure->nr > 1)
		panel->row[1] = fpb_plot_row(figure->side[1], row->name, row->substrate, row->unit);
	if (figure->nr > 1 && !panel->row[1])
		return 0;
	for (size_t k = 0; k < figure->nr && !ret; k++) {
		ret = take_batches(&figure->side[k]->report, panel->row[k], &panel->batches[k]);
		ret = ret ? ret : take_runs(panel->row[k], &panel->runs[k]);
		has_batches = has_batches && panel->batches[k].nr;
		has_spread = has_spread || varies(&panel->batches[k]);
	}
	if (!ret && has_batches && has_spread) {
		find_axis(figure, panel);
		if (panel->low < panel->high && isfinite(panel->high - panel->low)) {
			figure->nr_panels++;
			return 0;
		}
	}
	clear_panel(panel);
	return ret;
}

/* The rows most asked about first; then whatever is judged. */
static int choose(struct figure *figure)
{
	static const char *const wanted[] = { "exit/cpuid", "exit/pio", "swap/run_immediate",
					      "xsave/xsavec/state=avx/reuse=switch" };
	const struct fpb_run_values *values = &figure->side[0]->values;
	int ret = 0;

	for (size_t w = 0; w < sizeof(wanted) / sizeof(*wanted); w++) {
		const size_t before = figure->nr_panels;

		for (size_t i = 0; i < values->nr && !ret && figure->nr_panels == before; i++) {
			if (!strcmp(values->row[i].name, wanted[w]))
				ret = add(figure, &values->row[i]);
		}
	}
	for (size_t i = 0; i < values->nr && !ret && figure->nr_panels < MAX_PANELS; i++) {
		if (values->row[i].is_gated)
			ret = add(figure, &values->row[i]);
	}
	return ret;
}

/* "PANEL BUILD VALUE FRACTION": the share of the sample that is at most the value. */
static void print_sample(const struct sample *sample, size_t panel, size_t build, size_t most,
			 struct fpb_dat *dat)
{
	const size_t nr = sample->nr < most ? sample->nr : most;

	for (size_t i = 1; i <= nr; i++) {
		const size_t at = i * sample->nr / nr;

		fpb_dat_number(dat, (double)panel);
		fpb_dat_number(dat, (double)build);
		fpb_dat_number(dat, sample->value[at - 1]);
		fpb_dat_number(dat, (double)at / (double)sample->nr);
		fpb_dat_end_row(dat);
	}
}

static void print_samples(const struct figure *figure, struct fpb_dat *dat)
{
	fpb_dat_block(dat, "batches");
	for (size_t i = 0; i < figure->nr_panels; i++) {
		for (size_t k = 0; k < figure->nr; k++)
			print_sample(&figure->panel[i].batches[k], i, k, MAX_STEPS, dat);
	}
	fpb_dat_block(dat, "runs");
	for (size_t i = 0; i < figure->nr_panels; i++) {
		for (size_t k = 0; k < figure->nr; k++)
			print_sample(&figure->panel[i].runs[k], i, k, MAX_STEPS, dat);
	}
}

/* "PANEL NAME UNIT LOW HIGH" */
static void print_panels(const struct figure *figure, struct fpb_dat *dat)
{
	fpb_dat_block(dat, "panels");
	for (size_t i = 0; i < figure->nr_panels; i++) {
		const struct panel *panel = &figure->panel[i];

		fpb_dat_number(dat, (double)i);
		fpb_dat_text(dat, panel->row[0]->id, TITLE_COLUMNS);
		fpb_dat_text(dat, panel->row[0]->unit, 12);
		fpb_dat_number(dat, panel->low);
		fpb_dat_number(dat, panel->high);
		fpb_dat_end_row(dat);
	}
}

static void print(const struct fpb_plot_set *set, const struct figure *figure, struct fpb_dat *dat)
{
	size_t nr_beyond = 0, nr_batches = 0;

	print_panels(figure, dat);
	print_samples(figure, dat);
	for (size_t i = 0; i < figure->nr_panels; i++) {
		nr_beyond += figure->panel[i].nr_beyond;
		nr_batches += figure->panel[i].nr_batches;
	}
	fpb_dat_texts(dat);
	fpb_plot_labels(set, dat, figure->which, figure->nr);
	fpb_dat_caption(dat, "Lines: share of all batches at or below a cost; points: the same of "
			     "the medians of the runs. Each panel has its own axis, which need not "
			     "begin at 0.");
	if (nr_beyond)
		fpb_dat_caption(dat, "To the right of the axes: %zu of %zu batches.", nr_beyond,
				nr_batches);
	fpb_plot_caption_sources(set, dat, figure->which, figure->nr);
}

static int write_data(const struct fpb_plot_set *set, struct fpb_dat *dat,
		      struct fpb_problem *problem)
{
	struct figure figure = { 0 };
	int ret = fpb_plot_check_comparable(set, problem);

	if (ret)
		return ret;
	figure.nr = fpb_plot_choose(set, 2, figure.which);
	for (size_t k = 0; k < figure.nr; k++)
		figure.side[k] = &set->side[figure.which[k]];
	ret = choose(&figure);
	if (!ret && !figure.nr_panels)
		ret = fpb_problem_set(problem, ENODATA, "",
				      "no judged row whose batches differ at all: what is counted "
				      "has no distribution");
	if (!ret)
		print(set, &figure, dat);
	clear(&figure);
	return ret;
}

const struct fpb_plot fpb_plot_ecdf = {
	.name = "ecdf",
	.title = "distribution of a few rows' costs: batches and runs, first report and last",
	.write = write_data,
};
