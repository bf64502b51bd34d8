// SPDX-License-Identifier: MIT
#include "bench/stats/power.h"

#include <math.h>

#include "bench/stats/verdict.h"

/* Quantiles of the normal distribution: two-sided 95 %, and the 80 % that the estimate aims at. */
#define Z_INTERVAL 1.9599640
#define Z_POWER	   0.8416212

double fpb_smallest_p(const struct fpb_design *design)
{
	double nr = fpb_design_relabellings(design);

	if (!fpb_design_is_exact(design))
		nr = fmin(nr, (double)fpb_design_resamples(design) + 1);
	return fmin(1, 2 / nr);
}

bool fpb_can_flag(const struct fpb_design *design)
{
	/* Then there are more than 40 relabellings, and so an interval of 95 % too. */
	return fpb_smallest_p(design) < FPB_LEVEL / (double)design->nr_metrics;
}

size_t fpb_runs_to_flag(bool is_paired, size_t nr_metrics)
{
	struct fpb_design design = {
		.nr_base = 1, .nr_new = 1, .is_paired = is_paired, .nr_metrics = nr_metrics
	};

	while (!fpb_can_flag(&design))
		design.nr_new = ++design.nr_base;
	return design.nr_base;
}

/* z with P(|Z| > z) = p, by bisection: called once per row. */
static double two_sided_quantile(double p)
{
	double low = 0, high = 40;

	for (int i = 0; i < 60; i++) {
		double z = (low + high) / 2;

		if (erfc(z / M_SQRT2) > p)
			low = z;
		else
			high = z;
	}
	return low;
}

size_t fpb_runs_to_decide(const struct fpb_outlook *outlook)
{
	double z_holm = two_sided_quantile(FPB_LEVEL / (double)outlook->nr_metrics);
	size_t runs = fpb_runs_to_flag(outlook->is_paired, outlook->nr_metrics);

	if (isnan(outlook->sigma))
		return runs;
	for (; runs < FPB_RUNS_LIMIT; runs++) {
		double error = outlook->sigma / sqrt((double)runs);
		double delta = isnan(outlook->delta) ? fpb_delta(outlook->noise_floor, runs)
						     : outlook->delta;
		double beyond = outlook->log_ratio - log1p(delta);

		if (fabs(beyond) <= (Z_INTERVAL + Z_POWER) * error)
			continue;
		if (beyond < 0 || outlook->log_ratio > (z_holm + Z_POWER) * error)
			break;
	}
	return runs;
}
