/* SPDX-License-Identifier: MIT */
/*
 * design.h - what a comparison consists of, and what it can therefore say at best.
 *
 * A relabelling is one of the ways in which the labels "base" and "new" could have fallen on the
 * runs. If the builds do not differ, all are equally likely: 2^K when the runs come in K pairs,
 * each of which may be exchanged, C(base + new, new) when they do not. The labels as they fell are
 * one of them. The rule of how many of them a test looks at:
 *
 *	paired		all for up to 20 pairs, else max(100,000, 200 per metric) drawn
 *	unpaired	all while there are up to 200,000, else max(20,000, 200 per metric) drawn
 *
 * 200 per metric let the smallest p of those drawn, 2/(200 m + 1), pass Holm's first step, 0.05/m.
 */
#ifndef BENCH_STATS_DESIGN_H
#define BENCH_STATS_DESIGN_H

#include <stdbool.h>
#include <stddef.h>

/* The level at which a row is called different, after the correction for the number of metrics. */
#define FPB_LEVEL 0.05

struct fpb_design {
	size_t nr_base, nr_new; /* runs, at least 1 each; equal when paired */
	size_t nr_metrics;	/* judged together, at least 1 */
	bool is_paired;
};

bool fpb_design_is_valid(const struct fpb_design *design);
/* What is relabelled: pairs, or runs of both sides. */
size_t fpb_design_nr_values(const struct fpb_design *design);
/* Number of relabellings, the one that happened included; infinity beyond a double. */
double fpb_design_relabellings(const struct fpb_design *design);
/* Does the rule above ask for all of them? */
bool fpb_design_is_exact(const struct fpb_design *design);
/* How many are drawn where it does not. */
size_t fpb_design_resamples(const struct fpb_design *design);

#endif
