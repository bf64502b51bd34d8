/* SPDX-License-Identifier: MIT */
/*
 * median_interval.h - between which values of a sample the median of what it was drawn from lies.
 *
 * Two order statistics, at equal distance from the ends: whatever the distribution, its median is
 * between the k-th smallest and the k-th largest of n independent values with probability at least
 * 1 - 2 P(B <= k - 1), B binomial of n and 1/2 (David & Nagaraja, Order Statistics, 7.1). Taken is
 * the largest k for which that is 95 % or more.
 */
#ifndef BENCH_STATS_MEDIAN_INTERVAL_H
#define BENCH_STATS_MEDIAN_INTERVAL_H

#include <stddef.h>

#include "bench/stats/interval.h"

/*
 * Fewer values have no such interval. What they get is the lowest and the highest, which hold the
 * median with probability 1 - 2^(1 - nr): of three values, 75 %.
 */
#define FPB_MEDIAN_INTERVAL_LEAST 6

/* Of a sorted sample of nr >= 1 values. */
struct fpb_interval fpb_median_interval(const double *sorted, size_t nr);

#endif
