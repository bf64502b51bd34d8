/* SPDX-License-Identifier: MIT */
/*
 * sources.h - what figures share: which reports can stand beside each other, and how a caption
 * names them.
 */
#ifndef BENCH_FIGURES_SOURCES_H
#define BENCH_FIGURES_SOURCES_H

#include "bench/figures/plot.h"

/* Of more builds than this nobody can tell the points apart. */
#define FPB_PLOT_MAX_BUILDS 6

/*
 * Whether all reports can be compared with the first one. 0; -ENODATA: there is none; -EXDEV, with
 * what differs in the problem's text; -ENOMEM.
 */
int fpb_plot_check_comparable(const struct fpb_plot_set *set, struct fpb_problem *problem)
	__attribute__((warn_unused_result));

/*
 * Chooses at most `most` of the reports, evenly, the first and the last among them; their numbers
 * go to which[]. Returns how many.
 */
size_t fpb_plot_choose(const struct fpb_plot_set *set, size_t most, size_t *which);

/*
 * Lines of the caption: for each of which[nr] its label, kernel, build id, runs and whether it is
 * incomplete; then the machine; then how many reports were left out.
 */
void fpb_plot_caption_sources(const struct fpb_plot_set *set, struct fpb_dat *dat,
			      const size_t *which, size_t nr);

/* Of these lines that of one report; that of its machine. */
void fpb_plot_caption_build(const struct fpb_plot_set *set, struct fpb_dat *dat, size_t i);
void fpb_plot_caption_machine(const struct fpb_plot_set *set, struct fpb_dat *dat, size_t i);

/* The keys label1 .. of which[nr], for the legend. */
void fpb_plot_labels(const struct fpb_plot_set *set, struct fpb_dat *dat, const size_t *which,
		     size_t nr);

/* The row of that name, substrate and unit (NULL: any), or NULL. */
const struct fpb_value_row *fpb_plot_row(const struct fpb_side *side, const char *name,
					 const char *substrate, const char *unit);

/*
 * Median and interval of a row's run values: the 95 % interval of the median by order statistics
 * where there are runs enough (6), else the range of the runs.
 */
struct fpb_plot_point {
	double value, low, high;
};
/* 0 or -ENOMEM. */
int fpb_plot_summarise(const struct fpb_value_row *row, struct fpb_plot_point *point)
	__attribute__((warn_unused_result));
/*
 * What such points and their whiskers are, for the caption. fewest_runs: of the row with fewest;
 * has_spread: whether any of them has a whisker to be seen.
 */
const char *fpb_plot_words_of_interval(size_t fewest_runs, bool has_spread);

#endif
