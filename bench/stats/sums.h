/* SPDX-License-Identifier: MIT */
/*
 * sums.h - how many subsets of a few values have a sum up to a limit, without visiting them all.
 *
 * Meet in the middle (Horowitz & Sahni 1974, JACM 21:277; for permutation tests see Pagano &
 * Tritchler 1983, JASA 78:435): the subset sums of each half of the values are kept sorted, one
 * list per number of members, and one walk over a list of each half counts the pairs. Work and
 * memory are those of one half: 2^10 sums for the 2^20 subsets of 20 values.
 */
#ifndef BENCH_STATS_SUMS_H
#define BENCH_STATS_SUMS_H

#include <stddef.h>
#include <stdint.h>

#define FPB_ANY_SIZE SIZE_MAX

struct fpb_sums;

/* Number of sums that a half takes, infinity included; what it costs to count. */
double fpb_sums_cost(size_t nr_values, size_t size);

/*
 * Subsets of `size` members out of nr_values, or of any number of members (FPB_ANY_SIZE). 0 or
 * -ENOMEM; *out is then NULL.
 */
int fpb_sums_create(struct fpb_sums **out, size_t nr_values, size_t size)
	__attribute__((warn_unused_result));
void fpb_sums_destroy(struct fpb_sums *sums);

/* The values of all that is counted next; finite. */
void fpb_sums_set(struct fpb_sums *sums, const double *values);
/* Number of subsets with a sum <= limit; exact while below 2^53. */
double fpb_sums_up_to(const struct fpb_sums *sums, double limit);

#endif
