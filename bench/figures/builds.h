/* SPDX-License-Identifier: MIT */
/* builds.h - kernel builds as an axis: what figures over a series of builds share. */
#ifndef BENCH_FIGURES_BUILDS_H
#define BENCH_FIGURES_BUILDS_H

#include "bench/figures/plot.h"

/* Of the plotting area, in inches, between the first build's left and the last one's right. */
#define FPB_BUILDS_WIDTH_IN 2.6
/* A digit of a small label. */
#define FPB_DIGIT_IN 0.05

/*
 * The block "builds": "NUMBER LABEL", from 1, in the order given. A label is the build's without
 * what all of them end in, and blank where there is no room for it. 0 or -ENOMEM.
 */
int fpb_builds_print(const struct fpb_plot_set *set, struct fpb_dat *dat)
	__attribute__((warn_unused_result));

/*
 * Lines of the caption: what was cut off all labels; each build with its id and runs, or of many the
 * first and the last; the machine.
 */
void fpb_builds_caption(const struct fpb_plot_set *set, struct fpb_dat *dat);

/*
 * Where the middle of a label of so many columns goes, in builds from 1, that belongs to build `at`,
 * counted from 0, of nr: over it, or, where it is wider than that, from its left on; not far beyond
 * the axis. false: the label before is in its way. Begin with *right = 0, the end of what is there.
 */
bool fpb_builds_place(double *right, size_t at, size_t columns, size_t nr, double *middle);

#endif
