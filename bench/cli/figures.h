/* SPDX-License-Identifier: MIT */
/* figures.h - figures of reports, drawn by gnuplot; what plot and report share. */
#ifndef BENCH_CLI_FIGURES_H
#define BENCH_CLI_FIGURES_H

#include "bench/cli/exit_code.h"
#include "bench/figures/plot.h"

enum figures_format { FIGURES_SVG, FIGURES_PDF, FIGURES_PNG };

/* "svg", "pdf", "png": what gnuplot draws, and how the file's name ends. */
const char *figures_format_name(enum figures_format format);

/*
 * Reads paths[nr], reports and at most one output of `explain --format json`, into an empty set.
 * EXIT_FINE; EXIT_USAGE or EXIT_UNFIT, said on standard error. For fpb_plot_set_clear() in any case.
 */
enum exit_code figures_load(char *const *paths, size_t nr, struct fpb_plot_set *set);

enum figure_state {
	FIGURE_UNASKED,	     /* not reached, or not asked for */
	FIGURE_DRAWN,	     /* DIR/NAME.FORMAT, .dat and .gp are there */
	FIGURE_NO_DATA,	     /* the reports do not have it: why[] says what is missing */
	FIGURE_INCOMPARABLE, /* the reports cannot stand in one figure: why[] says so */
};

struct figure_result {
	const struct fpb_plot *plot;
	enum figure_state state;
	char why[FPB_PROBLEM_TEXT];
};

/* As many as fpb_plots[] has: result[i] is about fpb_plots[i]. */
size_t figures_count(void);

/*
 * Draws into the folder `dir`, which is made with all above it, the figures of plots[], ended by
 * NULL (fpb_plots: all). Each appears complete or not at all. 0, whether or not there was data;
 * -errno with err when a figure could not be drawn: -ENOENT of a missing gnuplot, -ECHILD of one
 * that failed (the text then says all), -ENOSPC; then the rest is not tried. To get pictures to embed: an empty temporary
 * folder, FIGURES_SVG, then read DIR/NAME.svg of what is FIGURE_DRAWN.
 */
int figures_draw(const struct fpb_plot_set *set, const struct fpb_plot *const *plots,
		 enum figures_format format, const char *dir, struct figure_result *result,
		 struct fpb_err *err) FPB_MUST_CHECK;

/* Says on standard error why figures_draw() failed. EXIT_UNFIT; of a folder that is none EXIT_USAGE. */
enum exit_code figures_report_err(const struct fpb_err *err);

#endif
