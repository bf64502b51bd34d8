// SPDX-License-Identifier: MIT
#include "bench/stats/design.h"

#include <math.h>

#define EXACT_PAIRS	 20
#define EXACT_SPLITS	 200000
#define DRAWN_PAIRED	 100000
#define DRAWN_UNPAIRED	 20000
#define DRAWN_PER_METRIC 200

bool fpb_design_is_valid(const struct fpb_design *design)
{
	if (!design->nr_base || !design->nr_new || !design->nr_metrics)
		return false;
	return !design->is_paired || design->nr_base == design->nr_new;
}

size_t fpb_design_nr_values(const struct fpb_design *design)
{
	return design->is_paired ? design->nr_base : design->nr_base + design->nr_new;
}

/* Each partial product is a binomial coefficient itself, so exact while below 2^53. */
static double binomial(size_t n, size_t k)
{
	double product = 1;

	if (k > n - k)
		k = n - k;
	for (size_t i = 1; i <= k && isfinite(product); i++)
		product = product * (double)(n - k + i) / (double)i;
	return product;
}

double fpb_design_relabellings(const struct fpb_design *design)
{
	if (design->is_paired)
		return exp2((double)design->nr_base);
	return binomial(design->nr_base + design->nr_new, design->nr_new);
}

bool fpb_design_is_exact(const struct fpb_design *design)
{
	if (design->is_paired)
		return design->nr_base <= EXACT_PAIRS;
	return fpb_design_relabellings(design) <= EXACT_SPLITS;
}

size_t fpb_design_resamples(const struct fpb_design *design)
{
	size_t least = design->is_paired ? DRAWN_PAIRED : DRAWN_UNPAIRED;
	size_t wanted = DRAWN_PER_METRIC * design->nr_metrics;

	return wanted > least ? wanted : least;
}
