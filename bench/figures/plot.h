/* SPDX-License-Identifier: MIT */
/*
 * plot.h - figures: what each is made from, and the data file that gnuplot draws it from.
 *
 * A figure is one const descriptor, one file bench/figures/plot_NAME.c with its writer and one
 * script plots/NAME.gp, which reads NAME.dat and nothing else. Whatever comes from a report travels
 * in that file, quoted (dat.h), never in a script: names are data.
 * Pure: reports in, a text out. Who draws it is bench/cli/figures.h.
 */
#ifndef BENCH_FIGURES_PLOT_H
#define BENCH_FIGURES_PLOT_H

#include "bench/figures/dat.h"
#include "bench/report/explain_file.h"
#include "bench/report/side.h"
#include "bench/report/trend.h"

/* What figures are made from. All reports in the order given; nr may be 0. */
struct fpb_plot_set {
	/* Whole, and with their run values: observations and entries are in side[i].report. */
	struct fpb_side *side;
	char **path;
	struct fpb_trend_build *build; /* what to call them: labels are unique */
	size_t nr;
	struct fpb_explain_file *explanation; /* or NULL; its own, as all here */
};

/*
 * Adds a report, which becomes the set's, whatever comes of it; path is copied. 0; -EINVAL: its
 * observations contradict each other; -ENOMEM. A zeroed set is an empty one.
 */
int fpb_plot_set_add(struct fpb_plot_set *set, const char *path, struct fpb_report *report,
		     struct fpb_problem *problem) __attribute__((warn_unused_result));
/* After the last one: labels. 0 or -ENOMEM. */
int fpb_plot_set_finish(struct fpb_plot_set *set) __attribute__((warn_unused_result));
void fpb_plot_set_clear(struct fpb_plot_set *set);

struct fpb_plot {
	const char *name;  /* "exit_cost": of the figure, of its files, of --figure */
	const char *title; /* one line: what is to be seen */
	/*
	 * Writes all of NAME.dat. 0; -ENODATA: the set holds nothing for it, -EXDEV: its reports
	 * cannot be compared, both said in the problem's text in words that follow on "not drawn:";
	 * -EINVAL; -ENOMEM. What was written before a failure is for nobody.
	 */
	int (*write)(const struct fpb_plot_set *set, struct fpb_dat *dat,
		     struct fpb_problem *problem);
};

/* All figures, by name; ended by NULL. */
extern const struct fpb_plot *const fpb_plots[];

const struct fpb_plot *fpb_plot_find(const char *name);

extern const struct fpb_plot fpb_plot_break_even;
extern const struct fpb_plot fpb_plot_drift;
extern const struct fpb_plot fpb_plot_ecdf;
extern const struct fpb_plot fpb_plot_exit_cost;
extern const struct fpb_plot fpb_plot_explain;
extern const struct fpb_plot fpb_plot_forest;
extern const struct fpb_plot fpb_plot_path_length;
extern const struct fpb_plot fpb_plot_trend;
extern const struct fpb_plot fpb_plot_xfd_parts;
extern const struct fpb_plot fpb_plot_xsave_bytes;

#endif
