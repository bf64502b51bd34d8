// SPDX-License-Identifier: MIT
#include "bench/stats/median_interval.h"

#include <math.h>

#define ONE_IN 40 /* 2.5 % on either side */

/* P(B = k) of nr fair coins, by logarithms: 2^-nr alone underflows from 1075 on. */
static double probability_of(size_t nr, size_t k)
{
	return exp(lgamma((double)nr + 1) - lgamma((double)k + 1) - lgamma((double)(nr - k) + 1) -
		   (double)nr * M_LN2);
}

struct fpb_interval fpb_median_interval(const double *sorted, size_t nr)
{
	double beyond = probability_of(nr, 0);
	size_t k = 0;

	while (2 * (k + 1) < nr && beyond + probability_of(nr, k + 1) <= 1.0 / ONE_IN)
		beyond += probability_of(nr, ++k);
	return (struct fpb_interval){ sorted[k], sorted[nr - 1 - k] };
}
