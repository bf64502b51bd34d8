/* SPDX-License-Identifier: MIT */
/*
 * summary.h - order statistics of small samples. Pure: no allocation kept, no clock, no I/O.
 */
#ifndef BENCH_STATS_SUMMARY_H
#define BENCH_STATS_SUMMARY_H

#include <stddef.h>

/* Sorts ascending in place. Values must not be NaN. */
void fpb_sort(double *values, size_t nr);
/* The value that would be at index k if sorted; k < nr. Reorders the array. Not NaN. */
double fpb_select(double *values, size_t nr, size_t k);
/* Of a sorted array; nr >= 1. Median of an even count is the mean of the middle two. */
double fpb_median_sorted(const double *sorted, size_t nr);
/* Quantile q in [0,1] of a sorted array by linear interpolation (Hyndman & Fan type 7). */
double fpb_quantile_sorted(const double *sorted, size_t nr, double q);
/* Median, copying first; NaN when nr is 0 or memory is short. */
double fpb_median(const double *values, size_t nr);
/* Median absolute deviation from the median, unscaled (1.4826 makes it a sigma). NaN as above. */
double fpb_mad(const double *values, size_t nr);

#endif
