// SPDX-License-Identifier: MIT
/* plot_forest.c - two reports: the ratio of each judged row, its interval and its limit. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/figures/sources.h"
#include "bench/report/compare.h"
#include "bench/stats/summary.h"

/* Of more rows than this, those that differ most. */
#define MAX_ROWS     40
#define NAME_COLUMNS 42
/* An axis that ends at this many times the 80th percentile squeezes nothing. */
#define STRETCH 3
#define MARGIN	1.08

struct shown {
	const struct fpb_metric **metric; /* largest ratio first */
	size_t nr, nr_judged;		  /* nr_judged: with those left out */
	double low, high;		  /* of the axis, in percent */
};

static double percent(double ratio)
{
	return 100 * (ratio - 1);
}

static double size_of(const struct fpb_metric *metric)
{
	return fabs(log(metric->judgement.ratio));
}

static int by_size(const void *a, const void *b)
{
	const struct fpb_metric *x = *(const struct fpb_metric *const *)a;
	const struct fpb_metric *y = *(const struct fpb_metric *const *)b;
	const double sx = size_of(x), sy = size_of(y);

	return sx != sy ? (sx < sy) - (sx > sy) : fpb_value_row_compare(x->base, y->base);
}

static int by_ratio(const void *a, const void *b)
{
	const struct fpb_metric *x = *(const struct fpb_metric *const *)a;
	const struct fpb_metric *y = *(const struct fpb_metric *const *)b;
	const double rx = x->judgement.ratio, ry = y->judgement.ratio;

	return rx != ry ? (rx < ry) - (rx > ry) : fpb_value_row_compare(x->base, y->base);
}

/* What of a row the axis should reach, in percent: down, if sign is -1, or up. */
static double reach_of(const struct fpb_judgement *j, double sign)
{
	double reach = fmax(sign * percent(j->ratio), 100 * j->delta);

	if (fpb_interval_is_known(&j->ci))
		reach = fmax(reach, sign * percent(sign < 0 ? j->ci.low : j->ci.high));
	return reach;
}

/* All that is shown, unless a few rows would squeeze all others: then these end at the edge. */
static int find_limits(struct shown *shown)
{
	double *reach = calloc(shown->nr, sizeof(*reach));
	double down = 0, up = 0, usual;

	if (!reach)
		return -ENOMEM;
	for (size_t i = 0; i < shown->nr; i++) {
		const struct fpb_judgement *j = &shown->metric[i]->judgement;

		down = fmax(down, reach_of(j, -1));
		up = fmax(up, reach_of(j, 1));
		reach[i] = fmax(reach_of(j, -1), reach_of(j, 1));
	}
	fpb_sort(reach, shown->nr);
	usual = STRETCH * fpb_quantile_sorted(reach, shown->nr, 0.8);
	/* Where nothing differs, there is nothing to be seen between tics of 1e-5 %. */
	shown->high = MARGIN * fmax(1, fmin(up, usual));
	shown->low = -MARGIN * fmax(1, fmin(down, usual));
	/* One side is seen to be empty rather than left out. */
	shown->high = fmax(shown->high, -shown->low / 6);
	shown->low = fmin(shown->low, -shown->high / 6);
	free(reach);
	return 0;
}

static int choose(const struct fpb_comparison *comparison, struct shown *shown,
		  struct fpb_problem *problem)
{
	shown->metric = calloc(comparison->nr_metrics + 1, sizeof(const struct fpb_metric *));
	if (!shown->metric)
		return -ENOMEM;
	for (size_t i = 0; i < comparison->nr_metrics; i++) {
		const struct fpb_metric *metric = &comparison->metric[i];

		if (metric->is_gated && isfinite(metric->judgement.ratio) &&
		    metric->judgement.ratio > 0)
			shown->metric[shown->nr_judged++] = metric;
	}
	if (!shown->nr_judged)
		return fpb_problem_set(problem, ENODATA, "",
				       "the two reports have no row in common that is judged and "
				       "has a ratio");
	qsort(shown->metric, shown->nr_judged, sizeof(const struct fpb_metric *), by_size);
	shown->nr = shown->nr_judged < MAX_ROWS ? shown->nr_judged : MAX_ROWS;
	qsort(shown->metric, shown->nr, sizeof(const struct fpb_metric *), by_ratio);
	return find_limits(shown);
}

static double clip(const struct shown *shown, double value)
{
	return fmax(shown->low, fmin(shown->high, value));
}

/* "I NAME PERCENT LOW HIGH DELTA VERDICT BEYOND": low and high NaN where there is no interval. */
static void print_row(const struct shown *shown, size_t i, struct fpb_dat *dat)
{
	const struct fpb_metric *metric = shown->metric[i];
	const struct fpb_judgement *j = &metric->judgement;
	const double value = percent(j->ratio);
	const bool is_known = fpb_interval_is_known(&j->ci);
	char beyond[32] = "";

	if (clip(shown, value) != value)
		snprintf(beyond, sizeof(beyond), "%+.3g %%", value);
	fpb_dat_number(dat, (double)i);
	fpb_dat_text(dat, metric->base->id, NAME_COLUMNS);
	fpb_dat_number(dat, clip(shown, value));
	fpb_dat_number(dat, is_known ? clip(shown, percent(j->ci.low)) : NAN);
	fpb_dat_number(dat, is_known ? clip(shown, percent(j->ci.high)) : NAN);
	fpb_dat_number(dat, clip(shown, 100 * j->delta));
	fpb_dat_number(dat, j->verdict);
	fpb_dat_text(dat, beyond, sizeof(beyond));
	fpb_dat_end_row(dat);
}

/* Of the verdicts that are there, with the points that plots/forest.gp gives them. */
static void caption_points(const struct shown *shown, struct fpb_dat *dat)
{
	static const char *const words[] = {
		[FPB_VERDICT_REGRESSION] = "disc: slower or larger",
		[FPB_VERDICT_IMPROVEMENT] = "square: faster or smaller",
		[FPB_VERDICT_PASS] = "plus: no difference that matters",
		[FPB_VERDICT_INCONCLUSIVE] = "circle: inconclusive",
		[FPB_VERDICT_NOT_GATED] = "cross: not judged",
	};
	char text[200] = "";
	size_t used = 0;

	for (size_t verdict = 0; verdict < sizeof(words) / sizeof(*words); verdict++) {
		size_t nr = 0;

		for (size_t i = 0; i < shown->nr; i++)
			nr += shown->metric[i]->judgement.verdict == verdict;
		if (nr && used < sizeof(text))
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s (%zu)",
						 used ? "; " : "", words[verdict], nr);
	}
	fpb_dat_caption(dat, "Points: %s.", text);
}

static void caption_rows(const struct fpb_comparison *comparison, const struct shown *shown,
			 struct fpb_dat *dat)
{
	size_t nr_unknown = 0, nr_exact = 0;

	for (size_t i = 0; i < shown->nr; i++) {
		const struct fpb_judgement *j = &shown->metric[i]->judgement;

		nr_exact += j->is_exact;
		nr_unknown += !j->is_exact && !fpb_interval_is_known(&j->ci);
	}
	if (nr_exact + nr_unknown < shown->nr)
		fpb_dat_caption(dat,
				"Whiskers: 95 %% interval of the ratio, %s. Grey: what is too "
				"small to matter.",
				comparison->is_paired ? "paired" : "unpaired");
	if (nr_exact)
		fpb_dat_caption(dat, "Counted, the same in all boots, compared exactly: %zu rows.",
				nr_exact);
	if (nr_unknown)
		fpb_dat_caption(dat, "Too few runs for an interval: %zu rows.", nr_unknown);
	caption_points(shown, dat);
	if (shown->nr < shown->nr_judged)
		fpb_dat_caption(dat, "Shown are the %zu of %zu judged rows that differ most.",
				shown->nr, shown->nr_judged);
}

static void print(const struct fpb_plot_set *set, const struct fpb_comparison *comparison,
		  const struct shown *shown, struct fpb_dat *dat)
{
	const size_t which[] = { 0, set->nr - 1 };

	fpb_dat_block(dat, "rows");
	for (size_t i = 0; i < shown->nr; i++)
		print_row(shown, i, dat);
	fpb_dat_block(dat, "axis");
	fpb_dat_number(dat, shown->low);
	fpb_dat_number(dat, shown->high);
	fpb_dat_end_row(dat);
	fpb_dat_texts(dat);
	fpb_plot_labels(set, dat, which, 2);
	caption_rows(comparison, shown, dat);
	fpb_plot_caption_sources(set, dat, which, 2);
}

static int write_data(const struct fpb_plot_set *set, struct fpb_dat *dat,
		      struct fpb_problem *problem)
{
	const struct fpb_compare_request request = { .delta = NAN };
	struct fpb_comparison comparison = { 0 };
	struct shown shown = { 0 };
	int ret;

	if (set->nr < 2)
		return fpb_problem_set(problem, ENODATA, "", "it takes two reports, base and new");
	ret = fpb_plot_check_comparable(set, problem);
	if (ret)
		return ret;
	ret = fpb_compare(&set->side[0], &set->side[set->nr - 1], &request, &comparison, problem);
	ret = ret ? ret : choose(&comparison, &shown, problem);
	if (!ret)
		print(set, &comparison, &shown, dat);
	free(shown.metric);
	fpb_comparison_clear(&comparison);
	/* Values too far apart for a double are of no use to a figure. */
	return ret == -EINVAL ? -ENODATA : ret;
}

const struct fpb_plot fpb_plot_forest = {
	.name = "forest",
	.title = "ratio of each judged row, its interval and limit: first report and last",
	.write = write_data,
};
