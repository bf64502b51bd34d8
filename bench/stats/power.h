/* SPDX-License-Identifier: MIT */
/*
 * power.h - how many runs does it take?
 */
#ifndef BENCH_STATS_POWER_H
#define BENCH_STATS_POWER_H

#include "bench/stats/design.h"

/* Beyond this many runs a side the answer is "this many or more": more runs are not the way. */
#define FPB_RUNS_LIMIT 1000

/*
 * The smallest two-sided p that the design can come to: 2/2^K for K pairs, 2/C(n, k) unpaired, at
 * most 1; where relabellings are drawn, 2/(drawn + 1) if that is more.
 */
double fpb_smallest_p(const struct fpb_design *design);

/* Can it pass Holm's first step, FPB_LEVEL / nr_metrics, and is there an interval? */
bool fpb_can_flag(const struct fpb_design *design);

/* The least K, runs a side, that can flag: of 6, 40, 100 metrics 8, 11, 12 pairs. */
size_t fpb_runs_to_flag(bool is_paired, size_t nr_metrics);

/* What has been seen of a row that is inconclusive. */
struct fpb_outlook {
	bool is_paired;
	size_t nr_metrics;
	double log_ratio, sigma; /* as struct fpb_test has them */
	double noise_floor;	 /* may be NaN */
	double delta;		 /* as given by the user; NaN: fpb_delta() of the runs */
};

/*
 * The least K, runs a side, that lead to a verdict with a probability of 80 % if ratio and spread
 * are what they look like: with a normal approximation, the interval's end comes to lie on one side
 * of 1 + delta, and above it p passes Holm's first step. At least fpb_runs_to_flag(), at most
 * FPB_RUNS_LIMIT. An estimate made from few runs.
 */
size_t fpb_runs_to_decide(const struct fpb_outlook *outlook);

#endif
