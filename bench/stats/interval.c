// SPDX-License-Identifier: MIT
#include "bench/stats/interval.h"

#include <math.h>

#include "bench/stats/summary.h"

#define ONE_IN 40 /* 2.5 % on either side */

bool fpb_interval_is_known(const struct fpb_interval *interval)
{
	return !isnan(interval->low) && !isnan(interval->high);
}

struct fpb_interval fpb_interval_from_typical(double *typical, size_t nr, size_t nr_identities)
{
	struct fpb_interval interval = { NAN, NAN };
	size_t rejected = (nr + nr_identities + 1) / ONE_IN;

	/* An identity counts against the rejection of any shift. */
	if (rejected <= nr_identities)
		return interval;
	rejected -= nr_identities;
	if (rejected > nr)
		return interval;
	interval.low = fpb_select(typical, nr, rejected - 1);
	interval.high = fpb_select(typical, nr, nr - rejected);
	return interval;
}
