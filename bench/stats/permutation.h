/* SPDX-License-Identifier: MIT */
/*
 * permutation.h - do two builds differ, judged by their runs alone?
 *
 * The statistic is the mean log difference between new and base, over pairs or between the two
 * means. Its p is the share of relabellings (design.h) for which it would be as extreme or more so:
 * the sign-flip test for pairs (Fisher 1935, Design of Experiments, section 21), the two-sample
 * permutation test otherwise (Pitman 1937, Suppl. JRSS 4:119). A relabelling that ties with what
 * happened counts as extreme; sums that differ by less than their rounding error are a tie.
 *
 * Where the design asks for all relabellings they are all counted (sums.h). Elsewhere relabellings
 * are drawn, and p = (b + 1) / (n + 1), b of n being as extreme: never 0, and never below what it
 * should be at any level (Phipson & Smyth 2010, SAGMB 9:39). Then
 *
 * - drawing stops after the first 4095 if they say p >= 0.05. A row stopped there is not
 *   significant, whatever the correction for the number of metrics: stopping can only turn a
 *   significant result into one that is not;
 * - otherwise, all relabellings are counted after all where that takes less than drawing: up to 28
 *   runs (14 against 14);
 * - otherwise drawing goes on to the number the design asks for. It stops as soon as p can no longer
 *   come out below 0.05.
 */
#ifndef BENCH_STATS_PERMUTATION_H
#define BENCH_STATS_PERMUTATION_H

#include "bench/stats/design.h"
#include "bench/stats/interval.h"

struct fpb_test {
	double log_ratio; /* mean log difference, new - base */
	double sigma;	  /* standard deviation of one difference (of a pair, or of a run of new
			     * and one of base); NaN with too few runs to tell */
	double p;	  /* two-sided: twice the smaller of the following, at most 1 */
	double p_greater; /* one-sided, that new > base; p_less: that new < base */
	double p_less;
	bool is_exact;		/* of all relabellings, not of some drawn */
	struct fpb_interval ci; /* 95 % interval of log_ratio; interval.h */
};

/* What all rows of one design share. Not for several threads at once. */
struct fpb_permutation;

/* 0, -ENOMEM, or -EINVAL for a design that is not valid; *out is then NULL. */
int fpb_permutation_create(struct fpb_permutation **out, const struct fpb_design *design)
	__attribute__((warn_unused_result));
void fpb_permutation_destroy(struct fpb_permutation *permutation);

/*
 * base[nr_base], new[nr_new]: one value per run, in the order of the pairs where paired. The result
 * is a function of the values and the design alone. 0; -EDOM if a value is not positive or not
 * finite: it has no logarithm; -ENOMEM.
 */
int fpb_permutation_test(struct fpb_permutation *permutation, const double *base, const double *new,
			 struct fpb_test *test) __attribute__((warn_unused_result));

#endif
